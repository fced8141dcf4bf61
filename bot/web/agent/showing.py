"""Tickets, conversations and their context as agents read them, in their language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.engine import RowMapping

from actions.doubt import OFFERED
from bot.accounts.rules import Agent
from bot.contacts.others import Other, others_of_ticket
from bot.conversations import store as conversations
from bot.conversations.rules import Owner
from bot.conversations.store import StoredMessage
from bot.conversations.typists import Typing
from bot.handover import lists, mentioning, packet, reports, store
from bot.handover.orders import Listed, Queue
from bot.handover.packet import Packet
from bot.handover.reports import ALL, ListedReport, Wanted
from bot.parts import Service
from bot.service_requests.rules import Status
from bot.service_requests.wording import state
from bot.storage.tables import utc_now
from bot.storage.transaction import Transaction
from bot.tickets.rules import ORIGINAL_KEPT_FOR, EventKind, is_awaited
from bot.web import exchange
from bot.web.agent import history, shapes
from bot.web.agent.notes import notes_of
from bot.web.agent.reports_showing import narrowed, report_row
from bot.web.agent.speech import file_of, shaped
from bot.web.shapes import Picture
from bot.words.catalogues import Words
from bot.words.phrases import say

ASSISTANT = "assistant"
"""The list of conversations that need nobody, as it is asked for."""
REPORTS = "reports"
"""The list of reports that are not settled."""
CITED = "cited"
"""The list of tickets that call the agent by name in a note."""
LIKELY_PERCENT = 10
"""A reading less likely than that helps nobody."""


@dataclass(frozen=True)
class Shower:
    """Reads for one agent, in one language. Every method works in its caller's transaction."""

    service: Service
    agent: Agent
    language: str

    @property
    def words(self) -> Words:
        return self.service.words

    async def queue(
        self,
        tx: Transaction,
        name: shapes.QueueName,
        after: str | None = None,
        wanted: Wanted = ALL,
    ) -> shapes.QueueView:
        """`wanted`: which of the reports. Raises `Invalid` for an `after` that is no place in that
        list."""
        now = utc_now()
        rows: lists.Page[Listed] = lists.Page((), None)
        held: lists.Page[RowMapping] = lists.Page((), None)
        filed: lists.Page[ListedReport] = lists.Page((), None)
        catalogue = self.service.catalogue
        unread = await mentioning.unread(tx, self.agent)
        if name == ASSISTANT:
            held = await lists.with_assistant(tx, self.agent, after=after)
        elif name == CITED:
            rows = await mentioning.cited(tx, self.agent, after=after)
        elif name == REPORTS:
            filed = await reports.listed(tx, self.agent, wanted, catalogue, now, after=after)
        else:
            rows = await lists.listed(tx, self.agent, Queue(name), now, after=after)
        return shapes.QueueView(
            queue=name,
            counts={
                **await lists.counts(tx, self.agent, now),
                CITED: len(unread),
                REPORTS: await reports.count(tx, self.agent, catalogue, now),
            },
            rows=[self.row(row, is_cited=row.reference in unread) for row in rows.rows],
            held=[
                shapes.Held(
                    conversation=row["id"],
                    town=self.town(row["commune"]),
                    shown=row["text"],
                    last_at=row["updated_at"],
                )
                for row in held.rows
            ],
            reports=[report_row(self, row, now) for row in filed.rows],
            narrowed=narrowed(wanted) if name == REPORTS else None,
            next=rows.next or held.next or filed.next,
        )

    async def ticket_view(self, tx: Transaction, reference: str) -> shapes.TicketView:
        """The agent opens it: what calls them in it is read. Raises `NotFound`."""
        known = await self._packet(tx, reference)
        await mentioning.read(tx, self.agent, reference, utc_now())
        return shapes.TicketView(
            ticket=await self._ticket(tx, known),
            messages=await self.messages(tx, known.conversation["citizen_id"], known.messages),
            signs=await self.signs(tx, known.ticket),
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

    async def signs(self, tx: Transaction, ticket: RowMapping) -> shapes.Signs:
        """Of a ticket that is over, only what became of its own messages: who is there now may be
        there for another town."""
        conversation_id = ticket["conversation_id"]
        last = await store.last_of(tx, ticket)
        shown = await conversations.shown_through(tx, conversation_id)
        undelivered = await conversations.undelivered(tx, conversation_id)
        standing = [
            shapes.Undelivered(seq=seq, waits=waits)
            for seq, waits in undelivered.items()
            if last is None or seq <= last
        ]
        if last is not None:
            return shapes.Signs(
                typing=[], readers=[], shown_through=min(shown, last), undelivered=standing
            )
        typing = self.service.live.typing.who(conversation_id)
        return shapes.Signs(
            typing=[who.name for who in typing if who.agent != str(self.agent.id)],
            readers=self._others(self.service.live.reading, conversation_id),
            shown_through=shown,
            undelivered=standing,
        )

    def _others(self, signs: Typing, conversation_id: UUID) -> list[str]:
        """The other agents who read, or write, there."""
        there = (one for one in signs.who(conversation_id) if one.agent)
        return sorted(one.name for one in there if one.agent != str(self.agent.id))

    def row(self, row: Listed, *, is_cited: bool = False) -> shapes.Row:
        is_open, now = row.closed_at is None, utc_now()
        is_owed = is_open and row.due_at is not None
        is_waiting_first = (
            is_open and row.first_reply_at is None and is_awaited(row.reason, row.due_at)
        )
        since = row.waiting_since or (row.opened_at if is_waiting_first else None)
        live = self.service.live
        return shapes.Row(
            reference=row.reference,
            conversation=row.conversation_id,
            town=self.town(row.commune),
            team=shapes.Named(code=row.team, label=self.team(row.team)),
            channel=self._named("channel", row.channel),
            subject=self.word(f"desk_subject_{row.subject}"),
            priority=self._named("priority", row.priority),
            marks=[self._named("mark", mark) for mark in row.marks],
            is_open=is_open,
            is_escalated=row.escalated_at is not None,
            is_unread=row.last_sender == "citizen" and row.read_by_agent < row.last_seq,
            is_mine=row.assignee == self.agent.id,
            owner=Owner(row.owner) if is_open else Owner.CLOSED,
            assignee=row.assignee_name,
            assignee_id=row.assignee,
            since=since if is_open else None,
            opened_at=row.opened_at,
            closed_at=row.closed_at,
            shown=row.last_text,
            last_at=row.last_at,
            last_seq=row.last_seq,
            due_at=row.due_at if is_owed else None,
            is_near=is_owed and row.near_due_at is not None and row.near_due_at <= now,
            is_late=is_owed and row.due_at is not None and row.due_at <= now,
            snoozed_until=row.snoozed_until,
            is_back=is_open and row.woke_at is not None,
            tags=list(row.tags),
            mail_subject=row.mail_subject,
            readers=self._others(live.reading, row.conversation_id) if is_open else [],
            writers=self._others(live.typing, row.conversation_id) if is_open else [],
            is_cited=is_cited,
        )

    async def _ticket(self, tx: Transaction, known: Packet) -> shapes.Ticket:
        ticket, conversation = known.ticket, known.conversation
        listed = await lists.one_listed(tx, self.agent, ticket["reference"])
        is_cited = ticket["reference"] in await mentioning.unread(tx, self.agent)
        is_free = listed.assignee_name is None or listed.assignee == self.agent.id
        return shapes.Ticket(
            row=self.row(listed, is_cited=is_cited),
            summary=_without_marks(ticket["summary"], known.marks),
            reason=self.word(f"desk_reason_{ticket['reason']}"),
            language=self.word(f"desk_language_{conversation['language']}"),
            channel=self.word(f"desk_channel_{conversation['channel']}"),
            reach=self.word(f"desk_reach_{ticket['reach']}"),
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
            requests=[self.own_request(own) for own in known.requests],
            earlier=[self.earlier(row) for row in known.earlier],
            others=[
                self.other(one)
                for one in await others_of_ticket(tx, self.agent, ticket["reference"], utc_now())
            ],
            history=[
                shapes.Past(at=event["at"], text=history.line(self, event, known))
                for event in known.history
                if event["kind"] != EventKind.NOTE.value
            ],
            notes=await notes_of(tx, self.agent, known),
            about_to=list(known.about_to),
            leads=self.agent.leads,
            score=ticket["score"],
            opinion=ticket["opinion"],
            redactions=[_redacted(row, known) for row in known.redactions],
            reads_originals=self.agent.audits,
            explained=list(known.explained),
            merged_into=ticket["merged_into"],
            ended=history.ended(self, ticket["closed_at"], known),
            joined=[await self._joined(tx, joined) for joined in known.joined],
        )

    def own_request(self, own: packet.OwnRequest) -> shapes.OwnRequest:
        return shapes.OwnRequest(
            reference=own.reference,
            label=own.label,
            address=own.address,
            state=own.state,
            filed_at=own.filed_at,
            commune=own.commune,
            point=own.point,
            moves=own.moves,
            states=[self.state(status) for status in own.states],
            is_here=own.is_here,
        )

    def state(self, status: Status) -> shapes.Named:
        """A request's state, as those say it who work on it."""
        words = self.words.render(state(status, is_own=False), self.language)
        return shapes.Named(code=status.value, label=words)

    def earlier(self, row: RowMapping) -> shapes.Earlier:
        return shapes.Earlier(
            reference=row["reference"],
            subject=self.word(f"desk_subject_{row['subject']}"),
            is_open=row["status"] == "open",
            opened_at=row["opened_at"],
            score=row["score"],
        )

    def other(self, other: Other) -> shapes.OtherContact:
        return shapes.OtherContact(
            id=other.id,
            channel=self.word(f"desk_channel_{other.channel}"),
            shown=other.words,
            at=other.at,
            ticket=other.ticket,
        )

    async def _joined(self, tx: Transaction, joined: packet.Joined) -> shapes.Joined:
        ticket = joined.ticket
        return shapes.Joined(
            reference=ticket["reference"],
            subject=self.word(f"desk_subject_{ticket['subject']}"),
            town=self.town(ticket["commune"]),
            messages=await self.messages(tx, ticket["citizen_id"], joined.messages),
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
            return self.word("desk_reading_person")
        if intent not in OFFERED:
            return None
        return self.service.words.render(say(f"reading.{intent}"), self.language)

    def teams(self) -> list[shapes.Named]:
        codes = self.service.catalogue.teams
        return sorted(
            (shapes.Named(code=code, label=self.team(code)) for code in codes),
            key=lambda team: team.label,
        )

    def _named(self, what: str, code: str) -> shapes.Named:
        return shapes.Named(code=code, label=self.word(f"desk_{what}_{code}"))

    def team(self, code: str) -> str:
        return self.service.counter.team(code).label.in_(self.language)

    def town(self, insee: str | None) -> str:
        return self.service.counter.town(insee) or self.word("desk_no_town")

    def word(self, key: str, **values: object) -> str:
        return self.service.words.render(say(f"page.{key}", **values), self.language)


def _without_marks(summary: str, marks: Sequence[str]) -> str:
    """The citizen's words: what is before them (`[angry] …`) is shown by itself."""
    return summary.removeprefix(f"[{' '.join(marks)}] ") if marks else summary


def _redacted(row: RowMapping, known: Packet) -> shapes.Redacted:
    notes = {event["id"]: event["external_id"] for event in known.history}
    return shapes.Redacted(
        id=row["id"],
        seq=row["seq"],
        note=notes.get(row["event_id"]),
        author=row["author"],
        at=row["at"],
        until=row["at"] + ORIGINAL_KEPT_FOR,
    )


def _fact(fact: packet.Fact) -> shapes.Fact:
    return shapes.Fact(
        name=fact.name, value=fact.value, field=fact.field, choices=list(fact.choices)
    )
