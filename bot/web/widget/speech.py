"""What a visitor says, by whichever way it comes: messages, that they type, what they saw."""

from __future__ import annotations

from uuid import UUID

from bot.accounts import widget_sessions
from bot.accounts.widget_sessions import Visit
from bot.conversations import store
from bot.conversations.operations import Arrival
from bot.parts import Service
from bot.storage.tables import utc_now
from bot.storage.transaction import Transaction
from bot.web import exchange
from bot.web.rate import AddressLimiter, Limiter, TooMany
from bot.web.shapes import GivenMessage
from bot.web.visitors import conversation_of
from bot.web.widget.shapes import TakenMessage

FROM_ONE_ADDRESS = 300
"""Messages a minute: a school at once, and no flood."""


class Speech:
    """One for all doors: their limits are a visitor's, not a connection's; and those of an address,
    however many visitors it makes."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._messages = Limiter(per_minute=40, burst=30)
        self._from = AddressLimiter(per_minute=FROM_ONE_ADDRESS, burst=FROM_ONE_ADDRESS)
        self._typing = Limiter(per_minute=40, burst=20)
        self._seen = Limiter(per_minute=120, burst=60)

    async def take(
        self, visit: Visit, message: GivenMessage, language: str, address: str
    ) -> TakenMessage:
        """Store a message, once for its id. Raises `TooMany`, `SignedOut` once the session is no
        more, and what `receive` raises. What is stored already is confirmed however often that is
        asked."""
        try:
            self._messages.take(str(visit.citizen_id))
            self._from.take(address)
        except TooMany:
            async with self._service.database.transaction() as tx:
                known = await self.stored(tx, visit, message.id)
            if known is None:
                raise
            return TakenMessage(id=message.id, seq=known, repeated=True)
        kind, text, content = message.contents()
        return await self.put(visit, message.id, kind, text, content, language)

    async def stored(self, tx: Transaction, visit: Visit, message_id: str) -> int | None:
        """The number of a message that was taken under that id."""
        conversation = await store.conversation_at(tx, "web", str(visit.citizen_id))
        if conversation is None:
            return None
        return await store.seq_of_external(tx, conversation["id"], message_id)

    async def put(
        self,
        visit: Visit,
        message_id: str,
        kind: str,
        text: str,
        content: dict[str, object],
        language: str,
    ) -> TakenMessage:
        """The same for what has been counted already."""
        async with self._service.database.transaction() as tx:
            # Before the conversation is locked, as whoever erases it does: what is said meanwhile
            # is erased as well, or not stored.
            citizen_id = await widget_sessions.speak_in(tx, visit.id, utc_now())
            accepted = await exchange.take_in(
                tx,
                Arrival(
                    channel="web",
                    address=str(citizen_id),
                    citizen_id=citizen_id,
                    external_id=message_id,
                    kind=kind,
                    text=text,
                    content=content,
                    commune=visit.commune,
                    language=language,
                ),
            )
        exchange.wake(self._service, accepted)
        return TakenMessage(id=message_id, seq=accepted.seq, repeated=accepted.repeated)

    async def types(self, citizen_id: UUID) -> None:
        """The visitor is writing. Raises `TooMany`."""
        self._typing.take(str(citizen_id))
        conversation = await conversation_of(self._service, citizen_id)
        await exchange.announce_typing(self._service, conversation)

    async def has_seen(self, citizen_id: UUID, seq: int) -> None:
        """Everything up to a number was on screen. Raises `TooMany`."""
        self._seen.take(str(citizen_id))
        conversation = await conversation_of(self._service, citizen_id)
        if conversation is not None:
            async with self._service.database.transaction() as tx:
                await exchange.shown_through(tx, conversation, seq)
