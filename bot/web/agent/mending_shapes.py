"""What goes through the doors that put something right in a ticket, as JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from bot.handover.redacting import LONGEST_REASON
from bot.handover.rules import LONGEST_REPLY
from bot.web.agent.shapes import LARGEST, ClientId, Named, Reference, Text
from bot.web.shapes import Given, Told

MOST_WORDS = 20
MOST_SPLIT = 100


class PostedRedaction(Given):
    """Hide `words` of a message (`seq`) or of a note (its id); without any, the whole of it with
    its files."""

    id: ClientId
    seq: int | None = Field(None, ge=1, le=LARGEST)
    note: Text | None = Field(None, max_length=200)
    words: list[Annotated[Text, Field(min_length=1, max_length=LONGEST_REPLY)]] = Field(
        [], max_length=MOST_WORDS
    )


class PostedReason(Given):
    """Why somebody reads what was hidden."""

    redaction: Annotated[UUID, Field(strict=False)]
    why: Text = Field(max_length=LONGEST_REASON)


class Original(Told):
    """What was hidden. `files`: how many photos and files were hidden with it."""

    text: str
    files: int


class PostedCorrection(Given):
    """What a citizen's message meant. `place`: INSEE code of the town that it spoke of; `request`:
    one that is put under `service` as well."""

    seq: int = Field(ge=1, le=LARGEST)
    intent: Text = Field(max_length=64)
    service: Text | None = Field(None, max_length=64)
    place: Text | None = Field(None, max_length=10)
    request: Reference | None = None


class Meanings(Told):
    """What a message may have meant."""

    intents: list[Named]
    services: list[Named]
    towns: list[Named]


class Mergeable(Told):
    """A ticket that this one may go on in. `is_same_citizen`: else its citizen may be told how it
    ends; `why`: what they have in common."""

    reference: str
    subject: str
    town: str
    team: str
    is_open: bool
    is_same_citizen: bool
    why: str
    summary: str
    opened_at: datetime


class MergeableTickets(Told):
    tickets: list[Mergeable]


class PostedMerge(Given):
    """`into`: the ticket in which this one goes on; `tells`: whether its citizen hears how that one
    ends, when they are not the same."""

    id: ClientId
    into: Reference
    tells: bool = False


class PostedSplit(Given):
    """`seqs`: the messages that become a ticket of their own; `tells`: the citizen hears of it."""

    id: ClientId
    seqs: list[Annotated[int, Field(ge=1, le=LARGEST)]] = Field(min_length=1, max_length=MOST_SPLIT)
    team: Text = Field(max_length=64)
    tells: bool = False


class Split(Told):
    """The ticket that was made."""

    reference: str
