"""Tickets, conversations and their context as agents read them, in their language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.engine import RowMapping

from actions.doubt import OFFERED
from bot.accounts.rules import Agent
from bot.conversations import store as conversations
from bot.conversations.rules import Owner
from bot.conversations.store import StoredMessage
from bot.handover import packet, store
from bot.handover.packet import Packet
from bot.handover.store import Listed, Queue
from bot.parts import Service
from bot.storage.tables import utc_now
from bot.storage.transaction import Transaction
from bot.tickets.rules import EventKind
from bot.web import exchange
from bot.web.agent import shapes
from bot.web.agent.speech import file_of, shaped
from bot.web.shapes import Picture
from bot.words.phrases import say

ASSISTANT = "assistant"
"""The list of conversations that need nobody, as it is asked for."""
LIKELY_PERCENT = 10
"""A reading less likely than that helps nobody."""


@dataclass(frozen=True)
class Shower:
    """Reads for one agent, in one language. Every method works in its caller's transaction."""

    service: Service
    agent: Agent
    language: str

    async def queue(self, tx: Transaction, name: shapes.QueueName) -> shapes.QueueView:
        rows: list[Listed] = []
        held: Sequence[RowMapping] = ()
        if name == ASSISTANT:
            held = await store.with_assistant(tx, self.agent)
        else:
            rows = await store.listed(tx, self.agent, Queue(name))
        return shapes.QueueView(
            queue=name,
            counts=await store.counts(tx, self.agent),
            rows=[self.row(row) for row in rows],
            held=[
                shapes.Held(
                    conversation=row["id"],
                    town=self._town(row["commune"]),
                    shown=row["text"],
                    last_at=row["updated_at"],
                )
                for row in held
            ],
        )

    async def ticket_view(self, tx: Transaction, reference: str) -> shapes.TicketView:
        """Raises `NotFound`."""
        known = await self._packet(tx, reference)
        return shapes.TicketView(
            ticket=await self._ticket(tx, known),
            messages=await self.messages(tx, known.conversation["citizen_id"], known.messages),
            signs=await self.signs(tx, known.conversation),
        )

    async def ticket(self, tx: Transaction, reference: str) -> shapes.Ticket:
        """Raises `NotFound`."""
        return await self._ticket(tx, await self._packet(tx, reference))

    async def _packet(self, tx: Transaction, reference: str) -> Packet:
        counter = self.service.counter
        return await packet.packet(tx, self.agent, reference, counter, self.language, utc_now())

    async def messages(
        self, tx: Transaction, citizen_id: Any, messages: Sequence[StoredMessage]
    ) -> list[shapes.Message]:
        visible = await exchange.visible_photos(tx, citizen_id, messages)
        now = utc_now()
        return [
            shaped(
                m,
                [
                    Picture(**shown)
                    for shown in exchange.shown_photos(self.service, m, visible, now)
                ],
            )
            for m in messages
            if not m.content.get("silent")
        ]

    async def signs(self, tx: Transaction, conversation: RowMapping) -> shapes.Signs:
        typing = self.service.live.typing.who(conversation["id"])
        return shapes.Signs(
            typing=[who.name for who in typing if who.agent != str(self.agent.id)],
            shown_through=await conversations.shown_through(tx, conversation["id"]),
        )

    def row(self, row: Listed) -> shapes.Row:
        is_open = row.closed_at is None
        is_waiting_first = is_open and row.first_reply_at is None
        return shapes.Row(
            reference=row.reference,
            conversation=row.conversation_id,
            town=self._town(row.commune),
            team=shapes.Named(code=row.team, label=self._team(row.team)),
            subject=self._word(f"desk_subject_{row.subject}"),
            priority=self._named("priority", row.priority),
            marks=[self._named("mark", mark) for mark in row.marks],
            is_open=is_open,
            is_escalated=row.escalated_at is not None,
            is_unread=row.last_sender == "citizen" and row.read_by_agent < row.last_seq,
            is_mine=row.assignee == self.agent.id,
            owner=Owner(row.owner),
            assignee=row.assignee_name,
            assignee_id=row.assignee,
            since=row.waiting_since or (row.opened_at if is_waiting_first else None),
            opened_at=row.opened_at,
            closed_at=row.closed_at,
            shown=row.last_text,
            last_at=row.last_at,
        )

    async def _ticket(self, tx: Transaction, known: Packet) -> shapes.Ticket:
        ticket, conversation = known.ticket, known.conversation
        listed = await store.one_listed(tx, self.agent, ticket["reference"])
        is_free = listed.assignee_name is None or listed.assignee == self.agent.id
        return shapes.Ticket(
            row=self.row(listed),
            summary=_without_marks(ticket["summary"], known.marks),
            reason=self._word(f"desk_reason_{ticket['reason']}"),
            language=self._word(f"desk_language_{conversation['language']}"),
            channel=self._word(f"desk_channel_{conversation['channel']}"),
            reach=self._word(f"desk_reach_{ticket['reach']}"),
            contact=ticket["contact"],
            call_at=ticket["call_at"],
            readings=self._readings(known.understood),
            service=known.service,
            form=[_fact(fact) for fact in known.form],
            missing=[_fact(fact) for fact in known.missing],
            fills=listed.closed_at is None and is_free,
            place=known.place,
            point=known.point,
            photos=list(known.photos),
            files=[file_of(kept) for kept in known.files],
            requests=[
                shapes.OwnRequest(
                    reference=own.reference,
                    label=own.label,
                    address=own.address,
                    state=own.state,
                    filed_at=own.filed_at,
                )
                for own in known.requests
            ],
            earlier=[
                shapes.Earlier(
                    reference=row["reference"],
                    subject=self._word(f"desk_subject_{row['subject']}"),
                    is_open=row["status"] == "open",
                    opened_at=row["opened_at"],
                    score=row["score"],
                )
                for row in known.earlier
            ],
            history=[
                shapes.Past(at=event["at"], text=self._event(event, known))
                for event in known.history
                if event["kind"] != EventKind.NOTE.value
            ],
            notes=[
                shapes.Note(
                    id=event["external_id"],
                    at=event["at"],
                    author=event["author"] or "",
                    text=event["text"] or "",
                )
                for event in known.history
                if event["kind"] == EventKind.NOTE.value
            ],
            about_to=list(known.about_to),
            leads=self.agent.leads,
            score=ticket["score"],
            opinion=ticket["opinion"],
        )

    def _readings(self, understood: Mapping[str, Any]) -> list[shapes.Reading]:
        said = [
            shapes.Reading(label=label, percent=round(100 * score))
            for name, score in understood.get("readings", ())
            if (label := self._reading(name)) is not None
        ]
        return [reading for reading in said if reading.percent >= LIKELY_PERCENT]

    def _reading(self, intent: str) -> str | None:
        """What an intent is called as a choice; the ones that are none help no agent."""
        if intent == "contact_agent":
            return self._word("desk_reading_person")
        if intent not in OFFERED:
            return None
        return self.service.words.render(say(f"reading.{intent}"), self.language)

    def _event(self, event: RowMapping, known: Packet) -> str:
        """What happened, in a line."""
        data, kind = event["data"], event["kind"]
        values: dict[str, object] = {"name": event["author"] or self._word("desk_citizen")}
        match EventKind(kind):
            case EventKind.OPENED:
                values["why"] = self._word(f"desk_reason_{data['reason']}")
            case EventKind.CHOSE:
                values["how"] = self._word(f"desk_reach_{data['reach']}")
            case EventKind.ASSIGNED if data.get("name") is None:
                kind = "unassigned"
            case EventKind.ASSIGNED:
                values["to"] = data["name"]
                kind = "took" if data["name"] == event["author"] else kind
            case EventKind.TRANSFERRED:
                values["team"] = self._team(data["team"])
            case EventKind.PRIORITY | EventKind.ESCALATED:
                values["priority"] = self._word(f"desk_priority_{data['priority']}")
            case EventKind.FILLED:
                asked = {fact.field: fact.name for fact in (*known.form, *known.missing)}
                values["field"] = asked.get(data["field"], data["field"])
            case EventKind.RATED if data.get("score"):
                values["score"] = self._word(f"desk_score_{data['score']}")
            case EventKind.RATED:
                kind = "commented"
            case _:
                pass
        return self._word(f"desk_event_{kind}", **values)

    def teams(self) -> list[shapes.Named]:
        codes = self.service.catalogue.teams
        return sorted(
            (shapes.Named(code=code, label=self._team(code)) for code in codes),
            key=lambda team: team.label,
        )

    def _named(self, what: str, code: str) -> shapes.Named:
        return shapes.Named(code=code, label=self._word(f"desk_{what}_{code}"))

    def _team(self, code: str) -> str:
        return self.service.counter.team(code).label.in_(self.language)

    def _town(self, insee: str | None) -> str:
        return self.service.counter.town(insee) or self._word("desk_no_town")

    def _word(self, key: str, **values: object) -> str:
        return self.service.words.render(say(f"page.{key}", **values), self.language)


def _without_marks(summary: str, marks: Sequence[str]) -> str:
    """The citizen's words: what is before them (`[angry] …`) is shown by itself."""
    return summary.removeprefix(f"[{' '.join(marks)}] ") if marks else summary


def _fact(fact: packet.Fact) -> shapes.Fact:
    return shapes.Fact(
        name=fact.name, value=fact.value, field=fact.field, choices=list(fact.choices)
    )
