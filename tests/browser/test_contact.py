"""An agent records calls at a desk and on a telephone, without taking a hand off the keyboard."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.browser.agent import Account
from tests.browser.conftest import PHONE
from tests.browser.test_agent_page import is_clean
from tests.running import RunningService
from tests.web.browsers import a_picture

SMALL_DESK: ViewportSize = {"width": 1280, "height": 800}
NEW = "/agent/contacts/new?channel=phone&town=69149"


def is_ready(page: Page) -> None:
    expect(page.locator("form[data-ready]")).to_be_attached()


def an_address() -> str:
    return f"{uuid.uuid4().int % 900 + 1} rue Diderot"


@pytest.mark.parametrize(
    "viewport", [pytest.param(SMALL_DESK, id="desktop"), pytest.param(PHONE, id="phone")]
)
def test_a_call_is_recorded_by_keyboard_to_its_reference(
    service: RunningService, claire: Account, desks: Any, viewport: ViewportSize, tmp_path: Path
) -> None:
    desk = desks(claire, viewport)
    page, keyboard = desk.page, desk.page.keyboard
    keyboard.press("n")
    page.wait_for_url("**/agent/contacts/new*")
    page.goto(NEW)
    is_ready(page)
    expect(page.locator("#words")).to_be_focused()
    is_clean(page)
    keyboard.type("un gros trou dans la chaussée")
    keyboard.press("Enter")
    expect(page.locator("#address")).to_be_focused()
    expect(page.get_by_role("radio", name="Chaussée dégradée")).to_be_checked()
    keyboard.type(an_address())
    keyboard.press("Enter")
    picture = tmp_path / "trou.jpg"
    picture.write_bytes(a_picture())
    page.locator("#photo").set_input_files(picture)
    expect(page.locator("#pictures img")).to_be_visible()
    page.reload()  # a telephone call does not wait for a browser
    is_ready(page)
    expect(page.locator("#words")).to_have_value("un gros trou dans la chaussée")
    expect(page.locator("#pictures img")).to_be_visible()
    page.locator("#name").focus()
    keyboard.type("Mme Martin")
    keyboard.press("Enter")
    expect(page.locator("#phone")).to_be_focused()
    keyboard.type("06 12 34 56 78")
    is_clean(page)
    page.locator("#address").fill(an_address())
    keyboard.press("Control+Enter")
    expect(page.locator(".number")).to_be_visible()
    expect(page.get_by_role("heading", name="À dire à la personne")).to_be_visible()
    expect(page.locator(".shown img")).to_have_count(1)
    is_clean(page)
    keyboard.press("n")
    page.wait_for_url("**/agent/contacts/new?channel=phone*")
    is_ready(page)
    expect(page.locator("#words")).to_have_value("")
    assert desk.problems == []


def test_what_was_reported_already_is_joined_and_a_second_press_records_nothing(
    service: RunningService, claire: Account, desks: Any
) -> None:
    address, page = an_address(), desks(claire, SMALL_DESK).page
    references: list[str] = []
    for _ in range(2):
        page.goto(NEW)
        is_ready(page)
        page.keyboard.type("un gros trou dans la chaussée")
        page.keyboard.press("Enter")
        expect(page.locator("#address")).to_be_focused()
        page.keyboard.type(address)
        page.keyboard.press("Enter")
        if references:
            first = page.get_by_role("radio", name=references[0])
            expect(first).to_be_visible()
            is_clean(page)
            first.check()
        page.keyboard.press("Control+Enter")
        page.keyboard.press("Control+Enter")  # of somebody in a hurry
        expect(page.locator(".number")).to_be_visible()
        references.append(page.locator(".number").inner_text())
    assert references[0] == references[1]
    expect(page.locator("h1")).to_contain_text("Rattaché")


def test_a_contact_is_recorded_without_scripts(
    browser: Browser, service: RunningService, claire: Account, desks: Any
) -> None:
    context = browser.new_context(java_script_enabled=False, base_url=service.url, locale="fr")
    context.add_cookies(desks(claire).context.cookies())
    page = context.new_page()
    page.goto(NEW)
    page.locator("#words").fill("à quelle heure ouvre la mairie ?")
    page.get_by_role("button", name="Continuer").click()
    page.get_by_role("radio", name="Une question").check()
    page.locator("summary").click()
    page.locator("#told").fill("À 8 h 30.")
    page.get_by_role("button", name="répondu").click()
    expect(page.locator("h1")).to_be_visible()
    expect(page.get_by_text("À 8 h 30.").first).to_be_visible()
    assert "/contacts/new" not in page.url
    context.close()
