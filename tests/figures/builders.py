"""What happened in a town of its own, so that other tests' rows count for nothing here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import insert, update

from bot.conversations.tables import Conversation, Message
from bot.service_requests.tables import RequestEvent, ServiceRequest, StatusChange
from bot.services.working_days import PARIS
from bot.storage.transaction import Database
from bot.tickets.tables import Ticket, TicketEvent
from tests.turn.scripted import a_citizen

RILLIEUX = "69286"


def at(day: int, hour: int = 9, minute: int = 0, month: int = 3) -> datetime:
    """A moment of spring 2026, in Lyon; March the 2nd is a Monday."""
    return datetime(2026, month, day, hour, minute, tzinfo=PARIS)


@dataclass
class Past:
    """Writes down what happened."""

    database: Database
    citizen: UUID
    town: str = RILLIEUX

    @classmethod
    async def of(cls, database: Database, town: str = RILLIEUX) -> Past:
        """A town whose past is empty: what earlier tests wrote there is moved out of it."""
        async with database.transaction() as tx:
            for table in (Ticket, Conversation, ServiceRequest):
                moved = update(table).where(table.commune == town)
                await tx.execute(moved.values(commune="00000"))
        return cls(database, await a_citizen(database), town)

    async def conversation(self, begun: datetime, **values: Any) -> UUID:
        row = {
            "id": uuid4(),
            "channel": "web",
            "address": uuid4().hex,
            "citizen_id": self.citizen,
            "owner": "bot",
            "language": "fr",
            "commune": self.town,
            "last_seq": 0,
            "introduced": True,
            "attempts": 0,
            "read_by_agent": 0,
            "created_at": begun,
            "updated_at": begun,
            **values,
        }
        async with self.database.transaction() as tx:
            await tx.execute(insert(Conversation).values(**row))
        return row["id"]  # type: ignore[no-any-return]

    async def message(self, conversation: UUID, seq: int, said: datetime, **values: Any) -> None:
        row = {
            "id": uuid4(),
            "conversation_id": conversation,
            "seq": seq,
            "sender": "citizen",
            "kind": "text",
            "text": "bonjour",
            "content": {},
            "at": said,
            "answered_by": uuid4(),
            **values,
        }
        async with self.database.transaction() as tx:
            await tx.execute(insert(Message).values(**row))

    async def ticket(
        self,
        opened: datetime,
        replied: datetime | None = None,
        closed: datetime | None = None,
        conversation: dict[str, Any] | None = None,
        **values: Any,
    ) -> str:
        held = {"owner": "bot" if closed else "queued", **(conversation or {})}
        row = {
            "reference": self._reference(),
            "conversation_id": await self.conversation(opened, **held),
            "citizen_id": self.citizen,
            "commune": self.town,
            "team": "accueil",
            "subject": "human",
            "reason": "asked",
            "priority": "normal",
            "summary": "",
            "status": "closed" if closed else "open",
            "reach": "live",
            "packet": {},
            "opened_at": opened,
            "queued_since": opened,
            "opened_seq": 0,
            "place_opened": 0,
            "first_reply_at": replied,
            "closed_at": closed,
            **values,
        }
        async with self.database.transaction() as tx:
            await tx.execute(insert(Ticket).values(**row))
        return str(row["reference"])

    async def ticket_event(self, reference: str, kind: str, moment: datetime) -> None:
        row = {"reference": reference, "kind": kind, "at": moment, "data": {}}
        async with self.database.transaction() as tx:
            await tx.execute(insert(TicketEvent).values(**row))

    async def request(
        self, filed: datetime, *steps: tuple[str, datetime], score: str | None = None, **values: Any
    ) -> str:
        """A filed request and the steps it made; `score`: how its citizen found the last one."""
        reference = self._reference()
        row = {
            "reference": reference,
            "service": "pothole",
            "commune": self.town,
            "citizen_id": self.citizen,
            "conversation_id": await self.conversation(filed, channel="open311"),
            "description": "",
            "answers": {},
            "dangerous": False,
            "channel": "web",
            "status": steps[-1][0] if steps else "new",
            "filed_at": filed,
            **values,
        }
        changes = [
            {"id": uuid4(), "reference": reference, "status": status, "actor": "agent", "at": when}
            for status, when in (("new", filed), *steps)
        ]
        async with self.database.transaction() as tx:
            await tx.execute(insert(ServiceRequest).values(**row))
            await tx.execute(insert(StatusChange), changes)
            if score is not None:
                rated = {
                    "id": uuid4(),
                    "reference": reference,
                    "kind": "rated",
                    "actor": "citizen",
                    "data": {"score": score},
                    "at": steps[-1][1] + timedelta(minutes=5),
                }
                await tx.execute(insert(RequestEvent).values(**rated))
        return reference

    def _reference(self) -> str:
        return f"2026-{uuid4().int % 10**9:09d}"
