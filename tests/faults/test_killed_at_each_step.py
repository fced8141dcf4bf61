"""A turn's worker and a channel's door, killed exactly at each of their steps; a fresh one
goes on."""

from __future__ import annotations

from dataclasses import replace
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
from tests.faults.killing import TURN_STEPS, answered, ask, die, killed, working
from tests.turn.scripted import a_citizen, now, said


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
    killed(url, working(the_form, step))
    answered(url, accepted.conversation_id, the_form)
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
    answered(database_url, accepted.conversation_id, the_form)
    assert len(replies(database_url, accepted.conversation_id)) == 1


def test_a_reader_who_was_not_told_asks_again_and_is_told_once(database_url: str) -> None:
    citizen = ask(database_url, a_citizen)
    accepted = ask(database_url, lambda database: said(database, citizen, "devant le 12"))
    answered(database_url, accepted.conversation_id, the_form)

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
