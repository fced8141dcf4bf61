"""The doors of canned answers, macros and drafts, as they are described."""

from __future__ import annotations

from typing import Any

from bot.web.agent import at_hand_shapes as shapes
from bot.web.described import LANGUAGE, NOTHING, Door, refusals

TICKET = "/agent/api/tickets/{reference}"


def _in_path(name: str, **schema: Any) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": schema}


REFERENCE = _in_path("reference", type="string", example="2026-004302")

AT_HAND_DOORS = (
    Door(
        "get",
        f"{TICKET}/at-hand",
        "Canned answers and macros, filled with what is known of the ticket.",
        {200: shapes.AtHand, **refusals(403, 404, 429)},
        parameters=(REFERENCE, LANGUAGE),
    ),
    Door(
        "post",
        f"{TICKET}/answers/{{answer}}/chosen",
        "A canned answer was put into the text box: what is used most comes first.",
        {204: NOTHING, **refusals(403, 404, 429)},
        parameters=(REFERENCE, _in_path("answer", type="integer")),
    ),
    Door(
        "post",
        f"{TICKET}/macros/{{macro}}",
        "Do all that a macro says, or nothing.",
        {204: NOTHING, **refusals(400, 403, 404, 409, 429)},
        takes=shapes.PostedRun,
        parameters=(REFERENCE, _in_path("macro", type="integer")),
    ),
    Door(
        "get",
        f"{TICKET}/draft",
        "What the agent began to write on it, on any device.",
        {200: shapes.Drafts, **refusals(403, 404, 429)},
        parameters=(REFERENCE,),
    ),
    Door(
        "post",
        f"{TICKET}/draft",
        "Keep what is being written.",
        {204: NOTHING, **refusals(400, 403, 404, 429)},
        takes=shapes.PostedDraft,
        parameters=(REFERENCE,),
    ),
)
