"""The sentences of the catalogue that may be written anew."""

from __future__ import annotations

from collections.abc import Mapping

from bot.errors import NotFound
from bot.texts.rules import FAMILIES, Text, family_of
from bot.words.catalogues import Words


class Sentences:
    """`families`: family → the keys of its sentences, in the order of the page."""

    def __init__(self, words: Words) -> None:
        french, english = words.tongues["fr"].forms, words.tongues["en"].forms
        self._originals: dict[str, Text] = {}
        found: dict[str, list[str]] = {family: [] for family in FAMILIES}
        for key, forms in sorted(french.items()):
            family = family_of(key, forms)
            if family is not None:
                found[family].append(key)
                self._originals[key] = Text(forms, english[key])
        self.families: Mapping[str, tuple[str, ...]] = {
            family: tuple(keys) for family, keys in found.items()
        }

    def __contains__(self, key: str) -> bool:
        return key in self._originals

    def original(self, key: str) -> Text:
        """As the catalogue says it, in both languages. Raises `NotFound` for what may not be
        written anew."""
        if key not in self._originals:
            raise NotFound("text")
        return self._originals[key]
