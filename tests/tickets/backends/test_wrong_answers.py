"""A backend that is slow, broken or somebody else: it is said plainly, and nothing is believed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from bot.storage.tables import utc_now
from bot.tickets.backends.asking import new_session
from bot.tickets.backends.port import Comment, NotNow, Refused, TicketBackend
from bot.tickets.backends.redmine import Redmine
from bot.tickets.backends.roundup import Roundup
from tests.servers.odd_backend import LOGIN_PAGE, OddBackend, serving
from tests.tickets.backends.places import redmine_at, roundup_at
from tests.tickets.backends.test_contract import STATE, an_opening

CURSOR = '["2026-11-25T09:00:00+00:00", "2026-11-25T09:00:00+00:00", 0]'
NONSENSE = [
    "{",
    "[]",
    "null",
    '"text"',
    "[" * 100_000,
    "{}",
    '{"data": null, "issue": null, "issues": null}',
    '{"data": {"collection": [1]}, "issues": [1], "issue": {"id": []}}',
    '{"data": {"collection": [{}]}, "issues": [{}], "issue": {"id": 1}}',
]


@pytest.fixture
def odd() -> OddBackend:
    return OddBackend()


@pytest.fixture(params=["redmine", "roundup"])
async def backend(request: pytest.FixtureRequest, odd: OddBackend) -> AsyncIterator[TicketBackend]:
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(serving(odd))
        session = await stack.enter_async_context(new_session(answer_within_s=1))
        if request.param == "redmine":
            yield Redmine(session, redmine_at(url), "key", utc_now)
        else:
            yield Roundup(session, roundup_at(url), "guichet:key", utc_now)


async def everything_fails(backend: TicketBackend) -> list[NotNow]:
    """Each question raises `NotNow`."""
    found = []
    for question in (
        backend.find("2026-000001"),
        backend.create(an_opening()),
        backend.holds("1", "2026-000001/m4"),
        backend.changes(CURSOR),
    ):
        with pytest.raises(NotNow) as raised:
            await question
        found.append(raised.value)
    return found


@pytest.mark.parametrize("body", NONSENSE)
async def test_nonsense_is_no_answer(backend: TicketBackend, odd: OddBackend, body: str) -> None:
    odd.body = body
    await everything_fails(backend)


async def test_a_page_for_people_is_no_answer(backend: TicketBackend, odd: OddBackend) -> None:
    odd.body, odd.media = LOGIN_PAGE, "text/html"
    await everything_fails(backend)


async def test_a_way_to_the_sign_in_is_no_answer(backend: TicketBackend, odd: OddBackend) -> None:
    odd.status, odd.headers = 302, {"Location": "/login"}
    await everything_fails(backend)


@pytest.mark.parametrize("status", [500, 502, 503, 429])
async def test_whoever_is_overloaded_is_asked_later(
    backend: TicketBackend, odd: OddBackend, status: int
) -> None:
    odd.status, odd.headers = status, {"Retry-After": "120"}
    assert {error.retry_after_s for error in await everything_fails(backend)} == {120}


async def test_whoever_is_slow_may_have_taken_it(backend: TicketBackend, odd: OddBackend) -> None:
    odd.delay_s = 3
    with pytest.raises(NotNow) as raised:
        await backend.find("2026-000001")
    assert not raised.value.is_unsent


@pytest.mark.parametrize("status", [401, 403])
async def test_a_key_that_is_not_accepted_is_no_tickets_fault(
    backend: TicketBackend, odd: OddBackend, status: int
) -> None:
    odd.status, odd.body = status, '{"errors": ["key"]}'
    assert all(error.is_unsent for error in await everything_fails(backend))


async def test_a_refusal_says_why(backend: TicketBackend, odd: OddBackend) -> None:
    odd.status, odd.body = 422, '{"errors": ["Subject is too long"]}'
    with pytest.raises(Refused, match="Subject is too long"):
        await backend.comment("1", Comment("2026-000001/m4", "Citoyen", "Bonjour"))
    with pytest.raises(Refused):
        await backend.update("1", STATE, STATE)


async def test_nobody_there_took_nothing(odd: OddBackend) -> None:
    async with serving(odd) as url:
        pass
    async with new_session() as session:
        with pytest.raises(NotNow) as raised:
            await Redmine(session, redmine_at(url), "key", utc_now).find("2026-000001")
    assert raised.value.is_unsent
