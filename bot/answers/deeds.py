"""Macros: a name, and what is done to a ticket in a fixed order. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.answers.rules import Words, check_team, check_title
from bot.answers.variables import check_known
from bot.errors import Invalid
from bot.tickets.rules import Priority

LONGEST_NOTE = 2000
DEEDS = ("take", "reply", "note", "priority", "transfer", "close")
"""In the order in which they are done."""


@dataclass(frozen=True)
class Macro:
    """Done from first to last: `takes` it, answers with the canned answer of that code (`reply`),
    writes a `note`, sets the `priority`, passes it to a team (`transfer`), closes it (`closes`).
    `team`: whose tickets it is for, None for all."""

    title: Words
    team: str | None = None
    takes: bool = False
    reply: str | None = None
    note: str = ""
    priority: str | None = None
    transfer: str | None = None
    closes: bool = False

    def to_json(self) -> dict[str, Any]:
        return {
            "title": {"fr": self.title.fr, "en": self.title.en},
            "team": self.team,
            "deeds": [
                *([{"do": "take"}] if self.takes else []),
                *([{"do": "reply", "answer": self.reply}] if self.reply else []),
                *([{"do": "note", "text": self.note}] if self.note else []),
                *([{"do": "priority", "priority": self.priority}] if self.priority else []),
                *([{"do": "transfer", "team": self.transfer}] if self.transfer else []),
                *([{"do": "close"}] if self.closes else []),
            ],
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Macro:
        deeds: dict[str, Mapping[str, Any]] = {deed["do"]: deed for deed in kept["deeds"]}
        return cls(
            Words(**kept["title"]),
            kept["team"],
            takes="take" in deeds,
            reply=deeds.get("reply", {}).get("answer"),
            note=deeds.get("note", {}).get("text", ""),
            priority=deeds.get("priority", {}).get("priority"),
            transfer=deeds.get("transfer", {}).get("team"),
            closes="close" in deeds,
        )


def check_macro(macro: Macro, teams: Sequence[str], answers: Sequence[str]) -> None:
    """Raises `Invalid` with the field that is wrong. `answers`: codes that it may reply with."""
    check_title(macro.title)
    check_team(macro.team, teams)
    if not macro.to_json()["deeds"]:
        raise Invalid("deeds", "nothing is done", reason="empty")
    if macro.reply is not None and macro.reply not in answers:
        raise Invalid("reply", "unknown", reason="unknown")
    if len(macro.note) > LONGEST_NOTE:
        raise Invalid("note", f"more than {LONGEST_NOTE}", reason="too_long")
    check_known("note", macro.note)
    if macro.priority is not None and macro.priority not in {p.value for p in Priority}:
        raise Invalid("priority", "unknown", reason="unknown")
    if macro.transfer is not None and macro.transfer not in teams:
        raise Invalid("transfer", "unknown", reason="unknown")
    if macro.transfer is not None and macro.closes:
        raise Invalid("transfer", "what is closed goes to nobody", reason="both")
