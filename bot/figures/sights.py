"""What whoever leads reads of single citizens in the figures, for the audit log: the rows of lists,
and what was not understood."""

from __future__ import annotations

from datetime import datetime

from bot.accounts.rules import Agent
from bot.audit import store as audit
from bot.audit.rules import Action
from bot.figures.rules import Chosen, Period
from bot.storage.transaction import Transaction

EVERY_TOWN = "*"


async def listed(
    tx: Transaction, agent: Agent, name: str, period: Period, chosen: Chosen, now: datetime
) -> None:
    """Rows were shown: once in a while, whichever page of them."""
    subject = _subject(agent, name, period, chosen)
    await audit.record_sight(
        tx, agent.actor, Action.FIGURES_LISTED, subject, now, commune=_town(agent, chosen)
    )


async def exported(
    tx: Transaction, agent: Agent, name: str, period: Period, chosen: Chosen, now: datetime
) -> None:
    """Rows were taken out as a file: a line each time."""
    subject = _subject(agent, name, period, chosen)
    await audit.record(
        tx, agent.actor, Action.FIGURES_EXPORTED, subject, now, commune=_town(agent, chosen)
    )


def _subject(agent: Agent, name: str, period: Period, chosen: Chosen) -> str:
    """`misunderstood 69029,69149 2026-03-02/2026-03-15`."""
    towns = sorted(agent.communes) if agent.communes is not None else [EVERY_TOWN]
    of = chosen.town or ",".join(towns)
    return f"{name} {of} {period.first}/{period.last}"


def _town(agent: Agent, chosen: Chosen) -> str | None:
    return chosen.town or agent.only_town
