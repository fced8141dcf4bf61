"""The words as they hold now: the catalogue, and over it what administrators have written."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from bot.storage.transaction import Database
from bot.supervision.looking import look_when_woken
from bot.texts import store
from bot.texts.rules import is_fit
from bot.texts.sentences import Sentences
from bot.texts.store import Version
from bot.words.catalogues import Words
from bot.words.editions import EVERYWHERE, Editions

logger = logging.getLogger(__name__)
READ_EVERY_S = 10.0
"""How long an edition may be unknown here when its announcement was missed."""


async def words_in_force(database: Database) -> Words:
    """The words as they hold at this moment, for a command."""
    texts = CurrentTexts(Words.load())
    await texts.read(database)
    return texts.words


class CurrentTexts:
    """`words` are given to whoever says something; `sentences` are as the catalogue has them."""

    def __init__(self, catalogue: Words) -> None:
        self._editions = Editions()
        self._reading = asyncio.Lock()
        self.words = catalogue.edited_by(self._editions)
        self.sentences = Sentences(catalogue)

    def use(self, versions: Sequence[Version]) -> None:
        """From now on these hold; those that the catalogue has outgrown do not."""
        self._editions.use(
            {
                (one.commune or EVERYWHERE, one.key): one.text.by_language()
                for one in versions
                if one.text is not None and self.suits(one)
            }
        )

    def suits(self, version: Version) -> bool:
        """Whether an edition may be said: its original may have changed, or be gone."""
        if version.text is None or version.key not in self.sentences:
            return False
        return is_fit(version.text, self.sentences.original(version.key))

    async def read(self, database: Database) -> None:
        """Take in what holds."""
        async with self._reading:  # what was read first must not hold last
            async with database.transaction() as tx:
                versions = await store.in_force(tx)
            self.use(versions)

    async def keep(self, database: Database, changed: asyncio.Event) -> None:
        """Read again whenever `changed` says so, until cancelled."""
        await look_when_woken(changed, READ_EVERY_S, lambda: self.read(database), logger, "texts")
