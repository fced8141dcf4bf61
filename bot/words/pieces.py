"""A text cut into pieces (letters, words, and the sounds of both), weighed by rarity.

What the readers of intents and of services look at. Also runs in the engine (Python 3.10), and in
the matcher's process, which starts in a fraction of the second and of the 100 MB that the usual
library takes to import, for a sum of products.
"""

from __future__ import annotations

import importlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from bot.words.sounds import sounded, written

LONGEST = 600
"""Characters that are read; what is meant is said by then."""

LETTERS = (("w", 2, 5), ("s", 2, 4))
"""Shortest and longest run of letters, as written and as sounded."""
RARE_BELOW = 2
"""A run of letters that training met in fewer texts says nothing; a word may."""

Columns = npt.NDArray[np.int64]
Weights = npt.NDArray[np.float32]


def _runs(words: Sequence[str], shortest: int, longest: int) -> Iterator[str]:
    """Runs of letters within each word, its two edges marked by a space."""
    for word in words:
        edged = f" {word} "
        for size in range(shortest, longest + 1):
            if size >= len(edged):
                yield edged
                break
            for start in range(len(edged) - size + 1):
                yield edged[start : start + size]


def cut(text: str) -> dict[str, Counter[str]]:
    """The pieces of each view: `w`, `s` letters and `W`, `S` words, as written and as sounded."""
    text = text[:LONGEST]
    views: dict[str, Counter[str]] = {}
    for view, shortest, longest in LETTERS:
        words = (written(text) if view == "w" else sounded(text)).split()
        views[view] = Counter(_runs(words, shortest, longest))
        pairs = (f"{one} {two}" for one, two in pairwise(words))
        views[view.upper()] = Counter([*words, *pairs])
    return views


class Pieces:
    """The pieces that training met, each with its column and its rarity (smoothed inverse
    document frequency). `known` has `view:piece` keys."""

    def __init__(self, known: Mapping[str, int], rarity: Weights) -> None:
        self._known = known
        self._rarity = rarity

    @property
    def width(self) -> int:
        return len(self._rarity)

    @classmethod
    def of_texts(cls, texts: Sequence[str]) -> Pieces:
        """What a set of training texts knows."""
        met: Counter[str] = Counter()
        for text in texts:
            for view, pieces in cut(text).items():
                met.update(f"{view}:{piece}" for piece in pieces)
        kept = sorted(key for key, times in met.items() if times >= RARE_BELOW or key[0].isupper())
        times = np.array([met[key] for key in kept], dtype=np.float32)
        rarity = np.log((1 + len(texts)) / (1 + times)) + 1
        return cls({key: column for column, key in enumerate(kept)}, rarity.astype(np.float32))

    def weigh(self, text: str) -> tuple[Columns, Weights]:
        """Columns and weights of a text; each view has length 1. Empty when nothing is known."""
        columns: list[Columns] = []
        weights: list[Weights] = []
        for view, pieces in cut(text).items():
            found = {
                column: times
                for piece, times in pieces.items()
                if (column := self._known.get(f"{view}:{piece}")) is not None
            }
            if not found:
                continue
            here = np.fromiter(found.keys(), dtype=np.int64, count=len(found))
            times = np.fromiter(found.values(), dtype=np.float32, count=len(found))
            raw = (1 + np.log(times)) * self._rarity[here]
            columns.append(here)
            weights.append((raw / np.linalg.norm(raw)).astype(np.float32))
        if not columns:
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32)
        return np.concatenate(columns), np.concatenate(weights)

    def arrays(self) -> dict[str, npt.NDArray[np.generic]]:
        """What `from_arrays` reads back: plain arrays, nothing that could run."""
        return {"pieces": np.array(list(self._known)), "rarity": self._rarity}

    @classmethod
    def from_arrays(cls, kept: Mapping[str, npt.NDArray[np.generic]]) -> Pieces:
        known = {str(key): column for column, key in enumerate(kept["pieces"].tolist())}
        return cls(known, np.asarray(kept["rarity"], dtype=np.float32))


def matrix(pieces: Pieces, texts: Sequence[str]) -> Any:
    """A sparse row a text, for fitting."""
    sparse = importlib.import_module("scipy.sparse")
    weighed = [pieces.weigh(text) for text in texts]
    starts = np.cumsum([0, *(len(columns) for columns, _ in weighed)])
    columns = np.concatenate([columns for columns, _ in weighed])
    weights = np.concatenate([weights for _, weights in weighed])
    return sparse.csr_matrix((weights, columns, starts), shape=(len(texts), pieces.width))
