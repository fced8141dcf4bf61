"""The console as a whole: how much of it a screen shows, on a desk, a tablet and a telephone."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, ViewportSize, expect

from tests.browser.agent import Account, an_account, asks_for_a_person
from tests.browser.conftest import PHONE
from tests.browser.test_agent_page import is_clean
from tests.running import RunningService

SMALL_DESK: ViewportSize = {"width": 1280, "height": 800}
TABLET: ViewportSize = {"width": 768, "height": 1024}
WIDE_TABLET: ViewportSize = {"width": 1024, "height": 768}
MANY = 8

pytestmark = pytest.mark.timeout(300)  # that many citizens ask first


@pytest.fixture(scope="module")
def waiting(service: RunningService) -> list[str]:
    """References of citizens who wait."""
    return [asks_for_a_person(service)[1] for _ in range(MANY)]


def in_sight(rows: Locator, height: int) -> int:
    """Counted at once: a list may be drawn anew meanwhile."""
    count = (
        "(rows, height) => rows.filter((r) => r.getBoundingClientRect().bottom <= height).length"
    )
    return int(rows.evaluate_all(count, height))


def at_list(desk: Any, name: str = "all") -> Page:
    desk.page.goto(f"/agent?queue={name}")
    desk.is_ready()
    page: Page = desk.page
    return page


def test_eight_requests_are_in_sight_on_a_small_desk_beside_every_list(
    claire: Account, desks: Any, waiting: list[str]
) -> None:
    page = at_list(desks(claire, SMALL_DESK))
    expect(page.locator("#rows > li").nth(MANY - 1)).to_be_attached()
    assert in_sight(page.locator("#rows > li"), SMALL_DESK["height"]) >= 8
    tabs = page.get_by_role("navigation", name="Listes").get_by_role("link")
    expect(tabs).to_have_count(12)
    assert in_sight(tabs, SMALL_DESK["height"]) == 12
    page.get_by_role("link", name="Terminées").click()
    expect(page.get_by_role("link", name="Terminées")).to_have_attribute("aria-current", "page")
    for part in ("queue", "talk", "context"):
        expect(page.locator(f"section.{part}")).to_be_visible()


@pytest.mark.parametrize(
    "viewport", [pytest.param(TABLET, id="upright"), pytest.param(WIDE_TABLET, id="lying")]
)
def test_a_tablet_shows_the_list_beside_the_conversation(
    claire: Account, desks: Any, waiting: list[str], viewport: ViewportSize
) -> None:
    desk = desks(claire, viewport)
    page = at_list(desk)
    desk.opens(waiting[0])
    expect(desk.row(waiting[0])).to_be_visible()
    expect(desk.box).to_be_visible()
    is_clean(page)
    page.get_by_role("button", name="Contexte").click()
    expect(page.locator("#packet")).to_be_visible()
    is_clean(page)
    page.get_by_role("button", name="Conversation").click()
    expect(desk.box).to_be_visible()
    assert desk.problems == []


def test_an_emergency_is_answered_on_a_telephone(service: RunningService, desks: Any) -> None:
    visitor, reference = asks_for_a_person(service)
    desk = desks(an_account(service, "Nadia"), PHONE)
    page = at_list(desk)
    with page.expect_navigation():
        page.get_by_role("switch", name="Disponible").click()
    expect(page.get_by_role("switch", name="Disponible")).to_have_attribute("aria-checked", "false")
    desk.is_ready()
    desk.opens(reference)
    is_clean(page)
    talk = page.locator("#scroll").bounding_box()
    assert talk is not None
    assert talk["height"] >= 250  # what was said has the most of the screen
    page.get_by_role("button", name="Prendre").click()
    expect(page.get_by_role("button", name="Terminer", exact=True)).to_be_visible()
    page.locator("#sorting summary").click()
    tomorrow = page.get_by_role("button", name="Demain matin")
    expect(tomorrow).to_be_in_viewport(ratio=1)
    is_clean(page)
    page.keyboard.press("Escape")
    desk.box.fill("Nous arrivons.")
    page.get_by_role("button", name="Envoyer", exact=True).click()
    expect(desk.said("Nous arrivons.").locator("time")).to_be_visible()
    expect(page.locator("#log .leaving")).to_have_count(0)
    page.get_by_role("button", name="Listes").click()
    expect(desk.row(reference)).to_be_visible()
    assert "Nous arrivons." in str(visitor.call("/api/events?after=0"))
    assert desk.problems == []


@pytest.mark.parametrize(
    "viewport", [pytest.param(SMALL_DESK, id="desktop"), pytest.param(PHONE, id="phone")]
)
def test_the_guide_is_read_in_the_console(
    claire: Account, desks: Any, waiting: list[str], viewport: ViewportSize
) -> None:
    desk = desks(claire, viewport)
    page = at_list(desk)
    if viewport is PHONE:
        page.get_by_role("link", name="Mon compte").click()
    else:
        desk.opens(waiting[0])
        page.locator("#talk-title").focus()
        page.keyboard.press("?")
        is_clean(page)
    page.get_by_role("link", name="Guide de l’agent").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Guide de l’agent")
    pictures = page.locator("main img")
    for picture in pictures.all():
        picture.scroll_into_view_if_needed()
        expect(picture).to_have_js_property("complete", True)
        assert picture.evaluate("one => one.naturalWidth") > 0
    is_clean(page)
    assert desk.problems == []
