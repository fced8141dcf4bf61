"""The service killed at each step of a hand-over: of the turn that asks for a human, of a deed.

Whatever it died of, the owner, the ticket, what was said and both histories agree afterwards, and
who repeats what they were not told of finds it done once.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from bot.accounts.rules import Agent
from bot.conversations import store as conversations
from bot.conversations.escalation import HandOver
from bot.conversations.ownership import HAS_TICKET, TRANSITIONS, Deed
from bot.conversations.rules import Owner
from bot.conversations.store import StoredMessage
from bot.conversations.tables import Delivery
from bot.conversations.turn import Turn
from bot.handover import answering, filling, passing
from bot.service_requests import store as requests
from bot.service_requests.draft import Draft
from bot.storage.transaction import Database, Transaction
from bot.tickets import store as tickets
from bot.tickets.operations import Asked
from bot.tickets.rules import Subject
from bot.tickets.tables import Ticket
from bot.words.phrases import Outcome
from tests.faults.killing import TURN_STEPS, answered, ask, die, killed, working
from tests.handover.builders import COUNTER, OULLINS, RECEPTION, Case, a_case, an_agent
from tests.turn.scripted import a_citizen, now, said

ID = "its-own-id"
"""What the agent's page repeats a deed under."""
SIZE = COUNTER.catalogue.service("pothole", OULLINS).field("size")


@dataclass(frozen=True)
class Record:
    """All that is kept of a conversation."""

    conversation: Mapping[str, Any]
    messages: Sequence[StoredMessage]
    steps: Sequence[Mapping[str, Any]]
    tickets: Sequence[Mapping[str, Any]]
    kinds: Sequence[str]
    deliveries: Sequence[int]

    @property
    def said(self) -> list[tuple[str, str]]:
        return [(m.sender, m.text) for m in self.messages]


async def record_of(database: Database, conversation_id: UUID) -> Record:
    async with database.transaction() as tx:
        opened = await tx.execute(
            select(Ticket.__table__)
            .where(Ticket.conversation_id == conversation_id)
            .order_by(Ticket.reference)
        )
        rows = [dict(row) for row in opened.mappings()]
        delivered = await tx.execute(
            select(Delivery.seq)
            .where(Delivery.conversation_id == conversation_id)
            .order_by(Delivery.seq)
        )
        return Record(
            dict(await conversations.by_id(tx, conversation_id)),
            await conversations.messages_after(tx, conversation_id, 0),
            [dict(row) for row in await conversations.owners(tx, conversation_id)],
            rows,
            [e["kind"] for row in rows for e in await tickets.history(tx, row["reference"])],
            list(delivered.scalars()),
        )


def consistent(url: str, conversation_id: UUID) -> Record:
    """What is kept of it, which agrees with itself."""
    kept = ask(url, lambda database: record_of(database, conversation_id))
    owner = Owner(kept.conversation["owner"])
    still_open = [t for t in kept.tickets if t["status"] == "open"]
    assert len(still_open) == (owner in HAS_TICKET)
    if owner is Owner.AGENT:
        assert still_open[0]["assignee_name"] is not None
    steps = [(Owner(s["before"]), Deed(s["deed"]), Owner(s["after"])) for s in kept.steps]
    assert all(TRANSITIONS[before, deed] is after for before, deed, after in steps)
    assert all(earlier[2] is later[0] for earlier, later in pairwise(steps))
    assert (steps[-1][2] if steps else Owner.BOT) is owner
    numbers = [m.seq for m in kept.messages]
    assert numbers == list(range(1, kept.conversation["last_seq"] + 1))
    assert list(kept.deliveries) == [m.seq for m in kept.messages if m.sender != "citizen"]
    return kept


async def asking(turn: Turn) -> None:
    """Asks for a human, and says what a hand-over says."""
    number = turn.note(HandOver(Asked(Subject.HUMAN, turn.text, OULLINS, RECEPTION)))
    reference = Outcome(number, "reference")
    turn.say(Outcome(number, "line"), Outcome(number, "queue"), reference=reference)


@pytest.mark.parametrize("step", TURN_STEPS)
def test_a_worker_killed_at_a_step_opens_one_ticket_and_says_it_once(
    database_url: str, step: str
) -> None:
    citizen = ask(database_url, a_citizen)
    accepted = ask(database_url, lambda database: said(database, citizen, "quelqu'un, svp"))
    killed(database_url, working(asking, step))
    consistent(database_url, accepted.conversation_id)
    answered(database_url, accepted.conversation_id, asking)

    kept = consistent(database_url, accepted.conversation_id)
    (ticket,) = kept.tickets
    _, answer = kept.messages
    assert answer.content["reference"] == ticket["reference"]
    assert [(s["before"], s["deed"], s["after"]) for s in kept.steps] == [("bot", "ask", "queued")]
    assert kept.kinds == ["opened"]


@pytest.mark.parametrize("step", TURN_STEPS)
def test_who_asks_again_in_a_turn_that_is_killed_adds_to_the_same_ticket_once(
    database_url: str, step: str
) -> None:
    case = ask(database_url, a_case)
    ask(database_url, lambda database: replace(case, database=database).writes("alors ?"))
    killed(database_url, working(asking, step))
    answered(database_url, case.speaker.conversation_id, asking)

    kept = consistent(database_url, case.speaker.conversation_id)
    assert [t["reference"] for t in kept.tickets] == [case.reference]
    assert kept.kinds == ["opened", "asked_again"]
    assert [m.sender for m in kept.messages] == ["citizen", "citizen", "assistant"]


Do = Callable[[Transaction, Agent, str], Awaitable[object]]


async def reply(tx: Transaction, agent: Agent, reference: str) -> int:
    return await answering.reply(tx, agent, reference, "Bonjour.", ID, COUNTER, now())


async def transfer(tx: Transaction, agent: Agent, reference: str) -> None:
    await passing.transfer(tx, agent, reference, "voirie", COUNTER, now(), external_id=ID)


async def close(tx: Transaction, agent: Agent, reference: str) -> None:
    await answering.close(tx, agent, reference, COUNTER, now(), external_id=ID)


async def give_back(tx: Transaction, agent: Agent, reference: str) -> None:
    await passing.give_back(tx, agent, reference, COUNTER, now(), external_id=ID)


async def take(tx: Transaction, agent: Agent, reference: str) -> None:
    await passing.assign(tx, agent, reference, agent.id, COUNTER, now())


async def reopen(tx: Transaction, agent: Agent, reference: str) -> None:
    await answering.reopen(tx, agent, reference, COUNTER, now(), external_id=ID)


async def fill(tx: Transaction, agent: Agent, reference: str) -> None:
    await filling.fill(tx, agent, reference, SIZE.code, SIZE.choices[0].label.fr, COUNTER, now())


async def _end(tx: Transaction, agent: Agent, reference: str) -> None:
    await answering.close(tx, agent, reference, COUNTER, now(), external_id="before")


async def _answer(tx: Transaction, agent: Agent, reference: str) -> None:
    await answering.reply(tx, agent, reference, "J'arrive.", "before", COUNTER, now())


@dataclass(frozen=True)
class Expected:
    """A deed, what came before it, and what it leaves: the owner, the histories, who spoke."""

    do: Do
    before: Sequence[Do]
    owner: Owner
    deeds: Sequence[Deed]
    kinds: Sequence[str]
    speakers: Sequence[str]


DEEDS: Mapping[str, Expected] = {
    "first reply": Expected(
        reply, (), Owner.AGENT, (Deed.ANSWER,), ("taken",), ("system", "agent")
    ),
    "reply": Expected(reply, (_answer,), Owner.AGENT, (), (), ("agent",)),
    "transfer": Expected(
        transfer, (_answer,), Owner.QUEUED, (Deed.RELEASE,), ("transferred",), ("system",)
    ),
    "close": Expected(close, (_answer,), Owner.CLOSED, (Deed.CLOSE,), ("closed",), ("system",)),
    "give back": Expected(
        give_back, (_answer,), Owner.BOT, (Deed.GIVE_BACK,), ("given_back",), ("system", "citizen")
    ),
    "take": Expected(take, (), Owner.QUEUED, (), ("assigned",), ()),
    "fill": Expected(fill, (), Owner.QUEUED, (), ("filled",), ()),
    "reopen": Expected(
        reopen, (_answer, _end), Owner.QUEUED, (Deed.ASK,), ("reopened",), ("system",)
    ),
}


async def in_a_form(database: Database) -> Case:
    """Somebody asked for a human in the middle of a report, which a give-back resumes."""
    case = await a_case(database)
    draft = Draft(service="pothole", commune=OULLINS, step="description")
    async with database.transaction() as tx:
        await requests.save_draft(tx, case.speaker.conversation_id, draft, now())
    return case


@pytest.mark.parametrize("is_committed", [False, True], ids=["uncommitted", "unacknowledged"])
@pytest.mark.parametrize("name", DEEDS)
def test_a_deed_of_an_agent_is_done_once_however_its_door_dies(
    database_url: str, name: str, is_committed: bool
) -> None:
    expected = DEEDS[name]
    agent = ask(database_url, an_agent)
    case = ask(database_url, in_a_form)
    conversation_id = case.speaker.conversation_id

    def done(do: Do) -> object:
        async def work(database: Database) -> object:
            async with database.transaction() as tx:
                return await do(tx, agent, case.reference)

        return ask(database_url, work)

    async def door(database: Database) -> None:
        async with database.transaction() as tx:
            await expected.do(tx, agent, case.reference)
            if not is_committed:
                die()
        die()  # the agent's page never hears that it was done

    for earlier in expected.before:
        done(earlier)
    before = consistent(database_url, conversation_id)

    killed(database_url, door)
    after_death = consistent(database_url, conversation_id)
    assert is_committed or after_death == before
    answer = done(expected.do)
    kept = consistent(database_url, conversation_id)
    assert not is_committed or kept == after_death

    assert kept.conversation["owner"] == expected.owner
    assert [s["deed"] for s in kept.steps[len(before.steps) :]] == list(expected.deeds)
    assert kept.kinds[len(before.kinds) :] == list(expected.kinds)
    told = kept.messages[len(before.messages) :]
    assert [m.sender for m in told] == list(expected.speakers)
    if expected.do is reply:
        assert (answer, told[-1].text) == (told[-1].seq, "Bonjour.")
    assert len(kept.tickets) == 1
