"""Articles with plain defaults, on disk and in memory, and an embedder that needs no model."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from bot.information.rules import METROPOLIS, Article, Questions, Source
from bot.information.store import folded
from bot.information.tables import DIMENSIONS
from bot.services.rules import Text
from tests.services.catalogue_builders import write

URL = "https://example.org/page"
READ = date(2026, 11, 24)


def a_file(code: str = "glass", **replaced: Any) -> dict[str, Any]:
    """A valid article's keys; None takes one away, except `source`, which may be null."""
    whole: dict[str, Any] = {
        "code": code,
        "topic": "waste",
        "title": {"fr": f"Le verre ({code})", "en": f"Glass ({code})"},
        "questions": {"fr": [f"où jeter le verre {code}"], "en": [f"glass bank {code}"]},
        "body": {"fr": "Le verre va au silo.", "en": "Glass goes to the bank."},
        "local": False,
        "source": {"name": "La Métropole", "url": URL, "read": READ},
        "review_by": date(2027, 5, 24),
        "facts": [],
    }
    whole |= replaced
    return {key: value for key, value in whole.items() if value is not None or key == "source"}


def write_articles(root: Path, *files: dict[str, Any], commune: str | None = None) -> Path:
    """Write `root`/catalogue with these articles, and return it."""
    catalogue = root / "catalogue"
    folder = catalogue / ("articles" if commune is None else f"communes/{commune}/articles")
    for one in files:
        write(folder / f"{one['code']}.yml", one)
    return catalogue


def an_article(
    code: str,
    questions: Sequence[str],
    *,
    commune: str = METROPOLIS,
    body: str = "Le corps de la fiche.",
    questions_en: Sequence[str] = (),
) -> Article:
    return Article(
        code=code,
        commune=commune,
        topic="waste",
        title=Text(f"Titre {code}", f"Title {code}"),
        questions=Questions(tuple(questions), tuple(questions_en)),
        body=Text(body, "The body of the page."),
        is_local=True,
        source=Source("La Métropole", URL, READ),
        review_by=date(2027, 5, 24),
    )


class WordEmbedder:
    """Each word is a direction of its own: texts are near when they share words. `synonyms` give
    two words the same direction, which full text cannot know."""

    def __init__(self, **synonyms: str) -> None:
        self.embedder: str | None = "words"
        self.synonyms = synonyms
        self.batches: list[int] = []
        self.kept: set[str] = set()

    async def embed(self, text: str) -> list[float] | None:
        values = [0.0] * DIMENSIONS
        for word in folded([text]).split():
            known = self.synonyms.get(word, word)
            place = int.from_bytes(hashlib.sha256(known.encode()).digest()[:4]) % DIMENSIONS
            values[place] += 1.0
        length = math.sqrt(sum(value * value for value in values)) or 1.0
        return [value / length for value in values]

    async def embed_all(self, texts: Sequence[str]) -> list[list[float]] | None:
        self.batches.append(len(texts))
        self.kept |= set(texts)
        return [vector for text in texts if (vector := await self.embed(text)) is not None]
