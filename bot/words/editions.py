"""Sentences written anew, in the place of the catalogue's: for everybody or for a town."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

EVERYWHERE = ""
"""The town of what is for all."""

Edited = Mapping[str, Sequence[str]]
"""Language → the sentence, one text for each plural form."""


class Editions:
    """What holds now, in memory: read for every sentence that is said."""

    def __init__(self) -> None:
        self._held: Mapping[tuple[str, str], Edited] = {}

    def use(self, held: Mapping[tuple[str, str], Edited]) -> None:
        """From now on these hold, by town (`EVERYWHERE` or its INSEE code) and key."""
        self._held = dict(held)

    def forms(self, key: str, language: str, commune: str | None) -> Sequence[str] | None:
        """The sentence of a town, else that for all, each in the languages in which somebody wrote
        it; None where the catalogue's holds."""
        for town in (commune, EVERYWHERE) if self._held else ():
            edited = self._held.get((town or EVERYWHERE, key), {})
            if language in edited:
                return edited[language]
        return None
