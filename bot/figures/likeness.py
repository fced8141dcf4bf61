"""Messages that say about the same thing, grouped by their words. Pure.

By words and not by sentence vectors: the process that makes those answers citizens meanwhile, and
what was not understood is short, so that its rare words tell enough.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import log, sqrt

from bot.conversations.function_words import ENGLISH, FRENCH
from bot.words.folding import fold

ALIKE = 0.32
"""Cosine from which two messages are about the same thing."""
STEM = 5
"""Letters of a word that count: endings differ."""
SHORTEST = 3
_SAY_NOTHING = ENGLISH | FRENCH
_WORD = re.compile(r"[a-z0-9]+")


@dataclass(frozen=True)
class Group:
    """Places of alike messages in what was given, the most telling first; `words`: those that they
    share, as they were written."""

    members: tuple[int, ...]
    words: tuple[str, ...]


def grouped(texts: Sequence[str]) -> list[Group]:
    """Every text is in one group; the largest groups first."""
    words = [_words(text) for text in texts]
    seen = Counter(stem for stems in words for stem in stems)
    weights = [
        {stem: 1 + log(len(texts) / seen[stem]) if seen[stem] > 1 else 1.0 for stem in stems}
        for stems in words  # what nobody else says, a name or a number, tells nothing apart
    ]
    groups: list[list[int]] = []
    leaders: dict[str, list[int]] = {}  # by stem: the groups whose first text has it
    # The longest first: what leads a group has the words that others may share.
    for index in sorted(range(len(texts)), key=lambda i: (-len(words[i]), i)):
        near = Counter(g for stem in words[index] for g in leaders.get(stem, ()))
        best, likeness = None, ALIKE
        for group in near:
            found = _cosine(weights[index], weights[groups[group][0]])
            if found >= likeness:
                best, likeness = group, found
        if best is None:
            best = len(groups)
            groups.append([])
            for stem in words[index]:
                leaders.setdefault(stem, []).append(best)
        groups[best].append(index)
    made = [Group(tuple(members), _shared(members, words)) for members in groups]
    return sorted(made, key=lambda group: (-len(group.members), group.members))


def _words(text: str) -> dict[str, str]:
    """The stems of a text, each with its word. A text without words is its own."""
    found: dict[str, str] = {}
    for word in _WORD.findall(fold(text)):
        if len(word) >= SHORTEST and word not in _SAY_NOTHING:
            found.setdefault(word[:STEM], word)
    return found or {text.strip(): text.strip()}


def _cosine(one: dict[str, float], other: dict[str, float]) -> float:
    shared = sum(weight * other[stem] for stem, weight in one.items() if stem in other)
    return shared / (_length(one) * _length(other)) if shared else 0.0


def _length(weights: dict[str, float]) -> float:
    return sqrt(sum(weight * weight for weight in weights.values()))


def _shared(members: Sequence[int], words: Sequence[dict[str, str]]) -> tuple[str, ...]:
    if len(members) < 2:
        return ()
    counts = Counter(stem for index in members for stem in words[index])
    common = [stem for stem, count in counts.most_common(4) if count > 1]
    return tuple(words[members[0]].get(stem, stem) for stem in common)
