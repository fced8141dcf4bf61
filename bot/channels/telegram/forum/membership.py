"""Who may answer: the members of the group, as Telegram has them now."""

from __future__ import annotations

from dataclasses import dataclass

from aiogram.methods import GetChatMember
from aiogram.types import ChatMemberRestricted

from bot.channels.telegram.forum.group import Group
from bot.channels.telegram.forum.rules import is_member
from bot.tickets.backends.port import NotNow, Refused

UNKNOWN = ("participant_id_invalid", "user not found", "member not found", "user_id_invalid")
"""What Telegram says of who was never there."""


@dataclass(frozen=True)
class Membership:
    """Telegram is asked each time: what somebody does here nearly always reaches a citizen, and
    which process is told that a member left is chance. A call more for each message of an agent's;
    it counts for no limit of messages."""

    group: Group

    async def holds(self, user_id: int) -> bool:
        """Whether that person is in the group. Raises `NotNow` when it cannot be told."""
        try:
            found = await self.group.ask(GetChatMember(chat_id=self.group.id, user_id=user_id))
        except Refused as error:
            if any(words in str(error).lower() for words in UNKNOWN):
                return False
            raise NotNow(str(error)) from error
        is_still_in = isinstance(found, ChatMemberRestricted) and found.is_member
        return is_member(found.status, is_still_in=is_still_in)
