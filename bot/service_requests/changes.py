"""What happens to a filed request, whoever brings it about: its states, and everything beside
them. Each is written with the news of it, in the transaction of its door."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from uuid import UUID

from bot.errors import Conflict, Invalid
from bot.service_requests import life_store, store
from bot.service_requests.delays import resumed
from bot.service_requests.life_store import Life
from bot.service_requests.news import News, Topic
from bot.service_requests.rules import (
    ASKED_AGAIN_AFTER,
    CLOSED,
    OPEN,
    Actor,
    EventKind,
    Score,
    Status,
    move,
    shared_by,
)
from bot.services.working_days import due_date, local_date
from bot.storage.transaction import Transaction

AS_BEFORE = frozenset({Status.PLANNED, Status.FORWARDED})
"""States that a request comes back to once a question is answered."""


@dataclass(frozen=True)
class Step:
    """A step to a state. `day`: for which day it is planned. `in_charge`: the code of whose
    business it is, when it is not ours. `citizen_id`: who makes it, when it is a citizen, who then
    needs no news of it."""

    target: Status
    actor: Actor
    reason: str | None = None
    day: date | None = None
    in_charge: str | None = None
    citizen_id: UUID | None = None


async def change_status(tx: Transaction, reference: str, step: Step, now: datetime) -> int:
    """Make a step, share it with what is handled together, and let all hear whom it concerns.

    Reopening what was closed with its parent reopens the parent. Returns how many will be told.
    Raises `NotFound`, `Conflict` for a step that the state machine does not have, `Invalid` for a
    missing reason or a day that is past.
    """
    if step.day is not None and (step.target is not Status.PLANNED or step.day < local_date(now)):
        raise Invalid("day", "a day to come, of something planned")
    itself, root, children = await life_store.locked_family(tx, reference)
    if step.target is Status.REOPENED and root.status in CLOSED:
        itself = root
    move(itself.status, step.target, step.actor, step.reason)
    told = await _make(tx, itself, step, now)
    if itself.reference != root.reference:
        return told
    if step.target is Status.WITHDRAWN:
        return told + await go_on_without(tx, root, children, now)
    for child in children:
        actor = shared_by(child.status, step.target, step.actor)
        if actor is not None:
            shared = replace(step, actor=actor)
            told += await _make(tx, child, shared, now)
    return told


async def _make(tx: Transaction, life: Life, step: Step, now: datetime) -> int:
    """Write a step that was allowed, move the clock, spread the news."""
    await store.append_status(tx, life.reference, step.target, step.actor, step.reason, now)
    clock = _clock(life, step, now)
    if clock != _Clock(life.due_on, life.planned_on, life.paused_at):
        is_other_day = (clock.due_on, clock.planned_on) != (life.due_on, life.planned_on)
        is_warned = {"warned_at": None} if is_other_day else {}
        await life_store.change(tx, life.reference, **asdict(clock), **is_warned)
    # A citizen's own words stay with their request: others hear what changed.
    reason = step.reason if step.citizen_id is None else None
    news = News(Topic.STATE, step.target, life.service, reason, step.day, other=step.in_charge)
    return await life_store.spread(tx, life, news, now, except_citizen=step.citizen_id)


@dataclass(frozen=True)
class _Clock:
    """The days that a request should be dealt with by, and since when its clock stands still."""

    due_on: date | None
    planned_on: date | None
    paused_at: datetime | None


def _clock(life: Life, step: Step, now: datetime) -> _Clock:
    """The clock once a step is made: it stands still while a question waits for the citizen, and
    begins again, without the plan of before, when a request is reopened."""
    if step.target is Status.WAITING_CITIZEN:
        return _Clock(life.due_on, life.planned_on, now)
    due_on, planned_on = life.due_on, life.planned_on
    if life.paused_at is not None and due_on is not None:
        due_on = resumed(due_on, life.paused_at, now)
    if step.target is Status.REOPENED:
        planned_on = None
        due_on = due_on if life.delay_days is None else due_date(now, life.delay_days)
    if step.target is Status.PLANNED and step.actor is not Actor.SYSTEM:
        planned_on = step.day
    return _Clock(due_on, planned_on, None)


async def go_on_without(tx: Transaction, root: Life, children: list[Life], now: datetime) -> int:
    """A request leaves those that were handled with it, taken back or moved to another town: they
    go on, with the first of them at their head. Returns how many will be told."""
    told, head = 0, children[0].reference if children else None
    for child in children:
        parent = None if child.reference == head else head
        await life_store.change(tx, child.reference, parent=parent)
        kind = EventKind.RELEASED if parent is None else EventKind.MERGED
        words = root.reference if parent is None else parent
        await life_store.record(tx, child.reference, kind, Actor.SYSTEM, now, words=words)
        topic = Topic.RELEASED if parent is None else Topic.MERGED
        news = News(topic, child.status, child.service, other=words)
        told += await life_store.spread(tx, child, news, now)
    return told


async def change_own(
    tx: Transaction,
    reference: str,
    citizen_id: UUID,
    target: Status,
    reason: str | None,
    now: datetime,
) -> int:
    """A step made by who filed a request or follows it. Returns how many others will be told.
    Raises `NotFound` when it is not theirs, `Conflict`, `Invalid`."""
    itself, _, _ = await life_store.locked_family(tx, reference)
    actor = await life_store.part_of(tx, itself, citizen_id)
    step = Step(target, actor, reason, citizen_id=citizen_id)
    return await change_status(tx, reference, step, now)


async def say_solved(tx: Transaction, reference: str, citizen_id: UUID, now: datetime) -> Actor:
    """A citizen says that an open request is solved. Who filed it closes it; from a follower it is
    a word for the team, and whoever filed it is asked. Returns what they are to the request.
    Raises `NotFound` when it is not theirs, and `Conflict` for what is closed."""
    itself, _, _ = await life_store.locked_family(tx, reference)
    actor = await life_store.part_of(tx, itself, citizen_id)
    if actor is Actor.CITIZEN:
        step = Step(Status.RESOLVED, actor, citizen_id=citizen_id)
        await change_status(tx, reference, step, now)
        return actor
    if itself.status not in OPEN:
        raise Conflict("closed")
    said_at = await life_store.last_event(tx, reference, EventKind.SEEN_SOLVED)
    await life_store.record(tx, reference, EventKind.SEEN_SOLVED, actor, now, citizen_id=citizen_id)
    if said_at is None or now - said_at > ASKED_AGAIN_AFTER:
        news = News(Topic.SEEN_SOLVED, itself.status, itself.service)
        await life_store.spread(tx, itself, news, now)
    return actor


async def add_words(
    tx: Transaction, reference: str, citizen_id: UUID, words: str, now: datetime
) -> bool:
    """Add a citizen's words to an open request of theirs, or that they follow. They are the answer
    to the question that a team asked who filed it, if one waits: the request then goes on as
    before. Returns whether they are. Raises `NotFound`, and `Conflict` for what is closed."""
    itself, _, _ = await life_store.locked_family(tx, reference)
    actor = await life_store.part_of(tx, itself, citizen_id)
    if itself.status not in OPEN:
        raise Conflict("closed")
    is_answer = itself.status is Status.WAITING_CITIZEN and actor is Actor.CITIZEN
    kind = EventKind.ANSWER if is_answer else EventKind.DETAIL
    await life_store.record(tx, reference, kind, actor, now, citizen_id=citizen_id, words=words)
    if is_answer:
        before = await life_store.state_before(tx, reference, itself.status)
        # Who asks has begun to look: what was new before is so no longer.
        target = before if before in AS_BEFORE else Status.IN_PROGRESS
        move(itself.status, target, Actor.SYSTEM)
        await _make(tx, itself, Step(target, Actor.SYSTEM, citizen_id=citizen_id), now)
    return is_answer


async def rate(
    tx: Transaction, reference: str, citizen_id: UUID, score: Score, why: str, now: datetime
) -> None:
    """Keep how somebody found that their request was dealt with; the last word counts.
    Raises `NotFound`, and `Conflict` for what is not closed."""
    itself, _, _ = await life_store.locked_family(tx, reference)
    actor = await life_store.part_of(tx, itself, citizen_id)
    if itself.status not in CLOSED:
        raise Conflict("not closed")
    data = {"score": score.value}
    await life_store.record(
        tx, reference, EventKind.RATED, actor, now, citizen_id=citizen_id, words=why, data=data
    )


async def reroute(
    tx: Transaction,
    reference: str,
    service: str,
    delay_days: int,
    actor: Actor,
    now: datetime,
) -> int:
    """Put an open request into another service, whose team's clock begins now; nobody has to tell
    it again. Returns how many will be told. Raises `NotFound`, `Conflict`."""
    itself, _, _ = await life_store.locked_family(tx, reference)
    if itself.status not in OPEN or itself.service == service:
        raise Conflict(f"{itself.status}, {itself.service}")
    await life_store.record(
        tx,
        reference,
        EventKind.REROUTED,
        actor,
        now,
        words=f"{itself.service} -> {service}",
        data={"from": itself.service, "to": service},
    )
    due_on = due_date(now, delay_days)
    await life_store.change(
        tx,
        reference,
        service=service,
        delay_days=delay_days,
        due_on=due_on,
        planned_on=None,
        warned_at=None,
        paused_at=None if itself.paused_at is None else now,
    )
    news = News(Topic.REROUTED, itself.status, service, day=due_on, other=itself.service)
    return await life_store.spread(tx, itself, news, now)


async def merge(tx: Transaction, child: str, parent: str, actor: Actor, now: datetime) -> int:
    """Handle a request together with another one of the same town: what becomes of that one
    becomes of it, and whoever filed or follows it hears so. What was merged into it comes along.
    Returns how many will be told. Raises `NotFound`, `Conflict`."""
    # Both at once: two who merge crosswise must not wait for each other.
    families = await life_store.locked_families(tx, [child, parent])
    (itself, _, children), (_, root, _) = families
    if itself.reference == root.reference or itself.commune != root.commune:
        raise Conflict("the same request, or another town's")
    if itself.status not in OPEN or root.status not in OPEN:
        raise Conflict("closed")
    moved = [itself, *(c for c in children if c.parent == itself.reference)]
    told = 0
    for life in moved:
        await life_store.change(tx, life.reference, parent=root.reference)
        await life_store.record(
            tx, life.reference, EventKind.MERGED, actor, now, words=root.reference
        )
        news = News(Topic.MERGED, life.status, life.service, other=root.reference)
        told += await life_store.spread(tx, life, news, now)
    return told


async def release(tx: Transaction, child: str, actor: Actor, now: datetime) -> int:
    """Take a request out of the one that it was merged into: it goes on by itself. Returns how
    many will be told. Raises `NotFound`, `Conflict`."""
    itself, _, _ = await life_store.locked_family(tx, child)
    if itself.parent is None:
        raise Conflict("not merged")
    await life_store.change(tx, child, parent=None)
    await life_store.record(tx, child, EventKind.RELEASED, actor, now, words=itself.parent)
    news = News(Topic.RELEASED, itself.status, itself.service, other=itself.parent)
    return await life_store.spread(tx, itself, news, now)


async def warn(tx: Transaction, reference: str, now: datetime) -> int:
    """Tell whom it concerns that an objective will be missed, before it is. Returns how many will
    be told: none when that is no longer so."""
    itself, root, _ = await life_store.locked_family(tx, reference)
    late_on = itself.planned_on or itself.due_on
    if itself is not root or itself.status not in OPEN or late_on is None:
        return 0
    await life_store.change(tx, reference, warned_at=now)
    await life_store.record(
        tx, reference, EventKind.LATE, Actor.SYSTEM, now, words=late_on.isoformat()
    )
    topic = Topic.LATE if itself.planned_on is None else Topic.OVERDUE
    news = News(topic, itself.status, itself.service, day=late_on)
    told = 0
    for life in await _with_children(tx, reference):
        told += await life_store.spread(tx, life, news, now)
    return told


async def _with_children(tx: Transaction, reference: str) -> list[Life]:
    itself, _, children = await life_store.locked_family(tx, reference)
    return [itself, *(c for c in children if c.status in OPEN)]
