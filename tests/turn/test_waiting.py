"""What waits, for how long, and who finds it: sweeps, leases, back-off, absence, takeovers."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from itertools import pairwise
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.engine import RowMapping

from bot.conversations import commit, rules, store
from bot.conversations.operations import Accepted
from bot.conversations.tables import Delivery, Message
from bot.conversations.turn import Turn
from bot.conversations.worker import TurnWorker
from bot.errors import Unavailable
from bot.storage.transaction import Database, Transaction
from bot.words.phrases import say
from tests.turn.scripted import RECEPTION, WORDS, a_citizen, a_worker, file_each, now, said
from tests.turn.test_turn import answered, filed, is_answered, replies, working


async def leased(database: Database, accepted: Accepted) -> UUID:
    """The lease that a worker would have on it once the citizen is quiet."""
    attempt = uuid4()
    async with database.transaction() as tx:
        later = now() + rules.GATHERING_AT_MOST
        found = await store.lease_one(tx, attempt, later, rules.LEASE)
    assert found == accepted.conversation_id
    return attempt


async def alone(database: Database, worker: TurnWorker, accepted: Accepted) -> None:
    """One lease's work, without the worker's own sweeps."""
    await worker.answer(accepted.conversation_id, await leased(database, accepted))


async def test_a_question_superseded_before_it_was_sent_is_not_sent(database: Database) -> None:
    async def script(turn: Turn) -> None:
        if turn.text == "trou":
            await said(database, citizen, "à oullins")
        await file_each(turn)

    citizen = await a_citizen(database)
    accepted = await said(database, citizen, "trou")
    worker, engine = a_worker(database, script)
    await alone(database, worker, accepted)
    (reply,) = await replies(database, accepted.conversation_id)
    assert "trou\nà oullins" in reply.text
    assert engine.asked[citizen] == 2
    assert await filed(database, citizen) == 1


async def test_a_citizen_who_goes_on_writing_keeps_nobody_s_lease(database: Database) -> None:
    async def script(turn: Turn) -> None:
        await said(database, citizen, "et encore")
        await file_each(turn)

    citizen = await a_citizen(database)
    accepted = await said(database, citizen, "trou")
    worker, _ = a_worker(database, script)
    await alone(database, worker, accepted)
    assert await replies(database, accepted.conversation_id) == []
    await leased(database, accepted)  # anybody may go on at once


async def test_the_sweep_finds_what_nobody_was_woken_for(database: Database) -> None:
    citizen = await a_citizen(database)
    worker, _ = a_worker(database)
    async with working(worker):
        await asyncio.sleep(0)  # it has looked, found nothing, and nobody wakes it
        accepted = await said(database, citizen, "trou")
        async with asyncio.timeout(rules.SWEEP_EVERY.total_seconds() + 5):
            while not await is_answered(database, accepted.conversation_id):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
    assert await filed(database, citizen) == 1


async def test_a_lease_is_renewed_while_its_holder_works(database: Database) -> None:
    async def script(turn: Turn) -> None:
        conversation = turn.speaker.conversation_id
        async with database.transaction() as tx:
            first = (await store.by_id(tx, conversation))["lease_until"]
        until = first
        while until == first:
            await asyncio.sleep(0.05)
            async with database.transaction() as tx:
                until = (await store.by_id(tx, conversation))["lease_until"]
        assert until > first
        turn.say(say("thanks"))

    citizen = await a_citizen(database)
    accepted = await said(database, citizen, "merci")
    worker, engine = a_worker(database, script)
    await answered(database, worker, accepted.conversation_id)
    assert engine.asked[citizen] == 1


async def test_a_lease_that_ran_out_is_anybody_s(database: Database) -> None:
    citizen = await a_citizen(database)
    accepted = await said(database, citizen, "trou")
    await leased(database, accepted)
    async with database.transaction() as tx:
        later = now() + rules.GATHERING_AT_MOST
        assert await store.lease_one(tx, uuid4(), later, rules.LEASE) is None
        after = later + rules.LEASE + timedelta(seconds=1)
        found = await store.lease_one(tx, uuid4(), after, rules.LEASE)
    assert found == accepted.conversation_id


async def test_a_failed_turn_waits_longer_each_time_even_when_more_is_written(
    database: Database,
) -> None:
    citizen = await a_citizen(database)
    accepted = await said(database, citizen, "trou")
    conversation = accepted.conversation_id
    for delay in (timedelta(seconds=1), timedelta(seconds=2)):
        attempt, failed_at = uuid4(), now() + timedelta(minutes=1)  # however slow the machine
        async with database.transaction() as tx:
            await store.change(tx, conversation, lease_attempt=attempt)
            await commit.record_failure(
                tx,
                conversation,
                attempt,
                accepted.seq,
                "action_failed",
                WORDS,
                RECEPTION,
                failed_at,
            )
        await said(database, citizen, "allô ?")
        async with database.transaction() as tx:
            assert (await store.by_id(tx, conversation))["due_at"] == failed_at + delay
            assert await store.lease_one(tx, uuid4(), failed_at, rules.LEASE) is None


async def test_a_commit_that_is_refused_twice_counts_as_one_failure(database: Database) -> None:
    class Refused:
        async def perform(self, tx: object, speaker: object, at: object) -> None:
            raise Unavailable("tickets")

    async def script(turn: Turn) -> None:
        turn.note(Refused())

    citizen = await a_citizen(database)
    accepted = await said(database, citizen, "trou")
    worker, engine = a_worker(database, script)
    await alone(database, worker, accepted)
    assert engine.asked[citizen] == 2
    async with database.transaction() as tx:
        assert (await store.by_id(tx, accepted.conversation_id))["attempts"] == 1


async def test_the_agent_who_took_over_sees_what_the_bot_was_about_to_do(
    database: Database,
) -> None:
    async def script(turn: Turn) -> None:
        async with database.transaction() as tx:
            await store.change(tx, turn.speaker.conversation_id, owner="agent")
        await file_each(turn)

    citizen = await a_citizen(database)
    accepted = await said(database, citizen, "trou")
    worker, _ = a_worker(database, script)
    await alone(database, worker, accepted)
    async with database.transaction() as tx:
        (message,) = await store.messages_after(tx, accepted.conversation_id, 0)
        kept = await tx.execute(
            select(Message.answered_by).where(Message.conversation_id == accepted.conversation_id)
        )
        assert kept.scalar_one() is None
    about_to = message.content["about_to"]
    assert about_to["do"] == ["FileRequest"]
    assert about_to["say"][0].endswith("\ntrou")


async def test_a_start_is_no_absence(database: Database) -> None:
    citizen = await a_citizen(database)
    conversation = (await said(database, citizen, "trou")).conversation_id
    soon = now() + rules.notice_after(is_starting=False)
    async with database.transaction() as tx:
        since = soon - rules.notice_after(is_starting=True)
        assert conversation not in await store.needing_notice(tx, since)
        late = soon + rules.notice_after(is_starting=True)
        assert conversation in await store.needing_notice(tx, late)
        await commit.announce_absence(tx, conversation, WORDS, late, is_starting=True)
    (notice,) = await replies(database, conversation)
    assert notice.text.startswith("L’assistant démarre encore")
    assert "gardé" in notice.text


async def test_whoever_was_told_of_a_start_is_told_that_it_failed(database: Database) -> None:
    citizen = await a_citizen(database)
    conversation = (await said(database, citizen, "trou")).conversation_id
    later = now() + rules.START_NOTICE_AFTER
    async with database.transaction() as tx:
        await commit.announce_absence(tx, conversation, WORDS, later, is_starting=True)
        assert conversation not in await store.needing_notice(tx, later)
        await store.forget_notices(tx)
        assert conversation in await store.needing_notice(tx, later)


async def test_an_absence_is_told_again_when_it_is_another_one(database: Database) -> None:
    citizen = await a_citizen(database)
    accepted = await said(database, citizen, "trou")
    conversation = accepted.conversation_id
    async with database.transaction() as tx:
        await commit.announce_absence(tx, conversation, WORDS, now())
    for _ in range(rules.MAX_ATTEMPTS):
        attempt = uuid4()
        async with database.transaction() as tx:
            await store.change(tx, conversation, lease_attempt=attempt)
            await commit.record_failure(
                tx, conversation, attempt, 9, "why", WORDS, RECEPTION, now()
            )
    await said(database, citizen, "encore un trou")
    async with database.transaction() as tx:
        later = now() + rules.ABSENCE_NOTICE_AFTER
        assert conversation in await store.needing_notice(tx, later)


async def test_a_reply_waits_for_its_channel_until_the_reader_goes_on(database: Database) -> None:
    async def status() -> list[str]:
        async with database.transaction() as tx:
            found = await tx.execute(
                select(Delivery.status).where(Delivery.conversation_id == accepted.conversation_id)
            )
            return [row[0] for row in found]

    citizen = await a_citizen(database)
    accepted = await said(database, citizen, "trou")
    worker, _ = a_worker(database)
    await alone(database, worker, accepted)
    (reply,) = await replies(database, accepted.conversation_id)
    async with database.transaction() as tx:
        await store.delivered_through(tx, accepted.conversation_id, reply.seq - 1, now())
    assert await status() == ["pending"]
    async with database.transaction() as tx:
        await store.delivered_through(tx, accepted.conversation_id, reply.seq, now())
    assert await status() == ["sent"]


async def test_a_reader_never_hears_a_reply_while_it_still_seems_awaited(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    citizen = await a_citizen(database)
    accepted = await said(database, citizen, "trou")
    worker, _ = a_worker(database)
    by_id = store.by_id

    async def then_the_reply_comes(tx: Transaction, conversation: UUID) -> RowMapping:
        row = await by_id(tx, conversation)
        await alone(database, worker, accepted)
        return row

    monkeypatch.setattr(store, "by_id", then_the_reply_comes)
    async with database.transaction() as tx:
        conversation, messages = await store.spoken_after(tx, accepted.conversation_id, 0)
    monkeypatch.undo()
    assert conversation["waiting_since"] is not None
    assert [m.sender for m in messages] == ["citizen"]
    async with database.transaction() as tx:
        conversation, messages = await store.spoken_after(tx, accepted.conversation_id, 1)
    assert conversation["waiting_since"] is None
    assert [m.sender for m in messages] == ["assistant"]


@pytest.mark.parametrize("owner", ["agent", "closed"])
async def test_the_bot_never_takes_what_is_not_its_own(database: Database, owner: str) -> None:
    citizen = await a_citizen(database)
    accepted = await said(database, citizen, "trou")
    async with database.transaction() as tx:
        await store.change(tx, accepted.conversation_id, owner=owner)
        later = now() + rules.GATHERING_AT_MOST
        assert await store.lease_one(tx, uuid4(), later, rules.LEASE) is None


@pytest.mark.parametrize("sent_ms", [(0, 0, 0), (0, 400, 800), (0, 500, 1000), (0, 100, 1000)])
def test_three_messages_of_one_second_are_due_together(sent_ms: tuple[int, ...]) -> None:
    first = now()
    times = [first + timedelta(milliseconds=ms) for ms in sent_ms]
    for sent, following in pairwise(times):
        assert rules.turn_due(first, sent, "text") > following
    assert rules.turn_due(first, times[-1], "text") <= first + rules.GATHERING_AT_MOST
