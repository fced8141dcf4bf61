"""Cues: words looked for in a folded text, as content files write them. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence


def cue_pattern(cues: Sequence[str]) -> re.Pattern[str]:
    """Finds any of these in a folded text. A cue is lower case without accents; `*` at the end of a
    word stands for any ending."""
    alternatives = [
        " ".join(re.escape(w.removesuffix("*")) + r"\w*" * w.endswith("*") for w in cue.split())
        for cue in cues
    ]
    return re.compile(r"\b(?:" + "|".join(alternatives) + r")\b")
