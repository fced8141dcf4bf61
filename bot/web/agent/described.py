"""The agents' doors, as they are described beside the citizens'."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from bot.service_requests.rules import OPEN
from bot.web.agent import shapes
from bot.web.agent.asking import QUEUES
from bot.web.described import LANGUAGE, NOTHING, Door, query, refusals

TICKET = "/agent/api/tickets/{reference}"
REFERENCE: dict[str, Any] = {
    "name": "reference",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "example": "2026-004302"},
}
QUEUE = query("queue", "A list, one's own without a name.", enum=list(QUEUES))
NARROWING = (
    query("service", "Of the list of reports, those of a service (its code)."),
    query("state", "Of the list of reports, those in a state.", enum=sorted(OPEN)),
    query("late", "Of the list of reports, those that are late.", enum=["yes"]),
    query("order", "Of the list of reports: else what is most overdue first.", enum=["newest"]),
)


def reads(path: str, summary: str, shape: type[BaseModel]) -> Door:
    of_ticket = path.startswith(TICKET)
    return Door(
        "get",
        path,
        summary,
        {200: shape, **refusals(403, *([404] if of_ticket else []), 429)},
        parameters=(*([REFERENCE] if of_ticket else []), LANGUAGE),
    )


def does(what: str, summary: str, shape: type[BaseModel], *others: int) -> Door:
    """A deed on a ticket. Every one is refused for a ticket of a town that is not the agent's."""
    return Door(
        "post",
        f"{TICKET}/{what}",
        summary,
        {204: NOTHING, **refusals(400, 403, 404, 429, *others)},
        takes=shape,
        parameters=(REFERENCE,),
    )


DESK_DOORS = (
    Door(
        "get",
        "/agent/api/queue",
        "Tickets of a list, or reports, what needs somebody first.",
        {200: shapes.QueueView, **refusals(400, 403, 429)},
        parameters=(QUEUE, *NARROWING, query("after", "`next` of the page before."), LANGUAGE),
    ),
    reads("/agent/api/teams", "The teams that a ticket may be passed to.", shapes.Teams),
    reads(TICKET, "A ticket with its context and its conversation.", shapes.TicketView),
    reads(
        f"{TICKET}/suggestions",
        "The services that the citizen's words are likely about, with their teams.",
        shapes.Suggestions,
    ),
    reads(f"{TICKET}/colleagues", "The agents whom it may be given to.", shapes.Colleagues),
    Door(
        "get",
        f"{TICKET}/photos/{{photo}}",
        "A picture that its citizen sent.",
        {200: "image/jpeg", **refusals(400, 403, 404, 429, 503)},
        parameters=(
            REFERENCE,
            {
                "name": "photo",
                "in": "path",
                "required": True,
                "schema": {"type": "string", "format": "uuid"},
            },
            query("size", "The whole picture without one.", enum=["thumb", "full"]),
        ),
    ),
    Door(
        "get",
        f"{TICKET}/attachments/{{attachment}}",
        "A file that its citizen sent, to be saved or played; a part of it for `Range`.",
        {
            200: "application/octet-stream",
            206: "application/octet-stream",
            416: NOTHING,
            **refusals(403, 404, 429, 503),
        },
        parameters=(
            REFERENCE,
            {
                "name": "attachment",
                "in": "path",
                "required": True,
                "schema": {"type": "string", "format": "uuid"},
            },
        ),
    ),
    Door(
        "get",
        "/agent/api/events",
        "Server-sent events: `queue` (QueueView), and of a ticket `message` (Message, with its "
        "number as id), `ticket` (Ticket) and `signs` (Signs); `alerts` (Alerts) for who "
        "chose some; `end` (Ended) says why it ends.",
        {200: "text/event-stream", **refusals(400, 403, 404, 429)},
        parameters=(
            QUEUE,
            *NARROWING,
            query("ticket", "The reference of the ticket whose conversation is open."),
            query("after", "The last message that is known.", type="integer", minimum=0),
            {
                "name": "Last-Event-ID",
                "in": "header",
                "description": "The same, from a reader that comes back.",
                "schema": {"type": "integer"},
            },
            LANGUAGE,
        ),
    ),
    Door(
        "post",
        f"{TICKET}/reply",
        "Answer the citizen; the first answer takes the conversation over.",
        {200: shapes.Replied, **refusals(400, 403, 404, 409, 429)},
        takes=shapes.PostedReply,
        parameters=(REFERENCE,),
    ),
    does("note", "Write between agents; the citizen never sees it.", shapes.PostedNote),
    does("assign", "Give it to an agent, or back to the queue.", shapes.PostedAssignee, 409),
    does("transfer", "Pass it to another team; the citizen is told.", shapes.PostedTeam, 409),
    does("priority", "Put it before or after others.", shapes.PostedPriority, 409),
    does("give-back", "Let the assistant go on; the ticket ends.", shapes.PostedEnd, 409),
    does("close", "End it, and ask the citizen whether it is settled.", shapes.PostedClose, 409),
    does("state", "Put a request of the citizen's into another state.", shapes.PostedSettling, 409),
    does("reopen", "Go on with a closed one.", shapes.PostedDeed, 409),
    does("fill", "Answer a question of the form for the citizen.", shapes.PostedAnswer, 409),
    Door(
        "post",
        f"{TICKET}/typing",
        "An answer is being written: the citizen and other agents see it for 6 s.",
        {204: NOTHING, **refusals(403, 404, 429)},
        parameters=(REFERENCE,),
    ),
    does("read", "Everything up to a message was on screen.", shapes.PostedSeen),
    Door(
        "post",
        "/agent/api/conversations/{conversation}/pull",
        "Join a conversation that the assistant has.",
        {200: shapes.Pulled, **refusals(403, 404, 409, 429)},
        parameters=(
            {
                "name": "conversation",
                "in": "path",
                "required": True,
                "schema": {"type": "string", "format": "uuid"},
            },
        ),
    ),
)
