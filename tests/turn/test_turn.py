"""A turn is one transaction: what it does and says is kept whole, once, or not at all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select

from bot.conversations import commit, rules, store
from bot.conversations.store import StoredMessage
from bot.conversations.tables import Conversation, TurnFailure
from bot.conversations.turn import Turn
from bot.conversations.worker import TurnAborted, TurnWorker
from bot.errors import Conflict, Invalid, Unavailable
from bot.service_requests.tables import ServiceRequest
from bot.storage.transaction import Database, Transaction
from bot.tickets.tables import Ticket
from bot.words.phrases import say
from tests.turn.scripted import RECEPTION, WORDS, a_citizen, a_worker, file_each, now, said, until


@asynccontextmanager
async def working(worker: TurnWorker) -> AsyncIterator[None]:
    task = asyncio.create_task(worker.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def is_answered(database: Database, conversation: UUID) -> bool:
    async with database.transaction() as tx:
        return (await store.by_id(tx, conversation))["waiting_since"] is None


async def replies(database: Database, conversation: UUID) -> list[StoredMessage]:
    async with database.transaction() as tx:
        return [m for m in await store.messages_after(tx, conversation, 0) if m.sender != "citizen"]


async def filed(database: Database, citizen: UUID) -> int:
    async with database.transaction() as tx:
        return (
            await tx.execute(select(func.count()).where(ServiceRequest.citizen_id == citizen))
        ).scalar_one()


async def answered(database: Database, worker: TurnWorker, conversation: UUID) -> None:
    async with working(worker):
        await until(lambda: is_answered(database, conversation))


async def test_messages_that_wait_together_get_one_answer(database: Database) -> None:
    citizen = await a_citizen(database)
    await said(database, citizen, "bonjour")
    await said(database, citizen, "trou rue de la rép")
    accepted = await said(database, citizen, "oullins")
    worker, _ = a_worker(database)
    await answered(database, worker, accepted.conversation_id)
    (reply,) = await replies(database, accepted.conversation_id)
    assert "bonjour\ntrou rue de la rép\noullins" in reply.text
    assert await filed(database, citizen) == 1


async def test_a_repeated_external_id_changes_nothing(database: Database) -> None:
    citizen = await a_citizen(database)
    first = await said(database, citizen, "bonjour", "update-1")
    again = await said(database, citizen, "bonjour", "update-1")
    assert (again.seq, again.repeated) == (first.seq, True)


async def test_two_workers_answer_once(database: Database) -> None:
    citizen = await a_citizen(database)
    accepted = await said(database, citizen, "trou")
    one, _ = a_worker(database)
    two, _ = a_worker(database)
    async with working(one), working(two):
        await until(lambda: is_answered(database, accepted.conversation_id))
    assert len(await replies(database, accepted.conversation_id)) == 1
    assert await filed(database, citizen) == 1


async def test_no_transaction_is_open_while_the_engine_is_asked(database: Database) -> None:
    seen: list[int] = []

    async def look(turn: Turn) -> None:
        seen.append(database.open_transactions)
        turn.say(say("thanks"))

    citizen = await a_citizen(database)
    accepted = await said(database, citizen, "merci")
    worker, _ = a_worker(database, look)
    attempt = uuid4()
    async with database.transaction() as tx:
        later = now() + rules.GATHERING_AT_MOST
        assert await store.lease_one(tx, attempt, later, rules.LEASE) == accepted.conversation_id
    await worker.answer(accepted.conversation_id, attempt)  # alone: a sweep opens its own
    assert seen == [0]


async def test_a_domain_error_at_the_commit_reruns_the_turn_once_with_it(
    database: Database,
) -> None:
    class Refused:
        async def perform(self, tx: Transaction, speaker: object, at: object) -> None:
            raise Conflict("it changed meanwhile")

    async def script(turn: Turn) -> None:
        if turn.error is None:
            turn.note(Refused())
            turn.say(say("thanks"))
        else:
            turn.say(say("form.refused"))

    citizen = await a_citizen(database)
    accepted = await said(database, citizen, "oui")
    worker, engine = a_worker(database, script)
    await answered(database, worker, accepted.conversation_id)
    (reply,) = await replies(database, accepted.conversation_id)
    assert reply.text == WORDS.render(say("form.refused"), "fr")
    assert engine.asked[citizen] == 2


@pytest.mark.parametrize("failure", [TurnAborted("action_failed"), RuntimeError("a bug")])
async def test_after_three_failures_an_apology_a_ticket_and_the_next_message_goes_on(
    database: Database, failure: Exception
) -> None:
    async def script(turn: Turn) -> None:
        if turn.text == "poison":
            raise failure
        await file_each(turn)

    citizen = await a_citizen(database)
    accepted = await said(database, citizen, "poison")
    worker, engine = a_worker(database, script)
    await answered(database, worker, accepted.conversation_id)
    assert engine.asked[citizen] == 3
    (apology,) = await replies(database, accepted.conversation_id)
    async with database.transaction() as tx:
        tickets = (
            await tx.execute(select(Ticket.reference).where(Ticket.citizen_id == citizen))
        ).scalars()
        assert list(tickets) == [apology.content["reference"]]
        reasons = await tx.execute(
            select(func.count()).where(TurnFailure.conversation_id == accepted.conversation_id)
        )
        assert reasons.scalar_one() == 3
    await said(database, citizen, "trou")
    await answered(database, worker, accepted.conversation_id)
    assert await filed(database, citizen) == 1


async def test_an_engine_that_goes_away_is_not_the_message_s_fault(database: Database) -> None:
    away = True

    async def script(turn: Turn) -> None:
        nonlocal away
        if away:
            away = False
            raise Unavailable("engine")
        await file_each(turn)

    citizen = await a_citizen(database)
    accepted = await said(database, citizen, "trou")
    worker, _ = a_worker(database, script)
    await answered(database, worker, accepted.conversation_id)
    assert await filed(database, citizen) == 1
    async with database.transaction() as tx:
        assert (await store.by_id(tx, accepted.conversation_id))["attempts"] == 0


async def test_an_agent_who_takes_over_meanwhile_silences_the_bot(database: Database) -> None:
    async def script(turn: Turn) -> None:
        async with database.transaction() as tx:
            await store.change(tx, turn.speaker.conversation_id, owner="agent")
        await file_each(turn)

    citizen = await a_citizen(database)
    accepted = await said(database, citizen, "trou")
    worker, engine = a_worker(database, script)
    async with working(worker):

        async def was_dropped() -> bool:
            async with database.transaction() as tx:
                row = await store.by_id(tx, accepted.conversation_id)
            return engine.asked[citizen] == 1 and row["lease_attempt"] is None

        await until(was_dropped)
    assert await replies(database, accepted.conversation_id) == []
    assert await filed(database, citizen) == 0
    assert not await is_answered(database, accepted.conversation_id)  # it waits for the agent
    async with database.transaction() as tx:
        (message,) = await store.messages_after(tx, accepted.conversation_id, 0)
    assert message.content["about_to"]["do"] == ["FileRequest"]


async def test_a_town_that_the_conversation_moved_to_meanwhile_is_kept(database: Database) -> None:
    async def script(turn: Turn) -> None:
        async with database.transaction() as tx:
            await store.change(tx, turn.speaker.conversation_id, commune="69029")
        await file_each(turn)

    citizen = await a_citizen(database)
    accepted = await said(database, citizen, "trou")
    async with database.transaction() as tx:
        await store.change(tx, accepted.conversation_id, commune="69149")
    worker, _ = a_worker(database, script)
    await answered(database, worker, accepted.conversation_id)
    async with database.transaction() as tx:
        assert (await store.by_id(tx, accepted.conversation_id))["commune"] == "69029"


async def test_a_slow_twin_is_fenced(database: Database) -> None:
    async def script(turn: Turn) -> None:
        async with database.transaction() as tx:  # its lease ran out and another took it
            await store.change(tx, turn.speaker.conversation_id, lease_attempt=UUID(int=1))
        await file_each(turn)

    citizen = await a_citizen(database)
    accepted = await said(database, citizen, "trou")
    worker, engine = a_worker(database, script)
    async with working(worker):

        async def was_asked() -> bool:
            return engine.asked[citizen] >= 1 and not engine.open_turns.turns

        await until(was_asked)
    assert await replies(database, accepted.conversation_id) == []
    assert await filed(database, citizen) == 0


async def test_absence_is_told_once_and_a_human_can_still_be_asked_for(
    database: Database,
) -> None:
    citizen = await a_citizen(database)
    accepted = await said(database, citizen, "bonjour")
    conversation = accepted.conversation_id
    for _ in range(2):
        async with database.transaction() as tx:
            await commit.announce_absence(tx, conversation, WORDS, now())
    (notice,) = await replies(database, conversation)
    payload = notice.content["buttons"][0]["payload"]
    from bot.conversations.operations import Arrival, receive

    async with database.transaction() as tx:
        arrival = Arrival("web", str(citizen), citizen, "p", "press", content={"payload": payload})
        await receive(tx, arrival, now())
    async with database.transaction() as tx:
        await commit.open_ticket_without_engine(tx, conversation, WORDS, RECEPTION, now())
    assert (await replies(database, conversation))[-1].content["reference"]
    assert not await is_answered(database, conversation)  # the first message still waits


async def test_a_button_of_another_conversation_is_refused(database: Database) -> None:
    from bot.conversations.operations import Arrival, receive

    owner, other = await a_citizen(database), await a_citizen(database)
    accepted = await said(database, owner, "bonjour")
    async with database.transaction() as tx:
        await commit.announce_absence(tx, accepted.conversation_id, WORDS, now())
    payload = (await replies(database, accepted.conversation_id))[0].content["buttons"][0][
        "payload"
    ]
    with pytest.raises(Invalid):
        async with database.transaction() as tx:
            await receive(
                tx,
                Arrival("web", str(other), other, "p", "press", content={"payload": payload}),
                now(),
            )


async def test_numbers_follow_one_another_under_concurrent_messages(database: Database) -> None:
    citizen = await a_citizen(database)
    await asyncio.gather(*(said(database, citizen, str(i)) for i in range(12)))
    async with database.transaction() as tx:
        conversation = (
            await tx.execute(select(Conversation.id).where(Conversation.citizen_id == citizen))
        ).scalar_one()
        seqs = [m.seq for m in await store.messages_after(tx, conversation, 0)]
    assert seqs == list(range(1, 13))


@pytest.mark.parametrize(
    ("values", "asks"), [({}, True), ({"subject": "human"}, True), ({"choice": "call"}, False)]
)
def test_without_the_engine_only_the_wish_for_a_person_is_heard(
    values: dict[str, object], asks: bool
) -> None:
    assert commit.asks_for_a_human({"intent": "contact_agent", "values": values}) is asks


async def test_a_failed_turn_says_nothing_in_an_agents_conversation(database: Database) -> None:
    citizen = await a_citizen(database)
    accepted = await said(database, citizen, "trou")
    attempt = uuid4()
    async with database.transaction() as tx:
        await store.change(
            tx, accepted.conversation_id, owner="agent", attempts=2, lease_attempt=attempt
        )
        await commit.record_failure(
            tx, accepted.conversation_id, attempt, 1, "why", WORDS, RECEPTION, now()
        )
    assert await replies(database, accepted.conversation_id) == []
    assert not await is_answered(database, accepted.conversation_id)
