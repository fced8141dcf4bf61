"""Cues read beside the classifier: danger, injury, correction, the kind of an emergency."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from bot.words.folding import fold


def _pattern(cues: Sequence[str]) -> re.Pattern[str]:
    alternatives = [
        re.escape(cue.removesuffix("*")) + (r"\w*" if cue.endswith("*") else "") for cue in cues
    ]
    return re.compile(r"\b(?:" + "|".join(alternatives) + r")\b")


@dataclass(frozen=True)
class Signals:
    """The compiled cues of `catalogue/signals.yml`."""

    danger: re.Pattern[str]
    hurt: re.Pattern[str]
    correction: re.Pattern[str]
    emergency: Mapping[str, re.Pattern[str]]

    @classmethod
    def load(cls, path: Path) -> Signals:
        """Read and compile the cues. Raises `KeyError` when a list is missing."""
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        return cls(
            danger=_pattern(data["danger"]),
            hurt=_pattern(data["hurt"]),
            correction=_pattern(data["correction"]),
            emergency={kind: _pattern(cues) for kind, cues in data["emergency"].items()},
        )

    def is_dangerous(self, text: str) -> bool:
        return bool(self.danger.search(fold(text)))

    def someone_hurt(self, text: str) -> bool:
        return bool(self.hurt.search(fold(text)))

    def is_correction(self, text: str) -> bool:
        return bool(self.correction.search(fold(text)))

    def emergency_kind(self, text: str) -> str:
        """`gas`, `fire`, … or `other`: which number to say first."""
        folded = fold(text)
        return next((k for k, p in self.emergency.items() if p.search(folded)), "other")
