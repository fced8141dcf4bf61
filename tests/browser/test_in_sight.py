"""What is said is seen whole: the last choices, references on one line, hours of the town."""

from __future__ import annotations

import re
import urllib.parse
import urllib.request
import uuid

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.citizen import REFERENCE, Citizen
from tests.browser.conftest import DESKTOP, PHONE, NewCitizen
from tests.browser.published import GIVORS
from tests.running import RunningService

LOW = {"width": 1280, "height": 640}


def test_the_first_page_offers_ways_to_begin(new_citizen: NewCitizen) -> None:
    citizen = new_citizen()
    citizen.open()
    example = citizen.page.get_by_role("button", name="Où en est mon signalement ?")
    expect(example).to_be_visible()
    example.click()
    expect(citizen.box).to_have_value(re.compile(r"^Où en est mon signalement\s\?$"))
    assert citizen.problems == []


@pytest.mark.parametrize("viewport", [LOW, PHONE])
def test_the_last_choices_are_in_sight_or_a_way_to_them_is(
    new_citizen: NewCitizen, viewport: dict[str, int]
) -> None:
    citizen = new_citizen(viewport)
    citizen.open()
    citizen.says("il y a un gros trou dans la route devant le 12 rue de la République à Oullins")
    send = citizen.page.locator(".choices").get_by_role("button", name="Envoyer", exact=True)
    citizen.skips_until(send)
    is_seen_or_led_to(citizen, send)
    send.click()
    follow = citizen.page.locator(".choices").get_by_role("button", name="Suivre", exact=True)
    expect(follow).to_be_attached(timeout=40_000)
    is_seen_or_led_to(citizen, follow)
    reference = citizen.answers.locator(".reference").last
    expect(reference).to_have_text(REFERENCE)
    assert lines_of(reference) == 1
    assert citizen.problems == []


def is_seen_or_led_to(citizen: Citizen, choice: Locator) -> None:
    """At once, or with the one button that says there is more."""
    more = citizen.page.get_by_role("button", name="Voir la suite")
    expect(citizen.page.locator("#thinking")).to_be_hidden()
    if more.is_visible():
        more.click()
    expect(choice).to_be_in_viewport(ratio=1)
    expect(more).to_be_hidden()


def lines_of(shown: Locator) -> int:
    return int(shown.evaluate("(one) => one.getClientRects().length"))


def test_hours_are_the_town_s_wherever_the_browser_is(
    browser: Browser, service: RunningService
) -> None:
    hours = []
    for zone in ("Europe/Paris", "Asia/Tokyo"):
        context = browser.new_context(base_url=service.url, viewport=DESKTOP, timezone_id=zone)
        page = context.new_page()
        page.goto("/assistant?lang=en")
        hours.append(told_hours(page))
        context.close()
    assert hours[0] == hours[1]
    assert hours[0] == [
        "2026-03-29T06:30:00.000Z",  # the morning after the clocks were put forward
        "2026-10-25T07:30:00.000Z",
        "2027-01-01T07:30:00.000Z",
        "March 29, 2026 at 8:30 AM",
    ]


def told_hours(page: Page) -> list[str]:
    found: list[str] = page.evaluate(
        """async () => {
          const { momentAt, telling } = await import("/static/town_time.js");
          const days = [[2026, 3, 29], [2026, 10, 25], [2026, 12, 32]];
          const mornings = days.map((day) => momentAt(...day, 8, 30));
          const told = telling({ dateStyle: "long", timeStyle: "short" }).format(mornings[0]);
          return [...mornings.map((one) => one.toISOString()), told.replace(/\\s/g, " ")];
        }"""
    )
    return found


def test_a_map_that_can_show_none_of_the_list_leads_to_it(
    new_citizen: NewCitizen, service: RunningService
) -> None:
    files_without_a_position(service)
    page = new_citizen(PHONE).page
    page.goto(f"/carte?commune={GIVORS}&kind=bus_shelter")
    expect(page.locator("#map-told")).to_contain_text("n’ont pas de position")
    page.get_by_role("link", name="Voir la liste").click()
    expect(page.locator("#results li").first).to_be_in_viewport()
    page.get_by_label("État").select_option("closed")
    page.get_by_role("button", name="Afficher").click()
    expect(page.locator("#map-told")).to_contain_text("Aucun signalement")
    expect(page.get_by_role("link", name="Voir la liste")).to_be_hidden()


def files_without_a_position(service: RunningService) -> None:
    """The only bus shelter of Givors: other tests publish other things there."""
    form = {
        "api_key": service.admin("open311", "keys", "add", f"app {uuid.uuid4().hex}").strip(),
        "service_code": "bus_shelter",
        "jurisdiction_id": GIVORS,
        "address_string": "12 rue Denfert-Rochereau, Givors",
    }
    body = urllib.parse.urlencode(form).encode()
    with urllib.request.urlopen(f"{service.url}/open311/v2/requests.json", body) as answer:
        assert answer.status in {200, 201}
