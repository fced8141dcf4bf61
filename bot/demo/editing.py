"""Administrators of the demonstration write sentences of the assistant anew."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.accounts.rules import Role
from bot.demo.content import Sentence
from bot.demo.rules import DAYS
from bot.demo.stage import Stage
from bot.demo.timeline import Step
from bot.storage.transaction import Transaction
from bot.texts import operations
from bot.texts.rules import Text
from bot.texts.sentences import Sentences


def editions(stage: Stage, until: datetime) -> list[Step]:
    """One step a version, in the middle of a working day. A sentence that somebody else has written
    anew before is left as it is: the step meets a `Conflict`."""
    first = (until - timedelta(days=DAYS)).replace(hour=11, minute=20)
    sentences = Sentences(stage.counter.words)
    return [
        Step(first + timedelta(days=day), Edition(one, number, text, sentences).write)
        for one in stage.content.texts
        for number, (day, text) in enumerate(one.versions)
    ]


@dataclass(frozen=True)
class Edition:
    """The version of a sentence that follows version `base`."""

    of: Sentence
    base: int
    text: Text
    sentences: Sentences

    async def write(self, stage: Stage, tx: Transaction) -> Iterable[Step]:
        commune, key = self.of.commune, self.of.key
        role = Role.METROPOLIS_ADMINISTRATOR if commune is None else Role.COMMUNE_ADMINISTRATOR
        author = stage.agent_of(role, commune)
        await operations.save(
            tx, author, key, commune, self.base, self.text, self.sentences, stage.now
        )
        return []
