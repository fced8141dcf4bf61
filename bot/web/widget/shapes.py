"""What the widget's clients send and are told: see `docs/widget-protocol.md`."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from bot.conversations.rules import Owner
from bot.parts import Phase
from bot.service_requests.rules import Status
from bot.web.shapes import (
    Author,
    Button,
    Expected,
    Given,
    GivenMessage,
    Kind,
    Picture,
    Told,
    Town,
)

LARGEST_NUMBER = 2**31 - 1
"""Of a message."""
Number = Annotated[int, Field(ge=0, le=LARGEST_NUMBER)]
Language = Literal["fr", "en"]


class AskedSession(Given):
    """`commune`: name, slug or INSEE code of the town whose site it is."""

    commune: str | None = Field(None, max_length=100)
    language: Language = "fr"


class NamedTown(Told):
    insee: str
    name: str


class Can(Told):
    """What this service can do beside talking."""

    mail_transcript: bool
    telegram: bool


class WidgetSession(Told):
    """`token`: the one to use from now on. `is_new`: nobody was known under the one that was sent.
    `begun`: something was already said. `commune`: the town of the site."""

    token: str
    is_new: bool
    begun: bool
    commune: NamedTown | None
    assistant: Phase
    privacy_url: str
    can: Can


class Card(Told):
    """A request as it stands now. `step`: which of `steps` it has come to, the first one is 0."""

    reference: str
    service: str
    place: str | None
    status: Status
    state: str
    step: int
    steps: list[str]
    expected_on: date | None
    filed_at: datetime
    is_own: bool


class Link(Told):
    """What an answer relies on, and when it was last read there."""

    title: str
    url: str
    checked_on: date | None


class WidgetEvent(Told):
    """One message, either way; `seq` is its number, `id` what its client called it."""

    seq: int
    id: str | None
    sender: Literal["citizen", "assistant", "agent", "system"]
    kind: Kind
    text: str
    language: str | None
    buttons: list[Button]
    expects: Expected | None
    reference: str | None
    card: Card | None
    author: Author | None
    photos: list[Picture]
    links: list[Link]
    what: str | None
    edits: int | None
    at: datetime


class WithAgent(Told):
    """Who has the conversation."""

    name: str
    team_fr: str
    team_en: str


class InQueue(Told):
    """Where in the queue a conversation is. `minutes`: the likely wait, when it is known;
    `opens_at`: when the team is there again, unless it is there."""

    reference: str
    ahead: int
    minutes: int | None
    opens_at: datetime | None


class State(Told):
    """What is true now of a conversation."""

    assistant: Phase
    owner: Owner
    waiting: Literal["agent", "engine"] | None
    thinking: bool
    typing: str | None
    read_through: int
    agent: WithAgent | None
    queue: InQueue | None


class Polled(Told):
    """`last`: the newest number; `events`: those after the number `after`, a page of them; it is
    the one that was asked from, or less. `epoch` stands for the conversation, `state_key` for
    `state`."""

    last: int
    after: int
    epoch: str
    events: list[WidgetEvent]
    state: State
    state_key: str


class TakenMessage(Told):
    """Stored under the number `seq`, now or before (`repeated`)."""

    id: str
    seq: int
    repeated: bool


class Seen(Given):
    """Everything up to that number was on screen."""

    seq: Number


class Cards(Told):
    requests: list[Card]


class MapGround(Told):
    """What a map is drawn from. `outlines`: GeoJSON of the towns, when they are known; `tiles`: a
    URL template, when there is a tile server."""

    communes: list[Town]
    outlines: dict[str, Any] | None
    tiles: str | None
    credit: str | None


class AskedTranscript(Given):
    """Where it is sent."""

    email: str = Field(max_length=254)


class WidgetRefusal(Told):
    """`field` names what cannot be accepted; `reason` says why."""

    error: str
    field: str | None
    reason: str | None


class Frame(Given):
    """The part that every frame of a client has."""

    type: str


class Hello(Frame):
    """`after`: the last number that the client has, `epoch`: of which conversation."""

    token: str = Field(max_length=200)
    after: Number = 0
    epoch: str = Field("", max_length=64)
    language: Language = "fr"


class MessageFrame(Frame, GivenMessage):
    """A message; see `GivenMessage`."""


class SeenFrame(Frame, Seen):
    """Everything up to a number was on screen."""
