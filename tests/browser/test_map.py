"""A place pointed at on the map, by hand and by keyboard."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Locator, Request, expect

from bot.places.communes import load_gazetteer
from tests.browser.citizen import Citizen, jpeg
from tests.browser.conftest import DESKTOP, NewCitizen
from tests.running import ROOT

GAZETTEER = load_gazetteer(ROOT / "catalogue" / "places" / "communes.yml")
NEAR_DEGREES = 0.002
"""About 200 m: a few pixels at the scale at which a town's map opens."""


def centre_of(name: str) -> tuple[float, float]:
    return next(c.centre for c in GAZETTEER.communes if c.name == name)


def opens_map(citizen: Citizen, query: str = "") -> Locator:
    citizen.open(query)
    citizen.page.get_by_role("button", name="Sur la carte").click()
    surface = citizen.page.get_by_role("application", name="Carte de la métropole")
    expect(surface.locator("path.centre")).to_have_count(len(GAZETTEER.communes))
    expect(surface).to_be_focused()
    return surface


def place_of(request: Request) -> tuple[float, float]:
    latitude, longitude = json.loads(request.post_data or "")["location"]
    return latitude, longitude


def test_a_place_is_chosen_by_a_click(new_citizen: NewCitizen) -> None:
    citizen = new_citizen(DESKTOP)
    surface = opens_map(citizen, "?commune=Bron")
    choose = citizen.page.get_by_role("button", name="Choisir ce lieu")
    expect(choose).to_be_disabled()
    box = surface.bounding_box()
    assert box is not None
    surface.click(position={"x": box["width"] / 2, "y": box["height"] / 2})
    expect(surface.locator(".marker")).to_be_visible()
    expect(citizen.page.get_by_text("Lieu pointé : vers Bron")).to_be_visible()
    with citizen.page.expect_request("**/api/messages*") as sent:
        choose.click()
    assert place_of(sent.value) == pytest.approx(centre_of("Bron"), abs=NEAR_DEGREES)
    expect(citizen.page.get_by_role("dialog")).to_be_hidden()
    citizen.hears(0)
    expect(citizen.answers.last).to_contain_text("Position reçue")
    expect(citizen.bubbles.first).to_contain_text("Lieu envoyé")
    assert citizen.problems == []


def test_a_place_is_chosen_with_the_keyboard_alone(new_citizen: NewCitizen) -> None:
    citizen = new_citizen(DESKTOP)
    citizen.open("?commune=Bron")
    citizen.page.get_by_role("button", name="Sur la carte").focus()
    citizen.page.keyboard.press("Enter")
    surface = citizen.page.get_by_role("application", name="Carte de la métropole")
    expect(surface.locator("path.centre")).to_have_count(len(GAZETTEER.communes))
    expect(surface).to_be_focused()
    told = citizen.page.locator("#place-told")
    expect(told).to_be_empty()
    citizen.page.keyboard.press("ArrowRight")
    expect(told).to_contain_text("Bron")
    with citizen.page.expect_request("**/api/messages*") as sent:
        citizen.page.keyboard.press("Enter")
    latitude, longitude = place_of(sent.value)
    bron = centre_of("Bron")
    assert latitude == pytest.approx(bron[0], abs=NEAR_DEGREES)
    assert bron[1] + NEAR_DEGREES < longitude < bron[1] + 0.03
    citizen.hears(0)
    expect(citizen.answers.last).to_contain_text("Position reçue")


def test_the_arrows_take_the_place_of_a_marker(new_citizen: NewCitizen) -> None:
    citizen = new_citizen()
    surface = opens_map(citizen)
    surface.click(position={"x": 200, "y": 60})
    expect(surface.locator(".marker")).to_be_visible()
    citizen.page.keyboard.press("ArrowUp")
    expect(surface.locator(".marker")).to_have_count(0)


def test_escape_sends_nothing(new_citizen: NewCitizen) -> None:
    citizen = new_citizen()
    surface = opens_map(citizen)
    surface.click(position={"x": 200, "y": 60})
    citizen.page.keyboard.press("Escape")
    expect(citizen.page.get_by_role("dialog")).to_be_hidden()
    expect(citizen.bubbles).to_have_count(0)


def test_without_its_script_the_map_gives_way_to_words(new_citizen: NewCitizen) -> None:
    citizen = new_citizen()
    citizen.page.route("**/static/leaflet/leaflet.js", lambda route: route.abort())
    citizen.open()
    citizen.page.get_by_role("button", name="Sur la carte").click()
    expect(citizen.page.get_by_text("La carte ne peut pas s’afficher.")).to_be_visible()
    expect(citizen.page.get_by_role("dialog")).to_be_hidden()
    citizen.says("bonjour")


def test_tiles_are_shown_with_the_credit_of_their_maker(new_citizen: NewCitizen) -> None:
    citizen = new_citizen()
    page = citizen.page
    communes = [{"insee": c.insee, "name": c.name, "centre": c.centre} for c in GAZETTEER.communes]
    credit = "Ville & <b>Carte</b>"
    ground = {"communes": communes, "tiles": "/tiles/{z}/{x}/{y}.png", "credit": credit}
    page.route("**/api/map", lambda route: route.fulfill(json=ground))
    page.route("**/tiles/**", lambda route: route.fulfill(body=jpeg(), content_type="image/jpeg"))
    citizen.open()
    page.get_by_role("button", name="Sur la carte").click()
    expect(page.locator("#map img.leaflet-tile-loaded").first).to_be_attached()
    expect(page.get_by_text(credit)).to_be_visible()
    expect(page.get_by_text("Les rues ne sont pas dessinées ici.")).to_be_hidden()
    assert citizen.problems == []


def test_a_question_about_the_place_offers_position_and_map(new_citizen: NewCitizen) -> None:
    citizen = new_citizen()
    citizen.open()
    citizen.says("il y a un gros trou dans la route")
    choices = citizen.page.locator(".choices")
    citizen.skips_until(choices.get_by_role("button", name="Ma position"))
    choices.get_by_role("button", name="Sur la carte").click()
    expect(citizen.page.get_by_role("dialog")).to_be_visible()


def test_the_devices_position_is_sent(new_citizen: NewCitizen) -> None:
    citizen = new_citizen()
    citizen.context.grant_permissions(["geolocation"])
    citizen.context.set_geolocation({"latitude": 45.7355, "longitude": 4.9125})
    citizen.open()
    with citizen.page.expect_request("**/api/messages*") as sent:
        citizen.page.get_by_role("button", name="Ma position").click()
    assert place_of(sent.value) == pytest.approx((45.7355, 4.9125))
    citizen.hears(0)
