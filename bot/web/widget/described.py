"""The widget's doors, as they are described beside the others. Its socket speaks as
`docs/widget-protocol.md` says, which no description of this kind can."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from bot.web import shapes
from bot.web.described import LANGUAGE, NOTHING, Door, query
from bot.web.widget import shapes as widget

PICTURES = ("image/jpeg", "image/png", "image/webp")
REST: Mapping[str, Any] = {
    "name": "rest",
    "in": "path",
    "required": True,
    "schema": {"type": "string"},
}


def _no(*statuses: int) -> dict[int, type[BaseModel] | str]:
    """A visitor without a good token, or on a site that may not, gets 403 at every door."""
    return dict.fromkeys((403, 429, *statuses), widget.WidgetRefusal)


WIDGET_DOORS = (
    Door(
        "post",
        "/widget/v1/session",
        "Open a session, or go on with the one whose token is shown.",
        {200: widget.WidgetSession, **_no(400)},
        takes=widget.AskedSession,
    ),
    Door(
        "post",
        "/widget/v1/messages",
        "Say something. Accepted once it is stored; the answer comes with the events.",
        {202: widget.TakenMessage, **_no(400)},
        takes=shapes.GivenMessage,
        parameters=(LANGUAGE,),
    ),
    Door(
        "post",
        "/widget/v1/photos",
        "Send a picture of at most 12 MiB as a message. Its metadata is dropped.",
        {202: widget.TakenMessage, **_no(400, 503)},
        takes=PICTURES,
        parameters=(
            LANGUAGE,
            {
                "name": "X-Message-Id",
                "in": "header",
                "required": True,
                "description": "Made by the client; a repeat changes nothing.",
                "schema": {"type": "string", "maxLength": 64},
            },
        ),
    ),
    Door(
        "post",
        "/widget/v1/typing",
        "Something is being written: told to an agent who has the conversation.",
        {204: NOTHING, **_no()},
    ),
    Door(
        "post",
        "/widget/v1/seen",
        "Everything up to a number was on screen.",
        {204: NOTHING, **_no(400)},
        takes=widget.Seen,
    ),
    Door(
        "get",
        "/widget/v1/events",
        "What was said after a number, waiting up to 25 s for something to be said or to change.",
        {200: widget.Polled, **_no(400)},
        parameters=(
            query("after", "Everything up to it was seen.", type="integer", minimum=0, default=0),
            query("epoch", "The `epoch` of the last answer: of another, all is answered."),
            query("known", "The `state_key` known: another state is answered at once."),
            LANGUAGE,
        ),
    ),
    Door(
        "get",
        "/widget/v1/socket",
        "A WebSocket of the subprotocol guichet.v1: see docs/widget-protocol.md.",
        {101: NOTHING, **_no(503)},
        needs_session=False,
    ),
    Door(
        "get",
        "/widget/v1/requests",
        "The visitor's own requests and those they follow, newest first, as cards.",
        {200: widget.Cards, **_no()},
        parameters=(LANGUAGE,),
    ),
    Door(
        "get",
        "/widget/v1/map",
        "What a map is drawn from: the towns, their outlines, and tiles.",
        {200: widget.MapGround, **_no()},
        needs_session=False,
    ),
    Door(
        "get",
        "/widget/v1/transcript",
        "The conversation as a text to keep.",
        {200: "text/plain", **_no()},
        parameters=(LANGUAGE,),
    ),
    Door(
        "post",
        "/widget/v1/transcript",
        "Have it sent by e-mail, three times a day at most.",
        {202: NOTHING, **_no(400, 503)},
        takes=widget.AskedTranscript,
        parameters=(LANGUAGE,),
    ),
    Door(
        "post",
        "/widget/v1/erase",
        "Erase the conversation, and end the session.",
        {204: NOTHING, **_no(409)},
    ),
    Door(
        "post",
        "/widget/v1/continue",
        "A link by which this conversation goes on in Telegram as well. Works once, for ten "
        "minutes; the former one is void.",
        {200: shapes.ContinueLink, **_no(409, 503)},
    ),
    Door(
        "get",
        "/widget/v1/continue",
        "How far the way to Telegram is.",
        {200: shapes.Continuing, **_no()},
    ),
    Door(
        "post",
        "/widget/v1/continue/answer",
        "Whether the chat that knew the number is this visitor's own; if so they are joined.",
        {200: shapes.Continuing, **_no(400, 409)},
        takes=shapes.PostedClaim,
    ),
    Door(
        "post",
        "/widget/v1/continue/stop",
        "Leave Telegram. Without `is_me`, the chat was never this visitor's.",
        {200: shapes.Continuing, **_no(400, 409)},
        takes=shapes.PostedClaim,
    ),
    Door(
        "options",
        "/widget/v1/{rest}",
        "What browsers ask before they ask from another site.",
        {204: NOTHING, **_no()},
        parameters=(REST,),
        needs_session=False,
    ),
)
