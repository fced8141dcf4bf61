"""The shape of an article's file. What it means is checked in `checks`."""

from __future__ import annotations

from datetime import date

from bot.information.rules import Article, Questions, Source
from bot.services.catalogue_schema import Code, PhrasesFile, Strict, TextFile, Words


class SourceFile(Strict):
    name: Words
    url: Words
    read: date


class FactFile(Strict):
    """What a figure of the body rests on."""

    fact: Words
    source: Words


class ArticleFile(Strict):
    """A whole article. `source` must be written, even to say `null`."""

    code: Code
    topic: Code
    title: TextFile
    questions: PhrasesFile
    body: TextFile
    local: bool
    source: SourceFile | None
    review_by: date
    facts: list[FactFile]

    def article(self, commune: str) -> Article:
        source = self.source
        return Article(
            code=self.code,
            commune=commune,
            topic=self.topic,
            title=self.title.text(),
            questions=Questions(tuple(self.questions.fr), tuple(self.questions.en)),
            body=self.body.text(),
            is_local=self.local,
            source=None if source is None else Source(source.name, source.url, source.read),
            review_by=self.review_by,
        )
