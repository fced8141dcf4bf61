"""Each kind goes when its time is over, and nothing else does."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, update

from bot.accounts import store as accounts
from bot.conversations import store
from bot.conversations.escalation import HandOver
from bot.conversations.operations import Arrival, receive
from bot.handover.choosing import GiveUp
from bot.mail.tables import Letter
from bot.retention import operations
from bot.service_requests import photo_store
from bot.service_requests import store as requests
from bot.service_requests.draft import Draft
from bot.service_requests.operations import ChangeOwn
from bot.service_requests.rules import Actor, Status
from bot.service_requests.tables import ServiceRequest, StatusChange
from bot.storage.transaction import Database
from bot.tickets import store as tickets
from bot.tickets.operations import Asked
from bot.tickets.rules import Subject
from tests.mail.builders import posted, row
from tests.retention.old_things import (
    TEXT_TABLES,
    a_conversation,
    a_kept_file,
    a_photo,
    days,
    has_photo,
)
from tests.turn.scripted import RECEPTION, now, said

ALL_TEXT = [table.__tablename__ for table in TEXT_TABLES]


async def forget_text(database: Database) -> int:
    async with database.transaction() as tx:
        return await operations.forget_conversation_text(tx, now())


async def test_text_goes_ninety_days_after_the_last_message(database: Database) -> None:
    old = await a_conversation(database, now() - days(91))
    recent = await a_conversation(database, now() - days(89))
    assert await old.left() == ALL_TEXT
    assert await forget_text(database) == 1
    assert await old.left() == []
    assert await recent.left() == ALL_TEXT
    assert await forget_text(database) == 0


async def test_an_emptied_conversation_goes_on_with_its_next_number(database: Database) -> None:
    old = await a_conversation(database, now() - days(91))
    await forget_text(database)
    accepted = await said(database, old.speaker.citizen_id, "bonjour")
    assert accepted.conversation_id == old.speaker.conversation_id
    assert accepted.seq == 3
    async with database.transaction() as tx:
        conversation = await store.by_id(tx, accepted.conversation_id)
    assert not conversation["introduced"]  # the assistant says again what it is


async def test_an_open_request_keeps_the_text_and_a_closed_one_outlives_it(
    database: Database,
) -> None:
    old = await a_conversation(database, now() - days(91))
    photo = await a_photo(database, old.speaker.citizen_id, old.at)
    reference = await old.files(photos=(str(photo),))
    assert await forget_text(database) == 0
    assert await old.left() == ALL_TEXT

    async with database.transaction() as tx:
        handed = HandOver(Asked(Subject.HUMAN, "un trou", None, RECEPTION))
        opened = await handed.perform(tx, old.speaker, old.at)
        await ChangeOwn(reference, Status.WITHDRAWN).perform(tx, old.speaker, old.at)
    assert await forget_text(database) == 0  # a person has yet to answer there
    async with database.transaction() as tx:
        await tickets.change(tx, opened.reference, contact="06 12 34 56 78", opinion="bien")
        await GiveUp().perform(tx, old.speaker, old.at)
    answer = await posted(database, now(), reference=opened.reference)
    news = await posted(database, now(), reference=reference)
    assert await forget_text(database) == 1
    assert (await row(database, answer)).recipient is None
    assert (await row(database, news)).recipient is not None
    async with database.transaction() as tx:
        ticket = await tickets.by_reference(tx, opened.reference)
        events = await tickets.history(tx, opened.reference)
    assert (ticket["summary"], ticket["packet"], ticket["contact"]) == ("", {}, None)
    assert (ticket["opinion"], [event["text"] for event in events]) == (None, [None, None])
    assert await old.left() == []
    async with database.transaction() as tx:
        history = await tx.scalars(
            select(StatusChange.status).where(StatusChange.reference == reference)
        )
        assert sorted(history) == ["new", "withdrawn"]
        kept = await tx.execute(
            select(ServiceRequest.description, ServiceRequest.conversation_id).where(
                ServiceRequest.reference == reference
            )
        )
        assert kept.one() == ("un trou", old.speaker.conversation_id)
        assert await photo_store.own_photo(tx, old.speaker.citizen_id, photo) == photo


@pytest.mark.parametrize("status", [s for s in Status if s not in ("new", "withdrawn")])
async def test_every_state_says_whether_its_request_is_open(
    database: Database, status: Status
) -> None:
    old = await a_conversation(database, now() - days(91))
    reference = await old.files()
    async with database.transaction() as tx:
        await requests.append_status(tx, reference, status, Actor.AGENT, None, old.at)
    is_closed = status in {Status.RESOLVED, Status.REJECTED, Status.ARCHIVED}
    assert await forget_text(database) == int(is_closed)


async def test_a_message_that_still_waits_is_never_forgotten(database: Database) -> None:
    old = await a_conversation(database, now() - days(400), waiting=True)
    assert await forget_text(database) == 0
    assert await old.left() == ALL_TEXT


async def test_a_message_that_arrives_meanwhile_saves_its_conversation(
    database: Database,
) -> None:
    old = await a_conversation(database, now() - days(91))
    citizen = old.speaker.citizen_id
    async with database.transaction() as tx:
        arrival = Arrival("web", str(citizen), citizen, uuid4().hex, "text", "encore moi")
        await receive(tx, arrival, now())
        assert await forget_text(database) == 0  # not even waited for
    assert await forget_text(database) == 0
    assert await old.left() == ALL_TEXT


async def test_a_draft_goes_after_seven_days_and_not_before(database: Database) -> None:
    old = await a_conversation(database, now() - days(8))
    recent = await a_conversation(database, now() - days(6))
    await old.drafts(Draft(service="pothole"), old.at)
    await recent.drafts(Draft(service="pothole"), recent.at)
    async with database.transaction() as tx:
        assert await operations.forget_drafts(tx, now()) == 1
        assert await requests.draft_of(tx, recent.speaker.conversation_id, now()) is not None
        assert await requests.draft_of(tx, old.speaker.conversation_id, old.at) is None


async def test_a_session_goes_at_its_end(database: Database) -> None:
    async with database.transaction() as tx:
        ended, _ = await accounts.open_session(tx, now() - days(31))
        good, citizen = await accounts.open_session(tx, now() - days(29))
        assert await operations.forget_web_sessions(tx, now()) == 1
        assert await accounts.citizen_of_session(tx, ended, now() - days(31)) is None
        assert await accounts.citizen_of_session(tx, good, now()) == citizen


async def test_a_photo_goes_unless_it_is_recent_or_a_request_or_a_draft_names_it(
    database: Database,
) -> None:
    old = await a_conversation(database, now() - days(8))
    citizen = old.speaker.citizen_id
    loose, filed, drafted = [await a_photo(database, citizen, old.at) for _ in range(3)]
    recent = await a_photo(database, citizen, now() - days(6))
    await old.files(photos=(str(filed),))
    await old.drafts(Draft(service="pothole", photos=(str(drafted),)), now() - days(1))
    async with database.transaction() as tx:
        assert await operations.forget_loose_photos(tx, now()) == 1
    assert not await has_photo(database, loose)
    for kept in (filed, drafted, recent):
        assert await has_photo(database, kept)


async def test_where_a_photo_was_taken_goes_after_a_day_whatever_became_of_the_photo(
    database: Database,
) -> None:
    old = await a_conversation(database, now() - days(8))
    citizen, here = old.speaker.citizen_id, (45.71, 4.81)
    past = await a_photo(database, citizen, now() - days(2), taken_at=here)
    recent = await a_photo(database, citizen, now(), taken_at=here)
    async with database.transaction() as tx:
        assert await operations.forget_photo_places(tx, now()) == 1
        assert await photo_store.taken_at(tx, citizen, [past]) is None
        assert await photo_store.taken_at(tx, citizen, [recent]) == here
    assert await has_photo(database, past)


async def test_a_letters_words_go_ninety_days_after_its_end(database: Database) -> None:
    never_sent = await posted(database, now() - days(91))
    young = await posted(database, now() - days(89))
    long_ago = await posted(database, now() - days(100))
    lately = await posted(database, now() - days(100))
    async with database.transaction() as tx:
        for key, ended in ((long_ago, days(91)), (lately, days(89))):
            when = update(Letter).where(Letter.key == key)
            await tx.execute(when.values(sent_at=now() - ended))
        assert await operations.forget_letters(tx, now()) == 2
    words = {key: (await row(database, key)).text for key in (never_sent, long_ago, young, lately)}
    assert [key for key, text in words.items() if text is None] == [never_sent, long_ago]
    gone = await row(database, long_ago)
    assert (gone.recipient, gone.html, gone.subject) == (None, None, None)
    assert gone.sent_at is not None
    assert gone.failed_at is None


async def test_a_kept_file_goes_with_the_text_that_names_it(database: Database) -> None:
    old = await a_conversation(database, now() - days(91))
    recent = await a_conversation(database, now() - days(89))
    gone, named = await a_kept_file(old), await a_kept_file(recent)
    async with database.transaction() as tx:
        assert await operations.forget_attachments(tx, now()) == 0
    assert await forget_text(database) == 1
    async with database.transaction() as tx:
        assert await operations.forget_attachments(tx, now()) == 1
        assert await operations.stray_attachments(tx, [gone, named]) == [gone]


async def test_a_file_that_no_row_names_is_stray(database: Database) -> None:
    old = await a_conversation(database, now() - days(2))
    named, stray = await a_photo(database, old.speaker.citizen_id, old.at), UUID(int=7)
    async with database.transaction() as tx:
        assert await operations.stray_photos(tx, [named, stray]) == [stray]
