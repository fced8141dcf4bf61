"""The program's own words, read from the gettext catalogues beside this file."""

from __future__ import annotations

import gettext
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from string import Formatter
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from bot.words.phrases import Bilingual, Joined, Line, Outcome, Phrase

LOCALE = Path(__file__).parent / "locale"
LANGUAGES = ("fr", "en")


def read_catalogue(language: str) -> Catalog:
    """The catalogue of a language as its file stands. Raises `FileNotFoundError`."""
    with (LOCALE / language / "guichet.po").open("rb") as file:
        return read_po(file, locale=language)


class Words:
    """Turns phrases into sentences of a language. French is what everything falls back to."""

    def __init__(self, translations: Mapping[str, gettext.GNUTranslations]) -> None:
        self._translations = translations

    @classmethod
    def load(cls) -> Words:
        """Read the catalogues; they are compiled in memory, so that no built file can be stale."""
        translations = {}
        for language in LANGUAGES:
            compiled = io.BytesIO()
            write_mo(compiled, read_catalogue(language))
            compiled.seek(0)
            translations[language] = gettext.GNUTranslations(compiled)
        return cls(translations)

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
        translation = self._translations.get(language, self._translations["fr"])
        if "n" in phrase.values:
            text = translation.ngettext(phrase.key, phrase.key, int(phrase.values["n"]))
        else:
            text = translation.gettext(phrase.key)
        if text == phrase.key:
            raise KeyError(phrase.key)
        values = {
            name: value
            if isinstance(value, (int, float))
            else self.render(value, language, outcomes)
            for name, value in phrase.values.items()
            if value is not None
        }
        return Formatter().vformat(text, (), values)
