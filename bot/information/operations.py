"""What can be asked of articles: load them, find one, say whether it helped."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from bot.errors import Unavailable
from bot.information import search, store
from bot.information.rules import (
    QUESTIONS_KEPT_FOR,
    Article,
    Match,
    ShownArticle,
)
from bot.storage.transaction import Database, Transaction

logger = logging.getLogger(__name__)

LONGEST_QUESTION = 500
"""Characters of an unanswered question that are kept."""
BATCH = 8
"""Texts turned into vectors at once: a citizen's message waits for no more."""


class Embedder(Protocol):
    """Turns texts into vectors, off the event loop."""

    @property
    def embedder(self) -> str | None:
        """The name of what makes the vectors; None where none can be made, or not yet."""
        ...

    async def embed(self, text: str) -> Sequence[float] | None:
        """One text's vector; None where none can be made. Raises `Unavailable`."""
        ...

    async def embed_all(self, texts: Sequence[str]) -> Sequence[Sequence[float]] | None:
        """A few texts' vectors, kept on disk for the next start. Raises `Unavailable`."""
        ...


class Asker(Protocol):
    """Whose turn it is."""

    @property
    def conversation_id(self) -> UUID: ...


async def load(tx: Transaction, articles: Sequence[Article]) -> int:
    """Bring the tables to the files: only what changed is written. Returns how many articles."""
    await store.lock_loading(tx)
    stored = await store.digests(tx)
    wanted = {(a.code, a.commune): a for a in articles}
    changed = [a for key, a in wanted.items() if stored.get(key) != store.digest_of(a)]
    gone = [key for key in stored if key not in wanted]
    replaced = [(a.code, a.commune) for a in changed if (a.code, a.commune) in stored]
    await store.remove(tx, [*gone, *replaced])
    await store.add(tx, changed)
    return len(changed) + len(gone)


async def are_measured(tx: Transaction, embedder: Embedder) -> bool:
    """Whether every text has its vector already, as after any start but the first."""
    name = embedder.embedder
    if name is None or not await store.holds_vectors(tx):
        return False
    return not await store.without_vector(tx, name, after=0, limit=1)


async def measure(articles: Sequence[Article], embedder: Embedder) -> AsyncIterator[int]:
    """Keep every text's vector on disk before any database is there, so that a first start finds
    articles by meaning at once. Yields how many of the texts are done. Raises `Unavailable`."""
    texts = [text for a in articles for one in store.LANGUAGES for text, _ in a.texts(one)]
    for begin in range(0, len(texts), BATCH):
        if await embedder.embed_all(texts[begin : begin + BATCH]) is None:
            return
        yield min(begin + BATCH, len(texts))


async def make_vectors(database: Database, embedder: Embedder) -> int:
    """Give every text its vector, a few at a time, each batch in its own transaction and none open
    while the embedder works. Returns how many were made. Raises `Unavailable`."""
    made = last = 0
    while (name := embedder.embedder) is not None:
        async with database.transaction() as tx:
            texts = await store.without_vector(tx, name, last, BATCH)
        vectors = await embedder.embed_all(list(texts.values())) if texts else None
        if not vectors:
            break
        async with database.transaction() as tx:
            await store.keep_vectors(tx, name, dict(zip(texts, vectors, strict=True)))
        made, last = made + len(texts), max(texts)
    return made


class ArticleSearch:
    """Finds articles, by their words alone until every one of them has its vector."""

    def __init__(
        self, database: Database, embedder: Embedder, *, holds_vectors: bool = False
    ) -> None:
        self._database = database
        self._embedder = embedder
        self._holds_vectors = holds_vectors

    def use_vectors(self) -> None:
        """All vectors are there: half of them would rank wrongly."""
        self._holds_vectors = True

    async def find(self, question: str, language: str, commune: str | None) -> list[Match]:
        """The nearest articles of `commune` (INSEE code, None for the metropolis), best first."""
        embedded = await self._embedded(question)
        async with self._database.transaction() as tx:
            return await search.search(tx, question, language, commune, embedded)

    async def of_codes(self, codes: Sequence[str], commune: str | None) -> list[ShownArticle]:
        """Articles by their codes, as `commune` has them; what is gone is left out."""
        async with self._database.transaction() as tx:
            return await search.of_codes(tx, codes, commune)

    async def _embedded(self, question: str) -> tuple[str, Sequence[float]] | None:
        if not self._holds_vectors:
            return None
        try:
            vector = await self._embedder.embed(question)
        except Unavailable as error:
            logger.warning("articles are searched by words alone: %s", error)
            return None
        name = self._embedder.embedder
        return None if vector is None or name is None else (name, vector)


@dataclass(frozen=True)
class NoteFeedback:
    """Whether an article helped. `commune` is the article's own."""

    code: str
    commune: str
    useful: bool

    async def perform(self, tx: Transaction, speaker: Asker, now: datetime) -> None:
        await store.note_feedback(
            tx, self.code, self.commune, speaker.conversation_id, self.useful, now
        )


@dataclass(frozen=True)
class KeepQuestion:
    """Keep what nothing answered, for the administrators of `commune` (INSEE code)."""

    text: str
    commune: str | None

    async def perform(self, tx: Transaction, speaker: Asker, now: datetime) -> None:
        """Also forgets the questions kept long enough, so that no schedule is needed for it."""
        del speaker  # the question is kept without its author
        await store.forget_questions(tx, now - QUESTIONS_KEPT_FOR)
        if self.text.strip():
            await store.keep_question(tx, self.text[:LONGEST_QUESTION], self.commune, now)
