"""The doors of a conversation without a ticket, as they are described beside the others."""

from __future__ import annotations

from typing import Any

from bot.web.agent import talks_shapes as shapes
from bot.web.agent.described import does
from bot.web.described import LANGUAGE, NOTHING, Door, query, refusals

TALK = "/agent/api/conversations/{conversation}"


def _named(name: str) -> dict[str, Any]:
    return {
        "name": name,
        "in": "path",
        "required": True,
        "schema": {"type": "string", "format": "uuid"},
    }


TALK_DOORS = (
    Door(
        "get",
        TALK,
        "A conversation that is only read: it may never have had a ticket.",
        {200: shapes.Talk, **refusals(403, 404, 429)},
        parameters=(_named("conversation"), LANGUAGE),
    ),
    Door(
        "get",
        f"{TALK}/photos/{{photo}}",
        "A picture of the conversation, or of a report that was filed in it.",
        {200: "image/jpeg", **refusals(400, 403, 404, 429, 503)},
        parameters=(
            _named("conversation"),
            _named("photo"),
            query("size", "The whole picture without one.", enum=["thumb", "full"]),
        ),
    ),
    Door(
        "get",
        f"{TALK}/attachments/{{attachment}}",
        "A file that its citizen sent, to be saved or played; a part of it for `Range`.",
        {
            200: "application/octet-stream",
            206: "application/octet-stream",
            416: NOTHING,
            **refusals(403, 404, 429, 503),
        },
        parameters=(_named("conversation"), _named("attachment")),
    ),
    Door(
        "post",
        f"{TALK}/take-on",
        "Open a ticket about a report, in the agent's hands; its citizen hears nothing yet.",
        {200: shapes.TakenOn, **refusals(400, 403, 404, 409, 429)},
        takes=shapes.PostedTaking,
        parameters=(_named("conversation"),),
    ),
    does("let-be", "Take that back, while nothing was said.", shapes.PostedLeaving, 409),
)
