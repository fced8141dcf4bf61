"""A topic goes when the text of its conversation is forgotten here: its words are the same."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime

from aiogram.methods import DeleteForumTopic

from bot.channels.telegram.forum import store
from bot.channels.telegram.forum.group import Group, NoTopic
from bot.channels.telegram.rules import FORGETS_EVERY
from bot.errors import DomainError
from bot.retention.rules import KEPT, Kind
from bot.storage.transaction import Database

logger = logging.getLogger(__name__)
AT_ONCE = 20


async def forget_topics(group: Group, database: Database, now: datetime) -> int:
    """Delete some of the topics whose time is over. Returns how many are gone. Raises `NotNow`, and
    `Refused` when the bot may not."""
    before = now - KEPT[Kind.CONVERSATION_TEXT].kept_for
    async with database.transaction() as tx:
        topics = await store.forgotten(tx, group.id, before, AT_ONCE)
    for topic in topics:
        try:
            await group.ask(
                DeleteForumTopic(chat_id=group.id, message_thread_id=topic["thread_id"])
            )
        except NoTopic:
            logger.info("forum: a topic was deleted before its time")
        async with database.transaction() as tx:
            await store.forget_topic(tx, group.id, topic["reference"])
    return len(topics)


async def keep_forgetting_topics(
    group: Group, database: Database, clock: Callable[[], datetime]
) -> None:
    """Until cancelled; what fails is tried again next time."""
    while True:
        await asyncio.sleep(FORGETS_EVERY.total_seconds())
        try:
            while await forget_topics(group, database, clock()) == AT_ONCE:
                pass
        except DomainError as error:
            logger.warning("forum: old topics cannot be deleted: %s", error)
        except Exception:  # a task's edge: the database may be away for a while
            logger.exception("old topics")
