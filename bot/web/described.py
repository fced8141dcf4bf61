"""How a door is described."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from bot.web import shapes

JSON = "application/json"
NOTHING = ""


@dataclass(frozen=True)
class Door:
    """One route. `answers`: the shape of each status, or the media type of what is no JSON.
    `media`: of what is answered when all is well."""

    method: str
    path: str
    summary: str
    answers: Mapping[int, type[BaseModel] | str]
    takes: type[BaseModel] | tuple[str, ...] | None = None
    parameters: tuple[Mapping[str, Any], ...] = ()
    needs_session: bool = True
    media: str = JSON


def refusals(*statuses: int) -> dict[int, type[BaseModel] | str]:
    return dict.fromkeys(statuses, shapes.Refusal)


def query(name: str, description: str, **schema: Any) -> Mapping[str, Any]:
    return {
        "name": name,
        "in": "query",
        "description": description,
        "schema": {"type": "string", **schema},
    }


LANGUAGE = {
    "name": "lang",
    "in": "query",
    "description": "Before Accept-Language; French otherwise.",
    "schema": {"enum": ["fr", "en"]},
}
