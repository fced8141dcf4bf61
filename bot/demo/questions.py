"""A question's story: somebody asks the assistant, and leaves it at that."""

from __future__ import annotations

from dataclasses import dataclass

from bot.demo.stage import Person, Stage
from bot.demo.timeline import Step
from bot.information.operations import NoteFeedback
from bot.information.rules import Article
from bot.storage.transaction import Transaction
from bot.words.dates import Day
from bot.words.phrases import Line, Reply, Source, say

JUDGED, USEFUL = 0.4, 0.85


@dataclass
class Question:
    """`article`: the code of what answers it; it is not understood without one."""

    person: Person
    text: str
    article: str | None = None

    async def ask(self, stage: Stage, tx: Transaction) -> list[Step]:
        found = stage.articles.get(self.article or "")
        told = _doubt() if found is None else _answer(found)
        judged: list[NoteFeedback] = []
        if found is not None and stage.rng.random() < JUDGED:
            is_useful = stage.rng.random() < USEFUL
            judged.append(NoteFeedback(found.code, found.commune, is_useful))
        await stage.exchange(
            tx, self.person, self.text, [told], judged, is_doubted=self.article is None
        )
        return []


def language_of(text: str) -> str:
    """What it is asked in: the demonstration's English begins with few words."""
    return "en" if text.split(maxsplit=1)[0] in ("how", "can", "where", "what", "the") else "fr"


def _doubt() -> Reply:
    return Reply((say("greeting.introduction"), say("unsure.open")))


def _answer(article: Article) -> Reply:
    """The article's own words, and where they come from."""
    lines: list[Line] = [say("greeting.introduction"), article.body]
    if article.source is None:
        return Reply((*lines, say("information.title", title=article.title)))
    source = article.source
    told = say("information.source", name=source.name, day=Day(source.read, "long"))
    return Reply((*lines, told), sources=(Source(source.name, source.url, source.read),))
