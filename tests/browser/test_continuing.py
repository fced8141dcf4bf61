"""A conversation that goes on in Telegram, and comes from there: page, chat and service as they
are."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect

from tests.browser.citizen import Citizen
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.test_accessibility import violations
from tests.browser.widget.guest import Guest
from tests.running import RunningService
from tests.servers.telegram import TelegramServer
from tests.servers.telegram.people import Person


@pytest.fixture
def contexts(browser: Browser, with_bot: RunningService) -> Iterator[list[BrowserContext]]:
    opened: list[BrowserContext] = []
    yield opened
    for context in opened:
        context.close()


def a_context(
    browser: Browser,
    with_bot: RunningService,
    contexts: list[BrowserContext],
    viewport: ViewportSize,
    *,
    is_dark: bool = False,
) -> BrowserContext:
    context = browser.new_context(
        viewport=viewport,
        color_scheme="dark" if is_dark else "light",
        locale="fr",
        reduced_motion="reduce",
        base_url=with_bot.url,
    )
    contexts.append(context)
    return context


def asks_for_telegram(page: Page) -> tuple[str, str]:
    """The payload of the link, and the number."""
    page.get_by_role("button", name="Continuer sur Telegram").click()
    link = page.get_by_role("link", name="Ouvrir Telegram")
    expect(link).to_be_visible()
    payload = (link.get_attribute("href") or "").rsplit("=", 1)[1]
    return payload, page.locator("#continue-code").inner_text()


def proves(telegram: TelegramServer, person: Person, payload: str, code: str) -> None:
    """The chat comes with the link and chooses the number."""
    person.start(payload)
    telegram.wait(lambda _: any(code in row for row in rows(person)), 30)
    person.presses(code)


def rows(person: Person) -> list[tuple[str, ...]]:
    return [row for shown in person.screen.from_bot for row in shown.buttons]


@pytest.mark.parametrize(
    ("viewport", "is_dark"),
    [
        pytest.param(PHONE, True, id="phone-dark"),
        pytest.param(DESKTOP, False, id="desktop-light"),
    ],
)
def test_the_page_and_the_chat_become_one_conversation(
    browser: Browser,
    with_bot: RunningService,
    telegram: TelegramServer,
    contexts: list[BrowserContext],
    viewport: ViewportSize,
    is_dark: bool,
) -> None:
    citizen = Citizen(a_context(browser, with_bot, contexts, viewport, is_dark=is_dark))
    page, marie = citizen.page, telegram.person("Marie")
    citizen.open()
    start = page.get_by_role("button", name="Continuer sur Telegram")
    expect(start).to_be_hidden()
    citizen.says("bonjour")
    payload, code = asks_for_telegram(page)
    assert violations(page) == []
    expect(page.locator("#continue-qr")).to_be_visible(visible=viewport == DESKTOP)

    proves(telegram, marie, payload, code)
    told = page.locator("#continue-told")
    expect(told).to_contain_text("« Marie »", timeout=20_000)
    assert violations(page) == []
    page.get_by_role("button", name="C’est moi", exact=True).click()
    expect(told).to_contain_text("continue aussi sur Telegram")
    telegram.wait(lambda _: any("bonjour" in text for text in marie.screen.texts), 30)
    marie.says("me voici")
    expect(citizen.bubbles.filter(has_text="me voici")).to_be_visible(timeout=20_000)
    assert violations(page) == []

    page.get_by_role("button", name="Ne plus continuer sur Telegram").click()
    expect(start).to_be_visible()
    telegram.wait(lambda _: any("ne suit plus" in text for text in marie.screen.texts), 30)
    assert citizen.problems == []


@pytest.mark.parametrize(
    ("viewport", "is_dark"),
    [
        pytest.param(PHONE, True, id="phone-dark"),
        pytest.param(DESKTOP, False, id="desktop-light"),
    ],
)
def test_the_widget_and_the_chat_become_one_conversation(
    browser: Browser,
    with_bot: RunningService,
    telegram: TelegramServer,
    contexts: list[BrowserContext],
    viewport: ViewportSize,
    is_dark: bool,
) -> None:
    guest = Guest(a_context(browser, with_bot, contexts, viewport, is_dark=is_dark))
    panel, zoe = guest.panel, telegram.person("Zoé")
    guest.opens()
    guest.says("bonjour")
    more = panel.get_by_role("button", name="Options de la conversation")
    more.click()
    panel.get_by_role("button", name="Continuer sur Telegram").click()
    link = panel.get_by_role("link", name="Ouvrir Telegram")
    expect(link).to_be_visible()
    expect(panel.locator(".qr svg")).to_be_visible(visible=viewport == DESKTOP)
    assert guest.violations() == []

    payload = (link.get_attribute("href") or "").rsplit("=", 1)[1]
    proves(telegram, zoe, payload, panel.locator(".code").inner_text())
    told = panel.get_by_role("status").filter(has_text="« Zoé »")
    expect(told).to_be_visible(timeout=20_000)
    assert guest.violations() == []
    panel.get_by_role("button", name="C’est moi", exact=True).click()
    expect(
        panel.get_by_role("status").filter(has_text="continue aussi sur Telegram")
    ).to_be_visible()
    panel.get_by_role("button", name="Fermer", exact=True).click()
    telegram.wait(lambda _: any("bonjour" in text for text in zoe.screen.texts), 30)
    zoe.says("me voici")
    expect(guest.own.filter(has_text="me voici")).to_be_visible(timeout=20_000)
    guest.says("merci")
    answer = guest.answers.last.locator(".said").inner_text().splitlines()[0]
    telegram.wait(lambda _: any(answer in text for text in zoe.screen.texts), 30)

    more.click()
    panel.get_by_role("button", name="Continuer sur Telegram").click()
    panel.get_by_role("button", name="Ne plus continuer sur Telegram").click()
    telegram.wait(lambda _: any("ne suit plus" in text for text in zoe.screen.texts), 30)
    assert guest.problems == []


def test_a_chat_opens_in_a_browser(
    browser: Browser,
    with_bot: RunningService,
    telegram: TelegramServer,
    contexts: list[BrowserContext],
) -> None:
    citizen = Citizen(a_context(browser, with_bot, contexts, PHONE))
    noe = telegram.person("Noé")
    noe.start()
    noe.says("/mesdonnees")
    links = telegram.wait(
        lambda _: [u for shown in noe.screen.from_bot for u in shown.links.values()], 30
    )
    page = citizen.page
    page.goto(links[-1])
    expect(page.get_by_text("« Noé »")).to_be_visible()
    assert violations(page) == []
    page.get_by_role("button", name="Ouvrir la conversation").click()
    expect(page).to_have_url(re.compile(r"/assistant"))
    expect(citizen.bubbles.first).to_be_visible()
    telegram.wait(lambda _: any("Chrome" in text for text in noe.screen.texts), 30)
    page.goto(links[-1])
    expect(page.get_by_role("heading", name="Ce lien n’est plus valable")).to_be_visible()
    assert violations(page) == []
    noe.presses("Fermer cet accès")
    telegram.wait(lambda _: any("n’a plus accès" in text for text in noe.screen.texts), 30)
