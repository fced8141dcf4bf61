"""The public map and its list, by hand, by keyboard and without scripts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, Request, Route, expect

from tests.browser.citizen import Citizen
from tests.browser.conftest import DESKTOP, PHONE, NewCitizen
from tests.browser.published import GIVORS, Application
from tests.running import RunningService

APART = [-0.02, 0.0, 0.0004, 0.0008]
"""One alone, and three that are one group until the map comes nearer."""


@pytest.fixture(scope="module")
def hedges(service: RunningService) -> Sequence[str]:
    """The only overgrown hedges of Givors, oldest first; the first one is solved."""
    posted = Application(service).posts_around("overgrown_vegetation", [0.01, *APART])
    service.admin("requests", "set", posted[0], "resolved")
    return posted


HEDGES = f"/carte?commune={GIVORS}&kind=overgrown_vegetation"


def opens(citizen: Citizen, path: str) -> Page:
    citizen.page.goto(path)
    expect(told(citizen.page)).to_contain_text("dans cette partie de la carte")
    return citizen.page


def told(page: Page) -> Locator:
    return page.locator("#map-told")


def listed(page: Page) -> Locator:
    return page.locator("#results li")


def group(page: Page) -> Locator:
    return page.get_by_role("button", name=re.compile("signalements, rapprocher"))


def mark(page: Page) -> Locator:
    return page.get_by_role("button", name=re.compile("^Végétation.*reçu"))


def filters_of(request: Request) -> dict[str, list[str]]:
    return parse_qs(urlsplit(request.url).query)


def test_the_first_page_leads_to_the_map(new_citizen: NewCitizen) -> None:
    citizen = new_citizen()
    citizen.page.goto("/")
    citizen.page.get_by_role("link", name="Carte des signalements").click()
    expect(told(citizen.page)).to_contain_text(
        re.compile("cette partie de la carte|n’ont pas de position")
    )
    assert citizen.problems == []


def test_requests_are_chosen_with_the_keyboard_alone(
    new_citizen: NewCitizen, hedges: Sequence[str]
) -> None:
    citizen = new_citizen(DESKTOP)
    page = opens(citizen, "/carte")
    page.get_by_label("Commune").focus()
    page.keyboard.type("Givors")
    page.keyboard.press("Tab")
    page.keyboard.type("Végétation")
    page.keyboard.press("Tab")
    page.keyboard.type("Clos")
    with page.expect_request("**/open-data/map.geojson*") as asked:
        for _ in range(2):
            page.keyboard.press("Tab")
        page.keyboard.press("Enter")
    assert filters_of(asked.value)["commune"] == [GIVORS]
    assert filters_of(asked.value)["kind"] == ["overgrown_vegetation"]
    expect(listed(page)).to_have_count(1)
    expect(listed(page)).to_contain_text(hedges[0])
    expect(listed(page)).to_contain_text("réglé")
    expect(page.locator("#told")).to_have_text("1 signalement")
    expect(page.get_by_role("button", name="Afficher")).to_be_focused()
    assert filters_of_page(page) == {
        "commune": [GIVORS],
        "kind": ["overgrown_vegetation"],
        "state": ["closed"],
        "lang": ["fr"],
    }
    assert citizen.problems == []


def filters_of_page(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def test_the_way_back_leads_to_the_choice_before(
    new_citizen: NewCitizen, hedges: Sequence[str]
) -> None:
    citizen = new_citizen(DESKTOP)
    page = opens(citizen, HEDGES)
    expect(listed(page)).to_have_count(4)
    page.get_by_label("État").select_option("Clos")
    page.get_by_role("button", name="Afficher").click()
    expect(listed(page)).to_have_count(1)
    page.go_back()
    expect(listed(page)).to_have_count(4)
    expect(page.get_by_label("État")).to_have_value("open")
    page.go_forward()
    expect(listed(page)).to_have_count(1)
    page.reload()
    expect(listed(page)).to_contain_text(hedges[0])
    assert citizen.problems == []


def test_the_list_needs_no_script(new_citizen: NewCitizen, hedges: Sequence[str]) -> None:
    page = new_citizen(has_scripts=False).page
    page.goto("/carte")
    expect(page.locator("#map")).to_be_hidden()
    page.get_by_label("Commune").select_option("Givors")
    page.get_by_label("Problème").select_option(value="overgrown_vegetation")
    page.get_by_role("button", name="Afficher").click()
    expect(listed(page)).to_have_count(4)
    expect(listed(page).first).to_contain_text(hedges[-1])
    expect(listed(page).first).to_contain_text("rue Denfert-Rochereau, Givors")
    expect(page.get_by_label("Commune")).to_have_value(GIVORS)
    expect(page.get_by_role("button", name="Voir sur la carte")).to_have_count(0)


@pytest.mark.parametrize("has_scripts", [True, False])
def test_a_long_list_is_turned_page_by_page(
    service: RunningService, new_citizen: NewCitizen, has_scripts: bool
) -> None:
    Application(service).posts_around("playground", [0.0] * 21)
    page = new_citizen(has_scripts=has_scripts).page
    page.goto(f"/carte?commune={GIVORS}&kind=playground&period=7")
    first = listed(page).first.inner_text()
    expect(listed(page)).to_have_count(20)
    page.get_by_role("link", name="Suivants").click()
    expect(page).to_have_url(re.compile("after="))
    expect(listed(page).first).not_to_have_text(first)
    page.get_by_role("link", name="Les plus récents").click()
    expect(listed(page).first).to_contain_text(first.splitlines()[0])
    expect(listed(page)).to_have_count(20)


@pytest.mark.parametrize("by", ["click", "key"])
def test_a_group_comes_apart_and_each_request_says_where_it_stands(
    new_citizen: NewCitizen, hedges: Sequence[str], by: str
) -> None:
    citizen = new_citizen(DESKTOP)
    page = opens(citizen, HEDGES)
    expect(mark(page)).to_have_count(1)
    expect(group(page)).to_have_count(1)
    expect(group(page)).to_contain_text("3")
    if by == "click":
        group(page).click()
    else:
        group(page).press("Enter")
    expect(group(page)).to_have_count(0)
    expect(told(page)).to_contain_text(": 3")
    if by == "click":
        mark(page).first.click()
    else:
        mark(page).first.press("Enter")
    popup = page.locator(".told-of")
    expect(popup).to_contain_text("rue Denfert-Rochereau, Givors")
    expect(popup).to_contain_text("reçu")
    expect(popup).to_contain_text(re.compile(r"Signalé le \d"))
    expect(popup.get_by_role("link", name="Signaler un problème")).to_have_attribute(
        "href", "/assistant?lang=fr&commune=Givors"
    )
    page.keyboard.press("Escape")
    expect(popup).to_have_count(0)
    assert citizen.problems == []


def test_a_request_of_the_list_is_found_on_the_map(
    new_citizen: NewCitizen, hedges: Sequence[str]
) -> None:
    citizen = new_citizen(PHONE)
    page = opens(citizen, HEDGES)
    oldest = listed(page).last  # the one that is alone
    oldest.get_by_role("button", name="Voir sur la carte").click()
    expect(page.get_by_role("region", name="Carte des signalements")).to_be_focused()
    expect(told(page)).to_contain_text(": 1")
    expect(mark(page)).to_be_in_viewport()
    assert citizen.problems == []


def test_the_server_s_groups_bring_the_map_nearer(
    new_citizen: NewCitizen, hedges: Sequence[str]
) -> None:
    """More than a thousand requests, which no test can file: the answer is the server's shape."""
    citizen = new_citizen(DESKTOP)
    page = citizen.page
    many = {
        "type": "FeatureCollection",
        "grouped": True,
        "count": 12345,
        "features": [
            {
                "type": "Feature",
                "bbox": [4.75, 45.57, 4.79, 45.60],
                "geometry": {"type": "Point", "coordinates": [4.77, 45.588]},
                "properties": {"count": 12345, "open": 12000},
            }
        ],
    }
    asked: list[int] = []

    def answer(route: Route) -> None:
        asked.append(int(filters_of(route.request)["zoom"][0]))
        route.fulfill(json=many) if len(asked) == 1 else route.continue_()

    page.route("**/open-data/map.geojson*", answer)
    page.goto("/carte")
    expect(group(page)).to_contain_text("12 345")
    group(page).press("Enter")
    expect(group(page).filter(has_text="12 345")).to_have_count(0)
    expect(told(page)).not_to_contain_text("12 345")
    assert asked[0] < asked[-1] <= asked[0] + 3
    assert citizen.problems == []


def test_a_map_that_does_not_come_is_said_and_can_be_asked_again(
    new_citizen: NewCitizen, hedges: Sequence[str]
) -> None:
    page = new_citizen().page
    page.route("**/open-data/map.geojson*", lambda route: route.abort())
    page.goto(HEDGES)
    expect(told(page)).to_contain_text("La carte n’a pas pu être chargée.")
    expect(listed(page)).to_have_count(4)
    page.unroute("**/open-data/map.geojson*")
    page.get_by_role("button", name="Réessayer").click()
    expect(told(page)).to_contain_text(": 4")
    expect(page.get_by_role("button", name="Réessayer")).to_be_hidden()


def test_without_its_script_the_list_is_what_there_is(
    new_citizen: NewCitizen, hedges: Sequence[str]
) -> None:
    page = new_citizen().page
    page.route("**/static/clusters/*.js", lambda route: route.abort())
    page.goto(HEDGES)
    expect(told(page)).to_contain_text("La liste contient les mêmes signalements.")
    expect(page.locator("#map")).to_be_hidden()
    expect(listed(page)).to_have_count(4)


def test_a_choice_that_cannot_be_loaded_is_said_and_the_list_stays(
    new_citizen: NewCitizen, hedges: Sequence[str]
) -> None:
    page = opens(new_citizen(), HEDGES)
    page.route("**/carte?*", lambda route: route.abort())
    page.get_by_label("État").select_option("Clos")
    page.get_by_role("button", name="Afficher").click()
    expect(page.locator("#told")).to_be_visible()
    expect(page.locator("#told")).to_contain_text("n’ont pas pu être chargés")
    expect(listed(page)).to_have_count(4)


def test_a_place_without_requests_says_so(new_citizen: NewCitizen) -> None:
    page = opens(new_citizen(), "/carte?commune=69116&kind=snow_ice&state=closed")
    expect(told(page)).to_have_text("Aucun signalement dans cette partie de la carte.")
    expect(page.get_by_text("Aucun signalement ne correspond.")).to_be_visible()


def test_the_map_can_be_skipped(new_citizen: NewCitizen) -> None:
    page = opens(new_citizen(DESKTOP), "/carte")
    page.get_by_role("button", name="Afficher").focus()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Passer la carte, lire la liste")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Liste")).to_be_focused()


def test_the_page_is_english_for_whoever_asks(
    new_citizen: NewCitizen, hedges: Sequence[str]
) -> None:
    citizen = new_citizen()
    page = opens(citizen, HEDGES)
    page.get_by_role("link", name="English").click()
    expect(page.get_by_role("heading", name="Reports in the metropolis")).to_be_visible()
    expect(listed(page).first).to_contain_text("received")
    assert filters_of_page(page)["commune"] == [GIVORS]
    assert citizen.problems == []
