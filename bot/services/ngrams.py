"""Character n-grams of words, weighed by rarity. Runs in the matcher's process only.

Written here because the usual library takes a second and 100 MB to import, for a sum of
products.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

SHORTEST = 2
LONGEST = 5


def ngrams(text: str) -> Counter[str]:
    """Pieces of 2 to 5 letters within each word, its two edges marked by a space."""
    found: Counter[str] = Counter()
    for word in text.split():
        edged = f" {word} "
        for size in range(SHORTEST, LONGEST + 1):
            if size > len(edged):
                found[edged] += 1
                break
            found.update(edged[i : i + size] for i in range(len(edged) - size + 1))
    return found


@dataclass(frozen=True)
class Vocabulary:
    """The n-grams known, each with its column and its rarity (smoothed inverse frequency)."""

    columns: Mapping[str, int]
    rarity: Sequence[float]

    @classmethod
    def of(cls, texts: Sequence[str]) -> Vocabulary:
        in_texts: Counter[str] = Counter()
        for text in texts:
            in_texts.update(ngrams(text).keys())
        known = sorted(in_texts)
        count = len(texts)
        rarity = [math.log((1 + count) / (1 + in_texts[piece])) + 1 for piece in known]
        return cls({piece: column for column, piece in enumerate(known)}, rarity)

    def weights(self, text: str) -> dict[int, float]:
        """Column → weight, of length 1 together; empty when nothing is known."""
        raw = {
            column: (1 + math.log(times)) * self.rarity[column]
            for piece, times in ngrams(text).items()
            if (column := self.columns.get(piece)) is not None
        }
        length = math.sqrt(sum(weight * weight for weight in raw.values()))
        return {column: weight / length for column, weight in raw.items()} if length else {}
