"""A mirror with a clock of its own, and tickets to mirror."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import select, text

from bot.attachments.keeping import AttachmentFiles
from bot.attachments.rules import Sent
from bot.conversations import store as conversations
from bot.conversations.escalation import escalate
from bot.conversations.operations import Arrival, receive
from bot.conversations.tables import Message
from bot.files.folder import FolderStore
from bot.handover import answering
from bot.handover.counter import Counter
from bot.handover.rules import OutsideAgent
from bot.mirroring.operations import Mirroring
from bot.mirroring.tables import TicketMirror
from bot.mirroring.worker import Mirror
from bot.service_requests import photo_store
from bot.service_requests.photos import PhotoFiles
from bot.storage.transaction import Database
from bot.tickets import store as tickets
from bot.tickets.backends.port import TicketBackend
from bot.tickets.operations import Asked
from bot.tickets.rules import Subject
from tests.actions.desks import WORDS, catalogue, gazetteer
from tests.turn.scripted import a_citizen
from tests.web.browsers import a_picture

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
KARIM = OutsideAgent("Karim")
"""Stands for one of our own agents: only his name goes on."""


@dataclass
class Hands:
    """A mirror whose clock a test sets, and the people on our side."""

    database: Database
    backend: TicketBackend
    folder: Path
    at: datetime = NOW
    counter: Counter = field(default_factory=lambda: Counter(WORDS, catalogue(), gazetteer()))

    @property
    def photos(self) -> PhotoFiles:
        return PhotoFiles(FolderStore(self.folder))

    def mirror(self) -> Mirror:
        return Mirror(
            self.database,
            self.backend,
            Mirroring(self.counter, self.backend.name, "https://guichet.example"),
            self.photos,
            AttachmentFiles(FolderStore(self.folder)),
            lambda: self.at,
            timedelta(seconds=5),
        )

    async def send(self, after: timedelta = timedelta(0)) -> int:
        self.at += after
        return await self.mirror().send_due()

    async def read(self, after: timedelta = timedelta(0)) -> int | None:
        self.at += after
        return await self.mirror().read_due(is_asked=True)

    async def opens(self, summary: str = "je voudrais parler à quelqu’un") -> str:
        """A citizen asks for a human. The ticket's reference."""
        citizen = await a_citizen(self.database)
        arrival = Arrival("web", str(citizen), citizen, uuid4().hex, "text", summary)
        async with self.database.transaction() as tx:
            accepted = await receive(tx, arrival, self.at)
        async with self.database.transaction() as tx:
            conversation = await conversations.locked(tx, accepted.conversation_id)
            team = catalogue().team_for(None)
            asked = Asked(Subject.HUMAN, summary, "69149", team)
            return (await escalate(tx, conversation, asked, self.at)).reference

    async def says(self, reference: str, words: str) -> str:
        """The citizen writes; the id of the message."""
        return await self._arrives(reference, "text", words, {})

    async def sends(
        self, reference: str, kind: str, content: dict[str, Any], words: str = ""
    ) -> None:
        """The citizen sends something else."""
        await self._arrives(reference, kind, words, content)

    async def sends_file(self, reference: str, data: bytes, sent: Sent, words: str = "") -> None:
        kept = await AttachmentFiles(FolderStore(self.folder)).keep(data, sent)
        await self._arrives(reference, "file", words, kept.content())

    async def shows(self, reference: str, count: int = 1, words: str = "") -> None:
        """The citizen sends photos."""
        sent = [await self._photo(reference) for _ in range(count)]
        content = {"photo": sent[0], **({"album": sent} if count > 1 else {})}
        await self._arrives(reference, "photo", words, content)

    async def _photo(self, reference: str) -> str:
        photo, picture = await self.photos.keep(a_picture())
        async with self.database.transaction() as tx:
            ticket = await tickets.by_reference(tx, reference)
            size = (picture.width, picture.height, len(picture.data))
            await photo_store.add_photo(tx, photo, ticket["citizen_id"], *size, self.at)
        return str(photo)

    async def _arrives(self, reference: str, kind: str, words: str, content: dict[str, Any]) -> str:
        async with self.database.transaction() as tx:
            citizen = (await tickets.by_reference(tx, reference))["citizen_id"]
            arrival = Arrival("web", str(citizen), citizen, uuid4().hex, kind, words, content)
            await receive(tx, arrival, self.at)
        return arrival.external_id

    async def replies(self, reference: str, words: str) -> None:
        """One of our agents answers, here."""
        async with self.database.transaction() as tx:
            key = uuid4().hex
            await answering.reply(tx, KARIM, reference, words, key, self.counter, self.at)

    async def notes(self, reference: str, words: str) -> None:
        async with self.database.transaction() as tx:
            await answering.note(tx, KARIM, reference, words, uuid4().hex, self.at)

    async def closes(self, reference: str) -> None:
        async with self.database.transaction() as tx:
            await answering.close(tx, KARIM, reference, self.counter, self.at)

    async def reopens(self, reference: str) -> None:
        async with self.database.transaction() as tx:
            await answering.reopen(tx, KARIM, reference, self.counter, self.at)

    async def copy(self, reference: str) -> Any:
        async with self.database.transaction() as tx:
            found = select(TicketMirror.__table__).where(TicketMirror.reference == reference)
            return (await tx.execute(found)).one_or_none()

    async def ticket(self, reference: str) -> Any:
        async with self.database.transaction() as tx:
            return await tickets.by_reference(tx, reference)

    async def history(self, reference: str) -> Sequence[Any]:
        async with self.database.transaction() as tx:
            return await tickets.history(tx, reference)

    async def heard(self, reference: str) -> list[tuple[str, str]]:
        """What agents told the citizen: name and words."""
        ticket = await self.ticket(reference)
        async with self.database.transaction() as tx:
            rows = await tx.execute(
                select(Message.content, Message.text)
                .where(
                    Message.conversation_id == ticket["conversation_id"], Message.sender == "agent"
                )
                .order_by(Message.seq)
            )
            return [(content["author"]["name"], words) for content, words in rows]

    async def leases_end(self) -> None:
        """As if the time of a killed service's lease had passed."""
        async with self.database.transaction() as tx:
            await tx.execute(text("UPDATE ticket_mirror SET lease_until = NULL"))


async def forget_all(database: Database) -> None:
    async with database.transaction() as tx:
        await tx.execute(text("TRUNCATE ticket, ticket_pull CASCADE"))
