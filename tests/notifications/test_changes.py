"""Who hears of a change, and what they are told. Named after what users of other tools lack."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from bot.conversations import store as conversations
from bot.conversations.tables import Message
from bot.conversations.turn import Speaker
from bot.errors import Conflict, Invalid, NotFound
from bot.notifications.messages import Change, told
from bot.notifications.operations import Notifier
from bot.service_requests.operations import ChangeOwn, FileRequest, FollowRequest
from bot.service_requests.rules import Actor, Status
from bot.service_requests.tables import StatusChange
from bot.storage.transaction import Database
from tests.actions.desks import WORDS, catalogue, gazetteer
from tests.service_requests.test_twins import DRAFT, a_speaker

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
NOTIFIER = Notifier(catalogue(), gazetteer(), WORDS)


async def followed(database: Database) -> tuple[str, Speaker, Speaker]:
    """A request, who filed it and who follows it."""
    owner, follower = await a_speaker(database), await a_speaker(database)
    async with database.transaction() as tx:
        reference = (await FileRequest(DRAFT).perform(tx, owner, NOW)).reference
        joining = FollowRequest(reference, replace(DRAFT, description="moi aussi"))
        await joining.perform(tx, follower, NOW)
    return reference, owner, follower


async def heard(database: Database, speaker: Speaker) -> list[str]:
    async with database.transaction() as tx:
        result = await tx.execute(
            select(Message.text)
            .where(Message.conversation_id == speaker.conversation_id, Message.sender == "system")
            .order_by(Message.seq)
        )
        return [str(body).replace("\u00a0", " ") for body in result.scalars()]


async def change(
    database: Database, reference: str, status: Status, reason: str | None = None
) -> int:
    async with database.transaction() as tx:
        return await NOTIFIER.change(tx, reference, status, Actor.AGENT, reason, NOW)


async def test_the_message_says_which_report_where_what_changed_and_what_is_next(
    database: Database,
) -> None:
    """mysociety/fixmystreet #1659: the mail does not say which report."""
    reference, owner, _ = await followed(database)
    assert await change(database, reference, Status.PLANNED) == 2
    (text,) = await heard(database, owner)
    for part in (reference, "chaussée dégradée", "12 rue Victor Hugo", "Lyon", "planifiée"):
        assert part in text
    assert "Ensuite" in text


async def test_followers_hear_too_and_know_that_they_follow(database: Database) -> None:
    """DansMaRue: duplicates closed without news."""
    reference, _, follower = await followed(database)
    await change(database, reference, Status.RESOLVED)
    (text,) = await heard(database, follower)
    assert "que vous suivez" in text
    assert "rouvrez-le" in text


async def test_a_follower_reopens_what_is_not_solved_but_does_not_take_it_back(
    database: Database,
) -> None:
    """mysociety/fixmystreet #897: closed as fixed but not fixed, others cannot reopen."""
    reference, _, follower = await followed(database)
    await change(database, reference, Status.RESOLVED)
    async with database.transaction() as tx:
        await ChangeOwn(reference, Status.REOPENED, "toujours là").perform(tx, follower, NOW)
        steps = await tx.execute(
            select(StatusChange.status, StatusChange.actor)
            .where(StatusChange.reference == reference)
            .order_by(StatusChange.at, StatusChange.id)
        )
        assert {(row.status, row.actor) for row in steps} == {
            ("new", "citizen"), ("resolved", "agent"), ("reopened", "follower")
        }  # fmt: skip
    with pytest.raises(Conflict):
        async with database.transaction() as tx:
            await ChangeOwn(reference, Status.WITHDRAWN).perform(tx, follower, NOW)


async def test_a_stranger_changes_nothing(database: Database) -> None:
    reference, *_ = await followed(database)
    stranger = await a_speaker(database)
    for status in (Status.RESOLVED, Status.WITHDRAWN):
        with pytest.raises(NotFound):
            async with database.transaction() as tx:
                await ChangeOwn(reference, status).perform(tx, stranger, NOW)


async def test_a_refused_step_is_told_to_nobody(database: Database) -> None:
    reference, owner, follower = await followed(database)
    with pytest.raises(Invalid):
        await change(database, reference, Status.REJECTED)
    with pytest.raises(Conflict):
        await change(database, reference, Status.ARCHIVED)
    assert await heard(database, owner) == await heard(database, follower) == []


async def test_the_reason_of_a_rejection_is_told(database: Database) -> None:
    reference, owner, _ = await followed(database)
    await change(database, reference, Status.REJECTED, "Cette voie est privée.")
    (text,) = await heard(database, owner)
    assert "Cette voie est privée." in text


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_state_can_be_told_in_both_languages(status: Status, language: str) -> None:
    service = catalogue().service("pothole", None)
    for known in (service, None):
        reply = told(Change("2026-000001", known, "Lyon", status, "vu"), is_own=True)
        text = "\n".join(WORDS.render(line, language) for line in reply.lines)
        assert "2026-000001" in text
        assert reply.buttons


async def test_a_change_and_a_turn_that_meet_do_not_wait_for_each_other(
    database: Database,
) -> None:
    reference, owner, _ = await followed(database)
    is_turn_begun, may_end = asyncio.Event(), asyncio.Event()

    async def turn() -> None:
        async with database.transaction() as tx:
            await conversations.locked(tx, owner.conversation_id)
            is_turn_begun.set()
            await may_end.wait()
            await ChangeOwn(reference, Status.RESOLVED).perform(tx, owner, NOW)

    async def agent() -> int:
        await is_turn_begun.wait()
        may_end.set()
        return await change(database, reference, Status.REOPENED)

    _, told_to = await asyncio.gather(turn(), agent())
    assert told_to == 2
