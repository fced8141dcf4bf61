"""The demonstration's month, made small, on a real database."""

from __future__ import annotations

import argparse
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.automations.tables import AutomationRun
from bot.cli import demo
from bot.conversations.tables import Conversation, Delivery, Message
from bot.demo import month, removal
from bot.demo.month import Counts
from bot.demo.stage import IS_OWN
from bot.mail.tables import Letter
from bot.mailbox.tables import ArrivedMail, MailThread
from bot.notifications.store import counts as news_counts
from bot.service_requests.photos import PhotoFiles
from bot.service_requests.tables import StatusChange
from bot.storage.transaction import Database
from bot.tickets.tables import Ticket
from tests.demo.builders import UNTIL, fill
from tests.handover.builders import a_case


async def test_a_month_is_consistent_and_nothing_of_it_leaves_the_machine(
    database: Database, photos: PhotoFiles
) -> None:
    counts = await fill(database, photos)
    assert counts.requests >= 15
    assert counts.tickets >= 6
    async with database.transaction() as tx:
        pending = select(func.count()).where(Delivery.status != "sent")
        assert await tx.scalar(pending.select_from(Delivery)) == 0
        assert (await news_counts(tx))["waiting"] == 0
        latest = [await tx.scalar(select(func.max(c.at))) for c in (Message, StatusChange)]
        assert all(at is not None and at <= UNTIL for at in latest)
        ours = select(func.count()).select_from(Conversation)
        waiting = ours.where(Conversation.owner == "bot", Conversation.waiting_since.is_not(None))
        assert await tx.scalar(waiting) == 0, "the assistant would answer by itself"
        open_ones = await tx.scalar(select(func.count()).where(Ticket.status == "open"))
        owned = await tx.scalar(ours.where(Conversation.owner.in_(("queued", "agent"))))
        assert open_ones == owned
        channels = select(Conversation.channel).distinct().where(IS_OWN)
        assert {"web", "telegram", "phone", "email"} <= set(await tx.scalars(channels))
        aside = select(func.count()).where(Ticket.snoozed_until > UNTIL)
        assert (await tx.scalar(aside) or 0) >= 1


async def test_the_same_seed_tells_the_same_month(database: Database, photos: PhotoFiles) -> None:
    await fill(database, photos)
    first = await _told(database)
    await removal.remove(database, photos)
    await fill(database, photos)
    assert await _told(database) == first


async def _told(database: Database) -> list[tuple[datetime, str]]:
    async with database.transaction() as tx:
        told = select(Message.at, Message.text).where(Message.sender == "citizen")
        did = select(AutomationRun.at, AutomationRun.deeds)
        deeds = [(at, ", ".join(names)) for at, names in await tx.execute(did)]
        return sorted([*deeds, *((row.at, row.text) for row in await tx.execute(told))])


async def test_it_is_taken_away_whole_and_leaves_what_is_real(
    database: Database, photos: PhotoFiles, tmp_path: Path
) -> None:
    real = await a_case(database)
    async with database.transaction() as tx:
        assert await month.has_others(tx)
    await fill(database, photos)
    await removal.remove(database, photos)
    async with database.transaction() as tx:
        assert await month.counts(tx) == Counts(0, 0, 0, 0)
        assert await tx.scalar(select(func.count()).where(IS_OWN)) == 0
        assert await tx.scalar(select(func.count()).where(removal.AGENTS)) == 0
    assert (await real.ticket())["status"] == "open"
    assert not list((tmp_path / "files").rglob("*.jpg"))


def test_a_month_that_has_not_happened_is_refused() -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        demo._moment("2999-01-01")


async def test_mail_is_answered_goes_on_and_waits(database: Database, photos: PhotoFiles) -> None:
    await fill(database, photos)
    async with database.transaction() as tx:
        mailed = (
            select(Ticket.status, Ticket.first_reply_at, *MailThread.__table__.c)
            .join(MailThread, MailThread.conversation_id == Ticket.conversation_id)
            .order_by(Ticket.opened_at)
        )
        rows = list((await tx.execute(mailed)).mappings())
        assert all(row["subject"] and row["correspondent"].endswith(".example") for row in rows)
        assert {row["status"] for row in rows} == {"open", "closed"}
        assert any(row["first_reply_at"] is None for row in rows), "the inbox is empty"
        wrote = (
            select(func.count(Message.id))
            .join(Conversation, Conversation.id == Message.conversation_id)
            .where(Conversation.channel == "email", Message.sender == "citizen")
            .group_by(Message.conversation_id)
        )
        assert max(await tx.scalars(wrote)) >= 2, "nobody answered an answer"
        assert await tx.scalar(select(func.count()).select_from(Letter)) == 0
        assert await tx.scalar(select(func.count()).select_from(ArrivedMail)) == 0
