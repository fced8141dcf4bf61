"""The channel on a real database, without its loops; mail comes to it by a real socket."""

from __future__ import annotations

import asyncio
import smtplib
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete, select

from bot.app import assemble
from bot.channels.email.door import Reception, listening
from bot.channels.email.sending import Writer
from bot.channels.email.taking import WAITS_FOR_ENGINE, Taker
from bot.conversations import store as conversations
from bot.conversations.store import StoredMessage
from bot.mail.tables import Letter
from bot.mailbox import store
from bot.mailbox.rules import Mailbox
from bot.mailbox.tables import ArrivedMail, MailAddress, MailThread
from bot.parts import Service
from bot.services.catalogue_files import load_catalogue
from bot.services.rules import Catalogue
from bot.settings import MailServer, Settings
from bot.storage.tables import utc_now
from bot.storage.transaction import Database
from bot.tickets.tables import Ticket
from tests.channels.email.mails import ADA, OURS, SENDER
from tests.handover.builders import OULLINS
from tests.running import ROOT, free_port
from tests.servers.mail import Mailbox as Inbox
from tests.servers.mail import RunningMailServer


def handed_over(port: int, raw: bytes, sender: str, *to: str) -> list[str]:
    """What the door answers to each recipient, as a mail server speaks with it."""
    with smtplib.LMTP("127.0.0.1", port) as client:
        client.ehlo_or_helo_if_needed()
        client.mail(sender)
        refused = {}
        for one in to:
            code, said = client.rcpt(one)
            if code != 250:
                refused[one] = f"{code} {said.decode()}"
        taken = [one for one in to if one not in refused]
        answers = {}
        if taken:
            answers[taken[0]] = client.data(raw)
            for one in taken[1:]:
                answers[one] = client.getreply()
        told = {one: f"{code} {said.decode()}" for one, (code, said) in answers.items()}
        return [refused.get(one) or told[one] for one in to]


@dataclass
class Desk:
    """A town's mail, from the socket to the outbox."""

    service: Service
    port: int
    taker: Taker
    writer: Writer

    @property
    def database(self) -> Database:
        return self.service.database

    async def hand(self, raw: bytes, sender: str = ADA, *to: str) -> list[str]:
        """Hand a mail over; what is answered to each recipient."""
        return await asyncio.to_thread(handed_over, self.port, raw, sender, *(to or (OURS,)))

    async def take(self, raw: bytes, sender: str = ADA, *to: str) -> None:
        """The same, and everything that follows from it."""
        assert all(answer.startswith("250") for answer in await self.hand(raw, sender, *to))
        while await self.taker.one():
            pass
        await self.write()

    async def write(self) -> None:
        while await self.writer.round():
            pass

    async def tickets(self) -> list[Mapping[str, Any]]:
        async with self.database.transaction() as tx:
            threads = select(MailThread.conversation_id)
            rows = await tx.execute(
                select(Ticket.__table__)
                .where(Ticket.conversation_id.in_(threads))
                .order_by(Ticket.opened_at)
            )
            return [dict(row) for row in rows.mappings()]

    async def messages(self, conversation_id: UUID) -> list[StoredMessage]:
        async with self.database.transaction() as tx:
            return await conversations.messages_after(tx, conversation_id, 0)

    async def letters(self) -> list[Mapping[str, Any]]:
        async with self.database.transaction() as tx:
            rows = await tx.execute(select(Letter.__table__).order_by(Letter.created_at))
            return [dict(row) for row in rows.mappings()]

    async def arrived(self) -> list[Mapping[str, Any]]:
        async with self.database.transaction() as tx:
            rows = await tx.execute(select(ArrivedMail.__table__).order_by(ArrivedMail.arrived_at))
            return [dict(row) for row in rows.mappings()]


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    """The catalogue of the checkout, read once: it never changes."""
    return load_catalogue(ROOT / "catalogue")


@pytest.fixture
async def desk(database: Database, tmp_path: Path, catalogue: Catalogue) -> AsyncIterator[Desk]:
    """One without the engine: its mails have waited for that long enough."""
    async with database.transaction() as tx:
        for table in (Letter, ArrivedMail, MailThread, MailAddress):
            await tx.execute(delete(table))
        await store.keep_mailbox(tx, Mailbox(OURS, OULLINS), utc_now())
    with RunningMailServer(Inbox()) as outgoing:
        mail: MailServer = outgoing.reached()
        settings = Settings(ROOT, tmp_path / "state", database.url, mail=mail)
        service = assemble(settings, database, database.url, catalogue, "s" * 32)
        await service.matcher.stop()
        assert service.mailer is not None
        later = WAITS_FOR_ENGINE + timedelta(seconds=1)
        taker = Taker(service, SENDER, lambda: utc_now() + later)
        writer = Writer(database, service.counter, service.mailer, utc_now)
        port = free_port()
        async with AsyncExitStack() as stack:
            reception = Reception(database, utc_now, taker.wake, SENDER)
            await stack.enter_async_context(listening(reception, "127.0.0.1", port))
            yield Desk(service, port, taker, writer)
        service.internal_socket.parent.rmdir()  # made for a socket that nobody opened
