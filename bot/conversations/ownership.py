"""Who answers a citizen: the assistant, nobody yet, an agent. Pure.

`bot → queued → agent → bot | closed` (DESIGN): every step is a row of the table below, and every
step taken is recorded (`tables.OwnershipChange`).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from bot.conversations.rules import Owner
from bot.errors import Conflict


class Deed(StrEnum):
    """What changes who has a conversation."""

    ASK = "ask"  # for a human: a ticket is opened, or the open one is asked for again
    ANSWER = "answer"  # an agent's reply takes the conversation over
    RELEASE = "release"  # to the queue: transferred, unassigned, or left without an answer
    GIVE_BACK = "give_back"  # to the assistant
    GIVE_UP = "give_up"  # the citizen no longer needs an answer
    CLOSE = "close"  # the ticket is closed
    WRITE = "write"  # the citizen writes
    RECORD = "record"  # an agent wrote down what somebody asked, and it is dealt with


TRANSITIONS: Mapping[tuple[Owner, Deed], Owner] = {
    (Owner.BOT, Deed.ASK): Owner.QUEUED,
    (Owner.QUEUED, Deed.ASK): Owner.QUEUED,
    (Owner.AGENT, Deed.ASK): Owner.AGENT,
    (Owner.CLOSED, Deed.ASK): Owner.QUEUED,
    (Owner.BOT, Deed.ANSWER): Owner.AGENT,
    (Owner.QUEUED, Deed.ANSWER): Owner.AGENT,
    (Owner.AGENT, Deed.ANSWER): Owner.AGENT,
    (Owner.CLOSED, Deed.ANSWER): Owner.AGENT,
    (Owner.QUEUED, Deed.RELEASE): Owner.QUEUED,
    (Owner.AGENT, Deed.RELEASE): Owner.QUEUED,
    (Owner.QUEUED, Deed.GIVE_BACK): Owner.BOT,
    (Owner.AGENT, Deed.GIVE_BACK): Owner.BOT,
    (Owner.QUEUED, Deed.GIVE_UP): Owner.BOT,
    (Owner.QUEUED, Deed.CLOSE): Owner.CLOSED,
    (Owner.AGENT, Deed.CLOSE): Owner.CLOSED,
    (Owner.BOT, Deed.RECORD): Owner.CLOSED,
    (Owner.BOT, Deed.WRITE): Owner.BOT,
    (Owner.QUEUED, Deed.WRITE): Owner.QUEUED,
    (Owner.AGENT, Deed.WRITE): Owner.AGENT,
    (Owner.CLOSED, Deed.WRITE): Owner.BOT,
}

HAS_TICKET = frozenset({Owner.QUEUED, Owner.AGENT})
"""Whose conversations have an open ticket; the others have none."""


def after(owner: Owner, deed: Deed) -> Owner:
    """Who has the conversation once that was done. Raises `Conflict` where it cannot be."""
    try:
        return TRANSITIONS[owner, deed]
    except KeyError:
        raise Conflict(f"{deed} of a conversation of {owner}") from None
