"""The door by which an outside ticket backend says that it has news."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.app import mirror_of
from bot.mirroring.operations import Mirroring
from bot.mirroring.worker import Mirror
from bot.parts import Service
from bot.storage.tables import utc_now
from bot.tickets.backends.asking import new_session
from bot.tickets.backends.mapping import Kind, Outside
from bot.web.tickets_hook import SECRET
from tests.mirroring.paper import Paper
from tests.web.browsers import Browser, Browsers

OURS = "k" * 32


@pytest.fixture
async def outside(assembled: Service, browsers: Browsers) -> Browser:
    """A backend that calls a service which knows it."""
    assembled.settings = replace(assembled.settings, tickets_hook_secret=OURS)
    assembled.mirror = Mirror(
        assembled.database,
        Paper(),
        Mirroring(assembled.counter, "paper", ""),
        assembled.photos,
        assembled.attachments,
        utc_now,
        timedelta(seconds=5),
    )
    return await browsers(with_session=False)


async def status(outside: Browser, secret: str | None, name: str = "paper") -> int:
    headers = {} if secret is None else {SECRET: secret}
    sent = {"headers": headers, "data": b"{" * 10_000}
    answer = await outside.ask("POST", f"/tickets/hook/{name}", **sent)
    return answer.status


async def test_a_call_wakes_whoever_reads(outside: Browser, assembled: Service) -> None:
    assert assembled.mirror is not None
    assert not assembled.mirror.is_woken
    assert await status(outside, OURS) == 204
    assert assembled.mirror.is_woken


@pytest.mark.parametrize("secret", [None, "", "k" * 31, "é" * 16])
async def test_without_the_secret_nothing_happens(
    outside: Browser, assembled: Service, secret: str | None
) -> None:
    assert await status(outside, secret) == 403
    assert assembled.mirror is not None
    assert not assembled.mirror.is_woken


async def test_another_backend_is_not_known(outside: Browser) -> None:
    assert await status(outside, OURS, "redmine") == 404


async def test_too_many_calls_are_refused(outside: Browser) -> None:
    statuses = [await status(outside, "wrong") for _ in range(70)]
    assert statuses[0] == 403
    assert statuses[-1] == 429


async def test_the_door_is_shut_where_no_secret_is_set(
    outside: Browser, assembled: Service
) -> None:
    assembled.settings = replace(assembled.settings, tickets_hook_secret=None)
    assert await status(outside, "") == 403


@pytest.mark.parametrize(
    ("kind", "name"), [(Kind.REDMINE, "redmine"), (Kind.ROUNDUP, "roundup"), (Kind.BUILTIN, None)]
)
async def test_the_file_chooses_the_backend(
    assembled: Service, kind: Kind, name: str | None
) -> None:
    async with new_session() as session:
        mirror = mirror_of(assembled, Outside(kind, "https://tickets.example"), session)
    assert (None if mirror is None else mirror.backend.name) == name
