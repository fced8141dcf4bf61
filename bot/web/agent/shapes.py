"""What goes through the agents' doors, as JSON."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field

from bot.attachments.rules import What, WhyNot
from bot.conversations.rules import Owner
from bot.handover.mentioning import MOST_MENTIONED
from bot.handover.rules import LONGEST_REPLY
from bot.service_requests.rules import LONGEST_REASON
from bot.service_requests.rules import Status as RequestState
from bot.tickets.rules import Priority
from bot.web.shapes import Author, Given, Kind, Latitude, Longitude, Picture, Told

LONGEST_ANSWER = 2000
"""Characters of what an agent puts into a form."""

MOST_SETTLED = 20
"""Requests whose state one closing says."""

LARGEST = 2**31 - 1
"""Of a message's number."""

Text = Annotated[str, AfterValidator(lambda text: text.replace("\x00", ""))]
ClientId = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9_-]{1,64}$", description="Made by the client; a repeat changes nothing"
    ),
]
Reference = Annotated[str, Field(pattern=r"^\d{4}-\d{6,12}$")]
Sender = Literal["citizen", "assistant", "agent", "system"]
QueueName = Literal[
    "mine",
    "cited",
    "unassigned",
    "late",
    "near",
    "team",
    "citizen",
    "reports",
    "snoozed",
    "all",
    "closed",
    "assistant",
]
"""In the order of the page: what is owed comes first."""


class PostedReply(Given):
    """`seen_through`: the last message on screen; what came after it still waits. `then`: what
    else is done in the same press; all of it or nothing."""

    id: ClientId
    text: Text = Field(max_length=2 * LONGEST_REPLY)
    seen_through: int | None = Field(None, ge=0, le=LARGEST)
    then: Literal["close"] | None = None


class PostedNote(Given):
    """`mentions`: the colleagues whose `@name` is in the text."""

    id: ClientId
    text: Text = Field(max_length=2 * LONGEST_REPLY)
    mentions: list[Annotated[UUID, Field(strict=False)]] = Field([], max_length=MOST_MENTIONED)


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


class PostedState(Given):
    """A request of the citizen's gets another state. `reason`: why, in words for them; `day`: for
    which it is planned."""

    request: Reference
    state: Annotated[RequestState, Field(strict=False)]
    reason: Text | None = Field(None, max_length=LONGEST_REASON)
    day: Annotated[date, Field(strict=False)] | None = None


class PostedSettling(PostedState):
    id: ClientId


class PostedClose(PostedEnd):
    """`settles`: what becomes of requests of its citizen; without one they stay as they are."""

    settles: list[PostedState] = Field(default_factory=list, max_length=MOST_SETTLED)


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
    last message, `last_seq` its number; `due_at`: until when an answer is owed, which `is_near`
    or over (`is_late`); `is_back`: it was put aside, and came back; `mail_subject`: of one that
    came by mail, which may be empty; `readers`, `writers`: the other agents who have it
    open, or write to it; `is_cited`: a note calls the agent by name, which they have not read."""

    reference: str
    conversation: UUID
    town: str
    team: Named
    channel: Named
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
    last_seq: int
    due_at: datetime | None
    is_near: bool
    is_late: bool
    snoozed_until: datetime | None
    is_back: bool
    tags: list[str]
    mail_subject: str | None
    readers: list[str]
    writers: list[str]
    is_cited: bool


class Held(Told):
    """A conversation that the assistant has now."""

    conversation: UUID
    town: str
    shown: str
    last_at: datetime


class ReportRow(Told):
    """A report that is not settled. `expected_on`: until when it should be dealt with; `ticket`:
    the open one of its conversation, which `assignee` has; without one it is read by its
    conversation."""

    reference: str
    conversation: UUID
    label: str
    town: str
    address: str | None
    shown: str
    state: Named
    filed_at: datetime
    expected_on: date | None
    is_late: bool
    ticket: str | None
    assignee: str | None


class Narrowed(Told):
    """What of the list of reports is shown, as it was asked for; empty for all."""

    service: str
    state: str
    late: str
    order: str


class QueueView(Told):
    """A list, and how many open tickets each has; "cited" counts those that call the agent in a
    note and that they have not read. `held`: for "assistant"; `reports`, `narrowed`: for
    "reports". `next`: the list goes on, from what
    is asked for with `after`."""

    queue: QueueName
    counts: dict[str, int]
    rows: list[Row]
    held: list[Held]
    reports: list[ReportRow]
    narrowed: Narrowed | None
    next: str | None


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


class Suspect(Told):
    """Words of a message that are likely to be hidden: their check digits are right."""

    text: str
    kind: Literal["card", "iban", "social_security"]


class Mail(Told):
    """What a message that came by mail says beside its words. `sender`: an address that nobody
    has verified; `rest`: quoted text and signature; `is_automatic`: a machine wrote it;
    `is_unproven`: the town's mail server does not vouch for the address."""

    subject: str
    sender: str
    name: str
    rest: str
    is_automatic: bool
    is_unproven: bool


class Message(Told):
    """One message, as an agent sees it; `id`: what its client called it. `other`: what it is that
    cannot be shown; `place`: the name of a point, `is_live`: which moves on without us. `edits`:
    the message whose words were `before`; `reply_to`: the one it answers; `is_command`: typed as
    a command. `is_hidden`: an agent hid something of it; `is_doubted`: it was not understood."""

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
    is_hidden: bool
    is_doubted: bool
    suspects: list[Suspect]
    mail: Mail | None
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
    """A request of the citizen's. `commune`: INSEE code; `moves`: its place may be put right;
    `states`: into which the agent may put it; `is_here`: filed in this conversation."""

    reference: str
    label: str
    address: str | None
    state: str
    filed_at: datetime
    commune: str
    point: tuple[Latitude, Longitude] | None
    moves: bool
    states: list[Named]
    is_here: bool


class Earlier(Told):
    reference: str
    subject: str
    is_open: bool
    opened_at: datetime
    score: Literal["good", "bad"] | None


class OtherContact(Told):
    """Something else that the same person asked; `ticket`: the one that it is, else it is a page
    of its own by its `id`."""

    id: UUID
    channel: str
    shown: str
    at: datetime
    ticket: str | None


class Past(Told):
    """A line of a ticket's history."""

    at: datetime
    text: str


class Mention(Told):
    """Whose `@name` is in a note."""

    name: str
    is_me: bool


class Note(Told):
    """What agents write between themselves. `id`: what its client called it."""

    id: str | None
    at: datetime
    author: str
    text: str
    mentions: list[Mention]


class Redacted(Told):
    """What was hidden, of a message or of a note. `until`: the original is kept no longer."""

    id: UUID
    seq: int | None
    note: str | None
    author: str
    at: datetime
    until: datetime


class Joined(Told):
    """A ticket that goes on in this one, with what was said there."""

    reference: str
    subject: str
    town: str
    messages: list[Message]


class Ticket(Told):
    """A ticket's context. `fills`: the agent may answer the form's questions. `about_to`: what the
    assistant would have said, had nobody taken over. `reads_originals`: the agent may read what was
    hidden; `explained`: messages whose meaning an agent gave; `merged_into`: where it goes on;
    `ended`: of a closed one, by whom and when, in words."""

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
    others: list[OtherContact]
    history: list[Past]
    notes: list[Note]
    about_to: list[str]
    leads: bool
    score: Literal["good", "bad"] | None
    opinion: str | None
    redactions: list[Redacted]
    reads_originals: bool
    explained: list[int]
    merged_into: str | None
    joined: list[Joined]
    ended: str | None


class Undelivered(Told):
    """A message that has not arrived. `waits`: it will, once the citizen lets us write again."""

    seq: int
    waits: bool


class Signs(Told):
    """What passes beside messages. `typing`: who is writing, an empty name for the citizen;
    `readers`: the other agents who have it open; `undelivered`: what their channel did not
    take."""

    typing: list[str]
    readers: list[str]
    shown_through: int
    undelivered: list[Undelivered]


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
