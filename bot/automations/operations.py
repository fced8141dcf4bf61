"""What an administrator can ask of automations. Every change and every dry run is a line of the
audit log."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from bot.accounts.rules import Agent
from bot.audit import store as audit
from bot.audit.rules import Action
from bot.automations import store
from bot.automations.conditions import (
    ANYBODY,
    LONGEST_TITLE,
    TRIED_OVER,
    Automation,
    Known,
    Seen,
    check,
    check_theirs,
    would_have,
)
from bot.errors import Invalid, NotFound
from bot.handover import store as handover
from bot.handover.counter import Counter
from bot.handover.tagging import changed
from bot.services.opening import hours_of
from bot.storage.transaction import Transaction


async def save(
    tx: Transaction,
    agent: Agent,
    automation_id: UUID | None,
    chosen: Automation,
    known: Known,
    now: datetime,
) -> UUID:
    """Keep a new automation, switched off, or another version of one: that one goes on, or stays
    off. Raises `Forbidden`, `NotFound`, `Invalid`."""
    check_theirs(agent, chosen.only)
    check(chosen, known)
    changed((), chosen.then.tags, ())
    await _check_agent(tx, chosen)
    if automation_id is None:
        automation_id, number = await store.add(tx, now), 1
    else:
        kept = await store.automation(tx, agent, automation_id)
        if kept.automation == chosen:
            return automation_id
        number = kept.version + 1
    await store.add_version(tx, agent, automation_id, number, chosen, now)
    await _record(tx, agent, Action.AUTOMATION_CHANGED, chosen, now)
    return automation_id


async def _check_agent(tx: Transaction, chosen: Automation) -> None:
    """Raises `Invalid` for an agent who does not serve the towns that are meant."""
    to = chosen.then.assign
    if to is None or to == ANYBODY:
        return
    towns: list[str | None] = [*sorted(chosen.only.towns)] or [None]
    for town in towns:
        try:
            await handover.colleague(tx, UUID(to), town)
        except NotFound as error:
            raise Invalid("assign", "they do not serve that town", reason="unknown") from error


async def restore(
    tx: Transaction, agent: Agent, automation_id: UUID, number: int, now: datetime
) -> None:
    """Let an earlier version hold again. Raises `Forbidden`, `NotFound`, `Invalid`."""
    kept = await store.automation(tx, agent, automation_id)
    made = await store.versions(tx, agent, automation_id)
    before = next((one.automation for one in made if one.version == number), None)
    if before is None:
        raise NotFound("version")
    check_theirs(agent, before.only)
    await store.add_version(
        tx, agent, automation_id, kept.version + 1, before, now, restored=number
    )
    await _record(tx, agent, Action.AUTOMATION_CHANGED, before, now)


async def switch(
    tx: Transaction, agent: Agent, automation_id: UUID, now: datetime, *, is_on: bool
) -> None:
    """Let it work from now on, or no more. Raises `Forbidden`, `NotFound`."""
    kept = await store.automation(tx, agent, automation_id)
    if (kept.on_since is not None) == is_on:
        return
    await store.switch(tx, automation_id, now if is_on else None)
    action = Action.AUTOMATION_ON if is_on else Action.AUTOMATION_OFF
    await _record(tx, agent, action, kept.automation, now)


async def _record(
    tx: Transaction, agent: Agent, action: Action, automation: Automation, now: datetime
) -> None:
    towns = automation.only.towns
    commune = next(iter(towns)) if len(towns) == 1 else None
    title = "".join(filter(str.isprintable, automation.title))  # a form that is tried is unchecked
    await audit.record(tx, agent.actor, action, title[:LONGEST_TITLE], now, commune=commune)


def tried(
    automation: Automation, tickets: list[Seen], counter: Counter, now: datetime
) -> list[Seen]:
    """Those to which it would have done something over the last 30 days, newest first."""
    start = now - TRIED_OVER
    return [
        seen
        for seen in tickets
        if would_have(automation, seen, hours_of(counter.team(seen.team)), start, now)
    ]


async def to_try(
    tx: Transaction, agent: Agent, automation: Automation, now: datetime
) -> list[Seen]:
    """The tickets of a dry run, in the administrator's towns: it tells which have these words, so
    that it is in the audit log. Raises `Forbidden`, `Invalid`."""
    check_theirs(agent, automation.only)
    await _record(tx, agent, Action.AUTOMATION_TRIED, automation, now)
    return await store.seen_since(tx, agent, now - TRIED_OVER)
