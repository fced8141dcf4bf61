"""The sentences as an administrator of one town, or of all, sees them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from bot.texts.current import CurrentTexts
from bot.texts.rules import FAMILIES, Text, values_of
from bot.texts.store import Version
from bot.web.rendering import Renderer
from bot.words.folding import fold

Source = Literal["own", "everywhere", "original"]
"""Whose text is in force: that of the page's town (or of all), that of all, or the catalogue's."""
SEVERAL = 3
"""How many there are in the example of a plural."""


@dataclass(frozen=True)
class Row:
    """A sentence of the list. `others`: how many towns have a text of their own."""

    key: str
    said: str
    source: Source
    is_unfit: bool
    others: int


class Shown:
    """What holds in `commune`, None for all. `versions`: the editions that the reader may read."""

    def __init__(
        self, texts: CurrentTexts, versions: Sequence[Version], commune: str | None
    ) -> None:
        self._texts = texts
        self._commune = commune
        self._editions = {
            (one.commune, one.key): one for one in versions if one.key in texts.sentences
        }
        self._families = {
            key: family for family, keys in texts.sentences.families.items() for key in keys
        }

    def _fit(self, commune: str | None, key: str) -> Text | None:
        edition = self._editions.get((commune, key))
        return edition.text if edition is not None and self._texts.suits(edition) else None

    def source(self, key: str) -> Source:
        if self._fit(self._commune, key) is not None:
            return "own"
        return "everywhere" if self._fit(None, key) is not None else "original"

    def text(self, key: str) -> Text:
        """What is in force, both languages."""
        original = self._texts.sentences.original(key)
        held = self._fit(self._commune, key) or self._fit(None, key) or original
        return held if held.en is not None else Text(held.fr, original.en)

    def is_unfit(self, key: str) -> bool:
        """Whether there is a text of one's own that may not be said any more."""
        edition = self._editions.get((self._commune, key))
        return edition is not None and not self._texts.suits(edition)

    def family(self, key: str) -> str:
        return self._families[key]

    def other_towns(self, key: str) -> list[str]:
        """Which have a text of their own, on the page of all."""
        towns = [commune for commune, known in self._editions if known == key]
        return sorted(one for one in towns if one is not None and self._commune is None)

    @property
    def changed(self) -> int:
        """How many sentences have a text of one's own here."""
        return sum(commune == self._commune for commune, _ in self._editions)

    @property
    def unfit(self) -> int:
        return sum(
            commune == self._commune and not self._texts.suits(edition)
            for (commune, _), edition in self._editions.items()
        )

    def families(
        self, language: str, wanted: str, *, only_changed: bool
    ) -> Mapping[str, Sequence[Row]]:
        """Family → its sentences in which the folded words `wanted` are, those without any left
        out. `only_changed`: those with a text of one's own."""
        found: dict[str, list[Row]] = {}
        for family in FAMILIES:
            for key in self._texts.sentences.families[family]:
                is_own = (self._commune, key) in self._editions
                if (only_changed and not is_own) or wanted not in self._searched(key):
                    continue
                found.setdefault(family, []).append(self._row(key, language))
        return found

    def _searched(self, key: str) -> str:
        original, held = self._texts.sentences.original(key), self.text(key)
        said = (*original.fr, *(original.en or ()), *held.fr, *(held.en or ()))
        return fold(" ".join((key, *said)))

    def _row(self, key: str, language: str) -> Row:
        held = self.text(key)
        forms = held.en if language == "en" and held.en else held.fr
        others = len(self.other_towns(key))
        return Row(key, forms[-1], self.source(key), self.is_unfit(key), others)


def flat(text: Text | None, original: Text) -> dict[str, str]:
    """What was said, as the history compares it: `fr0` → its words. Without a `text`, the
    original."""
    fr, en = (text or original).fr, (text and text.en) or original.en
    said = {f"fr{number}": form for number, form in enumerate(fr)}
    return {**said, **{f"en{number}": form for number, form in enumerate(en or ())}}


def previewed(said: Text, original: Text, pages: Renderer) -> Mapping[str, Sequence[str]]:
    """Language → each form as a citizen would read it, with invented values."""
    both = said if said.en is not None else Text(said.fr, original.en)
    return {
        language: [
            _example(form, 1 if number == 0 and len(forms) > 1 else SEVERAL, language, pages)
            for number, form in enumerate(forms)
            if form
        ]
        for language, forms in both.by_language().items()
    }


def _example(form: str, count: int, language: str, pages: Renderer) -> str:
    word = pages.word_in(language)
    try:
        names = values_of(form)
    except ValueError:
        return form  # what is wrong with it is said above
    text = form
    for name in names:
        value = str(count) if name == "n" else _sample(name, word)
        text = text.replace("{" + name + "}", value)
    return text


def _sample(name: str, word: object) -> str:
    if not callable(word) or re.fullmatch("[a-z]+", name) is None:
        return name
    try:
        return str(word(f"texts_sample_{name}"))
    except KeyError:
        return name  # one that there is not: the refusal names it
