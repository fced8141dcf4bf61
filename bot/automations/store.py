"""Automations, their versions and their log; tickets as they look at them. Rights are asked here:
an administrator sees what concerns only their towns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select, text, true, update
from sqlalchemy.dialects.postgresql import insert

from bot.accounts.rules import Agent
from bot.automations.conditions import Automation, Seen, is_theirs
from bot.automations.tables import AutomationRun, AutomationState, AutomationVersion
from bot.automations.written import automation_of, to_json
from bot.conversations.rules import Owner
from bot.conversations.tables import Conversation, Message
from bot.errors import Forbidden, NotFound
from bot.handover import store as handover
from bot.service_requests.tables import Draft
from bot.storage.transaction import Transaction
from bot.tickets.rules import EventKind, Status
from bot.tickets.store import IS_AWAITED
from bot.tickets.tables import Ticket, TicketEvent

MOST_RUNS = 100
MOST_TRIED = 20_000
"""Tickets that a dry run looks at, the newest first."""


@dataclass(frozen=True)
class Kept:
    """An automation in its newest version. `on_since`: None when it is off; `stopped_at`: when it
    switched itself off."""

    id: UUID
    version: int
    automation: Automation
    on_since: datetime | None
    failures: int
    stopped_at: datetime | None


@dataclass(frozen=True)
class Made:
    """One version of one."""

    version: int
    at: datetime
    name: str
    automation: Automation
    restored: int | None


@dataclass(frozen=True)
class Run:
    """What one did to a ticket."""

    id: int
    automation_id: UUID
    version: int
    reference: str
    at: datetime
    state: str
    deeds: Sequence[str]
    error: str | None


def _newest() -> Select[*tuple[Any, ...]]:
    later = (
        select(func.max(AutomationVersion.version))
        .where(AutomationVersion.automation_id == AutomationState.id)
        .correlate(AutomationState)
        .scalar_subquery()
    )
    return (
        select(
            AutomationState.id,
            AutomationVersion.version,
            AutomationVersion.content,
            AutomationState.on_since,
            AutomationState.failures,
            AutomationState.stopped_at,
        )
        .join(AutomationVersion, AutomationVersion.automation_id == AutomationState.id)
        .where(AutomationVersion.version == later)
        .order_by(AutomationState.created_at, AutomationState.id)
    )


def _kept(row: Any) -> Kept:
    return Kept(row[0], row[1], automation_of(row[2]), row[3], row[4], row[5])


async def working(tx: Transaction) -> list[Kept]:
    """Those that are switched on."""
    rows = await tx.execute(_newest().where(AutomationState.on_since.is_not(None)))
    return [_kept(row) for row in rows]


async def automations(tx: Transaction, agent: Agent) -> list[Kept]:
    """Those of an administrator. Raises `Forbidden` for whoever administers nothing."""
    if not agent.audits:
        raise Forbidden("automations")
    every = [_kept(row) for row in await tx.execute(_newest())]
    return [one for one in every if is_theirs(agent, one.automation.only)]


async def automation(tx: Transaction, agent: Agent, automation_id: UUID) -> Kept:
    """One of theirs, locked. Raises `Forbidden`, `NotFound`."""
    if not agent.audits:
        raise Forbidden("automations")
    await tx.execute(
        select(AutomationState.id).where(AutomationState.id == automation_id).with_for_update()
    )
    rows = await tx.execute(_newest().where(AutomationState.id == automation_id))
    row = rows.one_or_none()
    if row is None or not is_theirs(agent, _kept(row).automation.only):
        raise NotFound("automation")
    return _kept(row)


async def add(tx: Transaction, now: datetime) -> UUID:
    """A new one, switched off, without a version yet."""
    automation_id = uuid4()
    await tx.execute(insert(AutomationState).values(id=automation_id, created_at=now, failures=0))
    return automation_id


async def add_version(
    tx: Transaction,
    agent: Agent,
    automation_id: UUID,
    number: int,
    chosen: Automation,
    now: datetime,
    *,
    restored: int | None = None,
) -> None:
    await tx.execute(
        insert(AutomationVersion).values(
            automation_id=automation_id,
            version=number,
            at=now,
            agent_id=agent.id,
            name=agent.name,
            content=to_json(chosen),
            restored=restored,
        )
    )


async def versions(tx: Transaction, agent: Agent, automation_id: UUID) -> list[Made]:
    """Those of an administrator, newest first: an earlier one may have meant other towns."""
    rows = await tx.execute(
        select(
            AutomationVersion.version,
            AutomationVersion.at,
            AutomationVersion.name,
            AutomationVersion.content,
            AutomationVersion.restored,
        )
        .where(AutomationVersion.automation_id == automation_id)
        .order_by(AutomationVersion.version.desc())
    )
    made = [Made(row[0], row[1], row[2], automation_of(row[3]), row[4]) for row in rows]
    return [one for one in made if is_theirs(agent, one.automation.only)]


async def switch(tx: Transaction, automation_id: UUID, on_since: datetime | None) -> None:
    """On since then, or off. What it failed at is forgotten."""
    await _set(tx, automation_id, on_since=on_since, failures=0, stopped_at=None)


async def count_failure(tx: Transaction, automation_id: UUID, most: int, now: datetime) -> bool:
    """One more in a row. Returns whether it was one too many: it is off then."""
    failures = await tx.scalar(
        update(AutomationState)
        .where(AutomationState.id == automation_id)
        .values(failures=AutomationState.failures + 1)
        .returning(AutomationState.failures)
    )
    if failures is None or failures < most:
        return False
    await _set(tx, automation_id, on_since=None, stopped_at=now)
    return True


async def count_success(tx: Transaction, automation_id: UUID) -> None:
    await tx.execute(
        update(AutomationState)
        .where(AutomationState.id == automation_id, AutomationState.failures > 0)
        .values(failures=0)
    )


async def _set(tx: Transaction, automation_id: UUID, **values: Any) -> None:
    await tx.execute(
        update(AutomationState).where(AutomationState.id == automation_id).values(**values)
    )


# The log


async def begin_run(
    tx: Transaction, kept: Kept, reference: str, state: str, now: datetime, error: str | None = None
) -> bool:
    """Write that a version did something to a ticket. False when it did before."""
    added = await tx.scalar(
        insert(AutomationRun)
        .values(
            automation_id=kept.id,
            version=kept.version,
            reference=reference,
            at=now,
            state=state,
            deeds=list(kept.automation.then.names()),
            error=error,
        )
        .on_conflict_do_nothing(index_elements=["automation_id", "version", "reference"])
        .returning(AutomationRun.id)
    )
    return added is not None


async def end_run(tx: Transaction, run: Run, state: str, now: datetime) -> bool:
    """What was warned of is over. False when that is known."""
    ended = await tx.scalar(
        update(AutomationRun)
        .where(AutomationRun.id == run.id, AutomationRun.state == "warned")
        .values(state=state, ended_at=now)
        .returning(AutomationRun.id)
    )
    return ended is not None


def _runs() -> Select[*tuple[Any, ...]]:
    return select(
        AutomationRun.id,
        AutomationRun.automation_id,
        AutomationRun.version,
        AutomationRun.reference,
        AutomationRun.at,
        AutomationRun.state,
        AutomationRun.deeds,
        AutomationRun.error,
    )


async def runs(tx: Transaction, agent: Agent, automation_id: UUID) -> list[Run]:
    """What it did to the tickets of an administrator's towns, newest first."""
    rows = await tx.execute(
        _runs()
        .join(Ticket, Ticket.reference == AutomationRun.reference)
        .where(AutomationRun.automation_id == automation_id, handover.visible(agent))
        .order_by(AutomationRun.at.desc(), AutomationRun.id.desc())
        .limit(MOST_RUNS)
    )
    return [Run(*row) for row in rows]


async def warned(tx: Transaction) -> list[tuple[Run, Automation]]:
    """Warnings whose end is not decided, with the version that gave them."""
    rows = await tx.execute(
        _runs()
        .add_columns(AutomationVersion.content)
        .join(
            AutomationVersion,
            and_(
                AutomationVersion.automation_id == AutomationRun.automation_id,
                AutomationVersion.version == AutomationRun.version,
            ),
        )
        .where(AutomationRun.state == "warned")
        .order_by(AutomationRun.at)
    )
    return [(Run(*row[:-1]), automation_of(row[-1])) for row in rows]


async def done(tx: Transaction, kept: Kept) -> frozenset[str]:
    """The open or recent tickets that this version has seen to."""
    rows = await tx.scalars(
        select(AutomationRun.reference).where(
            AutomationRun.automation_id == kept.id, AutomationRun.version == kept.version
        )
    )
    return frozenset(rows)


async def touched(tx: Transaction, since: datetime) -> dict[str, datetime]:
    """When automations last did something, by ticket."""
    rows = await tx.execute(
        select(AutomationRun.reference, func.max(AutomationRun.at).label("at"))
        .where(AutomationRun.at > since, AutomationRun.state != "failed")
        .group_by(AutomationRun.reference)
    )
    return {row.reference: row.at for row in rows}


# Tickets


@cache  # built for every ticket that is looked at again under its lock
def _seen() -> Select[*tuple[Any, ...]]:
    """Tickets as `Seen` holds them. Of one that is over, nothing of what its conversation became:
    that may be another town's."""
    wrote = (
        select(Message.at, Message.text)
        .where(
            Message.conversation_id == Ticket.conversation_id,
            Message.sender == "citizen",
            Message.seq > Ticket.opened_seq,
            handover.IS_SHOWN,
            handover.IS_OF_TICKET,
        )
        .order_by(Message.seq.desc())
        .limit(1)
        .lateral("wrote")
    )
    rated = (
        select(func.max(TicketEvent.at))
        .where(
            TicketEvent.reference == Ticket.reference,
            or_(
                TicketEvent.kind == EventKind.REOPENED.value,
                and_(
                    TicketEvent.kind == EventKind.RATED.value,
                    TicketEvent.data["score"].astext == "bad",
                ),
            ),
            TicketEvent.author.is_(None),
        )
        .correlate(Ticket)
        .scalar_subquery()
    )
    is_agents = Conversation.owner == Owner.AGENT.value
    waits = case((is_agents, Conversation.waiting_since), else_=Ticket.queued_since)
    is_open = Ticket.status == Status.OPEN.value
    return (
        select(
            Ticket.reference,
            Ticket.commune,
            Ticket.team,
            Draft.data["service"].astext,
            Conversation.channel,
            func.concat(Ticket.summary, " ", func.coalesce(wrote.c.text, "")),
            Ticket.priority,
            Conversation.language,
            is_open,
            Ticket.opened_at,
            case((is_open, waits), else_=None),
            wrote.c.at,
            Ticket.last_reply_at,
            Ticket.first_reply_at,
            Ticket.closed_at,
            case((Ticket.score == "bad", rated), else_=None),
        )
        .join(Conversation, Conversation.id == Ticket.conversation_id)
        .outerjoin(Draft, and_(Draft.conversation_id == Ticket.conversation_id, is_open))
        .outerjoin(wrote, true())
    )


_IS_ANYBODYS = or_(
    IS_AWAITED,
    and_(Ticket.status == Status.OPEN.value, Conversation.owner == Owner.AGENT.value),
)
"""Not what an agent took on and has not answered: nothing is said in it before they write."""


async def seen_now(tx: Transaction, since: datetime) -> list[Seen]:
    """What an automation may have to look at: open tickets, and those closed since then that
    their citizen was not satisfied with."""
    is_bad = and_(Ticket.closed_at > since, Ticket.score == "bad")
    rows = await tx.execute(
        _seen()
        .where(or_(and_(Ticket.status == Status.OPEN.value, _IS_ANYBODYS), is_bad))
        .order_by(Ticket.opened_at)
    )
    return [Seen(*row) for row in rows]


async def seen_one(tx: Transaction, reference: str) -> Seen:
    return Seen(*(await tx.execute(_seen().where(Ticket.reference == reference))).one())


async def seen_since(tx: Transaction, agent: Agent, since: datetime) -> list[Seen]:
    """The tickets of an administrator's towns that were open at some time since then."""
    await tx.execute(text("SET LOCAL statement_timeout = 20000"))
    was_open: ColumnElement[bool] = or_(Ticket.closed_at.is_(None), Ticket.closed_at > since)
    rows = await tx.execute(
        _seen()
        .where(handover.visible(agent), was_open, _IS_ANYBODYS)
        .order_by(Ticket.opened_at.desc())
        .limit(MOST_TRIED)
    )
    return [Seen(*row) for row in rows]
