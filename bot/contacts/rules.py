"""What an agent records of somebody who called, came or wrote on paper. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.errors import Invalid

LONGEST_WORDS = 4000
"""Characters of what is asked, and of what was answered: as much as a report's description."""
LONGEST_NAME = 120
LONGEST_ID = 64


class Channel(StrEnum):
    """How somebody reached the agent; `conversations.rules.RECORDED` has the same."""

    PHONE = "phone"
    COUNTER = "counter"
    POST = "post"


class Outcome(StrEnum):
    """What became of a contact."""

    FILED = "filed"
    JOINED = "joined"  # somebody had reported it already
    TICKET = "ticket"  # a team will answer
    NOTED = "noted"  # kept, and nothing follows
    ANSWERED = "answered"  # the agent did, at once


@dataclass(frozen=True)
class Person:
    """Who it was, as far as they said: `phone` as +33…, `email` as letters take it."""

    name: str | None = None
    phone: str | None = None
    email: str | None = None

    @property
    def reached_at(self) -> str | None:
        """Where an answer goes: a letter is sent by itself, a call needs somebody."""
        return self.email or self.phone


def checked_words(field: str, text: str) -> str:
    """Stripped. Raises `Invalid` for no words, and for more than are kept."""
    words = text.strip()
    if not words:
        raise Invalid(field, "no words", "empty")
    if len(words) > LONGEST_WORDS:
        raise Invalid(field, f"at most {LONGEST_WORDS} characters", "too_long")
    return words
