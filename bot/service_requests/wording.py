"""A request's state in words, for whoever filed it and for others. Pure."""

from __future__ import annotations

from bot.service_requests.rules import Status
from bot.words.phrases import Phrase, say

OF_THE_AUTHOR = frozenset({Status.WAITING_CITIZEN, Status.WITHDRAWN})
"""States in which something is the author's, and so is said otherwise to others."""


def state(status: Status, *, is_own: bool) -> Phrase:
    """`"en attente de votre réponse"`; to others, `"en attente d’une précision"`."""
    if status in OF_THE_AUTHOR and not is_own:
        return say(f"state.{status}_of_other")
    return say(f"state.{status}")
