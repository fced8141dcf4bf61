"""What one wrote: refused, taken back, erased, too long, or not a text at all."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.citizen import ANSWER_TIMEOUT_MS
from tests.browser.conftest import DESKTOP
from tests.browser.widget.conftest import NewGuest
from tests.browser.widget.guest import Guest

LONGEST = 20_000

GIVEN = """
([kind, name, type, text]) => {
  const data = new DataTransfer();
  data.items.add(new File(["%PDF-1.7"], name, { type }));
  if (text) data.setData("text/plain", text);
  const root = document.querySelector("guichet-assistant").shadowRoot;
  const [target, Made, key] = kind === "paste"
    ? [root.querySelector("textarea"), ClipboardEvent, "clipboardData"]
    : [root.querySelector(".scroll"), DragEvent, "dataTransfer"];
  return target.dispatchEvent(
    new Made(kind, { [key]: data, bubbles: true, cancelable: true }));
}
"""


def test_a_refused_message_keeps_its_place_until_it_is_taken_away(new_guest: NewGuest) -> None:
    guest = new_guest(DESKTOP)
    guest.page.add_init_script("delete window.WebSocket")
    guest.opens()
    guest.page.route(
        "**/widget/v1/messages", lambda route: route.fulfill(status=413, body="too large")
    )
    guest.writes("refusé")
    expect(guest.own.locator(".mark.bad")).to_be_visible()
    guest.page.unroute("**/widget/v1/messages")
    guest.says("bonjour")
    assert guest.words_of_own() == ["refusé", "bonjour"]
    expect(guest.bubbles.last).to_have_class(r"assistant sent ")
    guest.own.get_by_role("button", name="Retirer").click()
    expect(guest.own).to_have_count(1)


def test_erasing_takes_the_draft_and_the_pictures_on_their_way(new_guest: NewGuest) -> None:
    first = new_guest(DESKTOP)
    first.opens()
    second = Guest(first.context)
    second.opens()
    second.box.fill("un brouillon de l’autre onglet")
    first.box.fill("un brouillon")
    first.holds_a_picture()
    expect(second.own).to_have_count(1)
    first.panel.get_by_role("button", name="Options de la conversation").click()
    first.panel.get_by_role("button", name="Effacer la conversation").click()
    first.panel.get_by_role("button", name="Effacer", exact=True).click()
    for guest in (first, second):
        expect(guest.bubbles).to_have_count(0, timeout=ANSWER_TIMEOUT_MS)
        expect(guest.box).to_have_value("")
    assert all(key.endswith(":token") for key in first.stored()["local"])


def test_what_is_called_back_in_one_tab_goes_from_the_other(new_guest: NewGuest) -> None:
    first = new_guest(DESKTOP)
    first.opens()
    second = Guest(first.context)
    second.opens()
    first.holds_a_picture()
    expect(second.own).to_have_count(1)
    first.own.get_by_role("button", name="Annuler").click()
    expect(second.own).to_have_count(0)


def test_a_text_that_is_too_long_is_kept_and_told(new_guest: NewGuest) -> None:
    guest = new_guest(DESKTOP)
    guest.opens()
    guest.box.fill("a" * (LONGEST + 7))
    guest.box.press("Enter")
    expect(guest.panel.get_by_text("Caractères en trop : 7")).to_be_visible()
    expect(guest.own).to_have_count(0)
    assert len(guest.box.input_value()) == LONGEST + 7


def test_a_text_that_brings_its_picture_is_pasted_as_text(new_guest: NewGuest) -> None:
    guest = new_guest(DESKTOP)
    guest.opens()
    is_left_to_the_browser = guest.page.evaluate(GIVEN, ["paste", "a.png", "image/png", "12,5"])
    assert is_left_to_the_browser
    expect(guest.own).to_have_count(0)


def test_a_file_that_is_no_picture_is_told_what_is_taken(new_guest: NewGuest) -> None:
    guest = new_guest(DESKTOP)
    guest.opens()
    guest.page.evaluate(GIVEN, ["drop", "courrier.pdf", "application/pdf", ""])
    expect(guest.panel.get_by_text("Envoyez une photo en JPEG, PNG ou WebP.")).to_be_visible()
    expect(guest.own).to_have_count(0)


def test_enter_sends_on_a_small_screen_with_a_mouse_and_not_under_fingers(
    new_guest: NewGuest,
) -> None:
    zoomed = new_guest({"width": 360, "height": 600})
    zoomed.opens()
    expect(zoomed.box).to_be_focused()
    zoomed.box.fill("bonjour")
    zoomed.box.press("Enter")
    expect(zoomed.own).to_have_count(1)
    touched = new_guest({"width": 360, "height": 600}, has_touch=True, is_mobile=True)
    touched.opens()
    touched.box.fill("bonjour")
    touched.box.press("Enter")
    expect(touched.box).to_have_value("bonjour\n")
    expect(touched.own).to_have_count(0)


def test_without_a_socket_what_was_on_screen_is_told(new_guest: NewGuest) -> None:
    guest = new_guest(DESKTOP)
    guest.page.add_init_script("delete window.WebSocket")
    guest.opens()
    with guest.page.expect_request("**/widget/v1/seen", timeout=ANSWER_TIMEOUT_MS):
        guest.writes("bonjour")
