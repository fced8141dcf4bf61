"""Canned answers, macros and drafts, as JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from bot.handover.rules import LONGEST_REPLY
from bot.web.agent.shapes import LARGEST, ClientId, Text
from bot.web.shapes import Given, Told

Mode = Literal["reply", "note"]


class CannedAnswer(Told):
    """An answer filled for the ticket: blanks are between ⟦ and ⟧. `fits`: made for what it is
    about; `is_translated`: in the citizen's language."""

    id: int
    code: str
    title: str
    text: str
    is_translated: bool
    fits: bool


class MacroStep(Told):
    """`does`: what, in words; `detail`: what would be said, or to whom."""

    does: str
    detail: str
    has_blanks: bool


class CannedMacro(Told):
    id: int
    version: int
    title: str
    steps: list[MacroStep]


class AtHand(Told):
    """Best first."""

    answers: list[CannedAnswer]
    macros: list[CannedMacro]


class PostedRun(Given):
    """`version`: the macro's, whose steps were on screen; `seen_through`: the last message that
    was."""

    id: ClientId
    version: int = Field(ge=1, le=LARGEST)
    seen_through: int | None = Field(None, ge=0, le=LARGEST)


class PostedDraft(Given):
    """No text drops what was kept."""

    mode: Mode
    text: Text = Field(max_length=2 * LONGEST_REPLY)


class Draft(Told):
    mode: Mode
    text: str
    at: datetime


class Drafts(Told):
    drafts: list[Draft]
