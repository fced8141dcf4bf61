"""What messages carry whose content cannot be read."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from bot.attachments.rules import Kept, What, WhyNot, not_kept

SOME_FILE = UUID(int=11 << 96)


def a_file(what: str, name: str | None = None, mime: str = "audio/ogg") -> dict[str, Any]:
    """A file that is kept."""
    return Kept(SOME_FILE, What(what), name, mime, 1200, 3).content()


def lost(what: str, why: str) -> dict[str, Any]:
    """One that could not be."""
    return not_kept(What(what), WhyNot(why))
