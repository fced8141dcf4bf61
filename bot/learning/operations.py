"""What can be asked of what may be learnt: decide on it, say what the reader is to be taught."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.accounts.rules import Agent
from bot.audit import store as audit
from bot.audit.rules import OPERATOR, Action
from bot.errors import Invalid
from bot.learning import store
from bot.learning.placeholders import learnt
from bot.learning.rules import (
    ABOUT_A_SERVICE,
    INTENTS,
    LONGEST_TEXT,
    SHORTEST_TEXT,
    Meant,
    Status,
)
from bot.storage.transaction import Transaction


@dataclass(frozen=True)
class Example:
    """What the reader is to be taught. `service`: of a report, for the catalogue's phrases."""

    number: int
    text: str
    intent: str
    service: str | None


@dataclass(frozen=True)
class Decision:
    """`text`: as the reviewer left it."""

    status: Status
    text: str
    meant: Meant


def check_meant(meant: Meant) -> None:
    """Raises `Invalid` for what no message means."""
    if meant.intent not in INTENTS:
        raise Invalid("intent", "unknown", reason="unknown")
    if meant.service is not None and meant.intent != ABOUT_A_SERVICE:
        raise Invalid("service", "only a report is about one", reason="unknown")


def checked_text(text: str) -> str:
    """Raises `Invalid` for nothing, and for too much."""
    plain = " ".join(text.replace("\x00", "").split())
    if len(learnt(plain)) < SHORTEST_TEXT:
        raise Invalid("text", "nothing to learn from", reason="empty")
    if len(plain) > LONGEST_TEXT:
        raise Invalid("text", f"more than {LONGEST_TEXT} characters", reason="too_long")
    return plain


async def decide(
    tx: Transaction, agent: Agent, number: int, decision: Decision, now: datetime
) -> None:
    """Accept, refuse, or put back; the last word counts until it was added to the training data.

    Raises `Forbidden` for whoever leads nobody, `NotFound` for another town's, `Invalid`.
    """
    row = await store.locked(tx, agent, number)
    if row["added_at"] is not None:
        raise Invalid("number", "it was learnt already", reason="added")
    check_meant(decision.meant)
    is_open = decision.status is Status.PENDING
    await store.change(
        tx,
        number,
        text=checked_text(decision.text),
        intent=decision.meant.intent,
        service=decision.meant.service,
        status=decision.status.value,
        decided_by=None if is_open else agent.name,
        decided_at=None if is_open else now,
    )
    action = {
        Status.ACCEPTED: Action.TRAINING_ACCEPTED,
        Status.REFUSED: Action.TRAINING_REFUSED,
        Status.PENDING: Action.TRAINING_REOPENED,
    }[decision.status]
    subject, commune = f"training:{number}", row["commune"]
    await audit.record(tx, agent.actor, action, subject, now, commune=commune)


async def examples(tx: Transaction) -> list[Example]:
    """Every accepted one, as the reader would learn it: for the operator."""
    return [
        Example(row["id"], learnt(row["text"]), row["intent"], row["service"])
        for row in await store.accepted(tx)
    ]


async def note_exported(tx: Transaction, now: datetime) -> None:
    """The operator took them out."""
    await audit.record(tx, OPERATOR, Action.TRAINING_EXPORTED, "training", now)


async def note_added(tx: Transaction, numbers: list[int], now: datetime) -> None:
    """They stand in the training data, from which the reader is yet to be trained."""
    await store.added(tx, numbers, now)
    await audit.record(tx, OPERATOR, Action.TRAINING_ADDED, "training", now)
