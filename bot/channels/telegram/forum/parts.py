"""The agents' group, put together."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta

from aiogram import Bot
from aiogram.types.chat_member_union import ChatMemberUnion

from bot.channels.telegram.connection import Connection
from bot.channels.telegram.forum.backend import Forum
from bot.channels.telegram.forum.forgetting import keep_forgetting_topics
from bot.channels.telegram.forum.group import Group
from bot.channels.telegram.forum.hearing import Hearing
from bot.channels.telegram.forum.membership import Membership
from bot.channels.telegram.sending.limits import Limits
from bot.mirroring.operations import Mirroring
from bot.mirroring.worker import Mirror
from bot.parts import Service
from bot.storage.tables import utc_now

LOOKED_AT_EVERY = timedelta(seconds=15)
"""Between two questions whether the group can be used."""


@dataclass(frozen=True)
class AgentsGroup:
    """`keep` is for one process of all; `hearing` takes what people
    write there, wherever updates are taken."""

    group: Group
    hearing: Hearing
    mirror: Mirror

    @property
    def id(self) -> int:
        return self.group.id

    async def keep(self) -> None:
        """Tell the topics what is new, and delete those whose time is over, until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.mirror.run())
            group.create_task(keep_forgetting_topics(self.group, self.mirror.database, utc_now))

    @property
    def trouble(self) -> str | None:
        """Why agents cannot answer there, for an operator."""
        return self.group.trouble

    def bot_became(self, member: ChatMemberUnion) -> None:
        """Somebody made the bot something else in the group."""
        if self.group.bot_is(member):
            self.mirror.wake()


def agents_group(
    service: Service, bot: Bot, connection: Connection, limits: Limits, group_id: int
) -> AgentsGroup:
    """The parts of the group with that id. `limits`: the bot's, for all that it sends."""
    group = Group(bot, group_id, connection, limits)
    backend = Forum(group, service.database, service.counter)
    site = (service.settings.public_url or "").rstrip("/")
    mirror = Mirror(
        service.database,
        backend,
        Mirroring(service.counter, backend.name, site),
        service.photos,
        service.attachments,
        utc_now,
        LOOKED_AT_EVERY,
    )
    return AgentsGroup(group, Hearing(group, Membership(group)), mirror)
