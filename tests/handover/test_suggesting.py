"""The likely service and team of a conversation, for whoever passes it on."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.conversations.store import StoredMessage
from bot.errors import Unavailable
from bot.handover.suggesting import suggest
from bot.services.rules import ServiceScore
from tests.handover.builders import CATALOGUE, OULLINS

AT = datetime(2026, 11, 24, tzinfo=UTC)


class Matching:
    def __init__(self, *scores: tuple[str, float]) -> None:
        self.scores = tuple(ServiceScore(*score) for score in scores)
        self.asked = ""

    async def match(self, text: str, commune: str | None, top: int = 3) -> tuple[ServiceScore, ...]:
        self.asked = text
        return self.scores


class Away:
    async def match(self, text: str, commune: str | None, top: int = 3) -> tuple[ServiceScore, ...]:
        raise Unavailable("warming")


def said(text: str, sender: str = "citizen", kind: str = "text") -> StoredMessage:
    return StoredMessage(1, sender, kind, text, {}, AT)


async def test_the_likely_service_comes_with_its_team_and_the_words_it_was_read_from() -> None:
    matcher = Matching(("pothole", 0.7), ("bollard", 0.05), ("other", 0.2))
    spoken = [said("bonjour", "assistant"), said("un trou"), said("Passer", kind="press")]
    (found,) = await suggest(matcher, CATALOGUE, spoken, OULLINS)
    assert (found.service.code, found.team.code) == ("pothole", "voirie")
    assert (found.likelihood, found.words, matcher.asked) == (0.7, "un trou", "un trou")


async def test_nothing_is_suggested_of_nothing_nor_without_the_matcher() -> None:
    assert await suggest(Matching(("pothole", 0.9)), CATALOGUE, [], OULLINS) == []
    assert await suggest(Away(), CATALOGUE, [said("un trou")], OULLINS) == []
    unknown = Matching(("gone_service", 0.9))
    assert await suggest(unknown, CATALOGUE, [said("un trou")], OULLINS) == []
