"""Builders of what was said, told and sent a while ago."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, insert, select

from bot.accounts import store as accounts
from bot.attachments import operations as attachments
from bot.attachments.rules import Kept, What
from bot.conversations import commit, store
from bot.conversations.operations import Arrival, receive
from bot.conversations.tables import Delivery, DialogueState, Message, OfferedButton, TurnFailure
from bot.conversations.turn import Speaker
from bot.files.pictures import Point
from bot.learning import store as learning
from bot.learning.rules import Meant
from bot.learning.rules import Status as LearningStatus
from bot.service_requests import photo_store
from bot.service_requests import store as requests
from bot.service_requests.draft import Draft
from bot.service_requests.news import News, Topic
from bot.service_requests.operations import FileRequest
from bot.service_requests.rules import Status
from bot.service_requests.tables import Notification, Photo
from bot.storage.transaction import Database
from bot.tickets import redactions
from tests.handover.builders import a_case
from tests.turn.scripted import WORDS, now

TEXT_TABLES = (Message, Delivery, OfferedButton, DialogueState, TurnFailure)


@dataclass(frozen=True)
class Old:
    """A conversation whose last message was said at `at`."""

    database: Database
    speaker: Speaker
    at: datetime

    async def left(self) -> list[str]:
        """The tables that still hold something of what was said in it."""
        async with self.database.transaction() as tx:
            counts = {
                table.__tablename__: await tx.scalar(
                    select(func.count()).where(
                        table.conversation_id == self.speaker.conversation_id
                    )
                )
                for table in TEXT_TABLES
            }
        return [name for name, count in counts.items() if count]

    async def files(self, photos: tuple[str, ...] = ()) -> str:
        """A request filed in it; its reference."""
        draft = Draft(service="pothole", commune="69123", description="un trou", photos=photos)
        async with self.database.transaction() as tx:
            return (await FileRequest(draft).perform(tx, self.speaker, self.at)).reference

    async def drafts(self, draft: Draft, at: datetime) -> None:
        async with self.database.transaction() as tx:
            await requests.save_draft(tx, self.speaker.conversation_id, draft, at)


async def a_conversation(database: Database, at: datetime, *, waiting: bool = False) -> Old:
    """A message and an answer with a button, a failed turn before it, a dialogue state."""
    async with database.transaction() as tx:
        citizen = await accounts.new_citizen(tx, at)
        arrival = Arrival("web", str(citizen), citizen, uuid4().hex, "text", "un trou")
        conversation = (await receive(tx, arrival, at)).conversation_id
        await commit.announce_absence(tx, conversation, WORDS, at)
        await store.save_dialogue_state(tx, conversation, {"events": []}, {}, at)
        await store.record_failure(tx, uuid4(), conversation, 1, "TurnAborted", at)
        if not waiting:
            await store.mark_answered(tx, conversation, 1, uuid4())
            await store.change(tx, conversation, waiting_since=None, due_at=None)
    return Old(database, Speaker(conversation, citizen, "web"), at)


async def a_photo(
    database: Database, citizen: UUID, at: datetime, taken_at: Point | None = None
) -> UUID:
    """The row of a picture that no request has."""
    photo = uuid4()
    async with database.transaction() as tx:
        await photo_store.add_photo(tx, photo, citizen, 4, 3, 100, at, taken_at)
    return photo


async def a_kept_file(old: Old, folder: Path | None = None) -> UUID:
    """What the citizen of an old conversation sent there; its bytes in `folder`."""
    kept = Kept(uuid4(), What.VOICE, None, "audio/ogg", 3, 2)
    citizen, conversation = old.speaker.citizen_id, old.speaker.conversation_id
    async with old.database.transaction() as tx:
        arrival = Arrival("web", str(citizen), citizen, uuid4().hex, "file", "", kept.content())
        accepted = await receive(tx, arrival, old.at)
        await attachments.add(tx, kept, citizen, conversation, old.at)
        await store.mark_answered(tx, conversation, accepted.seq, uuid4())
        await store.change(tx, conversation, waiting_since=None, due_at=None)
    if folder is not None:
        a_file(folder, f"{kept.id}.kept", old.at)
    return kept.id


async def some_news(database: Database, at: datetime) -> None:
    """News of a request of somebody who wrote since, told at that time."""
    other = await a_conversation(database, at + days(90))
    reference = await other.files()
    async with database.transaction() as tx:
        await tx.execute(
            insert(Notification).values(
                reference=reference,
                conversation_id=other.speaker.conversation_id,
                is_own=True,
                news=News(Topic.STATE, Status.PLANNED, "pothole").to_json(),
                attempts=0,
                created_at=at,
                told_at=at,
            )
        )


async def what_was_hidden_and_learnt(database: Database) -> None:
    """In a conversation that goes on: words hidden a month ago, a message refused as an example
    then, and one proposed a year ago."""
    case = await a_case(database)
    conversation, at = case.speaker.conversation_id, now() - days(31)
    said: dict[str, Any] = {"commune": None, "understood": {}, "agent_id": None, "author": "Claire"}
    async with database.transaction() as tx:
        await redactions.add(
            tx,
            id=uuid4(),
            conversation_id=conversation,
            reference=case.reference,
            seq=1,
            original="06 12 34 56 78",
            files=[],
            at=at,
            author="Claire",
            external_id=uuid4().hex,
        )
        refused = await learning.propose(
            tx, conversation, 1, "un trou", Meant("complain"), at=at, **said
        )
        decided = {"status": LearningStatus.REFUSED.value, "decided_at": at}
        await learning.change(tx, refused, **decided)
        old = now() - days(366)
        await learning.propose(tx, conversation, 2, "un trou", Meant("complain"), at=old, **said)


async def has_photo(database: Database, photo: UUID) -> bool:
    async with database.transaction() as tx:
        return bool(await tx.scalar(select(func.count()).where(Photo.id == photo)))


def a_file(folder: Path, name: str, at: datetime) -> Path:
    """A file last changed at that time."""
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_bytes(b"picture")
    os.utime(path, (at.timestamp(), at.timestamp()))
    return path


def days(number: float) -> timedelta:
    return timedelta(days=number)
