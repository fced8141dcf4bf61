"""What goes through the doors of a conversation without a ticket, as JSON."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from pydantic import Field

from bot.web.agent import shapes
from bot.web.agent.shapes import ClientId, Reference
from bot.web.shapes import Given, Latitude, Longitude, Told


class Report(Told):
    """A report that was filed in the conversation. `expected_on`: until when it should be dealt
    with; `photos`: also what others have added."""

    reference: str
    label: str
    town: str
    address: str | None
    precision: str | None
    description: str
    answers: list[shapes.Fact]
    state: shapes.Named
    filed_at: datetime
    expected_on: date | None
    is_late: bool
    point: tuple[Latitude, Longitude] | None
    photos: list[UUID]
    history: list[shapes.Past]


class Talk(Told):
    """A conversation that is only read, with what is known of its citizen. `ticket`: the open one,
    if there is one; `goes_on`: its citizen has gone on with another town, which alone may take it
    on."""

    conversation: UUID
    town: str
    language: str
    channel: str
    ticket: str | None
    goes_on: bool
    messages: list[shapes.Message]
    reports: list[Report]
    photos: list[UUID]
    files: list[shapes.File]
    requests: list[shapes.OwnRequest]
    earlier: list[shapes.Earlier]
    others: list[shapes.OtherContact]


class PostedTaking(Given):
    """`request`: the report that it is about, the newest one without it."""

    id: ClientId
    request: Reference | None = Field(None)


class TakenOn(Told):
    """The ticket in which it goes on. `by`: the name of whoever has it, when it is not the agent;
    `is_new`: it was opened by this."""

    reference: str
    by: str | None
    is_new: bool


class PostedLeaving(Given):
    """`taking`: the id of the deed that is taken back."""

    id: ClientId
    taking: ClientId
