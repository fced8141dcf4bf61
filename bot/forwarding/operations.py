"""What can be asked of forwarding: queue, begin an attempt, say how it ended, apply their news.

The citizen hears "forwarded" only in the transaction that records their acceptance, and of a
failure in the one that records it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from bot.errors import Conflict
from bot.forwarding import store
from bot.forwarding.rules import (
    BACK_OFF,
    LEASE,
    MAY_BE_FORWARDED,
    Heard,
    State,
    System,
    Verdict,
    is_shown,
    judge,
    not_ahead,
    tried_again_after,
)
from bot.forwarding.store import Due
from bot.service_requests.changes import Step, change_status
from bot.service_requests.rules import CLOSED, TRANSITIONS, Actor, Status
from bot.storage.transaction import Transaction

TRIES = 3
"""A request may change between the look at it and the step."""


@dataclass(frozen=True)
class Attempt:
    """A sending under way. `in_doubt`: an earlier one may have got there, since `first_at`."""

    id: UUID
    due: Due
    first_at: datetime

    @property
    def reference(self) -> str:
        return self.due.told.reference


async def queue(tx: Transaction, system: System, now: datetime) -> int:
    """Queue every new request that the system is to get, whatever filed it and whenever. Returns
    how many."""
    return await store.queue(tx, system.commune, system.services.keys(), now)


async def begin(tx: Transaction, system: System, now: datetime) -> Attempt | None:
    """Take the next sending that is due, if there is one. From the commit on it is in doubt: a
    service killed in the middle leaves that behind, and they are asked before it is sent again."""
    while (due := await store.next_due(tx, system.commune, now)) is not None:
        reference = due.told.reference
        is_theirs = due.told.commune == system.commune and due.told.service in system.services
        if due.status in CLOSED or not is_theirs:
            await store.change(tx, reference, state=State.CANCELLED.value, next_at=None)
            continue
        attempt = Attempt(uuid4(), due, due.first_tried_at or now)
        await store.change(
            tx,
            reference,
            lease=attempt.id,
            lease_until=now + LEASE,
            first_tried_at=attempt.first_at,
            in_doubt=True,
        )
        return attempt
    return None


async def accepted(tx: Transaction, attempt: Attempt, remote_id: str, now: datetime) -> bool:
    """They have it under their reference: keep it, and the request is forwarded. Even a slow
    twin's word counts. False when that was known."""
    if await store.is_sent(tx, attempt.reference):
        return False
    await store.change(
        tx,
        attempt.reference,
        state=State.SENT.value,
        remote_id=remote_id,
        sent_at=now,
        **_ENDED,
    )
    await _show(tx, attempt.reference, Status.FORWARDED, now)
    return True


async def promised(tx: Transaction, attempt: Attempt, token: str, now: datetime) -> None:
    """They took it and owe us its reference: ask for that from now on, never send it again."""
    if await store.holds(tx, attempt.reference, attempt.id):
        owed = {"state": State.AWAITING_ID.value, "token": token, "next_at": now + BACK_OFF[0]}
        await store.change(tx, attempt.reference, **_ENDED | owed)


async def failed(
    tx: Transaction,
    attempt: Attempt,
    why: str,
    now: datetime,
    *,
    is_unsent: bool = False,
    not_before: datetime | None = None,
) -> None:
    """It did not go through, or nobody knows: try again later, and let the request say so after a
    few times. `is_unsent`: surely no byte of this attempt got there."""
    if not await store.holds(tx, attempt.reference, attempt.id):
        return
    failures = attempt.due.failures + 1
    wait = tried_again_after(failures)
    next_at = None if wait is None else max(now + wait, not_before or now)
    has_token = attempt.due.token is not None
    state = State.AWAITING_ID if has_token else State.WAITING
    await store.change(
        tx,
        attempt.reference,
        state=(State.FAILED if next_at is None else state).value,
        failures=failures,
        in_doubt=attempt.due.in_doubt or not is_unsent,
        next_at=next_at,
        last_error=why,
        lease=None,
        lease_until=None,
    )
    if next_at is None or is_shown(failures, has_token=has_token):
        await _show(tx, attempt.reference, Status.FORWARD_FAILED, now)


async def refused(tx: Transaction, attempt: Attempt, why: str, now: datetime) -> None:
    """They will not take it: no more is tried until an operator asks for it."""
    if not await store.holds(tx, attempt.reference, attempt.id):
        return
    await store.change(
        tx,
        attempt.reference,
        state=State.FAILED.value,
        failures=attempt.due.failures + 1,
        in_doubt=attempt.due.in_doubt,
        next_at=None,
        last_error=why,
        lease=None,
        lease_until=None,
    )
    await _show(tx, attempt.reference, Status.FORWARD_FAILED, now)


async def retry(tx: Transaction, reference: str, now: datetime) -> None:
    """Send it now whatever happened before. Raises `NotFound` when there is nothing to send."""
    await store.again(tx, reference, now)


_ENDED: dict[str, object] = {
    "failures": 0,
    "in_doubt": False,
    "next_at": None,
    "last_error": None,
    "lease": None,
    "lease_until": None,
}


async def _show(tx: Transaction, reference: str, target: Status, now: datetime) -> None:
    """Let the request say how its sending stands, unless an agent or a citizen decided more."""
    for _ in range(TRIES):
        ours = await store.ours(tx, reference)
        if ours.status not in MAY_BE_FORWARDED - {target}:
            return
        try:
            async with tx.begin_nested():
                await change_status(tx, reference, Step(target, Actor.SYSTEM), now)
            return
        except Conflict:  # it changed under our eyes: look again
            continue


async def hear(
    tx: Transaction,
    system: System,
    reference: str,
    heard: Heard,
    now: datetime,
) -> Verdict:
    """Apply what they say of a request. Saying it twice, or to two services, changes it once."""
    known = await store.known(tx, reference)
    dated = Heard(heard.remote_id, heard.status, heard.note, not_ahead(heard.at, now))
    verdict = Verdict.REFUSED
    for _ in range(TRIES):
        ours = await store.ours(tx, reference)
        verdict, step = judge(system, known, dated, ours)
        if step is None:
            break
        try:
            async with tx.begin_nested():
                await change_status(
                    tx, reference, Step(step.target, Actor.SYSTEM, step.reason), now
                )
            break
        except Conflict:
            verdict = Verdict.REFUSED
            if Actor.SYSTEM not in TRANSITIONS[ours.status].get(step.target, frozenset()):
                break  # else it changed under our eyes: judge again
    if verdict is Verdict.SAME and dated.at is not None:
        await store.change(tx, reference, remote_updated_at=dated.at)
    elif verdict not in (Verdict.SAME, Verdict.STALE):
        await store.change(
            tx,
            reference,
            remote_status=dated.status,
            remote_note=dated.note,
            remote_updated_at=dated.at or known.at,
            heard_at=now,
            verdict=verdict.value,
        )
    return verdict


async def next_pull(
    tx: Transaction, system: System, now: datetime, *, is_asked: bool
) -> store.Pulled | None:
    """Take the reading of a system's news; None when it is not due, or somebody else's."""
    return await store.take_pull(
        tx, system.commune, now, now + system.pull_every, is_asked=is_asked
    )


async def pulled(
    tx: Transaction, system: System, began: datetime, *, is_whole: bool, why: str | None
) -> None:
    """A reading ended. `why` is None when all of it was read; else the same is asked again."""
    values: dict[str, object] = {"last_error": why}
    if why is None:
        values["pulled_until"] = began
        if is_whole:
            values["whole_at"] = began
    await store.pulled(tx, system.commune, **values)
