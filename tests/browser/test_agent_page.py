"""Agents at their page, on a desk and on a telephone: nothing that they write is lost."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, ViewportSize, expect

from tests.browser.agent import Account, an_account, asks_for_a_person
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.test_sign_in import fits, violations
from tests.running import RunningService, Visitor

TABLET: ViewportSize = {"width": 768, "height": 1024}


def of_agents(visitor: Visitor) -> list[dict[str, Any]]:
    answer = visitor.call("/api/events?after=0")
    return [event for event in answer["events"] if event["sender"] == "agent"]


def is_clean(page: Page) -> None:
    """axe finds nothing, in either light, and nothing is wider than the screen."""
    assert fits(page)
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme)
        assert violations(page) == [], scheme


@pytest.mark.parametrize(
    "viewport", [pytest.param(DESKTOP, id="desktop"), pytest.param(PHONE, id="phone")]
)
def test_a_page_closed_in_mid_reply_comes_back_with_the_draft(
    service: RunningService, claire: Account, desks: Any, viewport: ViewportSize
) -> None:
    visitor, reference = asks_for_a_person(service)
    desk = desks(claire, viewport)
    page = desk.page
    page.get_by_role("link", name="Toutes").click()
    expect(desk.row(reference)).to_contain_text("Oullins")
    is_clean(page)
    desk.opens(reference)
    expect(desk.said("je veux parler à un agent")).to_be_visible()
    is_clean(page)
    desk.box.fill("Bonjour, je regarde")
    desk.comes_back(f"/agent?queue=all&ticket={reference}")
    expect(desk.box).to_have_value("Bonjour, je regarde")
    desk.box.press("Control+Enter")
    expect(desk.said("Bonjour, je regarde").locator("time")).to_be_visible()
    expect(desk.page.locator("#log .leaving")).to_have_count(0)
    expect(desk.box).to_have_value("")
    (answer,) = of_agents(visitor)
    assert (answer["text"], answer["author"]["name"]) == ("Bonjour, je regarde", "Claire")
    assert visitor.call("/api/events?after=0")["owner"] == "agent"
    visitor.call(f"/api/events?after={answer['seq']}&read=0")
    expect(desk.page.locator("#log .mark")).to_have_text("Affiché chez l’usager")
    desk.comes_back(f"/agent?queue=all&ticket={reference}")
    expect(desk.box).to_have_value("")
    assert desk.problems == []


@pytest.mark.parametrize(
    ("is_unproven", "told"), [(False, "adresse non vérifiée"), (True, "expéditeur non prouvé")]
)
def test_a_mail_says_how_sure_its_sender_is(
    service: RunningService, claire: Account, desks: Any, is_unproven: bool, told: str
) -> None:
    _, reference = asks_for_a_person(service)
    mail = {
        "subject": "Lampadaire",
        "sender": "ada@citoyenne.example",
        "name": "Ada",
        "rest": "",
        "is_automatic": False,
        "is_unproven": is_unproven,
    }

    def by_mail(route: Route) -> None:
        answer = route.fetch()
        packet = answer.json()
        for message in packet["messages"]:
            message["mail"] = mail if message["sender"] == "citizen" else None
        route.fulfill(response=answer, json=packet)

    desk = desks(claire)
    desk.page.route(f"**/agent/api/tickets/{reference}?*", by_mail)
    desk.page.get_by_role("link", name="Toutes").click()
    desk.opens(reference)
    said = desk.said("je veux parler à un agent")
    expect(said).to_contain_text("De Ada, ada@citoyenne.example")
    expect(said).to_contain_text(told)
    is_clean(desk.page)


def test_a_reply_that_could_not_leave_says_so_and_leaves_once(
    service: RunningService, claire: Account, desks: Any
) -> None:
    visitor, reference = asks_for_a_person(service)
    desk = desks(claire)
    desk.page.goto(f"/agent?queue=all&ticket={reference}")
    desk.is_ready()
    desk.page.route("**/reply?*", lambda route: route.abort())
    desk.box.fill("Nous passons demain.")
    desk.page.get_by_role("button", name="Envoyer", exact=True).click()
    expect(desk.said("Nous passons demain.")).to_contain_text("Non envoyé")
    desk.comes_back(f"/agent?queue=all&ticket={reference}")
    waiting = desk.said("Nous passons demain.")
    expect(waiting).to_contain_text("Non envoyé")
    waiting.get_by_role("button", name="Réessayer").click()
    expect(desk.page.locator("#log .leaving")).to_have_count(0)
    assert [event["text"] for event in of_agents(visitor)] == ["Nous passons demain."]


@pytest.mark.parametrize(("mode", "shown"), [("reply", "agent"), ("note", "note")])
def test_what_is_heard_before_its_sending_was_answered_stands_once(
    service: RunningService, claire: Account, desks: Any, mode: str, shown: str
) -> None:
    _, reference = asks_for_a_person(service)
    desk = desks(claire)
    page = desk.page
    page.goto(f"/agent?queue=all&ticket={reference}")
    desk.is_ready()
    heard = page.locator(f"#log .{shown}:not(.leaving)")

    def answers_late(route: Route) -> None:
        accepted = route.fetch()
        expect(heard).to_have_count(1)
        route.fulfill(response=accepted)

    page.route(f"**/{mode}?*", answers_late)
    page.locator(f"input[value={mode}]").check()
    with page.expect_response(f"**/{mode}?*"):
        desk.box.fill("Un instant, je regarde.")
        desk.box.press("Control+Enter")
    page.unroute(f"**/{mode}?*")
    desk.box.fill("Encore un.")
    desk.box.press("Control+Enter")
    expect(heard).to_have_count(2)
    expect(page.locator("#log .leaving")).to_have_count(0)
    expect(desk.said("Un instant, je regarde.")).to_have_count(1)


def test_who_comes_second_keeps_their_words_and_is_told_who_was_first(
    service: RunningService, claire: Account, desks: Any
) -> None:
    _, reference = asks_for_a_person(service)
    karim = desks(an_account(service, "Karim"))
    late = desks(claire)
    for desk in (karim, late):
        desk.page.goto(f"/agent?queue=all&ticket={reference}")
        desk.is_ready()
        desk.box.fill(f"Bonjour de {'Karim' if desk is karim else 'Claire'}")
    late.page.route("**/events?*", lambda route: route.abort())
    karim.box.press("Control+Enter")
    expect(karim.page.locator("#log .agent:not(.leaving)")).to_have_count(1)
    late.box.press("Control+Enter")
    expect(late.page.locator("#told")).to_contain_text("Karim suit cette conversation")
    expect(late.box).to_have_value("Bonjour de Claire")
    assert late.problems == []


def test_a_note_stays_a_note_when_the_request_goes_on_under_it(
    service: RunningService, claire: Account, desks: Any
) -> None:
    visitor, reference = asks_for_a_person(service)
    karim = desks(an_account(service, "Karim"))
    desk = desks(claire)
    for one in (karim, desk):
        one.page.goto(f"/agent?queue=all&ticket={reference}")
        one.is_ready()
    karim.page.get_by_role("button", name="Terminer", exact=True).click()
    resume = karim.page.get_by_role("button", name="Reprendre la demande")
    expect(resume).to_be_visible(timeout=15_000)
    expect(desk.page.locator("#form")).to_have_class("composer noting")
    desk.box.press_sequentially("Ton désagréable, ")
    resume.click()
    expect(desk.page.locator("#deeds")).to_contain_text("Karim suit cette conversation")
    desk.box.press_sequentially("rappeler à deux.")
    desk.box.press("Control+Enter")
    note = desk.page.locator("#log .note:not(.leaving)")
    expect(note).to_contain_text("Ton désagréable, rappeler à deux.")
    assert of_agents(visitor) == []
    desk.box.press_sequentially("Encore une note.")  # nobody chose to answer meanwhile
    desk.box.press("Control+Enter")
    expect(note).to_have_count(2)
    assert of_agents(visitor) == []
    assert desk.problems == []


def test_the_conversation_that_was_clicked_last_is_the_one_that_opens(
    service: RunningService, claire: Account, desks: Any
) -> None:
    (_, slow), (_, quick) = asks_for_a_person(service), asks_for_a_person(service)
    desk = desks(claire)
    desk.page.goto("/agent?queue=all")
    desk.is_ready()
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    desk.page.route(f"**/agent/api/tickets/{slow}?*", hold)
    desk.row(slow).click()
    desk.opens(quick)
    with desk.page.expect_response(f"**/agent/api/tickets/{slow}?*") as late:
        held[0].continue_()
    late.value.finished()
    desk.page.evaluate("new Promise(requestAnimationFrame)")
    expect(desk.page.locator("#talk-who")).to_contain_text(quick)
    assert f"ticket={quick}" in desk.page.url


def test_a_request_is_taken_answered_noted_and_closed_by_keyboard(
    service: RunningService, claire: Account, desks: Any
) -> None:
    visitor, reference = asks_for_a_person(service)
    desk = desks(claire, TABLET)
    page = desk.page
    desk.page.goto("/agent?queue=all")
    desk.is_ready()
    desk.row(reference).focus()
    page.keyboard.press("Enter")
    expect(page.locator("#talk-title")).to_be_focused()
    is_clean(page)
    reaches(page, "Prendre")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Terminer", exact=True)).to_be_visible()
    desk.box.focus()
    page.keyboard.type("C’est fait.")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#log .agent")).to_have_count(1)
    page.locator("input[value=reply]").focus()
    page.keyboard.press("ArrowRight")
    desk.box.focus()
    page.keyboard.type("Rappel prévu lundi.")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#log .note:not(.leaving)")).to_contain_text("Rappel prévu lundi.")
    is_clean(page)
    page.get_by_role("button", name="Terminer", exact=True).focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Annuler").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#later")).to_be_hidden()
    page.get_by_role("button", name="Terminer", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Reprendre la demande")).to_be_visible(timeout=15_000)
    page.locator("#talk-title").focus()
    page.keyboard.press("Escape")
    expect(page.locator("#queue-title")).to_be_focused()
    assert "Rappel prévu" not in str(visitor.call("/api/events?after=0"))
    assert desk.problems == []


def reaches(page: Page, name: str) -> None:
    """By the Tab key alone."""
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent.trim()") == name:
            return
    raise AssertionError(f"{name} is not reached")


def test_the_page_is_read_without_scripts(
    browser: Browser, service: RunningService, claire: Account, desks: Any
) -> None:
    _, reference = asks_for_a_person(service)
    known = desks(claire).context.cookies()
    context = browser.new_context(java_script_enabled=False, base_url=service.url, locale="fr")
    context.add_cookies(known)
    page = context.new_page()
    page.goto(f"/agent?queue=all&ticket={reference}")
    expect(page.locator("#log li").first).to_contain_text("je veux parler à un agent")
    page.locator("#text").fill("Bonjour sans script")
    page.get_by_role("button", name="Envoyer").click()
    expect(page.locator("#log .agent")).to_contain_text("Bonjour sans script")
    context.close()
