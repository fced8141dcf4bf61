"""Words that no other test says."""

from __future__ import annotations

from uuid import uuid4

_LETTERS = str.maketrans("0123456789", "ghijklmnop")


def a_word(length: int = 8) -> str:
    """Letters alone: six figures in a row would be somebody's number, and taken out."""
    return uuid4().hex[:length].translate(_LETTERS)
