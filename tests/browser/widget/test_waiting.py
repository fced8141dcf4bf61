"""Limits that are reached and tokens that change: waited out and followed, nothing lost."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from playwright.sync_api import Route, expect
from sqlalchemy import text

from bot.storage.private_postgres import PrivatePostgres
from bot.storage.transaction import Database
from tests.browser.conftest import DESKTOP
from tests.browser.widget.conftest import NewGuest
from tests.browser.widget.guest import Guest
from tests.browser.widget.test_cuts import expect_each_once
from tests.running import RunningService

AT_ONCE = 33
"""Three more than the service takes of one visitor at once."""
PATIENCE_MS = 60_000


def performed(service: RunningService, sql: str) -> None:
    """In the service's database, from another thread than Playwright's."""

    async def perform(state: Path) -> None:
        private = PrivatePostgres(state)
        database = Database(await private.start(), pool_size=1)
        try:
            async with database.transaction() as tx:
                await tx.execute(text(sql))
        finally:
            await database.close()
            await private.stop()

    with ThreadPoolExecutor(1) as thread:
        thread.submit(lambda: asyncio.run(perform(service.state))).result()


def test_more_than_may_be_said_at_once_arrives_later_each_once(new_guest: NewGuest) -> None:
    guest = new_guest(DESKTOP)
    guest.opens()
    words = [f"merci, numéro {n}" for n in range(AT_ONCE)]
    for word in words:
        guest.box.fill(word)
        guest.box.press("Enter")
    sending = guest.panel.locator(".citizen.sending")
    expect(sending).to_have_count(0, timeout=PATIENCE_MS)
    expect_each_once(guest, words)
    guest.goes_to()  # what the service has
    guest.opener.click()
    expect(guest.own).to_have_count(AT_ONCE, timeout=PATIENCE_MS)
    expect_each_once(guest, words)


def test_a_wait_that_is_asked_for_is_waited(new_guest: NewGuest) -> None:
    """A long poll, whose answers a test can give."""
    guest = new_guest(DESKTOP)
    guest.page.add_init_script("delete window.WebSocket")
    guest.opens()
    ids: list[str] = []
    at: list[float] = []

    def refuse_once(route: Route) -> None:
        at.append(time.monotonic())
        ids.append((route.request.post_data_json or {})["id"])
        if len(ids) == 1:
            route.fulfill(
                status=429,
                headers={"Retry-After": "3"},
                json={"error": "too_many", "field": None, "reason": None},
            )
        else:
            route.continue_()

    guest.page.route("**/widget/v1/messages", refuse_once)
    with guest.page.expect_response(
        lambda answer: answer.url.endswith("/messages") and answer.status == 202
    ):
        guest.writes("bonjour")
    expect_each_once(guest, ["bonjour"])
    first, second = at
    assert second - first > 2.9
    assert len(set(ids)) == 1


def test_a_token_that_changes_under_two_tabs_loses_nothing(
    new_guest: NewGuest, service: RunningService
) -> None:
    first = new_guest(DESKTOP)
    first.opens()
    first.says("bonjour")
    second = Guest(first.context)
    second.opens()
    before = first.stored()["local"]
    performed(service, "UPDATE web_session SET token_made_at = token_made_at - interval '2 days'")
    first.context.set_offline(True)
    second.writes("merci, numéro 1")
    first.context.set_offline(False)
    first.opens()  # it asks for a session, and gets the token that follows
    assert first.stored()["local"] != before
    first.says("merci, numéro 2")
    performed(service, "UPDATE web_session SET previous_until = now() - interval '1 minute'")
    second.context.set_offline(True)
    second.context.set_offline(False)  # it has to say hello again, by the token that it finds
    second.writes("merci, numéro 3")
    for guest in (first, second):
        expect(guest.own).to_have_count(4, timeout=PATIENCE_MS)
        expect(guest.panel.locator(".citizen.sending")).to_have_count(0, timeout=PATIENCE_MS)
        assert sorted(guest.words_of_own()) == [
            "bonjour",
            *(f"merci, numéro {n}" for n in (1, 2, 3)),
        ]
        assert guest.problems == []
