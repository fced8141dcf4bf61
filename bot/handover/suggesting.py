"""Which service a conversation is likely about, and so which team: a hint for whoever passes it
on, with the words that it comes from. Agents decide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.conversations.store import StoredMessage
from bot.errors import NotFound, Unavailable
from bot.services.rules import CATCH_ALL, Catalogue, Service, ServiceScore, Team

MOST_SUGGESTED = 3
LIKELY_FROM = 0.15
"""Chance of a service, from 0 to 1, below which it would only be a guess."""
WORDS_READ = 1500
"""Characters of the citizen's last messages that are read."""


class Matcher(Protocol):
    async def match(
        self, text: str, commune: str | None, top: int = 3
    ) -> tuple[ServiceScore, ...]: ...


@dataclass(frozen=True)
class Suggestion:
    """A service with its team. `likelihood`: from 0 to 1. `words`: what it was read from."""

    service: Service
    team: Team
    likelihood: float
    words: str


async def suggest(
    matcher: Matcher,
    catalogue: Catalogue,
    messages: Sequence[StoredMessage],
    commune: str | None,
) -> list[Suggestion]:
    """The likeliest first; none while the matcher is not there, or when nothing is likely."""
    said = " ".join(m.text for m in messages if m.sender == "citizen" and m.kind == "text")
    words = said[-WORDS_READ:].strip()
    if not words:
        return []
    try:
        scores = await matcher.match(words, commune, MOST_SUGGESTED)
    except Unavailable:
        return []
    found = []
    for score in scores:
        if score.code == CATCH_ALL or score.score < LIKELY_FROM:
            continue
        try:
            service = catalogue.service(score.code, commune)
            team = catalogue.team(service.team)
        except NotFound:
            continue
        found.append(Suggestion(service, team, score.score, words))
    return found
