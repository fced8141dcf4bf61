"""A ticket that nobody could take when it came is tried again until somebody can: they come, or
have room, or the working day begins."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlalchemy.engine import RowMapping

from bot.conversations.tables import Conversation
from bot.errors import DomainError
from bot.handover import store
from bot.handover.counter import Counter
from bot.handover.letting_go import let_go
from bot.handover.rules import SWEEP_EVERY, Automatic
from bot.service_requests.rules import DRAFT_KEPT_FOR
from bot.service_requests.tables import Draft
from bot.services.opening import hours_of
from bot.storage.transaction import Database, Transaction
from bot.supervision.looking import look_every
from bot.teams import assigning
from bot.teams import store as teams
from bot.teams.rules import Candidate, Needed, TeamSettings, choose
from bot.tickets import store as tickets
from bot.tickets.rules import Status
from bot.tickets.tables import Ticket

logger = logging.getLogger(__name__)
AT_ONCE = 500
"""Tickets that one look considers, the most urgent and the oldest of them."""
OUTSIDE = "outside"
"""The channel of what came from elsewhere, where somebody else says whose it is."""

Where = tuple[str, str | None]
"""A team and a town."""


@dataclass
class Room:
    """Who may still get something, as far as this look knows; asked again under the lock."""

    by_place: dict[Where, list[Candidate]] = field(default_factory=dict)

    async def of(self, tx: Transaction, where: Where, now: datetime) -> None:
        if where not in self.by_place:
            self.by_place[where] = await teams.candidates(tx, *where, now)

    def fits(self, one: Waiting) -> bool:
        return choose(self.by_place[one.where], one.needed) is not None

    def took(self, agent_id: UUID) -> None:
        """Somebody got one more."""
        for where, known in self.by_place.items():
            self.by_place[where] = [
                replace(one, open_tickets=one.open_tickets + 1) if one.id == agent_id else one
                for one in known
            ]


@dataclass(frozen=True)
class Waiting:
    """A ticket that is nobody's."""

    reference: str
    where: Where
    needed: Needed


@dataclass(frozen=True)
class Assigner:
    """Gives out what waits in the queues of teams that assign by themselves."""

    database: Database
    counter: Counter
    clock: Callable[[], datetime]

    async def run(self) -> None:
        """Look every few seconds, until cancelled."""
        await look_every(
            SWEEP_EVERY.total_seconds(), self.look, logger, "tickets that wait for an agent"
        )

    async def look(self) -> int:
        """Give out what somebody can take now, the most urgent first, then the oldest; each in a
        transaction of its own. Returns how many tickets."""
        now, room = self.clock(), Room()
        async with self.database.transaction() as tx:
            waiting = await self._waiting(tx, room, now)
        count = 0
        for one in waiting:
            if not room.fits(one):
                continue
            chosen = await self._assign(one.reference, now)
            if chosen is not None:
                room.took(chosen)
                count += 1
        return count

    async def _waiting(self, tx: Transaction, room: Room, now: datetime) -> list[Waiting]:
        settings = await teams.in_force(tx)
        at_work = [team for team in settings if self._is_at_work(team, settings, now)]
        if not at_work:
            return []
        waiting = []
        for row in await _unassigned(tx, at_work, now):
            where = (row["team"], row["commune"])
            await room.of(tx, where, now)
            needed = Needed(row["service"], row["language"])
            waiting.append(Waiting(row["reference"], where, needed))
        return waiting

    def _is_at_work(self, team: str, settings: Mapping[str, TeamSettings], now: datetime) -> bool:
        """Whoever stays late does not get what waits for the morning."""
        return settings[team].assigns and hours_of(self.counter.team(team)).is_open(now)

    async def _assign(self, reference: str, now: datetime) -> UUID | None:
        """Who has it now; None when it is somebody's, or nobody's still. Whoever let it go gets it
        no more by themselves."""
        try:
            async with self.database.transaction() as tx:
                held = await store.hold(tx, Automatic(), reference)
                is_put_aside = held.ticket["snoozed_until"] is not None
                if held.hands.name is not None or is_put_aside:
                    return None
                gone = let_go([dict(event) for event in await tickets.history(tx, reference)])
                language = held.conversation["language"]
                return await assigning.assign(tx, reference, language, now, but=gone)
        except DomainError as error:  # it changed meanwhile
            logger.info("ticket %s: %s", reference, error.code)
        except Exception:  # as above: the others find somebody
            logger.exception("ticket %s", reference)
        return None


async def _unassigned(tx: Transaction, teams_: list[str], now: datetime) -> list[RowMapping]:
    """Open tickets of these teams that are in nobody's hands nor put aside, in the order of the
    queue, with what each asks of whoever answers it."""
    rows = await tx.execute(
        select(
            Ticket.reference,
            Ticket.team,
            Ticket.commune,
            Conversation.language,
            Draft.data["service"].astext.label("service"),
        )
        .join(Conversation, Conversation.id == Ticket.conversation_id)
        .outerjoin(
            Draft,
            and_(
                Draft.conversation_id == Ticket.conversation_id,
                Draft.updated_at > now - DRAFT_KEPT_FOR,
            ),
        )
        .where(
            Ticket.status == Status.OPEN.value,
            Ticket.team.in_(teams_),
            Ticket.assignee_name.is_(None),
            Ticket.snoozed_until.is_(None),
            or_(Conversation.channel != OUTSIDE, Ticket.split_from.is_not(None)),
        )
        .order_by(tickets.rank, Ticket.opened_at, Ticket.reference)
        .limit(AT_ONCE)
    )
    return list(rows.mappings())
