"""What goes through the public doors, as JSON: read here, and described by `/api/openapi.json`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from bot.conversations.operations import MAX_STORED_TEXT
from bot.conversations.rules import Owner
from bot.errors import Invalid
from bot.open_data.rules import Step
from bot.parts import Phase
from bot.service_requests.rules import Status

Kind = Literal["text", "press", "location", "photo", "contact", "file", "edit", "other"]
Expected = Literal["text", "choice", "confirm", "location", "photo", "date", "contact"]
Reason = Literal["heic", "infected", "too_large", "too_many", "unreadable", "empty", "too_long"]
Latitude = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
Longitude = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]


_NO_NUL = r"^[^\x00]*$"
"""What PostgreSQL can keep."""


class Given(BaseModel):
    """What a client sends: types as they are, what is not known is left alone."""

    model_config = ConfigDict(strict=True)


class Told(BaseModel):
    """What we answer: these fields and no other."""

    model_config = ConfigDict(extra="forbid")


class GivenMessage(Given):
    """One of text, payload (a button's), location (latitude, longitude) and contact."""

    id: str = Field(
        min_length=1,
        max_length=64,
        pattern=_NO_NUL,
        description="Made by the client; a repeat changes nothing.",
    )
    text: str | None = Field(None, max_length=MAX_STORED_TEXT)
    payload: str | None = Field(None, pattern=_NO_NUL)
    location: tuple[Latitude, Longitude] | None = None
    contact: str | None = Field(None, max_length=MAX_STORED_TEXT)

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if (self.text, self.payload, self.location, self.contact) == (None,) * 4:
            raise ValueError("one of text, payload, location or contact is needed")
        return self

    def contents(self) -> tuple[str, str, dict[str, object]]:
        """Kind, text and content, as a conversation takes them."""
        if self.payload is not None:
            return "press", "", {"payload": self.payload}
        if self.location is not None:
            latitude, longitude = self.location
            return "location", "", {"latitude": latitude, "longitude": longitude}
        if self.contact is not None:
            return "contact", self.contact, {}
        return "text", self.text or "", {}


class PostedMessage(GivenMessage):
    """A message, and the town of the page that it was written on."""

    commune: str | None = Field(None, description="INSEE code of the town's page.")


class Session(Told):
    """`begun`: something was already said under this session."""

    assistant: Phase
    begun: bool


class Accepted(Told):
    """`accepted` numbers the message in its conversation."""

    accepted: int
    repeated: bool
    owner: Owner


class Button(Told):
    title: str
    payload: str


class Picture(Told):
    """A picture in a message: the words that stand for it, its thumbnail, itself. The addresses
    may expire after ten minutes; they are made anew whenever the message is asked for."""

    alt: str
    thumb: str
    full: str


class Author(Told):
    """An agent who wrote, by first name; the team's code and its names."""

    name: str
    team: str
    team_fr: str
    team_en: str


class Event(Told):
    """One message, either way; `seq` is its number, `id` what its client called it. `photo`: what
    the citizen sent, `album` when they are several; `photos`: what the citizen is shown. `what`: of
    a file and of what cannot be shown. `edits`: the message of which this is a newer version.
    `author`: of an agent's message."""

    seq: int
    id: str | None
    sender: Literal["citizen", "assistant", "agent", "system"]
    kind: Kind
    text: str
    buttons: list[Button]
    expects: Expected | None
    reference: str | None
    author: Author | None
    photo: UUID | None
    album: list[UUID]
    what: str | None
    edits: int | None
    photos: list[Picture]
    at: datetime


class Events(Told):
    """`waiting`: why nobody answers now. `thinking`: something waits for an answer. `typing`: the
    first name of an agent who is writing. `read_through`: the last message that an agent read."""

    events: list[Event]
    waiting: Literal["agent", "engine"] | None
    thinking: bool
    owner: Owner
    assistant: Phase
    typing: str | None
    read_through: int


class ContinueLink(Told):
    """`url` opens the bot with a link that works once, for `expires_in_s`; `qr_svg` shows it to
    a camera. `code`: the number that the chat will ask for."""

    url: str
    qr_svg: str
    code: str
    expires_in_s: int


class Continuing(Told):
    """How far the way to Telegram is. `matched`: a chat called `name` knew the number, and waits
    for this page to say that it is theirs. `available`: whether there is a bot. `why`: of a link
    that was voided."""

    available: bool
    step: Literal[
        "none", "offered", "opened", "matched", "joined", "void", "expired", "from_telegram"
    ]
    name: str | None
    code: str | None
    why: Literal["wrong_code", "denied", "two_chats"] | None


class PostedClaim(Given):
    """Whether the chat is this visitor's own."""

    is_me: bool


class OwnRequest(Told):
    """`state` is `status` in the asked language."""

    reference: str
    service: str
    commune: str
    address: str | None
    status: Status
    state: str
    filed_at: datetime


class OwnRequests(Told):
    requests: list[OwnRequest]


class Town(Told):
    """`centre`: latitude, longitude."""

    insee: str
    name: str
    centre: tuple[Latitude, Longitude]


class Ground(Told):
    """What a map is drawn from. `tiles`: a URL template, when there is a tile server."""

    communes: list[Town]
    tiles: str | None
    credit: str | None


class Point(Told):
    type: Literal["Point"]
    coordinates: tuple[Longitude, Latitude]


class PublicRequest(Told):
    """A request as anybody may see it; days are `YYYY-MM-DD`."""

    service_request_id: str
    service_code: str
    service_name: str
    service_group: str
    status: Literal["open", "closed"]
    state: Status
    state_name: str
    step: Step
    requested_on: date
    updated_on: date
    commune_code: str
    commune_name: str | None
    street: str | None


class PublicFeature(Told):
    """A request in GeoJSON; without a geometry when its place was told in words only."""

    type: Literal["Feature"]
    id: str
    geometry: Point | None
    properties: PublicRequest


class PublicFeatures(Told):
    type: Literal["FeatureCollection"]
    license: str
    license_url: str
    features: list[PublicFeature]


class GroupSize(Told):
    count: int
    open: int


class GroupFeature(Told):
    """Requests that are drawn as one mark; `bbox`: west, south, east, north."""

    type: Literal["Feature"]
    bbox: tuple[Longitude, Latitude, Longitude, Latitude]
    geometry: Point
    properties: GroupSize


class MapView(Told):
    """What a view of the public map shows: requests, or groups of them when they are many."""

    type: Literal["FeatureCollection"]
    grouped: bool
    count: int
    features: list[PublicFeature] | list[GroupFeature]


class Refusal(Told):
    """`field` names what cannot be accepted, when it is one; `reason` says why. `name`: the agent
    who has the conversation, for "taken"."""

    error: Literal[
        "invalid",
        "forbidden",
        "signed_out",
        "not_found",
        "conflict",
        "taken",
        "unseen",
        "goes_on",
        "unavailable",
        "too_many",
        "error",
    ]
    field: str | None = None
    reason: Reason | None = None
    name: str | None = None


def posted_message(body: bytes) -> PostedMessage:
    """The message in a request's body. Raises `Invalid` with the field that is wrong."""
    with refusing():
        return PostedMessage.model_validate_json(body)


def posted_claim(body: bytes) -> PostedClaim:
    """The claim in a request's body. Raises `Invalid`."""
    with refusing():
        return PostedClaim.model_validate_json(body)


def posted_form(fields: Mapping[str, str]) -> PostedMessage:
    """The message in a page's form: its text box, or one of its buttons. Raises `Invalid`."""
    known = {name: fields.get(name) for name in ("id", "text", "payload", "commune")}
    with refusing():
        return PostedMessage.model_validate(known)


@contextmanager
def refusing() -> Iterator[None]:
    try:
        yield
    except ValidationError as error:
        (problem, *_) = error.errors(include_input=False, include_url=False)
        field = str(problem["loc"][0]) if problem["loc"] else "body"
        raise Invalid(field, problem["type"]) from None  # the citizen's words stay out of logs
