"""What can be asked of the copies of tickets: begin an attempt, say how it ended, apply news.

An attempt is one thing told to the backend: the ticket itself, one message, one note, one state.
It begins in one transaction and ends in another; in between the copy is in doubt.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy.engine import RowMapping

from bot.attachments.rules import Kept as KeptFile
from bot.errors import Conflict, DomainError
from bot.files.pictures import Picture
from bot.handover import answering, passing
from bot.handover.counter import Counter
from bot.handover.rules import OutsideAgent
from bot.mirroring import store, wording
from bot.mirroring.rules import (
    LEASE,
    Entry,
    Field,
    Happened,
    Known,
    Uttered,
    in_time,
    is_of_the_ticket,
    is_theirs,
    judge,
    key_of,
    learned,
    tried_again_after,
)
from bot.service_requests import photo_store
from bot.service_requests import store as drafts
from bot.service_requests.draft import Draft
from bot.storage.transaction import Transaction
from bot.tickets import store as tickets
from bot.tickets.backends.port import Attached, Comment, Opening, Remote, Said, Seen
from bot.tickets.backends.rules import State
from bot.tickets.rules import EventKind, Status
from bot.words.catalogues import Words
from bot.words.phrases import ShownPhoto, say

TOLD_BEFORE = 12
"""Messages of before the ticket that its first text repeats."""


@dataclass(frozen=True)
class Create:
    """The ticket itself is to be made there."""

    opening: Opening


@dataclass(frozen=True)
class Say:
    """Words to add."""

    comment: Comment


@dataclass(frozen=True)
class Show:
    """A photo to add, under a key like a comment's."""

    key: str
    photo: UUID


@dataclass(frozen=True)
class Move:
    """A state to write, the one that was written before, and how it was when we last knew."""

    wanted: State
    before: State
    heard: State


@dataclass(frozen=True)
class Hand:
    """A file to add that the citizen sent."""

    key: str
    file: KeptFile


Part = Say | Show | Hand


@dataclass(frozen=True)
class Several:
    """What one message holds, each under a key of its own."""

    parts: tuple[Part, ...]


Step = Create | Part | Several | Move


@dataclass(frozen=True)
class Attempt:
    """One thing to tell, under way. `through`: what is there once it has arrived."""

    id: UUID
    reference: str
    backend: str
    remote_id: str
    in_doubt: bool
    failures: int
    failing_since: datetime | None
    step: Step
    through: Entry | None


@dataclass(frozen=True)
class Mirroring:
    """What both directions need beside the transaction. `site`: where agents find the console."""

    counter: Counter
    backend: str
    site: str


async def begin(tx: Transaction, mirroring: Mirroring, now: datetime) -> Attempt | None:
    """Take the next thing that is due, if there is one. From the commit on it is in doubt: a
    service killed in the middle leaves that behind, and they are asked before it is told again."""
    await store.queue(tx, mirroring.backend, now)
    while (copy := await store.next_due(tx, mirroring.backend, now)) is not None:
        found = await _next(tx, mirroring, copy, now)
        if found is None:
            continue  # nothing of it need be told: it has been noted as known
        step, through = found
        attempt = Attempt(
            uuid4(),
            copy["reference"],
            mirroring.backend,
            copy["remote_id"] or "",
            copy["in_doubt"],
            copy["failures"],
            copy["failing_since"],
            step,
            through,
        )
        await store.change(
            tx,
            attempt.reference,
            attempt.backend,
            lease=attempt.id,
            lease_until=now + LEASE,
            in_doubt=True,
        )
        return attempt
    return None


async def _next(
    tx: Transaction, mirroring: Mirroring, copy: RowMapping, now: datetime
) -> tuple[Step, Entry | None] | None:
    """The next thing to tell of a ticket; what need not be told is passed over for good."""
    ours = store.state_of(copy)
    if copy["remote_id"] is None:
        return Create(await opening(tx, mirroring, copy, now)), None
    reference = copy["reference"]
    history = await store.history(tx, reference)
    messages = await store.messages_after(tx, copy["conversation_id"], copy["sent_seq"])
    events = [one for one in history if one.id > copy["sent_event"]]
    for entry in in_time(messages, events):
        step = _step(mirroring, copy, ours, entry, history)
        if step is not None:
            return step, entry
        await store.change(tx, reference, mirroring.backend, **_through(entry))
    return None


async def opening(
    tx: Transaction, mirroring: Mirroring, ticket: RowMapping, now: datetime
) -> Opening:
    """A ticket with its whole context, as plain text."""
    conversation_id = ticket["conversation_id"]
    said = await store.messages_before(tx, conversation_id, ticket["opened_seq"], TOLD_BEFORE)
    draft = await drafts.draft_of(tx, conversation_id, now) or Draft()
    ours = store.state_of(ticket)
    return wording.opening(ticket, ours, draft, said, mirroring.counter, mirroring.site)


async def told_in_full(
    tx: Transaction, mirroring: Mirroring, reference: str, now: datetime
) -> tuple[Opening, list[Entry]]:
    """All that an agent may read of a ticket: its context, and what was said and done since.
    Raises `NotFound`."""
    ticket = await tickets.by_reference(tx, reference)
    messages = await store.messages_after(tx, ticket["conversation_id"], ticket["opened_seq"])
    entries = in_time(messages, await store.history(tx, reference))
    return await opening(tx, mirroring, ticket, now), entries


def _step(
    mirroring: Mirroring,
    copy: RowMapping,
    ours: State,
    entry: Entry,
    history: Sequence[Happened],
) -> Step | None:
    is_news = not is_theirs(entry, mirroring.backend)
    key = key_of(copy["reference"], entry)
    if isinstance(entry, Uttered):
        if not is_news or not is_of_the_ticket(entry.at, history):
            return None
        return _uttered(entry, key, mirroring.counter.words)
    if entry.kind is EventKind.NOTE:
        if not is_news:
            return None
        return Say(Comment(key, entry.author or "", entry.text or "", is_internal=True))
    told, heard = store.read_state(copy["told"]), store.read_state(copy["heard"])
    return Move(ours, told, heard) if told != ours else None


def _uttered(entry: Uttered, key: str, words: Words) -> Part | Several | None:
    """All that a message holds: its pictures or its file, then its words."""
    said = wording.spoken(entry, words, is_shown=True).strip()
    keys = [key, *(f"{key}.{n}" for n in range(2, len(entry.photos) + 3))]
    parts: list[Part] = [Show(keys.pop(0), UUID(photo)) for photo in entry.photos]
    if entry.file is not None:
        parts.append(Hand(keys.pop(0), entry.file))
    if said:
        parts.append(Say(Comment(keys.pop(0), wording.author(entry, words), said)))
    if len(parts) > 1:
        return Several(tuple(parts))
    return parts[0] if parts else None


def _through(entry: Entry) -> dict[str, object]:
    return {"sent_seq": entry.seq} if isinstance(entry, Uttered) else {"sent_event": entry.id}


# -- how it ended -------------------------------------------------------------------------------

_ENDED: dict[str, object] = {
    "in_doubt": False,
    "failures": 0,
    "failing_since": None,
    "last_error": None,
    "lease": None,
    "lease_until": None,
}


async def created(tx: Transaction, attempt: Attempt, remote: Remote, now: datetime) -> None:
    """It is there, under their id. Even a slow twin's word counts."""
    if isinstance(attempt.step, Create):
        told = store.kept(attempt.step.opening.state)
        heard = store.kept(remote.state)
        await _arrived(tx, attempt, now, remote_id=remote.id, told=told, heard=heard)


async def moved(tx: Transaction, attempt: Attempt, after: State, now: datetime) -> None:
    """The state was written; `after` is what it became there."""
    step = attempt.step
    if isinstance(step, Move):
        heard = learned(step.wanted, step.before, step.heard, after)
        told = store.kept(step.wanted)
        await _arrived(tx, attempt, now, told=told, heard=store.kept(heard))


async def arrived(tx: Transaction, attempt: Attempt, now: datetime) -> None:
    """What was told is there."""
    await _arrived(tx, attempt, now)


async def _arrived(tx: Transaction, attempt: Attempt, now: datetime, **values: object) -> None:
    if await store.holds(tx, attempt.reference, attempt.backend, attempt.id):
        known = {} if attempt.through is None else _through(attempt.through)
        changes = {**_ENDED, **known, **values, "tried_at": now, "next_at": now}
        await store.change(tx, attempt.reference, attempt.backend, **changes)


async def withheld(tx: Transaction, attempt: Attempt, why: str, now: datetime) -> None:
    """A note that they could not keep from citizens stays here, and is counted."""
    if (
        await store.holds(tx, attempt.reference, attempt.backend, attempt.id)
        and attempt.through is not None
    ):
        changes = {**_ENDED, **_through(attempt.through), "tried_at": now, "next_at": now}
        changes |= {"last_error": why}
        await store.change(tx, attempt.reference, attempt.backend, **changes)
        await store.one_more_withheld(tx, attempt.reference, attempt.backend)


async def failed(
    tx: Transaction,
    attempt: Attempt,
    why: str,
    now: datetime,
    *,
    is_unsent: bool = False,
    not_before: datetime | None = None,
) -> None:
    """It did not go through, or nobody knows: try again later. `is_unsent`: surely no byte of
    this attempt got there."""
    if not await store.holds(tx, attempt.reference, attempt.backend, attempt.id):
        return
    failures = attempt.failures + 1
    await store.change(
        tx,
        attempt.reference,
        attempt.backend,
        in_doubt=attempt.in_doubt or not is_unsent,
        failures=failures,
        failing_since=attempt.failing_since or now,
        last_error=why,
        next_at=max(now + tried_again_after(failures), not_before or now),
        tried_at=now,
        lease=None,
        lease_until=None,
    )


# -- what people did there ----------------------------------------------------------------------


@dataclass(frozen=True)
class Kept:
    """A picture that somebody there sent, cleaned and stored."""

    id: UUID
    picture: Picture


class Busy(Conflict):
    """Something is being told of that ticket: what was seen of it may be older than that."""

    code = "busy"


async def hear(
    tx: Transaction,
    mirroring: Mirroring,
    news: Said | Attached,
    kept: Kept | None,
    now: datetime,
) -> bool:
    """Apply words of a person there, once: to the citizen, or between agents. `kept`: what an
    attachment became here, if the citizen can be shown it. False for what is known or not ours."""
    ticket = await store.of_remote(tx, mirroring.backend, news.remote_id)
    external_id = f"{mirroring.backend}:{news.id}"
    if ticket is None or await store.is_applied(tx, ticket, external_id):
        return False
    author = OutsideAgent(news.author or mirroring.backend)
    reference, counter = ticket["reference"], mirroring.counter
    if isinstance(news, Attached) and kept is None:
        mention = wording.mention(news, counter.words)
        await answering.note(tx, author, reference, mention, external_id, now)
    elif isinstance(news, Said) and news.is_internal:
        await answering.note(tx, author, reference, news.text, external_id, now)
    else:
        text = news.text if isinstance(news, Said) else wording.caption(counter.words)
        photos = () if kept is None else (await shown_to(tx, kept, ticket["citizen_id"], now),)
        if ticket["status"] == Status.CLOSED.value:
            await answering.reopen(
                tx, author, reference, counter, now, external_id=f"{external_id}:reopened"
            )
        await answering.reply(tx, author, reference, text, external_id, counter, now, photos=photos)
    return True


async def shown_to(tx: Transaction, kept: Kept, citizen_id: UUID, now: datetime) -> ShownPhoto:
    """The picture, which the citizen may see as if it were theirs."""
    picture = kept.picture
    size = (picture.width, picture.height, len(picture.data))
    await photo_store.add_photo(tx, kept.id, citizen_id, *size, now)
    return ShownPhoto(str(kept.id), say("mirror.picture"))


async def is_awaited(tx: Transaction, backend: str, news: Attached) -> bool:
    """Whether an attachment is of a ticket of ours, and not applied yet."""
    ticket = await store.of_remote(tx, backend, news.remote_id)
    return ticket is not None and not await store.is_applied(tx, ticket, f"{backend}:{news.id}")


async def see(
    tx: Transaction, mirroring: Mirroring, seen: Seen, began: datetime, now: datetime
) -> frozenset[Field]:
    """Apply the state in which a ticket was seen, of a reading that `began` then. Returns what
    changed here. Raises `Busy`: the same is to be read again."""
    copy = await store.of_remote(tx, mirroring.backend, seen.remote_id)
    if copy is None or copy["heard"] is None:
        return frozenset()
    if _may_be_old(copy, began, now):
        raise Busy("ticket")
    known = Known(store.read_state(copy["told"]), store.read_state(copy["heard"]))
    ours, in_doubt = store.state_of(copy), copy["in_doubt"]
    after, changed = judge(ours, known, seen.state, is_ours=seen.is_ours, in_doubt=in_doubt)
    for field in Field:
        if field in changed:
            try:
                async with tx.begin_nested():
                    await _change(tx, mirroring, copy, seen, field, now)
            except DomainError as error:
                why = f"their {field} could not be applied: {error.code}"
                await store.change(tx, copy["reference"], copy["backend"], last_error=why)
    if after != known:
        known_now = {"told": store.kept(after.told), "heard": store.kept(after.heard)}
        await store.change(tx, copy["reference"], copy["backend"], **known_now)
    return changed


def _may_be_old(copy: RowMapping, began: datetime, now: datetime) -> bool:
    is_leased = copy["lease_until"] is not None and copy["lease_until"] > now
    return is_leased or (copy["tried_at"] is not None and copy["tried_at"] > began)


async def _change(
    tx: Transaction,
    mirroring: Mirroring,
    copy: RowMapping,
    seen: Seen,
    field: Field,
    now: datetime,
) -> None:
    reference, counter, state = copy["reference"], mirroring.counter, seen.state
    author = OutsideAgent((not seen.is_ours and seen.author) or mirroring.backend)
    key = f"{mirroring.backend}:{seen.remote_id}:{field}:{seen.at.isoformat()}"
    match field:
        case Field.STATUS if state.status is Status.CLOSED:
            await answering.close(tx, author, reference, counter, now, external_id=key)
        case Field.STATUS:
            await answering.reopen(tx, author, reference, counter, now, external_id=key)
        case Field.PRIORITY if state.priority is not None:
            await passing.prioritise(tx, author, reference, state.priority, now, external_id=key)
        case Field.TEAM if state.team is not None:
            await passing.transfer(tx, author, reference, state.team, counter, now, external_id=key)
        case _:
            await passing.assign_outside(
                tx, reference, state.assignee, counter, now, external_id=key
            )


# -- readings -----------------------------------------------------------------------------------


async def read_failed(tx: Transaction, backend: str, why: str, now: datetime) -> bool:
    """The news could not be read: the same are asked for again. False when they could not the last
    time either."""
    since = await store.failing_since(tx, backend)
    await store.pulled(tx, backend, last_error=why, failing_since=since or now)
    return since is None


async def read_through(tx: Transaction, backend: str, cursor: str, now: datetime) -> None:
    """A page was applied. If it had been away, what waits is due at once."""
    if await store.failing_since(tx, backend) is not None:
        await store.all_due(tx, backend, now)
    await store.pulled(tx, backend, cursor=cursor, last_error=None, failing_since=None)


async def due_again(tx: Transaction, backend: str, now: datetime, after: timedelta) -> None:
    """When its news are asked for next."""
    await store.pulled(tx, backend, next_at=now + after)


async def refused_here(tx: Transaction, backend: str, remote_id: str, code: str) -> None:
    """Our own rules refuse what a person did there: an operator can see it."""
    copy = await store.of_remote(tx, backend, remote_id)
    if copy is not None:
        why = f"something that was done there could not be applied: {code}"
        await store.change(tx, copy["reference"], copy["backend"], last_error=why)
