"""Runs a macro on a ticket, and says beforehand what it would do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.accounts.rules import Agent
from bot.answers import offering, store
from bot.answers.deeds import Macro
from bot.answers.offering import About
from bot.answers.rules import Answer, Kind
from bot.answers.variables import fill
from bot.errors import Conflict, Invalid, NotFound
from bot.handover import answering, passing
from bot.handover import store as handover
from bot.handover.counter import Counter
from bot.storage.transaction import Transaction
from bot.tickets import store as tickets
from bot.tickets.rules import EventKind, Priority


@dataclass(frozen=True)
class Step:
    """One deed. `what`: take, reply, note, priority, transfer or close; `detail`: the words that
    would be said, or a code."""

    what: str
    detail: str = ""
    blanks: Sequence[str] = ()


def steps(macro: Macro, replies: dict[str, Answer], seen: About) -> list[Step]:
    """What it does, in order, without doing it. A canned answer that is gone is a blank."""
    planned = []
    if macro.takes:
        planned.append(Step("take"))
    if macro.reply:
        answer = replies.get(macro.reply)
        body = "" if answer is None else answer.body.in_(seen.language)
        filled = fill(body, seen.values)
        blanks = filled.blanks if answer is not None else (macro.reply,)
        planned.append(Step("reply", filled.text, blanks))
    if macro.note:
        filled = fill(macro.note, seen.values)
        planned.append(Step("note", filled.text, filled.blanks))
    if macro.priority:
        planned.append(Step("priority", macro.priority))
    if macro.transfer:
        planned.append(Step("transfer", macro.transfer))
    if macro.closes:
        planned.append(Step("close"))
    return planned


async def replies_of(tx: Transaction, seen: About) -> dict[str, Answer]:
    """The canned answers that a macro may name for that ticket, by code."""
    found = await store.usable(tx, Kind.ANSWER, seen.situation.commune)
    return {entry.code: Answer.from_json(entry.content) for entry in found}


@dataclass(frozen=True)
class Press:
    """An agent runs a macro. `version`: the one whose steps were on screen; `seen_through`: the
    last message that was; `external_id`: made by the client, a repeat changes nothing."""

    macro: int
    version: int
    external_id: str
    seen_through: int | None = None


async def run(
    tx: Transaction, agent: Agent, reference: str, press: Press, counter: Counter, now: datetime
) -> None:
    """Do all of a macro, or nothing; the history says its name.

    Raises `NotFound`, `Invalid` while a blank is left, `Conflict` when macro or ticket changed
    meanwhile, and what each deed raises.
    """
    key = f"macro:{press.external_id}"
    seen = await offering.about(tx, agent, reference, counter, now)
    if await handover.hold_once(tx, agent, reference, key) is None:
        return
    found = [one for one in await offering.macros(tx, seen) if one[0].id == press.macro]
    if not found:
        raise NotFound("macro")
    entry, macro = found[0]
    if entry.version != press.version:
        raise Conflict("the macro was changed meanwhile")
    planned = steps(macro, await replies_of(tx, seen), seen)
    if any(step.blanks for step in planned):
        raise Invalid("text", "a blank is left", reason="blank")
    await tickets.record(
        tx,
        reference,
        EventKind.MACRO,
        now,
        agent_id=agent.id,
        author=agent.name,
        data={"macro": macro.title.fr, "macro_en": macro.title.in_("en")},
        external_id=key,
    )
    for number, step in enumerate(planned):
        doing = Doing(agent, reference, f"{press.external_id}.{number}", press.seen_through)
        await _do(tx, doing, step, counter, now)
    await store.count_use(tx, press.macro)


@dataclass(frozen=True)
class Doing:
    """One deed of a macro, with the id under which it is known."""

    agent: Agent
    reference: str
    id: str
    seen_through: int | None


async def _do(tx: Transaction, doing: Doing, step: Step, counter: Counter, now: datetime) -> None:
    who, seen = (doing.agent, doing.reference), doing.seen_through
    match step.what:
        case "take":
            await passing.take(tx, *who, counter, now)
        case "reply":
            await answering.reply(tx, *who, step.detail, doing.id, counter, now, seen_through=seen)
        case "note":
            await answering.note(tx, *who, step.detail, doing.id, now)
        case "priority":
            await passing.prioritise(tx, *who, Priority(step.detail), now)
        case "transfer":
            await passing.transfer(tx, *who, step.detail, counter, now)
        case "close":
            await answering.close(tx, *who, counter, now, seen_through=seen)
