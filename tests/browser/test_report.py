"""A citizen files a report in the page, on a telephone."""

from __future__ import annotations

import re

from playwright.sync_api import Route, expect

from tests.browser.citizen import ANSWER_TIMEOUT_MS, POTHOLE, Citizen
from tests.browser.conftest import DESKTOP, NewCitizen


def mine(citizen: Citizen) -> str:
    return citizen.page.get_by_role("region", name="Mes signalements").inner_text()


def test_a_report_with_a_photo_gets_a_reference_and_is_listed(new_citizen: NewCitizen) -> None:
    citizen = new_citizen()
    citizen.open()
    reference = citizen.files_a_report()
    listed = citizen.page.locator("#requests li")
    expect(listed).to_have_count(1)
    expect(listed).to_contain_text(reference)
    expect(listed).to_contain_text("12 rue de la République")
    expect(listed).to_contain_text("reçu")
    assert citizen.problems == []


def test_the_photo_is_seen_in_the_conversation(new_citizen: NewCitizen) -> None:
    citizen = new_citizen()
    citizen.open()
    citizen.files_a_report()
    picture = citizen.page.get_by_role("img", name="Photo envoyée")
    expect(picture).to_be_visible()
    expect(citizen.page.get_by_role("progressbar")).to_have_count(0)
    assert picture.evaluate("image => image.naturalWidth") > 0


def test_a_file_that_is_no_picture_is_refused_in_words(new_citizen: NewCitizen) -> None:
    citizen = new_citizen()
    citizen.open()
    citizen.page.locator("#photo").set_input_files(
        {"name": "notes.jpg", "mimeType": "image/jpeg", "buffer": b"not a picture"}
    )
    expect(citizen.bubbles.first).to_contain_text("Cette photo n’a pas pu être lue")


def test_the_reloaded_page_shows_the_whole_conversation(new_citizen: NewCitizen) -> None:
    citizen = new_citizen()
    citizen.open()
    citizen.files_a_report()
    said = [text.split("\n")[0] for text in citizen.bubbles.all_inner_texts()]
    citizen.open()
    expect(citizen.bubbles).to_have_count(len(said))
    for bubble, text in zip(citizen.bubbles.all_inner_texts(), said, strict=True):
        assert bubble.split("\n")[0] == text
    expect(citizen.page.get_by_role("img", name="Photo envoyée")).to_be_visible()


def test_another_browser_sees_nothing_of_it(new_citizen: NewCitizen) -> None:
    first, second = new_citizen(), new_citizen()
    first.open()
    reference = first.files_a_report()
    expect(first.page.get_by_role("region", name="Mes signalements")).to_contain_text(reference)
    second.open()
    second.says("où en est mon signalement ?")
    assert "Aucun signalement" in mine(second)
    assert reference not in second.page.locator("body").inner_text()
    picture = first.page.locator("#log img").get_attribute("src")
    first.open()  # the picture now comes from the service
    picture = first.page.locator("#log img").get_attribute("src")
    assert picture is not None
    assert first.context.request.get(picture).status == 200
    assert second.context.request.get(picture).status == 404


def test_while_the_assistant_warms_up_messages_are_accepted(new_citizen: NewCitizen) -> None:
    citizen = new_citizen()

    def warming(route: Route) -> None:
        route.fulfill(json={"events": [], "assistant": "warming", "thinking": True})

    citizen.page.route("**/api/events*", warming)
    citizen.open()
    expect(citizen.page.get_by_text("L’assistant démarre.")).to_be_visible()
    with citizen.page.expect_response("**/api/messages*") as accepted:
        citizen.writes("bonjour")
    assert accepted.value.status == 202
    expect(citizen.page.get_by_text("L’assistant démarre.")).to_be_visible()
    citizen.page.unroute("**/api/events*", warming)
    citizen.hears(0)
    expect(citizen.page.locator("#state")).to_be_empty()
    expect(citizen.page.locator("#log > .citizen")).to_have_count(1)


def test_what_could_not_leave_leaves_when_the_connection_is_back(new_citizen: NewCitizen) -> None:
    citizen = new_citizen()
    citizen.open()
    citizen.context.set_offline(True)
    citizen.writes("bonjour")
    expect(citizen.page.get_by_role("button", name="Non envoyé. Réessayer")).to_be_visible()
    citizen.context.set_offline(False)
    citizen.hears(0)
    expect(citizen.page.locator("#log > .citizen")).to_have_count(1)
    expect(citizen.page.get_by_role("button", name="Non envoyé. Réessayer")).to_have_count(0)


def test_the_focus_stays_in_the_text_box(new_citizen: NewCitizen) -> None:
    citizen = new_citizen(DESKTOP)
    citizen.open()
    citizen.says(POTHOLE)
    expect(citizen.box).to_be_focused()
    expect(citizen.box).to_have_value("")
    citizen.presses("Passer")
    expect(citizen.box).to_be_focused()


def test_shift_and_enter_makes_a_line(new_citizen: NewCitizen) -> None:
    citizen = new_citizen(DESKTOP)
    citizen.open()
    citizen.box.press_sequentially("bonjour")
    citizen.box.press("Shift+Enter")
    expect(citizen.box).to_have_value(re.compile("^bonjour\n$"))
    expect(citizen.bubbles).to_have_count(0)


def test_times_are_shown_on_demand(new_citizen: NewCitizen) -> None:
    citizen = new_citizen()
    citizen.open()
    citizen.says("bonjour")
    time = citizen.bubbles.first.locator("time")
    expect(time).to_be_hidden()
    citizen.page.get_by_role("button", name="Heures").click()
    expect(time).to_be_visible()


def test_a_long_word_does_not_widen_the_page(new_citizen: NewCitizen) -> None:
    citizen = new_citizen()
    citizen.open()
    citizen.writes("x" * 600)
    expect(citizen.bubbles.first).to_be_visible()
    assert citizen.page.evaluate("document.documentElement.scrollWidth") <= 360


def test_the_page_speaks_english_to_whoever_asks(new_citizen: NewCitizen) -> None:
    citizen = new_citizen(language="en")
    citizen.open()
    expect(citizen.page.get_by_role("button", name="Send")).to_be_visible()
    citizen.page.get_by_role("link", name="Français").click()
    expect(citizen.page.get_by_role("button", name="Envoyer")).to_be_visible()


def test_without_scripts_the_text_box_still_works(new_citizen: NewCitizen) -> None:
    citizen = new_citizen(has_scripts=False)
    page = citizen.page
    page.goto("/assistant")
    citizen.box.fill(POTHOLE)
    page.get_by_role("button", name="Envoyer").click()
    expect(citizen.bubbles.first).to_have_text(POTHOLE, timeout=ANSWER_TIMEOUT_MS)
    expect(citizen.answers.last).to_contain_text("J’ai noté", timeout=ANSWER_TIMEOUT_MS)
    page.locator(".choices").get_by_role("button", name="Passer").click()
    pressed = page.locator("#log > .citizen").nth(1)
    expect(pressed).to_have_text("Passer", timeout=ANSWER_TIMEOUT_MS)
    expect(citizen.answers.last).to_contain_text("photo")
