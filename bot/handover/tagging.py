"""The free words that agents put on tickets, and those that their towns use already."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select

from bot.accounts.rules import Agent
from bot.errors import Invalid
from bot.handover import store
from bot.handover.answering import record
from bot.handover.rules import Author
from bot.storage.transaction import Transaction
from bot.tickets import store as tickets
from bot.tickets.rules import EventKind
from bot.tickets.tables import Ticket

MOST_TAGS = 10
LONGEST_TAG = 40
"""Characters."""
LOOKED_AT = 2000
"""The newest tagged tickets, from which tags are suggested."""
MOST_SUGGESTED = 50


def checked_tag(text: str) -> str:
    """Lower case, without runs of spaces. Raises `Invalid` for nothing, and for too much."""
    tag = " ".join(text.replace("\x00", "").split()).lower()
    if not tag:
        raise Invalid("tag", "nothing was written", reason="empty")
    if len(tag) > LONGEST_TAG:
        raise Invalid("tag", f"more than {LONGEST_TAG} characters", reason="too_long")
    return tag


def changed(before: Sequence[str], add: Sequence[str], remove: Sequence[str]) -> list[str]:
    """The tags after a change, in the order in which they came. Raises `Invalid` for too many."""
    out = {checked_tag(tag) for tag in remove}
    kept = [tag for tag in before if tag not in out]
    after = list(dict.fromkeys([*kept, *(checked_tag(tag) for tag in add)]))
    if len(after) > MOST_TAGS:
        raise Invalid("tag", f"more than {MOST_TAGS} tags", reason="too_many")
    return after


async def tag(
    tx: Transaction,
    author: Author,
    reference: str,
    add: Sequence[str],
    remove: Sequence[str],
    now: datetime,
    *,
    external_id: str | None = None,
) -> None:
    """Put tags on an open ticket and take others off; what is so already stays. Swapping `add` and
    `remove` undoes it. Raises `Invalid`, `NotFound`, `Conflict` for a closed one."""
    held = await store.hold_once(tx, author, reference, external_id)
    if held is None:
        return
    before = list(held.ticket["tags"])
    after = changed(before, add, remove)
    if after == before:
        return
    data = {
        "added": [one for one in after if one not in before],
        "removed": [one for one in before if one not in after],
    }
    await record(tx, author, held, EventKind.TAGGED, now, data=data, external_id=external_id)
    await tickets.change(tx, reference, tags=after)


async def suggested(tx: Transaction, agent: Agent) -> list[str]:
    """The tags of the agent's towns, the most used first."""
    newest = (
        select(Ticket.tags)
        .where(store.visible(agent), Ticket.tags != [])
        .order_by(Ticket.opened_at.desc())
        .limit(LOOKED_AT)
        .subquery()
    )
    used = select(func.unnest(newest.c.tags).label("tag")).subquery()
    one = used.c.tag
    query = select(one).group_by(one).order_by(func.count().desc(), one).limit(MOST_SUGGESTED)
    return list((await tx.execute(query)).scalars())
