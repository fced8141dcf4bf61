"""Refuses messages that training data or the catalogue already hold, or nearly."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

from bot.words.folding import fold

SIZE = 5
"""Letters of the pieces compared."""
ALIKE = 0.6
"""Share of pieces in common (Jaccard) above which two messages are near-copies."""


def pieces(text: str) -> frozenset[str]:
    """Runs of letters over word borders: short texts are one piece, the whole of them."""
    plain = " ".join("".join(c if c.isalnum() else " " for c in fold(text)).split())
    return frozenset(plain[i : i + SIZE] for i in range(max(1, len(plain) - SIZE + 1)))


def known_texts(root: Path) -> Iterator[str]:
    """Every training example and every phrase of the catalogue."""
    for path in sorted((root / "nlu" / "data" / "nlu").glob("*.yml")):
        for entry in _read(path)["nlu"]:
            yield from (line[2:].strip() for line in entry["examples"].splitlines())
    for path in sorted((root / "catalogue").rglob("services/*.yml")):
        phrases = _read(path).get("phrases") or {}
        for language in phrases.values():
            yield from (str(phrase) for phrase in language)


def _read(path: Path) -> dict[str, Any]:
    # The safe loader that is ten times faster, where libyaml is there.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return dict(yaml.load(path.read_text("utf-8"), Loader=loader))  # noqa: S506


def overlaps(texts: Sequence[str], known: Iterable[str]) -> list[tuple[str, str, float]]:
    """The texts that are near-copies of something known, with what, and how alike."""
    index: dict[str, list[int]] = defaultdict(list)
    sizes: list[int] = []
    kept: list[str] = []
    for number, text in enumerate(known):
        own = pieces(text)
        kept.append(text)
        sizes.append(len(own))
        for piece in own:
            index[piece].append(number)
    found = []
    for text in texts:
        own = pieces(text)
        shared = Counter(number for piece in own for number in index.get(piece, ()))
        for number, times in shared.most_common(3):
            alike = times / (len(own) + sizes[number] - times)
            if alike >= ALIKE:
                found.append((text, kept[number], alike))
                break
    return found
