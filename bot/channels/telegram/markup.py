"""Words as Telegram's HTML."""

from __future__ import annotations

from html import escape


def html(text: str) -> str:
    """The text as it is, whatever signs are in it."""
    return escape(text, quote=False)


def bold(text: str) -> str:
    return f"<b>{html(text)}</b>"


def italic(text: str) -> str:
    return f"<i>{html(text)}</i>"
