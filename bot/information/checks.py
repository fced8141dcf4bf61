"""What an article must be beyond its shape. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from bot.information.rules import LONGEST_BODY, Article

Found = tuple[tuple[int | str, ...], str]

LONGEST_TITLE = 80
"""Characters; a title is also a button."""

_NUMBER = re.compile(r"\d+")
_FULL_HOUR = "00"  # 12.00 is the source's "12 h"
_URL = re.compile(r"^https?://[^\s/]+\.[^\s]+$")
_TU = re.compile(r"\b(?:tu|toi|ton|ta|tes|te|t[’']\w+)\b", re.IGNORECASE)


def of_article(article: Article, facts: Sequence[tuple[str, str]], stem: str) -> Iterator[Found]:
    """Everything wrong with an article read from the file `stem`.yml, with where it is.

    `facts` are (what is stated, its source's address).
    """
    if article.code != stem:
        yield ("code",), f"{article.code!r} is in a file named {stem!r}: they must be the same"
    for language in ("fr", "en"):
        yield from _words(article, language)
        yield from _figures(article, facts, language)
        questions = article.questions.in_(language)
        if not questions:
            yield ("questions", language), "at least one question is needed"
    yield from _french(article)
    if article.source is not None and not _URL.match(article.source.url):
        yield ("source", "url"), "must be a web address"
    for index, (_, address) in enumerate(facts):
        if not _URL.match(address):
            yield ("facts", index, "source"), "must be a web address"


def _words(article: Article, language: str) -> Iterator[Found]:
    for name, text, longest in (
        ("title", article.title.in_(language), LONGEST_TITLE),
        ("body", article.body.in_(language), LONGEST_BODY),
    ):
        if len(text) > longest:
            yield (name, language), f"has {len(text)} characters, at most {longest} are read"
        if "!" in text:
            yield (name, language), "has an exclamation mark"


def _figures(article: Article, facts: Sequence[tuple[str, str]], language: str) -> Iterator[Found]:
    """A figure is said only when a fact states it, with its source: a law's year too."""
    stated = {number for fact, _ in facts for number in _NUMBER.findall(fact)} | {_FULL_HOUR}
    for number in dict.fromkeys(_NUMBER.findall(article.body.in_(language))):
        if number not in stated:
            yield ("body", language), f"no fact with its source states {number!r}"


def _french(article: Article) -> Iterator[Found]:
    for name, text in (("title", article.title.fr), ("body", article.body.fr)):
        said = _TU.search(text)
        if said:
            yield (name, "fr"), f"{said.group()!r}: citizens are called vous"
