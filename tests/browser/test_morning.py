"""An agents' morning: twelve conversations from four channels, two agents and whoever leads them, a
browser that dies and a network that goes, all by the keyboard. Every word arrives, and once."""

from __future__ import annotations

import os
import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Locator,
    Playwright,
    Route,
    ViewportSize,
    expect,
)

from tests.browser.agent import Account, AtDesk
from tests.browser.citizen import ANSWER_TIMEOUT_MS
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.terminal import AtTerminal
from tests.browser.test_sign_in import fits, violations
from tests.browser.widget.guest import Guest
from tests.running import RunningService, Visitor
from tests.servers.telegram import TelegramServer
from tests.servers.telegram.people import Person

ASKED = "je veux parler à un agent"
REFERENCE = re.compile(r"\b\d{4}-\d{6,}\b")
CLOSES_TIMEOUT_MS = 15_000  # an end may be taken back for five seconds


@dataclass
class Caller:
    """A citizen in some channel. `hears`: all that they were told so far; `awaits`: a text that is
    on its way to them."""

    reference: str
    hears: Callable[[], str]
    awaits: Callable[[str], object] = lambda _: None
    answered: list[str] = field(default_factory=list)


@pytest.fixture
def contexts(browser: Browser, with_bot: RunningService) -> Iterator[Callable[..., BrowserContext]]:
    opened: list[BrowserContext] = []

    def make(viewport: ViewportSize = DESKTOP) -> BrowserContext:
        context = browser.new_context(
            viewport=viewport, base_url=with_bot.url, locale="fr", reduced_motion="reduce"
        )
        opened.append(context)
        return context

    yield make
    for context in opened:
        context.close()


@pytest.fixture
def own_browser(
    playwright: Playwright, with_bot: RunningService, tmp_path: Path
) -> Iterator[Callable[[], BrowserContext]]:
    """One that keeps what it stored when it is closed; it is opened again by another call."""
    opened: list[BrowserContext] = []

    def open_() -> BrowserContext:
        for context in opened:
            context.close()
        started = playwright.chromium.launch_persistent_context(
            tmp_path / "profile",
            executable_path=os.environ["GUICHET_CHROMIUM"],
            viewport=DESKTOP,
            base_url=with_bot.url,
            locale="fr",
            reduced_motion="reduce",
        )
        opened[:] = [started]
        return started

    yield open_
    for context in opened:
        context.close()


def an_account(service: RunningService, name: str, role: str = "agent") -> Account:
    login = f"{uuid.uuid4().hex}@lyon.example"
    told = service.admin(
        *("users", "add", login, "--name", name, "--role", role),
        *("--all-communes", "--team", "accueil", "--generate"),
    )
    return Account(login, told.split("password: ")[1].strip())


# By the keyboard ---------------------------------------------------------------------------------


def reaches(desk: AtDesk, what: Locator) -> None:
    """By the Tab key alone, round the page at most once."""
    expect(what).to_be_visible()
    for _ in range(120):
        if what.evaluate("(it) => it === document.activeElement"):
            return
        desk.page.keyboard.press("Tab")
    raise AssertionError(f"{what} is not reached")


def presses(desk: AtDesk, name: str) -> None:
    reaches(desk, desk.page.get_by_role("button", name=name, exact=True))
    desk.page.keyboard.press("Enter")


def signs_in(desk: AtDesk, account: Account) -> None:
    keyboard = desk.page.keyboard
    desk.page.goto("/agent")
    expect(desk.page.locator("input[name=login]")).to_be_focused()
    keyboard.type(account.login)
    keyboard.press("Tab")
    keyboard.type(account.password)
    keyboard.press("Enter")
    desk.is_ready()


def lists(desk: AtDesk, name: str) -> None:
    reaches(desk, desk.page.locator("#tabs").get_by_role("link", name=name))
    desk.page.keyboard.press("Enter")
    expect(desk.page.locator("#tabs a[aria-current]")).to_contain_text(name)


def opens(desk: AtDesk, caller: Caller) -> None:
    reaches(desk, desk.row(caller.reference))
    desk.page.keyboard.press("Enter")
    expect(desk.page.locator("#talk-who")).to_contain_text(caller.reference)
    expect(desk.page.locator("#talk-title")).to_be_focused()


def types(desk: AtDesk, text: str) -> None:
    reaches(desk, desk.box)
    desk.page.keyboard.type(text)


def answers(desk: AtDesk, caller: Caller, text: str) -> None:
    types(desk, text)
    desk.page.keyboard.press("Control+Enter")
    is_there(desk, text)
    caller.answered.append(text)


def is_there(desk: AtDesk, text: str) -> None:
    """The service has it, and it stands once in the conversation."""
    expect(desk.page.locator("#log .leaving")).to_have_count(0)
    expect(desk.said(text)).to_have_count(1)


def notes(desk: AtDesk, text: str) -> None:
    keyboard = desk.page.keyboard
    reaches(desk, desk.page.locator("input[name=mode]:checked"))
    keyboard.press("ArrowRight")
    types(desk, text)
    keyboard.press("Control+Enter")
    expect(desk.page.locator("#log .note:not(.leaving)")).to_contain_text(text)
    keyboard.press("Shift+Tab")
    keyboard.press("ArrowLeft")


def chooses(desk: AtDesk, wanted: str, does: str) -> None:
    """In the menu of what else can be done."""
    reaches(desk, desk.page.locator("#deeds summary"))
    desk.page.keyboard.press("Enter")
    button = desk.page.get_by_role("button", name=does, exact=True)
    select = desk.page.locator("#deeds form").filter(has=button).locator("select")
    option = select.locator("option").filter(has_text=wanted)
    expect(option).to_have_count(1)
    assert violations(desk.page) == []
    reaches(desk, select)
    value = option.get_attribute("value")
    desk.page.keyboard.press("Home")
    for _ in range(select.locator("option").count()):
        if select.input_value() == value:
            break
        desk.page.keyboard.press("ArrowDown")
    presses(desk, does)


def closes(desk: AtDesk) -> None:
    presses(desk, "Terminer")
    reopen = desk.page.get_by_role("button", name="Reprendre la demande")
    expect(reopen).to_be_visible(timeout=CLOSES_TIMEOUT_MS)


# Who asks ----------------------------------------------------------------------------------------


def by_web(with_bot: RunningService, how_many: int) -> list[Caller]:
    visitors = [Visitor(with_bot.url) for _ in range(how_many)]
    for visitor in visitors:
        visitor.post(text=ASKED, commune="69149")
    return [_visiting(visitor) for visitor in visitors]


def _visiting(visitor: Visitor) -> Caller:
    reference = next(event["reference"] for event in visitor.hear() if event["reference"])

    def hears() -> str:
        return "\n".join(e["text"] for e in visitor.call("/api/events?after=0")["events"])

    return Caller(reference, hears)


def by_terminal(with_bot: RunningService) -> Caller:
    terminal = AtTerminal(with_bot)
    terminal.sends("text", ASKED)

    def hears() -> str:
        return "\n".join(event["text"] for event in terminal.hears())

    return Caller(REFERENCE.findall(hears())[0], hears)


def by_telegram(telegram: TelegramServer, name: str) -> Caller:
    person: Person = telegram.person(name)

    def hears() -> str:
        return "\n".join(shown.text for shown in person.screen.from_bot)

    person.start()
    person.says(ASKED)
    telegram.wait(lambda _: REFERENCE.search(hears()) is not None, 40)
    return Caller(
        REFERENCE.findall(hears())[0],
        hears,
        lambda text: telegram.wait(lambda _: text in hears(), 30),
    )


def by_widget(guest: Guest) -> Caller:
    guest.opens()
    guest.says(ASKED)
    return Caller(
        guest.reference(),
        guest.log.inner_text,
        lambda text: expect(guest.log).to_contain_text(text),
    )


def hears_once(caller: Caller) -> None:
    """All that was answered is there, each once."""
    for text in caller.answered:
        caller.awaits(text)
    told = caller.hears()
    assert [told.count(text) for text in caller.answered] == [1] * len(caller.answered)


@pytest.mark.timeout(600)
def test_a_morning(
    with_bot: RunningService,
    telegram: TelegramServer,
    contexts: Callable[..., BrowserContext],
    own_browser: Callable[[], BrowserContext],
) -> None:
    accounts = [an_account(with_bot, name) for name in ("Claire", "Karim")]
    lead = an_account(with_bot, "Chantal", "supervisor")
    guests = [Guest(contexts(PHONE)) for _ in range(2)]
    web = by_web(with_bot, 6)
    chats = [by_telegram(telegram, name) for name in ("Marie", "Luc")]
    terminals = [by_terminal(with_bot) for _ in range(2)]
    widgets = [by_widget(guest) for guest in guests]
    everybody = [*web, *chats, *terminals, *widgets]
    assert len({caller.reference for caller in everybody}) == 12

    claire, karim, chantal = (AtDesk(c) for c in (own_browser(), contexts(), contexts()))
    chantal.page.goto("/agent")
    assert violations(chantal.page) == []
    for desk, account in zip((claire, karim, chantal), (*accounts, lead), strict=True):
        signs_in(desk, account)
    lists(claire, "À prendre")
    expect(claire.page.locator("#rows a")).to_have_count(12)
    assert violations(claire.page) == []
    assert fits(claire.page)

    first, both, passed, dying, cut, given = web
    opens(claire, first)
    presses(claire, "Prendre")
    expect(claire.page.get_by_role("button", name="Terminer", exact=True)).to_be_visible()
    answers(claire, first, "Bonjour, je regarde votre dossier.")
    notes(claire, "Dossier déjà vu en mars.")
    assert violations(claire.page) == []
    closes(claire)

    two_at_once(claire, karim, both)

    opens(karim, passed)
    answers(karim, passed, "Je vous confie à l’équipe voirie.")
    chooses(karim, "voirie", "Transmettre")
    expect(karim.page.locator("#talk-who")).to_contain_text("voirie")

    claire = dies_and_comes_back(claire, own_browser, accounts[0], dying)

    goes_offline(karim, cut)

    figures(chantal)
    lists(chantal, "À prendre")
    opens(chantal, given)
    chooses(chantal, "Claire", "Attribuer")
    expect(chantal.page.locator("#talk-who")).to_contain_text("Claire")
    lists(claire, "Les miennes")
    opens(claire, given)
    answers(claire, given, "Chantal m’a confié votre demande.")

    lists(claire, "À prendre")
    for number, caller in enumerate((*chats, widgets[0])):
        opens(claire, caller)
        answers(claire, caller, f"Bonjour, réponse numéro {number} de Claire.")
    lists(karim, "À prendre")
    for number, caller in enumerate((*terminals, widgets[1])):
        opens(karim, caller)
        answers(karim, caller, f"Bonjour, réponse numéro {number} de Karim.")
    guests[1].writes("merci à vous")
    expect(karim.said("merci à vous")).to_have_count(1, timeout=ANSWER_TIMEOUT_MS)
    closes(karim)
    assert guests[1].violations() == []

    for caller in everybody:
        hears_once(caller)
        assert "Dossier déjà vu" not in caller.hears()
    for desk in (claire, karim, chantal):
        assert violations(desk.page) == []
        assert desk.problems == []


def two_at_once(claire: AtDesk, karim: AtDesk, caller: Caller) -> None:
    """Both answers are on their way before either arrives: one is said, the other comes back."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)
        if len(held) == 2:
            for one in held:
                one.continue_()

    lists(karim, "À prendre")
    for desk, name in ((claire, "Claire"), (karim, "Karim")):
        opens(desk, caller)
        types(desk, f"Bonjour, ici {name}.")
    with (
        claire.page.expect_response("**/reply?*") as of_claire,
        karim.page.expect_response("**/reply?*") as of_karim,
    ):
        for desk in (claire, karim):
            desk.page.route("**/reply?*", hold)
            desk.page.keyboard.press("Control+Enter")
    refused = [answer.value.status == 409 for answer in (of_claire, of_karim)]
    assert sorted(refused) == [False, True]
    late, name, other = (claire, "Claire", "Karim") if refused[0] else (karim, "Karim", "Claire")
    expect(late.page.locator("#told")).to_contain_text(f"{other} suit cette conversation")
    expect(late.box).to_have_value(f"Bonjour, ici {name}.")
    assert violations(late.page) == []
    caller.answered.append(f"Bonjour, ici {other}.")
    for desk in (claire, karim):
        desk.page.unroute("**/reply?*")


def dies_and_comes_back(
    desk: AtDesk, own_browser: Callable[[], BrowserContext], account: Account, caller: Caller
) -> AtDesk:
    """In mid-sentence; the sentence is there again, and is finished."""
    opens(desk, caller)
    answers(desk, caller, "Bonjour, un instant.")
    types(desk, "Votre carte est arrivée, ")
    assert desk.problems == []
    again = AtDesk(own_browser())
    again.page.goto(f"/agent?queue=mine&ticket={caller.reference}")
    if again.page.locator("input[name=login]").count():
        signs_in(again, account)
        lists(again, "Les miennes")
        opens(again, caller)
    again.is_ready()
    expect(again.box).to_have_value(re.compile("Votre carte est arrivée,"))
    reaches(again, again.box)
    again.page.keyboard.press("Control+End")
    again.page.keyboard.type(" vous pouvez la retirer.")
    again.page.keyboard.press("Control+Enter")
    is_there(again, "vous pouvez la retirer.")
    caller.answered.append("vous pouvez la retirer.")
    return again


def goes_offline(desk: AtDesk, caller: Caller) -> None:
    """What is written meanwhile leaves when the network is back."""
    lists(desk, "À prendre")
    opens(desk, caller)
    desk.context.set_offline(True)
    types(desk, "Le guichet ouvre à 14 h.")
    desk.page.keyboard.press("Control+Enter")
    expect(desk.said("Le guichet ouvre à 14 h.")).to_contain_text("Non envoyé")
    assert violations(desk.page) == []
    desk.context.set_offline(False)
    is_there(desk, "Le guichet ouvre à 14 h.")
    caller.answered.append("Le guichet ouvre à 14 h.")


def figures(desk: AtDesk) -> None:
    """How the team stands, and back."""
    reaches(desk, desk.page.get_by_role("link", name="Chiffres"))
    desk.page.keyboard.press("Enter")
    expect(desk.page).to_have_title(re.compile("Chiffres"))
    assert violations(desk.page) == []
    reaches(desk, desk.page.locator(".bar a").first)
    desk.page.keyboard.press("Enter")
    desk.is_ready()
