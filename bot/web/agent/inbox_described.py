"""The doors of the inbox, as they are described beside the others."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from bot.web.agent import inbox_shapes as shapes
from bot.web.agent.described import REFERENCE, TICKET
from bot.web.described import LANGUAGE, NOTHING, Door, query, refusals

FILTER: dict[str, Any] = {
    "name": "filter",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "format": "uuid"},
}


def _deed(what: str, summary: str, shape: type[BaseModel]) -> Door:
    return Door(
        "post",
        f"{TICKET}/{what}",
        summary,
        {204: NOTHING, **refusals(400, 403, 404, 409, 429)},
        takes=shape,
        parameters=(REFERENCE,),
    )


INBOX_DOORS = (
    Door(
        "get",
        "/agent/api/search",
        "Conversations by words, a reference, or filters written as words (`ville:oullins`).",
        {200: shapes.FoundView, **refusals(400, 403, 429)},
        parameters=(
            query("q", "What the search box holds."),
            query("after", "`next` of the page before."),
            LANGUAGE,
        ),
    ),
    Door(
        "get",
        "/agent/api/tags",
        "The tags of the agent's towns, the most used first.",
        {200: shapes.KnownTags, **refusals(403, 429)},
    ),
    Door(
        "get",
        "/agent/api/filters",
        "The searches kept under a name: one's own, and those of one's teams.",
        {200: shapes.SavedFilters, **refusals(403, 429)},
        parameters=(LANGUAGE,),
    ),
    Door(
        "post",
        "/agent/api/filters",
        "Keep a search under an id that the client made.",
        {204: NOTHING, **refusals(400, 403, 404, 409, 429)},
        takes=shapes.PostedFilter,
    ),
    Door(
        "post",
        "/agent/api/filters/{filter}/rename",
        "Rename a kept search; a team's may be renamed by who leads.",
        {204: NOTHING, **refusals(400, 403, 404, 429)},
        takes=shapes.PostedName,
        parameters=(FILTER,),
    ),
    Door(
        "post",
        "/agent/api/filters/{filter}/remove",
        "Remove a kept search.",
        {204: NOTHING, **refusals(403, 404, 429)},
        parameters=(FILTER,),
    ),
    _deed("snooze", "Put it aside until a moment, or take it back.", shapes.PostedSnooze),
    _deed("tags", "Put tags on it and take others off.", shapes.PostedTags),
    Door(
        "post",
        "/agent/api/bulk",
        "One deed on several tickets, each by itself.",
        {200: shapes.Results, **refusals(400, 403, 429)},
        takes=shapes.PostedBulk,
        parameters=(LANGUAGE,),
    ),
    Door(
        "post",
        "/agent/api/bulk/preview",
        "What that would change, and what would be refused.",
        {200: shapes.Results, **refusals(400, 403, 429)},
        takes=shapes.PostedBulk,
        parameters=(LANGUAGE,),
    ),
)
