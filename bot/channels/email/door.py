"""The door by which a mail server hands mail over (LMTP, RFC 2033): kept whole, then "250".

Who connects is the town's own mail server, which has looked for spam and for forged senders; the
door stands on loopback or in a private network, never on the internet.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy.exc import SQLAlchemyError

from bot.channels.email.reading import key_of
from bot.mailbox import rules, store
from bot.storage.transaction import Database

logger = logging.getLogger(__name__)

MOST_AT_ONCE = 8
"""Connections, each of which may hold a mail of `MOST_BYTES` in memory."""
MOST_RECIPIENTS = 50
IDLE_S = 60.0

OURS = "250 2.1.5 Ok"
NOT_OURS = "550 5.1.1 No such address here"
TOO_MANY = "452 4.5.3 Too many recipients"
KEPT = "250 2.0.0 Kept"
AWAY = "452 4.3.0 The database does not answer; try again"
NAME = "guichet"


class LongLines(LMTP):
    """Some programs write HTML in lines of any length."""

    line_length_limit = 5 * 1024 * 1024


class Reception:
    """Says whose an address is, and keeps mail. `bounces_to`: the sender of our own letters, to
    which servers tell what became of them; it is ours whether it is listed or not."""

    def __init__(
        self,
        database: Database,
        clock: Callable[[], datetime],
        wake: Callable[[], None],
        bounces_to: str,
    ) -> None:
        self._database = database
        self._clock = clock
        self._wake = wake
        self._bounces_to = rules.same_mailbox(bounces_to)

    async def handle_RCPT(  # noqa: N802  (aiosmtpd's names)
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Whether an address is ours."""
        del server, session, options
        wanted = rules.same_mailbox(address)
        if len(envelope.rcpt_tos) >= MOST_RECIPIENTS:
            return TOO_MANY
        try:
            if not await self._is_ours(wanted):
                return NOT_OURS
        except (OSError, SQLAlchemyError) as error:
            logger.warning("mail cannot be taken: %s", type(error).__name__)
            return AWAY
        envelope.rcpt_tos.append(wanted)
        return OURS

    async def _is_ours(self, address: str) -> bool:
        if len(address) > rules.LONGEST_ADDRESS:
            return False
        if address == self._bounces_to:
            return True
        async with self._database.transaction() as tx:
            return await store.mailbox_of(tx, address) is not None

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """One answer a recipient (RFC 2033, 4.2): the library sends the lines as they stand."""
        del server, session
        raw, given = envelope.content, envelope.mail_from
        return_path = "" if given == "<>" else given  # as the library reads an empty one
        assert isinstance(raw, bytes)  # `decode_data` is off
        key = await asyncio.to_thread(_key, raw)
        answers = [
            await self._keep(key, recipient, return_path, raw) for recipient in envelope.rcpt_tos
        ]
        self._wake()
        return "\r\n".join(answers)

    async def _keep(self, key: str, recipient: str, return_path: str | None, raw: bytes) -> str:
        try:
            async with self._database.transaction() as tx:
                await store.add(tx, key, recipient, return_path, raw, self._clock())
        except (OSError, SQLAlchemyError) as error:
            logger.warning("mail cannot be kept: %s", type(error).__name__)
            return AWAY
        return KEPT


def _key(raw: bytes) -> str:
    return key_of(raw) or f"sha256:{hashlib.sha256(raw).hexdigest()}"


class _Full(asyncio.Protocol):
    """Says that there is no room, and ends."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.write(b"421 4.3.2 Too many connections\r\n")
        transport.close()


@asynccontextmanager
async def listening(reception: Reception, host: str, port: int) -> AsyncIterator[None]:
    """The open door; connections end with it. Raises `OSError` when it cannot be opened."""
    loop = asyncio.get_running_loop()
    open_now: set[LongLines] = set()

    def session() -> asyncio.Protocol:
        for one in [one for one in open_now if one.transport is None]:
            open_now.discard(one)
        if len(open_now) >= MOST_AT_ONCE:
            return _Full()
        made = LongLines(
            reception,
            data_size_limit=rules.MOST_BYTES,
            enable_SMTPUTF8=True,
            hostname=NAME,
            ident=NAME,
            timeout=IDLE_S,
            loop=loop,
        )
        open_now.add(made)
        return made

    server = await loop.create_server(session, host, port)
    try:
        yield
    finally:
        server.close()
        for one in open_now:
            if isinstance(one.transport, asyncio.Transport):
                one.transport.abort()
        await server.wait_closed()
