"""A report in a town's site, from the first click to the reference."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import ViewportSize, expect

from tests.browser.citizen import ANSWER_TIMEOUT_MS
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.widget.conftest import NewGuest

SCREENS = pytest.mark.parametrize(
    "viewport", [pytest.param(PHONE, id="phone"), pytest.param(DESKTOP, id="desktop")]
)


@SCREENS
def test_a_report_with_a_photo_gets_a_reference_and_a_card(
    new_guest: NewGuest, viewport: ViewportSize
) -> None:
    guest = new_guest(viewport)
    guest.opens()
    reference = guest.files_a_report()
    card = guest.panel.get_by_role("article").filter(has_text=reference)
    expect(card).to_contain_text("12 rue de la République")
    expect(card.locator("[aria-current=step]")).to_have_text("Reçu")
    picture = guest.own.get_by_role("img", name=re.compile("photo", re.IGNORECASE))
    expect(picture).to_be_visible()
    assert guest.problems == []


@SCREENS
def test_a_place_is_pointed_at_on_the_map(new_guest: NewGuest, viewport: ViewportSize) -> None:
    guest = new_guest(viewport)
    guest.opens("/widget/demo?commune=bron")
    assert not any("map" in url for url in guest.asked)
    guest.says("il y a un gros trou dans la route")
    guest.skips_until("Sur la carte")
    guest.choice("Sur la carte").click()
    surface = guest.panel.get_by_role("application", name="Carte de la métropole")
    expect(surface).to_be_focused()
    expect(surface.locator("path").first).to_be_attached()
    before = guest.answers.count()
    guest.page.keyboard.press("ArrowUp")
    expect(guest.panel.get_by_text("Lieu sous le repère")).to_be_visible()
    guest.panel.get_by_role("button", name="Choisir ce lieu").click()
    guest.hears(before)
    expect(guest.own.last).to_contain_text("Lieu envoyé")
    expect(surface).to_have_count(0)
    guest.skips_until("Envoyer")
    guest.presses("Envoyer")
    assert guest.reference()
    assert guest.problems == []


def test_a_reloaded_page_shows_the_whole_conversation(new_guest: NewGuest) -> None:
    guest = new_guest()
    guest.opens()
    guest.files_a_report()
    said = guest.bubbles.locator(".said").all_inner_texts()
    guest.opens()
    expect(guest.bubbles).to_have_count(len(said))
    again = guest.bubbles.locator(".said").all_inner_texts()
    assert [a.split("\n")[0] for a in again] == [s.split("\n")[0] for s in said]
    picture = guest.own.get_by_role("img")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.naturalWidth") > 0


def test_a_refused_picture_is_told_in_words(new_guest: NewGuest) -> None:
    guest = new_guest()
    guest.opens()
    with guest.page.expect_file_chooser() as chooser:
        guest.panel.get_by_role("button", name="Photo").click()
    chooser.value.set_files(
        {"name": "notes.jpg", "mimeType": "image/jpeg", "buffer": b"not a picture"}
    )
    expect(guest.own.last).to_contain_text("n’a pas pu être lue", timeout=ANSWER_TIMEOUT_MS)


def test_nothing_is_asked_or_stored_before_opening(new_guest: NewGuest) -> None:
    guest = new_guest()
    guest.page.goto("/widget/demo")
    expect(guest.opener).to_be_visible()
    assert not any("/widget/v1" in url or "/widget/assets" in url for url in guest.asked)
    assert guest.stored() == {"local": {}, "session": {}, "cookies": "", "databases": []}
    assert guest.context.cookies() == []


def test_no_cookie_is_set_by_a_conversation(new_guest: NewGuest) -> None:
    guest = new_guest()
    guest.opens()
    guest.says("bonjour")
    assert guest.context.cookies() == []
    assert not any("token" in url for url in guest.asked)


def test_the_privacy_notice_stands_before_the_first_words(new_guest: NewGuest) -> None:
    guest = new_guest()
    guest.opens()
    notice = guest.panel.locator(".notice")
    expect(notice).to_contain_text("informations sensibles")
    link = notice.get_by_role("link", name=re.compile("Vos données"))
    assert guest.page.request.get(link.get_attribute("href") or "").status == 200
    guest.says("bonjour")
    expect(notice).to_have_count(0)


def test_an_erased_conversation_is_gone(new_guest: NewGuest) -> None:
    guest = new_guest()
    guest.opens()
    guest.says("bonjour")
    guest.panel.get_by_role("button", name="Options de la conversation").click()
    guest.panel.get_by_role("button", name="Effacer la conversation").click()
    guest.panel.get_by_role("button", name="Effacer", exact=True).click()
    expect(guest.bubbles).to_have_count(0)
    expect(guest.panel.get_by_text("La conversation est effacée.")).to_be_visible()
    guest.says("bonjour")
    guest.opens()
    expect(guest.own).to_have_count(1)


def test_the_widget_speaks_the_language_of_the_page(new_guest: NewGuest) -> None:
    guest = new_guest(language="en")
    guest.goes_to("/widget/demo?lang=en")
    guest.opener.click()
    expect(guest.panel.get_by_role("textbox", name="Your message")).to_be_visible()
    expect(guest.panel).to_have_attribute("lang", "en")


GIVEN = """
async (kind) => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 640, height: 480 });
  canvas.getContext("2d").fillRect(80, 60, 300, 200);
  const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg"));
  const data = new DataTransfer();
  data.items.add(new File([blob], "trou.jpg", { type: "image/jpeg" }));
  const root = document.querySelector("guichet-assistant").shadowRoot;
  if (kind === "paste") {
    root.querySelector("textarea").dispatchEvent(
      new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
  } else {
    root.querySelector(".scroll").dispatchEvent(
      new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
  }
}
"""


@pytest.mark.parametrize("kind", ["paste", "drop"])
def test_a_picture_is_pasted_or_dropped(new_guest: NewGuest, kind: str) -> None:
    guest = new_guest(DESKTOP)
    guest.opens()
    guest.page.evaluate(GIVEN, kind)
    expect(guest.own.get_by_role("img")).to_be_visible()
    expect(guest.own.locator(".mark")).to_contain_text("Envoyé", timeout=ANSWER_TIMEOUT_MS)


def test_the_device_s_position_is_sent(new_guest: NewGuest) -> None:
    guest = new_guest(
        permissions=["geolocation"], geolocation={"latitude": 45.7355, "longitude": 4.9125}
    )
    guest.opens()
    guest.panel.get_by_role("button", name="Ma position").click()
    guest.hears(0)
    expect(guest.own).to_contain_text("Lieu envoyé")


def test_the_page_that_writes_the_line_shows_what_it_makes(new_guest: NewGuest) -> None:
    guest = new_guest(DESKTOP)
    guest.goes_to("/widget/install")
    guest.page.get_by_label("Commune").select_option("bron")
    guest.page.get_by_label("à gauche").check()
    guest.page.get_by_label("Couleur").fill("#8a1c5c")
    expect(guest.page.locator("code").first).to_contain_text('data-brand="#8a1c5c"')
    expect(guest.page.locator("code").first).to_contain_text('data-commune="bron"')
    expect(guest.page.get_by_text("--commune bron")).to_be_visible()
    colour = guest.opener.evaluate("button => getComputedStyle(button).backgroundColor")
    assert colour == "rgb(138, 28, 92)"
    guest.opener.click()
    expect(guest.panel.get_by_role("heading", name="Bron")).to_be_visible()
    assert guest.problems == []
