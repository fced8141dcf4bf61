"""The program's own words, read from the gettext catalogues beside this file."""

from __future__ import annotations

import gettext
import io
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from string import Formatter
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from bot.words.editions import Editions
from bot.words.phrases import Bilingual, Joined, Line, Outcome, Phrase

LOCALE = Path(__file__).parent / "locale"
LANGUAGES = ("fr", "en")

logger = logging.getLogger(__name__)


def read_catalogue(language: str) -> Catalog:
    """The catalogue of a language as its file stands. Raises `FileNotFoundError`."""
    with (LOCALE / language / "guichet.po").open("rb") as file:
        return read_po(file, locale=language)


@dataclass(frozen=True)
class Tongue:
    """A language's catalogue. `forms`: key → its sentence, one text for each plural form;
    `plural`: which form a number takes."""

    translations: gettext.GNUTranslations
    forms: Mapping[str, tuple[str, ...]]
    plural: Callable[[int], int]


@dataclass(frozen=True, eq=False)
class Words:
    """Turns phrases into sentences of a language. French is what everything falls back to.

    `editions` stand in the place of the catalogue's sentences, those of `commune` before those that
    are for all.
    """

    tongues: Mapping[str, Tongue] = field(repr=False)
    editions: Editions = field(default_factory=Editions, repr=False)
    commune: str | None = None

    @classmethod
    def load(cls) -> Words:
        """Read the catalogues; they are compiled in memory, so that no built file can be stale."""
        return cls({language: _tongue(read_catalogue(language)) for language in LANGUAGES})

    def edited_by(self, editions: Editions) -> Words:
        """The same with these in the place of sentences of the catalogue."""
        return Words(self.tongues, editions, self.commune)

    def of(self, commune: str | None) -> Words:
        """As a town says them (INSEE code); None: as they are said where no town is known."""
        return self if commune == self.commune else Words(self.tongues, self.editions, commune)

    def render(self, line: Line, language: str, outcomes: Sequence[Any] = ()) -> str:
        """The sentence. `n` among a phrase's values chooses its plural.

        Raises `KeyError` for a phrase or a value that does not exist.
        """
        match line:
            case str():
                return line
            case Phrase():
                return self._phrase(line, language, outcomes)
            case Joined():
                parts = [self.render(part, language, outcomes) for part in line.parts]
                return line.separator.join(part for part in parts if part)
            case Outcome():
                value = getattr(outcomes[line.operation], line.attribute)
                is_line = isinstance(value, (Phrase, Joined, Bilingual))
                return self.render(value if is_line else str(value), language, outcomes)
            case _:
                return line.in_(language)

    def _phrase(self, phrase: Phrase, language: str, outcomes: Sequence[Any]) -> str:
        language = language if language in self.tongues else "fr"
        text = self._original(phrase, language)
        values = {
            name: value
            if isinstance(value, (int, float))
            else self.render(value, language, outcomes)
            for name, value in phrase.values.items()
            if value is not None
        }
        edited = self.editions.forms(phrase.key, language, self.commune)
        if edited is not None:
            try:
                form = self.tongues[language].plural(int(phrase.values.get("n", 0)))
                return _filled(edited[form if len(edited) > 1 else 0], values)
            except (LookupError, ValueError, TypeError, AttributeError):
                # It was checked when it was written: the catalogue has changed since, or a value
                # is missing that its sentence does without.
                logger.warning("the edition of %s cannot be said", phrase.key)
        return _filled(text, values)

    def _original(self, phrase: Phrase, language: str) -> str:
        translations = self.tongues[language].translations
        if "n" in phrase.values:
            text = translations.ngettext(phrase.key, phrase.key, int(phrase.values["n"]))
        else:
            text = translations.gettext(phrase.key)
        if text == phrase.key:
            raise KeyError(phrase.key)
        return text


def _filled(text: str, values: Mapping[str, Any]) -> str:
    return Formatter().vformat(text, (), values)


def _tongue(catalogue: Catalog) -> Tongue:
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    forms = {}
    for message in catalogue:
        if message.id:
            key = message.id if isinstance(message.id, str) else message.id[0]
            said = message.string
            forms[key] = (said,) if isinstance(said, str) else tuple(said or ())
    plural = gettext.c2py(catalogue.plural_expr)
    return Tongue(gettext.GNUTranslations(compiled), forms, plural)
