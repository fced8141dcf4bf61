"""An agent puts the place of a citizen's request right. In another town, the ticket that tells of
it goes there too. Each function works in its caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from bot.accounts.rules import Agent
from bot.audit import store as audit
from bot.audit.rules import of_ticket
from bot.conversations import store as conversations
from bot.errors import Conflict, Invalid, NotFound
from bot.handover import passing, store
from bot.handover.answering import record
from bot.handover.counter import Counter
from bot.handover.merging import NOTES_IN
from bot.handover.rules import check_free
from bot.handover.store import Held
from bot.open_data.rules import is_public
from bot.service_requests import changes, relocating, twins
from bot.service_requests import store as requests
from bot.service_requests.draft import Draft, Place, location_field
from bot.service_requests.rules import OPEN, Actor
from bot.service_requests.store import RequestRow
from bot.service_requests.twins import Twin
from bot.services.rules import Catalogue, Service
from bot.storage.transaction import Transaction
from bot.teams import assigning
from bot.tickets import store as tickets
from bot.tickets.due import due_columns
from bot.tickets.rules import EventKind, Status
from bot.words.phrases import Line, say


@dataclass(frozen=True)
class Move:
    """`request` goes to `place`. `leaves`: the agent knows that they do not serve the town that it
    goes to; `joins`: an open request there that it is handled with from now on."""

    request: str
    place: Place
    leaves: bool = False
    joins: str | None = None


async def own_request(tx: Transaction, agent: Agent, reference: str, request: str) -> RequestRow:
    """An open request that the citizen of a ticket filed. Raises `NotFound` for any other, also of
    a town that is not the agent's, and `Conflict` for a closed one."""
    ticket = await store.check_visible(tx, agent, reference)
    found = await requests.of_citizen(tx, ticket["citizen_id"], 1, among=[request])
    if not found or not found[0].is_own or not agent.sees(found[0].commune):
        raise NotFound("request")
    if found[0].status not in OPEN:
        raise Conflict("closed")
    return found[0]


async def likely(
    tx: Transaction,
    agent: Agent,
    reference: str,
    row: RequestRow,
    place: Place,
    catalogue: Catalogue,
    now: datetime,
) -> tuple[Twin, ...]:
    """Open requests at a place that may be the same problem as `row`, as filing finds them, in the
    agent's towns. `reference`: the ticket's."""
    service = catalogue.find(row.service, place.commune)
    if service is None or not _is_shared(service) or not place.is_known:
        return ()
    ticket = await store.check_visible(tx, agent, reference)
    case = await requests.case(tx, row.reference)
    draft = Draft(
        service=row.service,
        description=case.description,
        address=place.address,
        latitude=place.latitude,
        longitude=place.longitude,
        commune=place.commune,
    )
    family = [
        other.code
        for other in catalogue.offered(place.commune)
        if other.group == service.group and _is_shared(other)
    ]
    radius = service.duplicate_radius_m
    near = await requests.twins(tx, ticket["citizen_id"], draft, family, radius, now)
    seen = [t for t in near if t.reference != row.reference and agent.sees(t.commune)]
    return twins.ranked(draft, seen, radius, now)


def _is_shared(service: Service) -> bool:
    """Whether several people may report one thing: never what is about a person."""
    has_place = location_field(service) is not None
    return bool(service.duplicate_radius_m) and is_public(service) and has_place


async def move(
    tx: Transaction,
    agent: Agent,
    reference: str,
    asked: Move,
    counter: Counter,
    now: datetime,
    *,
    external_id: str | None = None,
) -> bool:
    """Move a request of the ticket's citizen, and tell them. Into another town, an open ticket of
    the town that it leaves goes with it, to the team that has such requests there, out of the hands
    of whoever does not serve it. False for a repeat.

    Raises as `own_request` does; `Invalid` for a town without that service (`no_service`) or one
    that is not the agent's and that they did not confirm (`leaves`); `Taken` when the ticket would
    be taken out of somebody else's hands; `Conflict` when it is there already.
    """
    held = await store.hold_any(tx, agent, reference)
    if external_id is not None and await tickets.is_recorded(tx, reference, external_id):
        return False
    row, place = await own_request(tx, agent, reference, asked.request), asked.place
    service = counter.catalogue.find(row.service, place.commune)
    if service is None:
        raise Invalid("commune", "that town has no such service", reason="no_service")
    if not agent.sees(place.commune) and not asked.leaves:
        raise Invalid("leaves", "it goes to a town of others", reason="leaves")
    is_elsewhere = row.commune != place.commune
    is_open = held.ticket["status"] == Status.OPEN.value
    goes_along = is_elsewhere and is_open and held.ticket["commune"] == row.commune
    if goes_along and not agent.leads:
        check_free(agent, held.hands)
    before = await relocating.relocate(
        tx, row.reference, place, service.target_delay_days, Actor.AGENT, now
    )
    if asked.joins is not None:
        await _join(tx, agent, asked, now)
    data = {"request": row.reference, "before": row.commune, "after": place.commune}
    await record(tx, agent, held, EventKind.MOVED, now, data=data, external_id=external_id)
    # For whoever follows the ticket elsewhere too: a copy is told of notes.
    words = counter.words.render(_note(row.reference, before, place, counter), NOTES_IN)
    await record(tx, agent, held, EventKind.NOTE, now, words=words)
    if is_elsewhere:
        action = of_ticket(EventKind.MOVED.value)
        await audit.record(tx, agent.actor, action, reference, now, commune=place.commune)
    if goes_along:
        await _go_along(tx, agent, held, row, place, counter, now)
    return True


async def _join(tx: Transaction, agent: Agent, asked: Move, now: datetime) -> None:
    """Raises `NotFound` for a request of a town that is not the agent's."""
    other = await requests.case(tx, asked.joins or "")
    if not agent.sees(other.commune):
        raise NotFound("request")
    await changes.merge(tx, asked.request, other.reference, Actor.AGENT, now)


def _note(request: str, before: Place, place: Place, counter: Counter) -> Line:
    said = {"before": _said(before, counter), "after": _said(place, counter)}
    return say("ticket.place_note", request=request, **said)


def _said(place: Place, counter: Counter) -> str:
    point = None
    if place.latitude is not None and place.longitude is not None:
        point = f"{place.latitude:.5f}, {place.longitude:.5f}"
    where = ", ".join(filter(None, (place.address or point, place.precision)))
    return ", ".join(filter(None, (where, counter.town(place.commune))))


async def _go_along(
    tx: Transaction,
    agent: Agent,
    held: Held,
    row: RequestRow,
    place: Place,
    counter: Counter,
    now: datetime,
) -> None:
    """The ticket is of the other town now, and found in its lists; so is what is said from now on,
    unless its citizen is with a third one."""
    reference, before = held.ticket["reference"], held.ticket["team"]
    team = _team_there(before, row, place, counter)
    await tickets.change(tx, reference, commune=place.commune)
    if held.conversation["commune"] == row.commune:
        await conversations.change(tx, held.conversation["id"], commune=place.commune)
    is_other_team = team != before
    if is_other_team:
        data: Mapping[str, str] = {"team": team, "before": before}
        await record(tx, agent, held, EventKind.TRANSFERRED, now, data=data)
        due = due_columns(counter.team(team), now)
        await tickets.change(
            tx, reference, team=team, first_reply_at=None, warned_at=None, woke_at=None, **due
        )
    language, left = held.conversation["language"], held.hands.agent
    if not is_other_team and held.hands.name is None:
        await assigning.assign(tx, reference, language, now)
        return
    if not is_other_team and await _serves(tx, left, place.commune):
        return
    line = say(
        "ticket.moved_on",
        reference=reference,
        team=counter.team(team).label,
        town=counter.town(place.commune),
    )
    await passing.release(tx, held, line, counter, now)
    await assigning.assign(tx, reference, language, now, but=[] if left is None else [left])


def _team_there(team: str, row: RequestRow, place: Place, counter: Counter) -> str:
    """Whoever had the ticket as the request's team gives it to that team of the other town; another
    team, which answers every town, keeps it."""
    here = counter.catalogue.find(row.service, row.commune)
    there = counter.catalogue.service(row.service, place.commune)
    return there.team if here is not None and here.team == team else team


async def _serves(tx: Transaction, agent_id: UUID | None, commune: str | None) -> bool:
    """Whether whoever has the ticket has it still, in that town. Elsewhere a backend says so."""
    if agent_id is None:
        return True
    try:
        await store.colleague(tx, agent_id, commune)
    except NotFound:
        return False
    return True
