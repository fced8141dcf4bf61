"""Whose a state is in Redmine: what was written after it does not make it ours."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.storage.tables import utc_now
from bot.tickets.backends.asking import new_session
from bot.tickets.backends.port import Seen
from bot.tickets.backends.redmine import Redmine
from bot.tickets.rules import Status
from tests.tickets.backends.places import redmine_at

GUICHET, JULIE = {"id": 3, "name": "Guichet"}, {"id": 5, "name": "Julie Martin"}
AT = "2026-11-25T09:00:00Z"
CURSOR = '["2026-11-25T09:00:00+00:00", "2026-11-25T09:00:00+00:00", 0]'
CLOSING = {"property": "attr", "name": "status_id", "old_value": "1", "new_value": "5"}
RENAMING = {"property": "attr", "name": "subject", "old_value": "a", "new_value": "b"}


def a_journal(user: dict[str, Any], notes: str = "", *details: dict[str, Any]) -> dict[str, Any]:
    return {"id": 1, "user": user, "notes": notes, "created_on": AT, "details": list(details)}


@asynccontextmanager
async def redmine_with(journals: Iterable[dict[str, Any]]) -> AsyncIterator[Redmine]:
    """One closed issue that we made, and what happened to it."""
    issue = {
        "id": 1,
        "subject": "[2026-000001] question",
        "author": GUICHET,
        "status": {"id": 5, "name": "Closed"},
        "priority": {"id": 2, "name": "Normal"},
        "updated_on": AT,
        "journals": list(journals),
        "attachments": [],
    }
    answers = {
        "/issues.json": {"issues": [issue]},
        "/issues/1.json": {"issue": issue},
        "/users/current.json": {"user": GUICHET},
    }

    async def answer(request: web.Request) -> web.Response:
        return web.json_response(answers[request.path])

    app = web.Application()
    app.router.add_get("/{rest:.*}", answer)
    async with TestServer(app) as server, new_session() as session:
        url = str(server.make_url("")).rstrip("/")
        yield Redmine(session, redmine_at(url), "key", utc_now)


@pytest.mark.parametrize(
    ("journals", "author"),
    [
        pytest.param([], GUICHET, id="as we made it"),
        pytest.param([a_journal(JULIE, "", CLOSING)], JULIE, id="closed there"),
        pytest.param(
            [a_journal(JULIE, "", CLOSING), a_journal(GUICHET, "Et ?")], JULIE, id="then our words"
        ),
        pytest.param(
            [a_journal(GUICHET, "", CLOSING), a_journal(JULIE, "Vu.", RENAMING)],
            GUICHET,
            id="closed by us, then their words",
        ),
    ],
)
async def test_a_state_is_of_whoever_changed_it_last(
    journals: list[dict[str, Any]], author: dict[str, Any]
) -> None:
    async with redmine_with(journals) as redmine:
        news = (await redmine.changes(CURSOR)).news
    [seen] = [one for one in news if isinstance(one, Seen)]
    assert seen.state.status is Status.CLOSED
    assert (seen.author, seen.is_ours) == (author["name"], author is GUICHET)


async def test_an_answer_that_closes_is_told_before_the_closing() -> None:
    async with redmine_with([a_journal(JULIE, "C’est réparé.", CLOSING)]) as redmine:
        said, seen = (await redmine.changes(CURSOR)).news
    assert isinstance(seen, Seen)
    assert not isinstance(said, Seen)
