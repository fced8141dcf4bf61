"""Updates are stored before they are acknowledged, however they come.

Those that come at the same time are stored by one transaction: each waits for its own commit, and
for nobody's handling.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import isfinite
from typing import Any

from bot.channels.telegram import store
from bot.channels.telegram.rules import SORTING
from bot.channels.telegram.store import Update
from bot.errors import Invalid
from bot.storage.transaction import Database

AT_ONCE = 200
WITH_MESSAGE = (
    "message",
    "edited_message",
    "channel_post",
    "edited_channel_post",
    "my_chat_member",
    "chat_member",
    "chat_join_request",
    "message_reaction",
)
LARGEST_ID = 2**63 - 1


def read(body: Any, now: datetime) -> Update:
    """What the order of an update depends on; the rest is read when it is taken. Raises `Invalid`
    for what is no update."""
    if not isinstance(body, Mapping) or not _is_id(body.get("update_id")):
        raise Invalid("update_id", "a number is needed")
    body = storable(body)
    message_id, album = None, None
    new, edited = body.get("message"), body.get("edited_message")
    said = new if isinstance(new, Mapping) else edited
    if isinstance(said, Mapping) and _is_id(said.get("message_id")):
        message_id = int(said["message_id"])
    if isinstance(new, Mapping) and new.get("media_group_id"):
        album = str(new["media_group_id"])[:64]
    due_at = now if message_id is None else now + SORTING
    return Update(body["update_id"], _chat_of(body), message_id, album, body, due_at)


def storable(value: Any) -> Any:
    """JSON as PostgreSQL can hold it: no NUL, no half of a surrogate pair, no infinity."""
    if isinstance(value, str):
        return value.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, float):
        return value if isfinite(value) else None
    if isinstance(value, list):
        return [storable(one) for one in value]
    if isinstance(value, dict):
        return {storable(name): storable(one) for name, one in value.items()}
    return value


def _chat_of(body: Mapping[str, Any]) -> int:
    """The chat in whose order it is taken; 0 for what is of none."""
    pressed = body.get("callback_query")
    holders = [body.get(name) for name in WITH_MESSAGE]
    if isinstance(pressed, Mapping):
        holders.append(pressed.get("message"))
    for holder in holders:
        chat = holder.get("chat") if isinstance(holder, Mapping) else None
        if isinstance(chat, Mapping) and _is_id(chat.get("id")):
            return int(chat["id"])
    return 0


def _is_id(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= LARGEST_ID


_Arrived = tuple[Sequence[Update], asyncio.Future[None]]


@dataclass
class Intake:
    """Where a bot's updates come in. `on_kept` is told after each commit."""

    database: Database
    clock: Callable[[], datetime]
    on_kept: Callable[[], None]
    bot_id: int
    _waiting: list[_Arrived] = field(default_factory=list)
    _storing: asyncio.Task[None] | None = None

    async def accept(self, bodies: Sequence[Any]) -> None:
        """Store updates; once this returns they are safe. Raises `Invalid` when one is none, and
        whatever keeps the database from storing them."""
        now = self.clock()
        updates = [read(body, now) for body in bodies]
        if not updates:
            return
        stored: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((updates, stored))
        if self._storing is None or self._storing.done():
            self._storing = asyncio.create_task(self._store())
        await stored

    async def _store(self) -> None:
        while self._waiting:
            some, self._waiting = self._waiting[:AT_ONCE], self._waiting[AT_ONCE:]
            try:
                await self._keep([updates for updates, _ in some])
            except Exception:  # noqa: BLE001  (told below, to those whose fault it is)
                await self._one_by_one(some)
                continue
            for _, stored in some:
                if not stored.done():
                    stored.set_result(None)
            self.on_kept()

    async def _one_by_one(self, some: Sequence[_Arrived]) -> None:
        """Nobody's update is lost by another's: what cannot be stored fails alone."""
        for updates, stored in some:
            try:
                await self._keep([updates])
            except Exception as error:  # noqa: BLE001  (whoever waits for it raises it)
                if not stored.done():
                    stored.set_exception(error)
            else:
                if not stored.done():
                    stored.set_result(None)
                self.on_kept()

    async def _keep(self, arrived: Sequence[Sequence[Update]]) -> None:
        # One statement cannot hold an update twice; the later is the same.
        every = {one.update_id: one for updates in arrived for one in updates}
        async with self.database.transaction() as tx:
            await store.keep(tx, self.bot_id, list(every.values()), self.clock())
