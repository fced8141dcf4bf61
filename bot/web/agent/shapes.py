"""What goes through the agents' doors, as JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field

from bot.attachments.rules import What, WhyNot
from bot.conversations.rules import Owner
from bot.handover.rules import LONGEST_REPLY
from bot.tickets.rules import Priority
from bot.web.shapes import Author, Given, Kind, Latitude, Longitude, Picture, Told

LONGEST_ANSWER = 2000
"""Characters of what an agent puts into a form."""

LARGEST = 2**31 - 1
"""Of a message's number."""

Text = Annotated[str, AfterValidator(lambda text: text.replace("\x00", ""))]
ClientId = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9_-]{1,64}$", description="Made by the client; a repeat changes nothing"
    ),
]
Sender = Literal["citizen", "assistant", "agent", "system"]
QueueName = Literal["mine", "team", "unassigned", "all", "closed", "assistant"]


class PostedReply(Given):
    """`seen_through`: the last message on screen; what came after it still waits."""

    id: ClientId
    text: Text = Field(max_length=2 * LONGEST_REPLY)
    seen_through: int | None = Field(None, ge=0, le=LARGEST)


class PostedNote(Given):
    id: ClientId
    text: Text = Field(max_length=2 * LONGEST_REPLY)


class PostedAssignee(Given):
    """`to`: an agent, or nothing for the queue."""

    to: Annotated[UUID, Field(strict=False)] | None


class PostedTeam(Given):
    id: ClientId
    team: Text = Field(max_length=64)


class PostedPriority(Given):
    id: ClientId
    priority: Annotated[Priority, Field(strict=False)]


class PostedDeed(Given):
    id: ClientId


class PostedEnd(PostedDeed):
    """`seen_through`: the last message on screen; when the citizen has written since, nothing is
    ended."""

    seen_through: int | None = Field(None, ge=0, le=LARGEST)


class PostedAnswer(Given):
    """An answer to a question of the form, in words."""

    field: Text = Field(max_length=64)
    text: Text = Field(max_length=LONGEST_ANSWER)


class PostedSeen(Given):
    """The last message on the agent's screen."""

    seq: int = Field(ge=0, le=LARGEST)


class Replied(Told):
    """`accepted` numbers the reply in its conversation."""

    accepted: int


class Pulled(Told):
    reference: str


class Named(Told):
    """A code, and what it is called in the asked language."""

    code: str
    label: str


class Row(Told):
    """A ticket in a list. `since`: from when on somebody waits; `shown`: what its list says of the
    last message."""

    reference: str
    conversation: UUID
    town: str
    team: Named
    subject: str
    priority: Named
    marks: list[Named]
    is_open: bool
    is_escalated: bool
    is_unread: bool
    is_mine: bool
    owner: Owner
    assignee: str | None
    assignee_id: UUID | None
    since: datetime | None
    opened_at: datetime
    closed_at: datetime | None
    shown: str
    last_at: datetime


class Held(Told):
    """A conversation that the assistant has now."""

    conversation: UUID
    town: str
    shown: str
    last_at: datetime


class QueueView(Told):
    """A list, and how many open tickets each has. `held`: for "assistant"."""

    queue: QueueName
    counts: dict[str, int]
    rows: list[Row]
    held: list[Held]


class File(Told):
    """A file that a citizen sent. `plays`: by what a page plays it. `lost`: why it could not be
    kept, and then it has no id."""

    id: UUID | None
    what: What
    name: str | None
    size: int
    duration_s: int | None
    plays: Literal["audio", "video"] | None
    lost: WhyNot | None


class Message(Told):
    """One message, as an agent sees it; `id`: what its client called it. `other`: what it is that
    cannot be shown; `place`: the name of a point, `is_live`: which moves on without us. `edits`:
    the message whose words were `before`; `reply_to`: the one it answers; `is_command`: typed as
    a command."""

    seq: int
    id: str | None
    sender: Sender
    kind: Kind
    text: str
    buttons: list[str]
    author: Author | None
    photo: UUID | None
    album: list[UUID]
    photos: list[Picture]
    file: File | None
    other: str | None
    edits: int | None
    before: str | None
    reply_to: int | None
    is_command: bool
    place: str | None
    is_live: bool
    point: tuple[Latitude, Longitude] | None
    at: datetime


class Reading(Told):
    """What the assistant took a message for, and how surely, in percent."""

    label: str
    percent: int


class Fact(Told):
    """`field`: a question of the form that the agent may answer, by one of `choices` if any."""

    name: str
    value: str
    field: str | None
    choices: list[str]


class OwnRequest(Told):
    reference: str
    label: str
    address: str | None
    state: str
    filed_at: datetime


class Earlier(Told):
    reference: str
    subject: str
    is_open: bool
    opened_at: datetime
    score: Literal["good", "bad"] | None


class Past(Told):
    """A line of a ticket's history."""

    at: datetime
    text: str


class Note(Told):
    """What agents write between themselves. `id`: what its client called it."""

    id: str | None
    at: datetime
    author: str
    text: str


class Ticket(Told):
    """A ticket's context. `fills`: the agent may answer the form's questions. `about_to`: what the
    assistant would have said, had nobody taken over. `shown_through`: the last message that the
    citizen's screen has shown."""

    row: Row
    summary: str
    reason: str
    language: str
    channel: str
    reach: str
    contact: str | None
    call_at: datetime | None
    readings: list[Reading]
    service: str | None
    form: list[Fact]
    missing: list[Fact]
    fills: bool
    place: str | None
    point: tuple[Latitude, Longitude] | None
    photos: list[UUID]
    files: list[File]
    requests: list[OwnRequest]
    earlier: list[Earlier]
    history: list[Past]
    notes: list[Note]
    about_to: list[str]
    leads: bool
    score: Literal["good", "bad"] | None
    opinion: str | None


class Signs(Told):
    """What passes beside messages. `typing`: who is writing, an empty name for the citizen."""

    typing: list[str]
    shown_through: int


class TicketView(Told):
    """A ticket with its conversation."""

    ticket: Ticket
    messages: list[Message]
    signs: Signs


class Colleague(Told):
    id: UUID
    name: str
    teams: list[str]


class Colleagues(Told):
    colleagues: list[Colleague]


class Suggestion(Told):
    """A service that the citizen's words are likely about, with the team that handles it."""

    service: str
    team: Named
    percent: int


class Suggestions(Told):
    suggestions: list[Suggestion]


class Teams(Told):
    teams: list[Named]


class Ended(Told):
    """Why a stream ends: the session or the right to see is over, or a newer page took its place.
    A service that stops says nothing: its stream is asked for again."""

    why: Literal["signed_out", "gone", "replaced"]
