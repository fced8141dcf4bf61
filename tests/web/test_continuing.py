"""The doors between the page and Telegram."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

import pytest
from aiohttp import web

from bot.accounts.store import citizen_of_session
from bot.continuing import opening
from bot.continuing.rules import LONGEST_PAYLOAD
from bot.conversations import store as conversations
from bot.parts import Service
from bot.web.visitors import COOKIE
from tests.continuing.builders import Chat, a_chat
from tests.turn.scripted import now
from tests.web.browsers import Answer, Browser, Browsers


class ABot:
    """A channel that has a bot, and nothing behind it."""

    trouble = None

    def link(self, payload: str) -> str | None:
        return f"https://t.me/guichet_bot?start={payload}"

    def routes(self) -> Iterable[web.RouteDef]:
        return []


@pytest.fixture
def with_bot(assembled: Service) -> Service:
    assembled.channels["telegram"] = ABot()
    return assembled


def told(answer: Answer) -> dict[str, Any]:
    assert answer.status == 200, answer.body
    told: dict[str, Any] = json.loads(answer.body)
    return told


def token_in(url: str) -> str:
    payload = url.rsplit("=", 1)[1]
    assert len(payload) <= LONGEST_PAYLOAD
    return payload.removeprefix("w_")


async def a_link(chat: Chat) -> str:
    """The path of a link into a browser."""
    row = await chat.conversation()
    async with chat.database.transaction() as tx:
        url = await opening.portal_link(tx, "http://x", row, chat.name, now())
    assert url is not None
    return url.removeprefix("http://x")


def session_of(browser: Browser) -> str:
    return next(c.value for c in browser.session.cookie_jar if c.key == COOKIE)


async def test_the_page_goes_on_in_telegram(with_bot: Service, browsers: Browsers) -> None:
    browser, chat = await browsers(), a_chat(with_bot.database)
    await browser.says("bonjour")
    link = told(await browser.post("/api/continue"))
    assert "<svg" in link["qr_svg"]
    await chat.opens(token_in(link["url"]), now())
    await chat.presses(link["code"], now())
    standing = told(await browser.get("/api/continue"))
    assert (standing["step"], standing["name"]) == ("matched", "Marie L.")
    joined = told(await browser.post("/api/continue/answer", {"is_me": True}))
    assert joined["step"] == "joined"
    events = told(await browser.get("/api/events"))["events"]
    assert "Telegram" in events[-1]["text"]
    assert "où nous en étions" not in str(events)
    assert told(await browser.post("/api/continue/stop", {"is_me": True}))["step"] == "none"


async def test_what_has_not_begun_goes_on_nowhere(with_bot: Service, browsers: Browsers) -> None:
    browser = await browsers()
    assert (await browser.post("/api/continue")).status == 409
    assert told(await browser.get("/api/continue"))["step"] == "none"


async def test_without_a_bot_the_answer_says_so_and_the_page_offers_nothing(
    browsers: Browsers,
) -> None:
    browser = await browsers()
    await browser.says("bonjour")
    answer = await browser.post("/api/continue")
    assert (answer.status, json.loads(answer.body)) == (503, {"error": "unavailable"})
    assert told(await browser.get("/api/continue"))["available"] is False
    assert b"continuing.js" not in (await browser.get("/assistant")).body


async def test_links_are_not_made_by_the_dozen(with_bot: Service, browsers: Browsers) -> None:
    browser = await browsers()
    await browser.says("bonjour")
    statuses = [(await browser.post("/api/continue")).status for _ in range(8)]
    assert statuses[:6] == [200] * 6
    assert 429 in statuses[6:]


async def test_another_visitor_cannot_answer_for_the_page(
    with_bot: Service, browsers: Browsers
) -> None:
    browser, other, chat = await browsers(), await browsers(), a_chat(with_bot.database)
    await browser.says("bonjour")
    await other.says("bonjour")
    link = told(await browser.post("/api/continue"))
    await chat.opens(token_in(link["url"]), now())
    await chat.presses(link["code"], now())
    assert (await other.post("/api/continue/answer", {"is_me": True})).status == 409
    assert told(await browser.get("/api/continue"))["step"] == "matched"


async def test_a_link_from_the_chat_opens_it_once(with_bot: Service, browsers: Browsers) -> None:
    browser, chat = await browsers(with_session=False), a_chat(with_bot.database)
    await chat.says("un trou rue Neuve")
    path = await a_link(chat)
    for _ in range(2):
        page = await browser.get(path)
        assert page.status == 200
        assert page.headers["Cache-Control"] == "no-store"
        assert page.headers["Referrer-Policy"] == "strict-origin"
        assert "Marie L." in page.body.decode()
    answer = await browser.ask(
        "POST", path, allow_redirects=False, headers={"User-Agent": "X11; Linux Firefox/140"}
    )
    assert answer.status == 303
    assert path.rsplit("/", 1)[1] not in answer.headers["Location"]
    assert b"un trou rue Neuve" in (await browser.get("/assistant")).body
    assert "Firefox, Linux" in (await chat.told()).text
    again = await (await browsers(with_session=False)).ask("POST", path)
    assert again.status == 404
    assert "n’est plus valable" in again.body.decode()
    assert "guichet_bot" in again.body.decode()


async def test_no_other_site_opens_a_link_for_a_visitor(
    with_bot: Service, browsers: Browsers
) -> None:
    """Whoever has a link could otherwise have others write into their own chat."""
    browser, chat = await browsers(), a_chat(with_bot.database)
    path = await a_link(chat)
    for origin in ("https://elsewhere.example", "null"):
        answer = await browser.ask("POST", path, headers={"Origin": origin})
        assert answer.status == 403
    assert (await browser.get(path)).status == 200


async def test_a_browser_with_another_conversation_is_asked_which(
    with_bot: Service, browsers: Browsers
) -> None:
    browser, chat = await browsers(), a_chat(with_bot.database)
    path = await a_link(chat)
    assert "autre conversation" not in (await browser.get(path)).body.decode()
    await browser.says("bonjour")
    page = (await browser.get(path)).body.decode()
    assert "autre conversation" in page
    assert re.search(r'<a class="button" href="/assistant', page)
    before = session_of(browser)
    await browser.ask("POST", path)
    async with with_bot.database.transaction() as tx:
        kept = await citizen_of_session(tx, before, now())
        assert kept is not None  # the other conversation is left, not lost
        assert await conversations.conversation_at(tx, "web", str(kept)) is not None
    assert session_of(browser) != before


async def test_the_pages_of_a_link_are_said_in_english_as_well(
    with_bot: Service, browsers: Browsers
) -> None:
    browser, chat = await browsers(), a_chat(with_bot.database)
    path = await a_link(chat)
    assert "Open the conversation" in (await browser.get(f"{path}?lang=en")).body.decode()
    gone = await browser.get("/continuer/guessed?lang=en")
    assert "no longer valid" in gone.body.decode()
