"""The agents' search: one query over what people wrote, notes, tickets and requests, in French and
without accents. Rights are asked in the same query, by town."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    Uuid,
    and_,
    any_,
    bindparam,
    cast,
    exists,
    false,
    func,
    literal,
    literal_column,
    null,
    or_,
    select,
    text,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY, distinct_on
from sqlalchemy.types import NullType

from bot.accounts.rules import Agent
from bot.conversations.tables import IS_SEARCHED, Conversation, Message
from bot.handover import lists, sights
from bot.handover.asked import Asked
from bot.handover.counter import Counter
from bot.handover.cursors import cursor_of, read_cursor
from bot.handover.excerpts import LOOKED_AT, START, STOP, Piece, copy_of, pieces
from bot.handover.lists import Page
from bot.handover.narrowing import Narrowed, conditions
from bot.handover.orders import Listed
from bot.handover.store import IS_OF_TICKET, request_seen, visible
from bot.service_requests.tables import ServiceRequest
from bot.storage.terms import plain
from bot.storage.transaction import Transaction
from bot.tickets.tables import Ticket, TicketEvent

FOUND = 30
"""Conversations of a page."""
LOOKED_FOR = 120
"""Hits of each kind that are gathered for them: a conversation may have several."""
MOST_NAMED = 3_000
"""Conversations that are looked through by themselves."""
_STOPS = frozenset({"a", "meme"})
"""What the French list would stop, had it kept its accent."""
_FRENCH: ColumnElement[Any] = literal_column("'french'::regconfig")
_OWN_PLAN = text(
    "SELECT set_config('plan_cache_mode', 'force_custom_plan', true),"
    " set_config('random_page_cost', '0.5', true)"
)
_MARKED = f'HighlightAll=true, StartSel="{START}", StopSel="{STOP}"'


@dataclass(frozen=True)
class Found:
    """A conversation that was found. `commune`: the town by which the agent may see it; `what`:
    message, note, ticket or request; `reference`: of the ticket or request where the words are;
    `listed`: its newest ticket that the agent may see."""

    conversation_id: UUID
    commune: str | None
    what: str
    reference: str | None
    at: datetime
    pieces: Sequence[Piece]
    listed: Listed | None


@dataclass(frozen=True)
class Search:
    """`unknown`: filters whose value names nothing here; then nothing is found."""

    page: Page[Found]
    unknown: Sequence[str] = ()


async def search(
    tx: Transaction,
    agent: Agent,
    asked: Asked,
    counter: Counter,
    now: datetime,
    after: str | None = None,
) -> Search:
    """The conversations where it is, the newest hit first. Raises `Invalid` for a cursor that is
    none. Nothing asked finds nothing. Each search is in the audit log, from whichever page on it
    is asked: the agent says where that is. Its pages within a while are one line."""
    if not asked.is_nothing:
        await sights.searched(tx, agent, asked.said, now)
    narrowed = conditions(agent, asked, counter, now)
    if asked.is_nothing or narrowed.unknown or narrowed.elsewhere:
        return Search(Page((), None), narrowed.unknown)
    # The words decide by which index it is read: a plan made for any words would be wrong. So would
    # one that takes messages here and there for much slower than all of them in a row: they are in
    # memory, and hold what was not looked for.
    await tx.execute(_OWN_PLAN)
    if asked.reference is not None:
        hits = _by_reference(agent, asked.reference)
    elif await _says_something(tx, asked.words):
        named, are_there = await _named(tx, agent, narrowed)
        if not are_there:
            return Search(Page((), None))
        hits = _by_words(agent, _query(asked.words), narrowed, named, after)
    elif not asked.filters:
        return Search(Page((), None))
    else:
        hits = _by_filters(agent, narrowed.on_conversation(agent), after)
    rows = (await tx.execute(hits)).all()
    first: dict[UUID, Any] = {}
    for row in rows:
        first.setdefault(row.conversation_id, row)
    shown = list(first.values())[:FOUND]
    is_more = len(first) > FOUND or len(rows) >= LOOKED_FOR
    found = await _found(tx, agent, shown, asked)
    return Search(Page(found, cursor_of((shown[-1].at,)) if shown and is_more else None))


async def _named(
    tx: Transaction, agent: Agent, narrowed: Narrowed
) -> tuple[ColumnElement[Any] | None, bool]:
    """The conversations that fulfil the filters, as an array, where tickets decide it and they are
    few; whether there are any. Among so few the database finds words at once; left to itself, it
    expects as many hits among them as among all, and reads a year of messages."""
    if not narrowed.of_ticket:
        return None, True
    of_tickets = select(Ticket.conversation_id).where(visible(agent), *narrowed.of_ticket)
    if narrowed.of_conversation:
        of_tickets = of_tickets.join(Conversation, Conversation.id == Ticket.conversation_id).where(
            *narrowed.of_conversation
        )
    some = of_tickets.distinct().limit(MOST_NAMED + 1).subquery()
    # As one text there and back: thousands of values would take the driver longer than the search.
    one = select(func.count(), cast(func.array_agg(some.c.conversation_id), String))
    how_many, those = (await tx.execute(one)).one()
    if how_many > MOST_NAMED:
        return None, True
    return cast(bindparam(None, those or "{}", NullType()), ARRAY(Uuid)), how_many > 0


def _query_words(words: str) -> str:
    return " ".join(word for word in plain(words).split() if word not in _STOPS)


async def _says_something(tx: Transaction, words: str) -> bool:
    """Whether there is more in them than the words that every text has (`pour`, `le`): those alone
    would be looked for everywhere and found nowhere."""
    if not _query_words(words):
        return False
    return bool(await tx.scalar(select(func.numnode(_query(words)) > 0)))


def _query(words: str) -> ColumnElement[Any]:
    return func.websearch_to_tsquery(_FRENCH, _query_words(words))


def conversation_seen(agent: Agent) -> ColumnElement[bool]:
    """By its own town, or by that of a ticket in it."""
    if agent.communes is None:
        return true()
    if not agent.communes:
        return false()
    has_ticket = exists().where(Ticket.conversation_id == Conversation.id, visible(agent))
    return or_(Conversation.commune.in_(agent.communes), has_ticket)


def message_seen(agent: Agent) -> ColumnElement[bool]:
    """Of a conversation that was another town's later, what was said until their ticket's end."""
    if agent.communes is None:
        return true()
    if not agent.communes:
        return false()
    had_ticket = exists().where(
        Ticket.conversation_id == Conversation.id, visible(agent), IS_OF_TICKET
    )
    had_ticket = had_ticket.correlate(Conversation, Message)
    return or_(Conversation.commune.in_(agent.communes), had_ticket)


def _hits(what: str, at: Any, words: Any, reference: Any, hit: ColumnElement[bool]) -> Select[Any]:
    return select(
        literal(what).label("what"),
        Conversation.id.label("conversation_id"),
        Conversation.commune.label("commune"),
        at.label("at"),
        func.left(words, LOOKED_AT).label("words"),
        reference.label("reference"),
    ).where(hit)


_SUMMARY = func.concat_ws(" · ", Ticket.summary, Ticket.contact, Ticket.assignee_name)
_REQUEST = func.concat_ws(
    " · ", ServiceRequest.address, ServiceRequest.description, ServiceRequest.precision
)
_NOTHING = null().cast(String)


def _by_words(
    agent: Agent,
    query: ColumnElement[Any],
    narrowed: Narrowed,
    named: ColumnElement[Any] | None,
    after: str | None,
) -> Select[Any]:
    """`named`: the only conversations that fulfil the filters. Messages are looked for in these;
    there are few enough of all else."""
    seen = conversation_seen(agent)
    filters = narrowed.on_conversation(agent)
    of_messages: list[ColumnElement[bool]] = [*filters, *_told_to(narrowed.towns)]
    if agent.communes is not None:
        of_messages += _told_to(agent.communes)
    newest_first: ColumnElement[Any] = Message.at.desc()
    if named is not None:
        of_messages = [Message.conversation_id == any_(named)]
        # Not by the index of all messages, from the newest on: most are not of these.
        newest_first = literal_column("message.at + interval '0'").desc()
    of_ticket = (Conversation.id == Ticket.conversation_id, visible(agent))
    searched = and_(
        text(IS_SEARCHED.replace("kind", "message.kind")), Message.terms.op("@@")(query)
    )
    messages = _hits("message", Message.at, Message.text, _NOTHING, searched).where(
        Message.conversation_id == Conversation.id, message_seen(agent)
    )
    notes = _hits(
        "note",
        TicketEvent.at,
        TicketEvent.text,
        Ticket.reference,
        and_(TicketEvent.kind == "note", TicketEvent.terms.op("@@")(query)),
    ).where(TicketEvent.reference == Ticket.reference, *of_ticket)
    tickets = _hits(
        "ticket", Ticket.opened_at, _SUMMARY, Ticket.reference, Ticket.terms.op("@@")(query)
    ).where(*of_ticket)
    requests = _hits(
        "request",
        ServiceRequest.filed_at,
        _REQUEST,
        ServiceRequest.reference,
        ServiceRequest.terms.op("@@")(query),
    ).where(ServiceRequest.conversation_id == Conversation.id, seen, request_seen(agent))
    parts = []
    for part, at, of_part, order in (
        (messages, Message.at, of_messages, newest_first),
        (notes, TicketEvent.at, filters, TicketEvent.at.desc()),
        (tickets, Ticket.opened_at, filters, Ticket.opened_at.desc()),
        (requests, ServiceRequest.filed_at, filters, ServiceRequest.filed_at.desc()),
    ):
        meant = part.where(*of_part)
        if after is not None:
            meant = meant.where(at < _place(after))
        parts.append(select(meant.order_by(order).limit(LOOKED_FOR).subquery()))
    union = union_all(*parts).subquery("hits")
    return select(union).order_by(union.c.at.desc(), union.c.conversation_id).limit(LOOKED_FOR)


def _told_to(towns: Collection[str]) -> list[ColumnElement[bool]]:
    """Before what is asked of each conversation: the index of words knows the towns as well."""
    return [Message.communes.overlap(sorted(towns))] if towns else []


def _place(after: str) -> datetime:
    return datetime.fromisoformat(read_cursor(after, (datetime,))[0])


def _by_filters(
    agent: Agent, filters: Sequence[ColumnElement[bool]], after: str | None
) -> Select[Any]:
    """Tickets that are so, the newest first."""
    query = _hits("ticket", Ticket.opened_at, _SUMMARY, Ticket.reference, true()).where(
        Conversation.id == Ticket.conversation_id, visible(agent), *filters
    )
    if after is not None:
        query = query.where(Ticket.opened_at < _place(after))
    return query.order_by(Ticket.opened_at.desc()).limit(LOOKED_FOR)


def _by_reference(agent: Agent, reference: str) -> Select[Any]:
    """The ticket, or the request's conversation."""
    ticket = _hits(
        "ticket", Ticket.opened_at, _SUMMARY, Ticket.reference, Ticket.reference == reference
    ).where(Conversation.id == Ticket.conversation_id, visible(agent))
    request = _hits(
        "request",
        ServiceRequest.filed_at,
        _REQUEST,
        ServiceRequest.reference,
        ServiceRequest.reference == reference,
    ).where(
        Conversation.id == ServiceRequest.conversation_id,
        request_seen(agent),
        conversation_seen(agent),
    )
    return select(union_all(ticket, request).subquery("hits"))


async def _found(tx: Transaction, agent: Agent, rows: Sequence[Any], asked: Asked) -> list[Found]:
    if not rows:
        return []
    newest = (
        select(Ticket.conversation_id, Ticket.reference)
        .ext(distinct_on(Ticket.conversation_id))
        .where(Ticket.conversation_id.in_([row.conversation_id for row in rows]), visible(agent))
        .order_by(Ticket.conversation_id, Ticket.status.desc(), Ticket.opened_at.desc())
    )
    of_conversations = {row[0]: row[1] for row in await tx.execute(newest)}
    for row in rows:  # where the words are in a ticket, it is that one
        if row.what in ("note", "ticket"):
            of_conversations[row.conversation_id] = row.reference
    listed = await lists.these(tx, agent, list(of_conversations.values()))
    marked = await _marked(tx, [row.words or "" for row in rows], asked)

    def own(row: Any) -> Listed | None:
        return listed.get(of_conversations.get(row.conversation_id, ""))

    return [
        Found(
            row.conversation_id,
            row.commune if agent.sees(row.commune) else _town_of(own(row)),
            row.what,
            row.reference,
            row.at,
            pieces(row.words or "", copy),
            own(row),
        )
        for row, copy in zip(rows, marked, strict=True)
    ]


def _town_of(listed: Listed | None) -> str | None:
    return None if listed is None else listed.commune


async def _marked(tx: Transaction, texts: Sequence[str], asked: Asked) -> list[str]:
    """Copies of the texts with the words marked in them."""
    copies = [copy_of(one) for one in texts]
    if not _query_words(asked.words) or asked.reference is not None:
        return copies
    each = func.unnest(literal(copies, ARRAY(String)))
    one = each.table_valued("copy", with_ordinality="n").render_derived()
    marked = func.ts_headline(_FRENCH, one.c.copy, _query(asked.words), _MARKED)
    return list((await tx.execute(select(marked).order_by(one.c.n))).scalars())
