"""A turn's worker and a channel's door, killed exactly at each of their steps.

The process that dies is forked, works on the real database and kills itself; a fresh one goes on.
"""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from bot.conversations import store
from bot.conversations.operations import Accepted, Arrival, receive
from bot.conversations.store import StoredMessage
from bot.conversations.tables import Delivery
from bot.conversations.turn import Turn
from bot.service_requests.draft import Draft
from bot.service_requests.operations import FileRequest
from bot.service_requests.tables import ServiceRequest
from bot.storage.transaction import Database
from bot.words.phrases import Outcome, say
from tests.turn.scripted import a_citizen, a_worker, now, said, until

TURN_STEPS = ["leased", "read", "asked", "committing", "committed"]
RESUMES_WITHIN_S = 5


async def the_form(turn: Turn) -> None:
    """Adds each answer to the draft; "oui" files it and says its reference."""
    draft = turn.draft or Draft(service="pothole", commune="69123")
    if turn.text != "oui":
        turn.draft = replace(draft, description=f"{draft.description}/{turn.text}")
        turn.say(say("thanks"), turn.text)
        return
    reference = Outcome(turn.note(FileRequest(draft)), "reference")
    turn.draft = None
    turn.say(say("report.filed", reference=reference), turn.text, reference=reference)


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def forked(url: str, work: Callable[[Database], Coroutine[Any, Any, None]]) -> int:
    """A process of its own that does `work`; an interpreter's start is not the subject."""
    pid = os.fork()
    if pid:
        return pid
    try:
        asyncio.run(work(Database(url, pool_size=4)))
    finally:
        os._exit(0)


def killed(url: str, work: Callable[[Database], Coroutine[Any, Any, None]]) -> None:
    """Do `work` in a process that kills itself before its end."""
    _, status = os.waitpid(forked(url, work), 0)
    assert os.WIFSIGNALED(status), "it was never at that step"
    assert os.WTERMSIG(status) == signal.SIGKILL


def working(step: str | None = None) -> Callable[[Database], Coroutine[Any, Any, None]]:
    """The only service of its database: frees the leases of the dead, then answers."""

    async def at(name: str) -> None:
        if name == step:
            die()

    async def work(database: Database) -> None:
        async with database.transaction() as tx:
            await store.release_all_leases(tx)
        worker, _ = a_worker(database, the_form, at)
        await worker.run()

    return work


def ask[T](url: str, question: Callable[[Database], Awaitable[T]]) -> T:
    async def asked() -> T:
        database = Database(url, pool_size=2)
        try:
            return await question(database)
        finally:
            await database.close()

    return asyncio.run(asked())


def answered(url: str, conversation: UUID) -> None:
    """A fresh worker answers all that waits there, soon enough."""

    async def is_answered(database: Database) -> None:
        async def nothing_waits() -> bool:
            async with database.transaction() as tx:
                return (await store.by_id(tx, conversation))["waiting_since"] is None

        await until(nothing_waits)

    pid = forked(url, working())
    began = time.monotonic()
    try:
        ask(url, is_answered)
        assert time.monotonic() - began < RESUMES_WITHIN_S
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def replies(url: str, conversation: UUID, after: int = 0) -> list[StoredMessage]:
    async def read(database: Database) -> list[StoredMessage]:
        async with database.transaction() as tx:
            messages = await store.messages_after(tx, conversation, after)
        return [m for m in messages if m.sender == "assistant"]

    return ask(url, read)


def requests(url: str, citizen: UUID) -> list[tuple[str, str]]:
    """What the citizen filed: reference and description."""

    async def read(database: Database) -> list[tuple[str, str]]:
        async with database.transaction() as tx:
            found = await tx.execute(
                select(ServiceRequest.reference, ServiceRequest.description).where(
                    ServiceRequest.citizen_id == citizen
                )
            )
            return [(row[0], row[1]) for row in found]

    return ask(url, read)


def disturbed(url: str, citizen: UUID, text: str, step: str) -> UUID:
    """Say something whose turn is killed at a step and taken up by the next worker."""
    accepted = ask(url, lambda database: said(database, citizen, text))
    killed(url, working(step))
    answered(url, accepted.conversation_id)
    return accepted.conversation_id


@pytest.mark.parametrize("step", TURN_STEPS)
def test_a_worker_killed_at_a_step_takes_each_answer_once_and_files_once(
    database_url: str, step: str
) -> None:
    citizen = ask(database_url, a_citizen)
    conversation = disturbed(database_url, citizen, "devant le 12", step)
    assert disturbed(database_url, citizen, "oui", step) == conversation
    told = replies(database_url, conversation)
    assert [m.text.splitlines()[-1] for m in told] == ["devant le 12", "oui"]
    assert requests(database_url, citizen) == [(told[-1].content["reference"], "/devant le 12")]


@pytest.mark.parametrize("is_committed", [False, True])
def test_a_message_is_stored_once_however_its_door_dies(
    database_url: str, is_committed: bool
) -> None:
    citizen = ask(database_url, a_citizen)
    arrival = Arrival("web", str(citizen), citizen, "its own id", "text", "devant le 12")

    async def door(database: Database) -> None:
        async with database.transaction() as tx:
            await receive(tx, arrival, now())
            if not is_committed:
                die()
        die()  # the channel never hears that it was accepted

    async def again(database: Database) -> Accepted:
        async with database.transaction() as tx:
            return await receive(tx, arrival, now())

    killed(database_url, door)
    accepted = ask(database_url, again)
    assert (accepted.seq, accepted.repeated) == (1, is_committed)
    answered(database_url, accepted.conversation_id)
    assert len(replies(database_url, accepted.conversation_id)) == 1


def test_a_reader_who_was_not_told_asks_again_and_is_told_once(database_url: str) -> None:
    citizen = ask(database_url, a_citizen)
    accepted = ask(database_url, lambda database: said(database, citizen, "devant le 12"))
    answered(database_url, accepted.conversation_id)

    async def telling(database: Database) -> None:
        async with database.transaction() as tx:
            await store.messages_after(tx, accepted.conversation_id, accepted.seq)
            await store.delivered_through(tx, accepted.conversation_id, accepted.seq, now())
        die()  # the answer never leaves

    async def statuses(database: Database) -> list[str]:
        async with database.transaction() as tx:
            found = await tx.execute(
                select(Delivery.status).where(Delivery.conversation_id == accepted.conversation_id)
            )
            return [row[0] for row in found]

    killed(database_url, telling)
    assert ask(database_url, statuses) == ["pending"]
    (told,) = replies(database_url, accepted.conversation_id, accepted.seq)

    async def shown(database: Database) -> None:  # by asking for what follows it
        async with database.transaction() as tx:
            await store.delivered_through(tx, accepted.conversation_id, told.seq, now())

    ask(database_url, shown)
    assert ask(database_url, statuses) == ["sent"]
    assert replies(database_url, accepted.conversation_id, told.seq) == []
