"""The network goes and comes back, pages are reloaded and doubled: nothing is lost or doubled."""

from __future__ import annotations

import random

from playwright.sync_api import Route, expect

from tests.browser.citizen import ANSWER_TIMEOUT_MS
from tests.browser.conftest import DESKTOP
from tests.browser.widget.conftest import NewGuest
from tests.browser.widget.guest import Guest

CUTS = 20
SEED = 8


def numbered(n: int) -> str:
    return f"merci pour tout, numéro {n}"


def expect_each_once(guest: Guest, words: list[str]) -> None:
    expect(guest.own).to_have_count(len(words), timeout=ANSWER_TIMEOUT_MS)
    expect(guest.own.locator(".mark.bad")).to_have_count(0, timeout=ANSWER_TIMEOUT_MS)
    expect(guest.panel.locator(".citizen.sending")).to_have_count(0, timeout=ANSWER_TIMEOUT_MS)
    assert guest.words_of_own() == words


def test_twenty_cuts_at_random_moments_lose_and_double_nothing(new_guest: NewGuest) -> None:
    guest = new_guest(DESKTOP)
    guest.opens()
    chance = random.Random(SEED)
    words = []
    for n in range(CUTS):
        words.append(numbered(n))
        # Before it is written, while it is on its way, or while its answer is.
        before, during, after = chance.random() * 60, chance.random() * 40, chance.random() * 250
        is_cut_first = chance.random() < 0.4
        if is_cut_first:
            guest.context.set_offline(True)
            guest.page.wait_for_timeout(before)
        guest.writes(words[-1])
        if not is_cut_first:
            guest.page.wait_for_timeout(during)
            guest.context.set_offline(True)
        guest.page.wait_for_timeout(after)
        guest.context.set_offline(False)
    expect_each_once(guest, words)
    guest.opens()  # what the service has, with nothing of ours
    expect_each_once(guest, words)
    assert guest.stored()["local"].keys() == {
        key for key in guest.stored()["local"] if key.endswith(":token")
    }


def test_answers_that_never_come_back_are_asked_again_under_the_same_id(
    new_guest: NewGuest,
) -> None:
    """The service has taken the message, and its answer was lost: a long poll, since its socket
    is cut with it."""
    guest = new_guest()
    guest.page.add_init_script("delete window.WebSocket")
    guest.opens()
    ids = []

    def lose(route: Route) -> None:
        ids.append((route.request.post_data_json or {})["id"])
        if len(ids) == 1:
            route.fetch()
            route.abort()
        else:
            route.continue_()

    guest.page.route("**/widget/v1/messages", lose)
    guest.says("bonjour")
    expect(guest.own).to_have_count(1)
    expect(guest.own.locator(".mark")).to_contain_text("Envoyé", timeout=ANSWER_TIMEOUT_MS)
    guest.opens()
    expect(guest.own).to_have_count(1)
    assert len(set(ids)) == 1


def test_words_written_without_a_network_survive_a_reload(new_guest: NewGuest) -> None:
    guest = new_guest()
    guest.opens()
    guest.page.route("**/widget/v1/**", lambda route: route.abort())
    guest.context.set_offline(True)
    guest.writes("bonjour")
    expect(guest.own.locator(".mark")).to_have_text("Partira au retour de la connexion.")
    expect(guest.panel.get_by_role("button", name="Réessayer")).to_have_count(1)  # the bar's
    guest.box.fill("et ce brouillon")
    guest.context.set_offline(False)
    guest.page.unroute("**/widget/v1/**")
    guest.page.reload()
    guest.opener.click()
    guest.sees_the_conversation()
    expect(guest.own).to_have_count(1)
    expect(guest.own.locator(".mark")).to_contain_text("Envoyé", timeout=ANSWER_TIMEOUT_MS)
    expect(guest.box).to_have_value("et ce brouillon")


def test_a_picture_that_could_not_leave_leaves_after_a_reload(new_guest: NewGuest) -> None:
    guest = new_guest()
    guest.opens()
    guest.page.route("**/widget/v1/photos", lambda route: route.abort())
    guest.picks_a_picture()
    expect(guest.own.get_by_role("img")).to_be_visible()
    guest.page.unroute("**/widget/v1/photos")
    guest.page.reload()
    guest.opener.click()
    guest.sees_the_conversation()
    expect(guest.own).to_have_count(1)
    expect(guest.own.locator(".mark")).to_contain_text("Envoyé", timeout=ANSWER_TIMEOUT_MS)


def test_a_picture_can_be_called_back_on_its_way(new_guest: NewGuest) -> None:
    guest = new_guest()
    guest.opens()
    guest.holds_a_picture()
    guest.own.get_by_role("button", name="Annuler").click()
    expect(guest.own).to_have_count(0)
    guest.opens()
    expect(guest.own).to_have_count(0)


def test_two_tabs_show_one_conversation(new_guest: NewGuest) -> None:
    first = new_guest(DESKTOP)
    first.opens()
    first.says("bonjour")
    second = Guest(first.context)
    second.opens()
    expect(second.own).to_have_count(1)
    second.says("et vous, ça va ?")
    expect(first.own).to_have_count(2)
    first.says("très bien, merci")
    expect(second.own).to_have_count(3)
    assert first.words_of_own() == second.words_of_own()


def test_a_tab_that_was_closed_has_its_words_sent_by_the_other(new_guest: NewGuest) -> None:
    first = new_guest(DESKTOP)
    first.opens()
    second = Guest(first.context)
    second.opens()
    second.page.route("**/widget/v1/**", lambda route: route.abort())
    first.context.set_offline(True)
    second.writes("bonjour")
    expect(second.own).to_have_count(1)
    expect(first.own).to_have_count(1)
    second.page.close()
    first.context.set_offline(False)
    expect(first.own.locator(".mark")).to_contain_text("Envoyé", timeout=ANSWER_TIMEOUT_MS)
    first.opens()
    expect(first.own).to_have_count(1)


def test_a_page_that_slept_catches_up(new_guest: NewGuest) -> None:
    guest = new_guest()
    guest.opens()
    guest.says("bonjour")
    sleep = guest.context.new_cdp_session(guest.page)
    sleep.send("Page.setWebLifecycleState", {"state": "frozen"})
    other = Guest(guest.context)
    other.opens()
    other.says("merci")
    sleep.send("Page.setWebLifecycleState", {"state": "active"})
    guest.page.bring_to_front()
    expect_each_once(guest, ["bonjour", "merci"])
    expect(guest.answers).to_have_count(other.answers.count())


def test_erasing_in_one_tab_empties_the_other(new_guest: NewGuest) -> None:
    first = new_guest(DESKTOP)
    first.opens()
    first.says("bonjour")
    second = Guest(first.context)
    second.opens()
    second.panel.get_by_role("button", name="Options de la conversation").click()
    second.panel.get_by_role("button", name="Effacer la conversation").click()
    second.panel.get_by_role("button", name="Effacer", exact=True).click()
    expect(second.bubbles).to_have_count(0)
    expect(first.bubbles).to_have_count(0, timeout=ANSWER_TIMEOUT_MS)


def test_a_page_that_may_store_nothing_talks_all_the_same(new_guest: NewGuest) -> None:
    guest = new_guest()
    guest.page.add_init_script(
        "for (const name of ['localStorage', 'sessionStorage', 'indexedDB'])"
        " Object.defineProperty(window, name, {get() { throw new DOMException('no') }})"
    )
    guest.opens()
    guest.says("bonjour")
    expect(guest.own).to_have_count(1)
    assert guest.problems == []
