"""Who may answer: the members of the group, as Telegram has them now."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from aiogram.methods import GetChatMember
from aiogram.types import ChatMemberRestricted

from bot.channels.telegram.forum.group import Group
from bot.channels.telegram.forum.rules import MEMBERSHIP_LASTS, is_member
from bot.tickets.backends.port import NotNow, Refused

UNKNOWN = ("participant_id_invalid", "user not found", "member not found", "user_id_invalid")
"""What Telegram says of who was never there."""


@dataclass
class Membership:
    """What Telegram said of somebody is believed for a moment, or until it says that it changed."""

    group: Group
    ticks: Callable[[], float] = time.monotonic
    _known: dict[int, tuple[float, bool]] = field(default_factory=dict)

    async def holds(self, user_id: int) -> bool:
        """Whether that person is in the group. Raises `NotNow` when it cannot be told."""
        now = self.ticks()
        asked_at, is_in = self._known.get(user_id, (float("-inf"), False))
        if now - asked_at < MEMBERSHIP_LASTS.total_seconds():
            return is_in
        is_in = await self._ask(user_id)
        self._known[user_id] = now, is_in
        return is_in

    def forget(self, user_id: int) -> None:
        """Something of it changed."""
        self._known.pop(user_id, None)

    async def _ask(self, user_id: int) -> bool:
        try:
            found = await self.group.ask(GetChatMember(chat_id=self.group.id, user_id=user_id))
        except Refused as error:
            if any(words in str(error).lower() for words in UNKNOWN):
                return False
            raise NotNow(str(error)) from error
        is_still_in = isinstance(found, ChatMemberRestricted) and found.is_member
        return is_member(found.status, is_still_in=is_still_in)
