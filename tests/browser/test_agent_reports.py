"""A report about which nobody asked for a person: an agent finds it, reads it whole, takes it on
and settles it."""

from __future__ import annotations

import re
import uuid
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, ViewportSize, expect

from tests.browser.agent import Account, AtDesk, an_account
from tests.browser.citizen import jpeg
from tests.browser.conftest import PHONE
from tests.browser.test_agent_moving import MOST_QUESTIONS
from tests.browser.test_agent_page import is_clean, of_agents
from tests.browser.test_inbox import SMALL_DESK
from tests.running import RunningService, Visitor

REFERENCE = re.compile(r"\b\d{4}-\d{6}\b")


def files_with_a_photo(service: RunningService) -> tuple[Visitor, str]:
    """A citizen who reports a hole, shows it, and asks nobody anything."""
    visitor = Visitor(service.url)
    house = uuid.uuid4().int % 900 + 1
    heard = visitor.say(f"gros nid de poule devant le {house} grande rue à Oullins")
    has_shown = False
    for _ in range(MOST_QUESTIONS):
        titles = [button["title"] for event in heard for button in event["buttons"]]
        if not has_shown and any("photo" in event["text"] for event in heard):
            has_shown = True
            heard = visitor.photo(jpeg())
            continue
        heard = visitor.press("Envoyer" if "Envoyer" in titles else "Passer")
        found = [REFERENCE.search(event["text"]) for event in heard]
        if "Envoyer" in titles:
            assert has_shown
            return visitor, next(one[0] for one in found if one is not None)
    raise AssertionError("it asks and asks")


def reports(desk: AtDesk) -> Page:
    desk.page.goto("/agent?queue=reports&order=newest")
    desk.is_ready()
    return desk.page


def row_of(page: Page, request: str) -> Locator:
    return page.locator(f'#rows li[data-of="{request}"] a')


def to_context(page: Page) -> Locator:
    if page.locator("#to-context").is_visible():
        page.locator("#to-context").click()
    return page.locator("#packet")


@pytest.mark.parametrize(
    "viewport", [pytest.param(SMALL_DESK, id="desktop"), pytest.param(PHONE, id="phone")]
)
def test_a_report_is_read_whole_without_a_ticket(
    service: RunningService, claire: Account, desks: Any, viewport: ViewportSize
) -> None:
    _, request = files_with_a_photo(service)
    desk: AtDesk = desks(claire, viewport)
    page = reports(desk)
    is_clean(page)
    page.locator("#q").fill(request)
    page.keyboard.press("Enter")
    expect(page.locator("#talk-who")).to_contain_text("Lecture seule")
    expect(page.locator("#talk-who")).to_contain_text(request)
    expect(desk.said("gros nid de poule").first).to_be_visible()
    expect(page.locator("#log .citizen img")).to_have_js_property("complete", value=True)
    assert page.locator("#log .citizen img").evaluate("image => image.naturalWidth") > 0
    assert "…" not in desk.said(request).inner_text()
    is_clean(page)
    packet = to_context(page)
    expect(packet.locator(".report")).to_contain_text("grande rue")
    expect(packet.locator(".report .history")).to_contain_text("Reçu")
    expect(packet.locator(".report img")).to_have_count(1)
    expect(packet.get_by_role("button", name="Carte")).to_have_count(
        packet.locator(".report .where").count()
    )
    is_clean(page)
    desk.comes_back(page.url)  # the address leads back to it
    expect(desk.page.locator("#talk-who")).to_contain_text(request)
    assert desk.problems == []


def test_a_report_is_taken_on_from_the_list_answered_and_settled(
    service: RunningService, claire: Account, desks: Any
) -> None:
    visitor, request = files_with_a_photo(service)
    heard = len(visitor.call("/api/events?after=0")["events"])
    desk: AtDesk = desks(claire, SMALL_DESK)
    page = reports(desk)
    page.locator("#narrow select[name=state]").select_option("planned")
    expect(row_of(page, request)).to_have_count(0)
    page.locator("#narrow select[name=state]").select_option("new")
    expect(row_of(page, request)).to_contain_text("reçu")
    row_of(page, request).click()
    expect(page.locator("#talk-who")).to_contain_text(request)
    page.locator("#talk-title").focus()
    page.keyboard.press("a")
    expect(page.locator("#later")).to_contain_text("Le signalement est à vous")
    expect(page.get_by_role("button", name="Terminer", exact=True)).to_be_visible()
    page.locator("#later button").click()
    expect(page.get_by_role("button", name="Prendre en charge")).to_be_visible()
    page.keyboard.press("Control+k")
    page.keyboard.type("prendre en charge")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Terminer", exact=True)).to_be_visible()
    is_clean(page)
    assert len(visitor.call("/api/events?after=0")["events"]) == heard
    karim = desks(an_account(service, "Karim"), SMALL_DESK)
    reports(karim)
    expect(row_of(karim.page, request)).to_contain_text("Claire")
    desk.box.fill("Nous passons jeudi.")
    desk.box.press("Control+Enter")
    expect(page.locator("#log .agent:not(.leaving)")).to_have_count(1)
    assert [event["text"] for event in of_agents(visitor)] == ["Nous passons jeudi."]
    own = page.locator("#packet li", has=page.get_by_role("button", name="Changer l’état"))
    own.get_by_role("button", name="Changer l’état").click()
    dialog = page.locator("dialog.mend")
    dialog.get_by_label("Nouvel état").select_option("in_progress")
    is_clean(page)
    dialog.get_by_role("button", name="Changer l’état").click()
    expect(own).to_contain_text("pris en charge")
    page.get_by_role("button", name="Terminer", exact=True).click()
    settled = dialog.get_by_label(f"État du signalement {request}")
    expect(settled).to_have_value("")
    settled.select_option("resolved")
    is_clean(page)
    dialog.get_by_role("button", name="Terminer").click()
    expect(page.locator("#talk-who")).to_contain_text("Terminée par Claire", timeout=15_000)
    expect(row_of(page, request)).to_have_count(0)
    expect(row_of(karim.page, request)).to_have_count(0)
    assert desk.problems == []


def test_who_comes_second_is_told_who_has_the_report(
    service: RunningService, claire: Account, desks: Any
) -> None:
    _, request = files_with_a_photo(service)
    first = desks(claire, SMALL_DESK)
    second = desks(an_account(service, "Karim"), SMALL_DESK)
    for desk in (first, second):
        row_of(reports(desk), request).click()
        expect(desk.page.locator("#talk-who")).to_contain_text(request)
    first.page.get_by_role("button", name="Prendre en charge").click()
    expect(first.page.get_by_role("button", name="Terminer", exact=True)).to_be_visible()
    second.page.get_by_role("button", name="Prendre en charge").click()
    expect(second.page.locator("#told")).to_contain_text("Claire suit cette conversation")
    expect(second.page.locator("#deeds")).to_contain_text("Claire suit cette conversation")
    assert second.problems == []


def test_whose_citizen_has_gone_on_with_another_town_is_only_read(
    service: RunningService, desks: Any
) -> None:
    visitor, request = files_with_a_photo(service)
    desk: AtDesk = desks(an_account(service, "Léa", commune="69149"), SMALL_DESK)
    row_of(reports(desk), request).click()
    page = desk.page
    expect(page.get_by_role("button", name="Prendre en charge")).to_be_visible()
    visitor.say("mettez Bron")
    page.get_by_role("button", name="Prendre en charge").click()
    expect(page.locator("#told")).to_contain_text("n’est pas de vos communes")
    desk.comes_back(page.url)
    page = desk.page
    expect(page.locator("#deeds")).to_contain_text("L’usager a continué avec une autre commune")
    expect(page.get_by_role("button", name="Prendre en charge")).to_have_count(0)
    expect(desk.said("gros nid de poule").first).to_be_visible()
    expect(desk.said("mettez Bron")).to_have_count(0)
    is_clean(page)
    assert desk.problems == []
