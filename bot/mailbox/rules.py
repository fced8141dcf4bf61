"""What mail that arrives is, how much of it is taken, and how long it is tried. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

MOST_BYTES = 25 * 1024 * 1024
"""Of one mail, encoded: some 18 MB of attachments."""
MOST_AN_HOUR = 30
"""Mails of one sender that become messages; a loop that nothing else stopped ends there."""
MOST_ACKNOWLEDGED = 3
"""Mails of one sender within an hour that are answered by an acknowledgement."""
MOST_ATTEMPTS = 5
READ_PLAINLY_FROM = 3
"""The attempt from which a mail that breaks its reader is only kept, as a file."""
LEASE = timedelta(seconds=40)
LONGEST_ADDRESS = 254


class Kind(StrEnum):
    """What an arrived mail turned out to be."""

    MAIL = "mail"  # somebody wrote
    AUTOMATIC = "automatic"  # an automatic reply, a list, an advertisement: never answered
    BOUNCE = "bounce"  # a server tells what became of a letter of ours
    OWN = "own"  # from one of our own addresses
    LIMITED = "limited"  # too many of one sender: kept for an operator


class State(StrEnum):
    WAITING = "waiting"
    TAKEN = "taken"
    FAILED = "failed"


@dataclass(frozen=True)
class Mailbox:
    """An address of ours. `commune`: the town whose it is, None for the metropolis; `team`: who
    reads it, None to let its subject decide."""

    address: str
    commune: str | None = None
    team: str | None = None


def tried_again_after(attempts: int) -> timedelta | None:
    """How long a mail waits after that many attempts; None when it is given up."""
    return None if attempts >= MOST_ATTEMPTS else timedelta(seconds=5 * 4 ** max(0, attempts - 1))


def same_mailbox(address: str) -> str:
    """An address as it is compared: without spaces around, in small letters."""
    return address.strip().lower()
