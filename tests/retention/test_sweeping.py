"""The sweep as a whole: batches, the lock, the rehearsal, and failures."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import insert

from bot.accounts import attempt_store, session_store
from bot.accounts import store as accounts
from bot.audit import store as audit
from bot.audit.rules import KEPT_FOR, OPERATOR, Action
from bot.continuing import linking
from bot.conversations.tables import Conversation, Message
from bot.errors import Conflict
from bot.files.folder import FolderStore
from bot.mailbox import store as mailbox
from bot.retention.rules import AT_ONCE, Kind
from bot.retention.sweeping import LOCK, Stored, keep_sweeping, rehearse, sweep
from bot.service_requests.draft import Draft
from bot.storage.transaction import Database, is_alone
from tests.accounts.builders import an_account
from tests.mail.builders import posted
from tests.retention.old_things import (
    Old,
    a_conversation,
    a_file,
    a_kept_file,
    a_photo,
    days,
    has_photo,
    some_news,
    what_was_hidden_and_learnt,
)
from tests.turn.scripted import now


async def one_of_each(database: Database, folder: Path) -> Old:
    """An old conversation with a voice message, session, link, agent's session, failed sign-in,
    draft, news, a line of the audit log, a mail, a photo with its place and its two files, half a
    file of nobody; what was hidden, refused and learnt elsewhere."""
    old = await a_conversation(database, now() - days(91))
    await old.drafts(Draft(service="pothole"), old.at)
    await some_news(database, old.at)
    photo = await a_photo(database, old.speaker.citizen_id, old.at, taken_at=(45.71, 4.81))
    for name in (f"{photo}.jpg", f"{photo}.thumb.jpg", f"{uuid4()}.jpg.part"):
        a_file(folder, name, old.at)
    await a_kept_file(old, folder)
    agent, _ = await an_account(database)
    async with database.transaction() as tx:
        await accounts.open_session(tx, old.at)
        await session_store.open_session(tx, agent, "Firefox", old.at)
        await attempt_store.record(tx, ["somebody"], old.at)
        await linking.make_link(tx, old.speaker.citizen_id, old.at)
        await audit.record(tx, OPERATOR, Action.ACCOUNT_CHANGED, "old", old.at - KEPT_FOR)
        await mailbox.add(tx, "<old@x.example>", "mairie@x.example", None, b"x", old.at)
    await posted(database, old.at)
    await what_was_hidden_and_learnt(database)
    return old


async def test_a_rehearsal_counts_what_the_sweep_will_forget_and_forgets_nothing(
    database: Database, tmp_path: Path
) -> None:
    files = Stored.of(FolderStore(tmp_path / "files"))
    await sweep(database, files, now())  # what other tests left
    old = await one_of_each(database, tmp_path / "files")
    foreseen = await rehearse(database, files, now())
    assert foreseen == dict.fromkeys(Kind, 1) | {Kind.STRAY_FILE: 3}
    assert await old.left() != []
    assert len(list((tmp_path / "files").iterdir())) == 4
    assert await sweep(database, files, now()) == foreseen
    assert await old.left() == []
    assert list((tmp_path / "files").iterdir()) == []


async def test_files_that_are_named_or_recent_or_not_ours_stay(
    database: Database, tmp_path: Path
) -> None:
    folder = tmp_path / "files"
    old = await a_conversation(database, now() - days(3))
    named = await a_photo(database, old.speaker.citizen_id, old.at)
    kept = [
        a_file(folder, f"{named}.jpg", old.at),
        a_file(folder, f"{named}.thumb.jpg", old.at),
        a_file(folder, f"{uuid4()}.jpg", now()),
        a_file(folder, "notes.txt", old.at),
    ]
    gone = a_file(folder, f"{uuid4()}.jpg", old.at)
    await sweep(database, Stored.of(FolderStore(folder)), now())
    assert sorted(folder.iterdir()) == sorted(kept)
    assert not gone.exists()
    assert await has_photo(database, named)


async def test_more_than_one_batch_is_forgotten_in_one_sweep(
    database: Database, tmp_path: Path
) -> None:
    at = now() - days(91)
    async with database.transaction() as tx:
        citizen = await accounts.new_citizen(tx, at)
        conversations = [
            {
                "id": uuid4(),
                "channel": "batch",
                "address": uuid4().hex,
                "citizen_id": citizen,
                "owner": "bot",
                "language": "fr",
                "last_seq": 1,
                "introduced": True,
                "attempts": 0,
                "read_by_agent": 0,
                "created_at": at,
                "updated_at": at,
            }
            for _ in range(AT_ONCE + 1)
        ]
        await tx.execute(insert(Conversation), conversations)
        await tx.execute(
            insert(Message),
            [
                {
                    "id": uuid4(),
                    "conversation_id": conversation["id"],
                    "seq": 1,
                    "sender": "citizen",
                    "kind": "text",
                    "text": "un trou",
                    "content": {},
                    "at": at,
                }
                for conversation in conversations
            ],
        )
    counts = await sweep(database, Stored.of(FolderStore(tmp_path)), now())
    assert counts[Kind.CONVERSATION_TEXT] == AT_ONCE + 1


async def test_of_two_services_one_sweeps(database: Database, tmp_path: Path) -> None:
    files = Stored.of(FolderStore(tmp_path))
    async with database.transaction() as tx:
        assert await is_alone(tx, LOCK)
        with pytest.raises(Conflict):
            await sweep(database, files, now())
        with pytest.raises(Conflict):
            await rehearse(database, files, now())
    await sweep(database, files, now())


async def test_a_failed_sweep_is_logged_and_tried_again(
    database: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    old = await a_conversation(database, now() - days(91))
    swept_twice = asyncio.Event()

    def times() -> Iterator[datetime]:
        yield now()
        swept_twice.set()
        while True:
            yield now()

    given = times()
    is_first = True

    def clock() -> datetime:
        nonlocal is_first
        if is_first:
            is_first = False
            raise OSError("the disk went away")
        return next(given)

    at_once = timedelta(0)
    with caplog.at_level(logging.ERROR):
        task = asyncio.create_task(
            keep_sweeping(
                database,
                Stored.of(FolderStore(tmp_path)),
                clock,
                first_after=at_once,
                every=at_once,
            )
        )
        async with asyncio.timeout(10):
            await swept_twice.wait()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert "the disk went away" in caplog.text
    assert await old.left() == []
