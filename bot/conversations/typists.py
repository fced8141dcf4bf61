"""Who is writing, in which conversation. Never stored: it is told, and forgotten after seconds."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from uuid import UUID

from bot.conversations import store
from bot.storage.transaction import Transaction

TYPING = "guichet_typing"
LASTS_S = 6.0
"""Whoever still writes says so again before that."""


@dataclass(frozen=True)
class Typist:
    """An agent by id and first name; the citizen has neither."""

    agent: str = ""
    name: str = ""


CITIZEN = Typist()


async def announce(
    tx: Transaction, conversation_id: UUID, typist: Typist, *, is_typing: bool = True
) -> None:
    """Tell whoever watches the conversation, when this transaction commits."""
    await told(tx, TYPING, conversation_id, typist, is_on=is_typing)


async def told(
    tx: Transaction, channel: str, conversation_id: UUID, who: Typist, *, is_on: bool
) -> None:
    """Announce a sign that passes, as `Typing` hears it."""
    payload = {"conversation": str(conversation_id), "is_typing": is_on, **asdict(who)}
    await store.notify(tx, channel, json.dumps(payload))


class Typing:
    """What was heard of it in this process; forgotten after `lasts_s`."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, lasts_s: float = LASTS_S
    ) -> None:
        self._clock = clock
        self._lasts_s = lasts_s
        self._until: dict[UUID, dict[Typist, float]] = {}

    def hear(self, payload: str) -> UUID:
        """Take in what was announced. Returns in which conversation."""
        told = json.loads(payload)
        conversation_id = UUID(told["conversation"])
        typist = Typist(told["agent"], told["name"])
        self._forget()
        here = self._until.setdefault(conversation_id, {})
        if told["is_typing"]:
            here[typist] = self._clock() + self._lasts_s
        else:
            here.pop(typist, None)
        return conversation_id

    def _forget(self) -> None:
        now = self._clock()
        self._until = {
            conversation: live
            for conversation, here in self._until.items()
            if (live := {who: until for who, until in here.items() if until > now})
        }

    def who(self, conversation_id: UUID) -> tuple[Typist, ...]:
        """Who is writing there now."""
        now = self._clock()
        here = self._until.get(conversation_id, {})
        return tuple(who for who, until in here.items() if until > now)

    def ends_in_s(self, conversation_id: UUID) -> float | None:
        """Until somebody who writes there is forgotten; nothing when nobody does."""
        now = self._clock()
        left = [u - now for u in self._until.get(conversation_id, {}).values() if u > now]
        return min(left, default=None)
