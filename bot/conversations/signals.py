"""Cues read beside the classifier: danger, injury, anger, correction, the kind of an emergency."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from bot.words.cues import cue_pattern
from bot.words.folding import fold

_RANK = (
    r"\d{1,3} ?(?:e|eme|ieme|nd|rd|th)|troisieme|quatrieme|cinquieme|sixieme|septieme|huitieme"
    r"|neuvieme|dixieme|enieme|third|fourth|fifth|umpteenth"
)
_AGAIN = re.compile(
    rf"\b(?!2 ?(?:e|eme|nd)\b)(?:{_RANK}) (?:fois|message|signalement|relance|demande|appel|time)\b"
)
SHOUTED_LETTERS = 12
"""Letters from which capitals are a shout, not an abbreviation."""
SHOUTED_SHARE = 0.7


@dataclass(frozen=True)
class Signals:
    """The compiled cues of `catalogue/signals.yml`."""

    danger: re.Pattern[str]
    hurt: re.Pattern[str]
    correction: re.Pattern[str]
    anger: re.Pattern[str]
    despair: re.Pattern[str]
    sensitive: re.Pattern[str]
    emergency: Mapping[str, re.Pattern[str]]

    @classmethod
    def load(cls, path: Path) -> Signals:
        """Read and compile the cues. Raises `KeyError` when a list is missing."""
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        return cls(
            danger=cue_pattern(data["danger"]),
            hurt=cue_pattern(data["hurt"]),
            correction=cue_pattern(data["correction"]),
            anger=cue_pattern(data["anger"]),
            despair=cue_pattern(data["despair"]),
            sensitive=cue_pattern(data["sensitive"]),
            emergency={
                kind: cue_pattern([*cues, *(data["despair"] if kind == "suicide" else ())])
                for kind, cues in data["emergency"].items()
            },
        )

    def is_dangerous(self, text: str) -> bool:
        return bool(self.danger.search(fold(text)))

    def someone_hurt(self, text: str) -> bool:
        return bool(self.hurt.search(fold(text)))

    def is_correction(self, text: str) -> bool:
        return bool(self.correction.search(fold(text)))

    def is_repeated(self, text: str) -> bool:
        """`"4e fois que j’écris"`: three times or more."""
        return bool(_AGAIN.search(fold(text)))

    def is_angry(self, text: str) -> bool:
        """Insults, a message all in capitals, or one that had to be written again and again."""
        return bool(self.anger.search(fold(text))) or is_shouted(text) or self.is_repeated(text)

    def is_despair(self, text: str) -> bool:
        """Whether somebody may be about to take their life, whatever else the text is about."""
        return bool(self.despair.search(fold(text)))

    def is_sensitive(self, text: str) -> bool:
        """Whether somebody tells of a wrong done to a person, which a person must hear."""
        return bool(self.sensitive.search(fold(text)))

    def marks(self, text: str) -> tuple[str, ...]:
        """What whoever reads a ticket should see before its text, as codes."""
        seen = {
            "angry": self.is_angry(text),
            "repeated": self.is_repeated(text),
            "dangerous": self.is_dangerous(text),
            "despair": self.is_despair(text),
            "sensitive": self.is_sensitive(text),
        }
        return tuple(mark for mark, holds in seen.items() if holds)

    def emergency_kind(self, text: str) -> str:
        """`gas`, `fire`, … or `other`: which number to say first."""
        folded = fold(text)
        return next((k for k, p in self.emergency.items() if p.search(folded)), "other")


def is_shouted(text: str) -> bool:
    """Whether most of a text that is long enough is in capitals."""
    letters = [c for c in text if c.isalpha()]
    capitals = sum(c.isupper() for c in letters)
    return len(letters) >= SHOUTED_LETTERS and capitals >= SHOUTED_SHARE * len(letters)
