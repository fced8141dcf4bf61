"""Days as they are written."""

from __future__ import annotations

from datetime import datetime


def day(at: datetime, language: str) -> str:
    """`24/11/2026`, `24 Nov 2026`."""
    return at.strftime("%d/%m/%Y" if language == "fr" else "%d %b %Y")
