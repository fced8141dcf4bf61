"""Agents find, sort and tidy from one page, by keyboard and on a telephone."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.browser.agent import Account, AtDesk, an_account, asks_for_a_person
from tests.browser.conftest import PHONE
from tests.browser.test_agent_page import is_clean
from tests.running import RunningService
from tests.unique import a_word

SMALL_DESK: ViewportSize = {"width": 1280, "height": 800}


def who_said(service: RunningService, words: str) -> str:
    """The reference of somebody who waits, and said that."""
    visitor, reference = asks_for_a_person(service)
    visitor.post(text=words)
    return reference


def at_list(desk: AtDesk, name: str = "all") -> Page:
    desk.page.goto(f"/agent?queue={name}")
    desk.is_ready()
    return desk.page


def test_any_conversation_is_found_by_slash_words_and_enter(
    service: RunningService, claire: Account, desks: Any
) -> None:
    word = a_word()
    reference = who_said(service, f"Les poubelles débordent près de {word}")
    desk = desks(claire, SMALL_DESK)
    page = at_list(desk)
    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.type(f"DEBORDENT {word}")
    page.keyboard.press("Enter")
    hit = page.locator("#hits a")
    expect(hit).to_have_count(1)
    expect(hit).to_be_focused()
    expect(hit.locator("mark")).to_have_text(["débordent", word])
    is_clean(page)
    page.keyboard.press("Enter")
    expect(page.locator("#talk-who")).to_contain_text(reference)
    page.keyboard.press("/")
    page.keyboard.type("zzzintrouvable")
    page.keyboard.press("Enter")
    expect(page.locator("#found-none")).to_contain_text("Rien ne correspond")
    is_clean(page)
    page.keyboard.press("Escape")
    expect(page.locator("#list")).to_be_visible()
    page.locator("#rows a").first.focus()
    page.keyboard.press("/")
    page.keyboard.type(reference)
    page.keyboard.press("Enter")
    expect(page.locator("#talk-title")).to_be_focused()
    assert desk.problems == []


def test_a_search_is_a_form_without_scripts(
    browser: Browser, service: RunningService, claire: Account, desks: Any
) -> None:
    word = a_word()
    reference = who_said(service, f"un lampadaire {word}")
    known = desks(claire).context.cookies()
    context = browser.new_context(java_script_enabled=False, base_url=service.url, locale="fr")
    context.add_cookies(known)
    page = context.new_page()
    page.goto("/agent")
    page.locator("#q").fill(word)
    page.locator("#q").press("Enter")
    expect(page.locator("#hits mark")).to_have_text(word)
    page.locator("#hits a").click()
    expect(page.locator("#talk-who")).to_contain_text(reference)
    context.close()


def test_a_request_is_put_aside_taken_back_and_tagged(
    service: RunningService, claire: Account, desks: Any
) -> None:
    word = a_word()
    reference = who_said(service, word)
    desk = desks(claire, SMALL_DESK)
    page = at_list(desk)
    desk.opens(reference)
    page.locator("#sorting summary").click()
    page.get_by_role("button", name="Demain matin").click()
    expect(page.locator("#later")).to_contain_text("Demande reportée")
    expect(page.locator("#sorting")).to_contain_text("Reportée au")
    page.locator("#later").get_by_role("button").click()
    expect(page.locator("#sorting summary")).to_contain_text("Reporter")
    page.locator("#sorting summary").click()
    page.get_by_role("button", name="Demain matin").click()
    expect(page.locator("#sorting")).to_contain_text("Reportée au")
    is_clean(page)
    page.get_by_role("button", name="Annuler le report").click()
    page.get_by_label("Ajouter une étiquette").first.fill(f"Nuit {word}")
    page.keyboard.press("Enter")
    expect(page.locator("#sorting .tags")).to_contain_text(f"nuit {word}")
    expect(desk.row(reference)).to_contain_text(f"nuit {word}")
    desk.row(reference).focus()  # in a field, "/" is a letter like any other
    page.keyboard.press("/")
    page.keyboard.type(f'étiquette:"nuit {word}"')
    page.keyboard.press("Enter")
    expect(page.locator("#hits a")).to_have_count(1)
    page.get_by_role("button", name=f"Retirer l’étiquette nuit {word}").click()
    expect(page.locator("#sorting .tags")).to_have_count(0)
    assert desk.problems == []


@pytest.mark.parametrize(
    "viewport", [pytest.param(SMALL_DESK, id="desktop"), pytest.param(PHONE, id="phone")]
)
def test_one_deed_on_several_is_previewed_done_and_undone(
    service: RunningService, claire: Account, desks: Any, viewport: ViewportSize
) -> None:
    word = a_word()
    free, his = who_said(service, f"{word} un"), who_said(service, f"{word} deux")
    karim = desks(an_account(service, "Karim"))
    at_list(karim)
    karim.opens(his)
    karim.page.get_by_role("button", name="Prendre").click()
    expect(karim.page.get_by_role("button", name="Terminer", exact=True)).to_be_visible()
    desk = desks(claire, viewport)
    page = at_list(desk)
    page.locator("#q").fill(word)
    page.keyboard.press("Enter")
    expect(page.locator("#hits a")).to_have_count(2)
    page.keyboard.press("x")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("x")
    expect(page.locator("#bulk-count")).to_contain_text("2")
    is_clean(page)
    page.get_by_role("button", name="Aperçu").click()
    lines = page.locator("#bulk-lines li")
    expect(lines.filter(has_text=free)).to_contain_text("→ Claire")
    expect(lines.filter(has_text=his)).to_contain_text("Karim suit cette demande")
    is_clean(page)
    page.get_by_role("button", name="Appliquer").click()
    expect(page.locator("#bulk-title")).to_have_text("Ce qui a été fait")
    page.get_by_role("button", name="Annuler ces changements").click()
    expect(page.locator("#bulk-told")).to_have_text("Changements annulés.")
    expect(lines.filter(has_text=free)).to_contain_text("Claire →")
    page.get_by_role("button", name="Fermer").click()
    expect(page.locator("#bulk")).to_be_hidden()
    assert desk.problems == []


def test_a_search_is_kept_and_asked_again(
    service: RunningService, claire: Account, desks: Any
) -> None:
    word = a_word()
    who_said(service, f"arbre {word}")
    desk = desks(claire, PHONE)
    page = at_list(desk)
    page.locator("#q").fill(f"{word} état:ouvert")
    page.keyboard.press("Enter")
    expect(page.locator("#hits a")).to_have_count(1)
    page.locator("#keep summary").click()
    page.locator("#keep-name").fill(f"Arbres {word}")
    page.locator("#keep-name").press("Enter")
    expect(page.locator("#keep-told")).to_have_text("Recherche gardée.")
    is_clean(page)
    at_list(desk)
    page.get_by_role("button", name=f"Arbres {word}").click()
    expect(page.locator("#hits a")).to_have_count(1)
    page.get_by_role("button", name="Retirer cette recherche").click()
    expect(page.get_by_role("button", name=f"Arbres {word}")).to_have_count(0)
    assert desk.problems == []


@pytest.mark.parametrize(
    "viewport", [pytest.param(SMALL_DESK, id="desktop"), pytest.param(PHONE, id="phone")]
)
def test_an_empty_list_says_what_it_is_for(
    claire: Account, desks: Any, viewport: ViewportSize
) -> None:
    desk = desks(claire, viewport)
    page = at_list(desk, "snoozed")
    expect(page.locator("#none")).to_contain_text("met une demande de côté")
    is_clean(page)
