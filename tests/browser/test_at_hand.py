"""An agent answers from the keyboard with what is at hand."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, ViewportSize, expect

from tests.browser.agent import Account, an_account, asks_for_a_person
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.test_agent_page import is_clean, of_agents
from tests.running import RunningService


@pytest.fixture(scope="module")
def claire(service: RunningService) -> Account:
    return an_account(service, "Claire")


def test_a_canned_answer_is_chosen_filled_sent_and_the_request_closed_by_keyboard(
    service: RunningService, claire: Account, desks: Any
) -> None:
    visitor, reference = asks_for_a_person(service)
    desk = desks(claire, DESKTOP)
    page = desk.page
    page.goto(f"/agent?queue=all&ticket={reference}")
    desk.is_ready()
    page.locator("#talk-title").focus()
    page.keyboard.press("r")
    page.keyboard.press("/")
    page.keyboard.type("sauvage")
    expect(page.locator("#palette-list li")).to_have_count(1)
    expect(page.locator("#palette-shown mark")).to_have_text("⟦adresse⟧")
    is_clean(page)
    page.keyboard.press("Enter")
    expect(desk.box).to_be_focused()
    page.keyboard.press("Control+Enter")
    expect(page.locator("#told")).to_contain_text("Complétez")
    page.keyboard.type("rue Diderot")
    page.keyboard.press("Control+Shift+Enter")
    page.locator("#later button").click()
    expect(desk.box).to_have_value(re.compile(r"^Le dépôt signalé \(rue Diderot\) a été enlevé\."))
    page.keyboard.press("Control+Shift+Enter")
    expect(page.locator("#deeds").get_by_text("Reprendre la demande")).to_be_visible(timeout=20_000)
    assert [event["text"][:9] for event in of_agents(visitor)] == ["Le dépôt "]
    assert desk.problems == []


def test_the_palette_and_the_help_open_by_keys_that_can_be_turned_off(
    service: RunningService, claire: Account, desks: Any
) -> None:
    _, reference = asks_for_a_person(service)
    desk = desks(claire, PHONE)
    page = desk.page
    page.goto(f"/agent?queue=all&ticket={reference}")
    desk.is_ready()
    page.locator("#talk-title").focus()
    page.keyboard.press("?")
    is_clean(page)
    page.locator("#keys-single").uncheck()
    page.keyboard.press("Escape")
    page.locator("#talk-title").focus()
    page.keyboard.press("?")
    expect(page.locator("#keys-help")).to_be_hidden()
    page.keyboard.press("Control+k")
    page.keyboard.type("macros")
    expect(page.locator("#palette-list li").first).to_be_visible()
    is_clean(page)
    page.locator("#palette-asked").fill("prendre et accuser")
    expect(page.locator("#palette-shown")).to_contain_text("Me l’attribuer")
    page.keyboard.press("Enter")
    expect(page.locator("#later")).to_contain_text("Prendre et accuser")
    expect(page.locator("#log .agent")).to_contain_text(reference, timeout=15_000)
    assert desk.problems == []


def test_a_slash_that_chooses_nothing_is_written(
    service: RunningService, claire: Account, desks: Any
) -> None:
    _, reference = asks_for_a_person(service)
    desk = desks(claire, DESKTOP)
    page = desk.page
    page.goto(f"/agent?queue=all&ticket={reference}")
    desk.is_ready()
    desk.box.press("/")
    expect(page.locator("#palette-list li").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(desk.box).to_have_value("/")
    page.locator("#talk-title").focus()
    page.keyboard.press("j")
    expect(page.locator("#rows a.row:focus")).to_have_count(1)
    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()
    page.locator("#talk-title").focus()
    page.keyboard.press("?")
    page.locator("#keys-single").uncheck()
    page.keyboard.press("Escape")
    desk.box.fill("")
    desk.box.press("/")
    expect(desk.box).to_have_value("/")
    expect(page.locator("#palette")).to_be_hidden()
    assert desk.problems == []


@pytest.mark.parametrize(
    "viewport", [pytest.param(DESKTOP, id="desktop"), pytest.param(PHONE, id="phone")]
)
def test_the_settings_need_no_script(
    service: RunningService, browser: Browser, desks: Any, viewport: ViewportSize
) -> None:
    admin = an_account(service, "Ali", role="metropolis_administrator")
    desk = desks(admin, viewport)
    page = desk.page
    page.goto("/agent/settings")
    is_clean(page)
    kept = desk.context.storage_state()
    page = browser.new_context(
        base_url=service.url,
        java_script_enabled=False,
        locale="fr",
        viewport=viewport,
        storage_state=kept,
    ).new_page()
    page.goto("/agent/settings")
    page.get_by_role("link", name="Réponses types").click()
    page.get_by_role("link", name="Délai habituel").click()
    title = page.get_by_label("Titre en français")
    was = title.input_value()
    title.fill("Délai d’usage")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_role("status")).to_contain_text("enregistré")
    desk.page.goto(page.url)
    is_clean(desk.page)
    page.get_by_role("button", name="Rétablir Version 1").click()
    expect(page.get_by_label("Titre en français")).to_have_value(was)
    page.context.close()
    desk.page.goto("/agent/settings/macros/new")
    is_clean(desk.page)
