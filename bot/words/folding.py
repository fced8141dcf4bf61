"""Text as it is compared: without accents, case, apostrophes or runs of spaces."""

from __future__ import annotations

import re
import unicodedata

_APART = re.compile(r"[\s'’\-_]+")


def fold(text: str) -> str:
    """`"L’École  Jean-Macé"` -> `"l ecole jean mace"`."""
    decomposed = unicodedata.normalize("NFKD", text.replace("œ", "oe").replace("Œ", "OE"))
    plain = "".join(c for c in decomposed if not unicodedata.combining(c))
    return _APART.sub(" ", plain).strip().lower()
