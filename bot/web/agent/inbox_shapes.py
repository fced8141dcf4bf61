"""What goes through the doors of the inbox, as JSON: searching, putting aside, tags, filters, and
one deed on several tickets."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from bot.handover import asked, bulk, saved_filters, tagging
from bot.tickets.rules import Priority
from bot.web.agent.shapes import LARGEST, ClientId, Reference, Row, Text
from bot.web.shapes import Given, Told

Tag = Annotated[Text, Field(max_length=2 * tagging.LONGEST_TAG)]
Tags = Annotated[list[Tag], Field(max_length=tagging.MOST_TAGS)]
Moment = Annotated[datetime, Field(strict=False)]
Id = Annotated[UUID, Field(strict=False)]


class PostedSnooze(Given):
    """`until`: with its time zone; nothing takes the ticket back."""

    id: ClientId
    until: Moment | None


class PostedTags(Given):
    id: ClientId
    add: Tags = Field(default_factory=list)
    remove: Tags = Field(default_factory=list)


class PostedFilter(Given):
    """`team`: whose list has it as well."""

    id: Id
    name: Text = Field(max_length=2 * saved_filters.LONGEST_NAME)
    words: Text = Field(max_length=asked.LONGEST)
    team: Text | None = Field(None, max_length=64)


class PostedName(Given):
    name: Text = Field(max_length=2 * saved_filters.LONGEST_NAME)


class AssignAll(Given):
    kind: Literal["assign"]
    to: Id | None


class TransferAll(Given):
    kind: Literal["transfer"]
    team: Text = Field(max_length=64)


class PrioritiseAll(Given):
    kind: Literal["priority"]
    priority: Annotated[Priority, Field(strict=False)]


class TagAll(Given):
    kind: Literal["tags"]
    add: Tags = Field(default_factory=list)
    remove: Tags = Field(default_factory=list)


class SnoozeAll(Given):
    kind: Literal["snooze"]
    until: Moment | None


class CloseAll(Given):
    kind: Literal["close"]


class UncloseAll(Given):
    """`closing`: the id of the deed that closed them."""

    kind: Literal["unclose"]
    closing: ClientId


AnyDeed = Annotated[
    AssignAll | TransferAll | PrioritiseAll | TagAll | SnoozeAll | CloseAll | UncloseAll,
    Field(discriminator="kind"),
]


class Selected(Given):
    """`seen_through`: the last message of it that was on screen."""

    reference: Reference
    seen_through: int | None = Field(None, ge=0, le=LARGEST)


class PostedBulk(Given):
    """One deed on several tickets."""

    id: ClientId
    tickets: list[Selected] = Field(min_length=1, max_length=bulk.MOST)
    deed: AnyDeed


class Undo(Told):
    """A deed that takes another back: post it as one of a ticket alone."""

    kind: Literal["assign", "priority", "tags", "snooze", "unclose"]
    to: UUID | None = None
    priority: str | None = None
    add: list[str] = Field(default_factory=list)
    remove: list[str] = Field(default_factory=list)
    until: datetime | None = None
    closing: str | None = None


class Result(Told):
    """`refused`: the code of why not, `why` in words. `change`: what differs, in words; nothing
    where it was so already."""

    reference: str
    refused: str | None
    why: str | None
    change: str | None
    undo: Undo | None


class Results(Told):
    results: list[Result]


class Piece(Told):
    """A part of a text; `is_hit`: it is what was looked for."""

    text: str
    is_hit: bool


class Found(Told):
    """A conversation that was found, with its newest ticket if it has one."""

    conversation: UUID
    town: str
    what: Literal["message", "note", "ticket", "request"]
    label: str
    reference: str | None
    pieces: list[Piece]
    at: datetime
    row: Row | None


class FoundView(Told):
    """`is_reference`: a reference was typed, and `found` is what has it. `unknown`: filters whose
    value names nothing. `next`: asked for with `after`, it goes on."""

    asked: str
    found: list[Found]
    is_reference: bool
    unknown: list[str]
    next: str | None


class SavedFilter(Told):
    """`changes`: the agent may rename and remove it."""

    id: UUID
    name: str
    words: str
    team: str | None
    is_own: bool
    changes: bool


class SavedFilters(Told):
    filters: list[SavedFilter]


class KnownTags(Told):
    tags: list[str]
