"""Town names with a slip of the pen: few, close, and never an ordinary word. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import OSA

from bot.places.tokens import Token, word_set

MAX_WORDS = 5
SHORTEST_NAME = 6
SHORTEST_SAINT = 4
# Words that begin no name and end none, so no window of words starts or stops there.
_NO_EDGE = word_set(
    "a au aux d de des du dans devant depuis en et est il l la le les ma mon on ou par pas",
    "pour qui rue sa son sur un une y",
)


@dataclass(frozen=True)
class Misspelling:
    """The names that a run of words is near to; `first` and `last` are token positions."""

    names: tuple[str, ...]
    first: int
    last: int


class Misspellings:
    """Finds the nearest known name of a run of words.

    Names are compared without their spaces, with a budget of slips that grows with their length,
    and only when they begin alike: `tassin` must not be seen in `bassin`. Saints are compared by
    what follows `saint`.
    """

    def __init__(self, names: Iterable[tuple[str, ...]], ordinary_words: Iterable[str]) -> None:
        self._ordinary = frozenset(ordinary_words)
        self._by_initial: dict[str, list[str]] = {}
        self._lengths: dict[str, int] = {}
        for words in names:
            whole = "".join(words)
            self._lengths[whole] = max(len(words), self._lengths.get(whole, 0))
            head, tail = _split_saint(whole)
            if len(tail) >= (SHORTEST_SAINT if head else SHORTEST_NAME):
                self._by_initial.setdefault(_initial(whole), []).append(whole)

    def find(self, tokens: Sequence[Token], may_begin: Callable[[int], bool]) -> Misspelling | None:
        """The closest run of words, if any is close enough.

        `may_begin` says whether a name may stand at that token.
        """
        best: tuple[int, int, Misspelling] | None = None
        for first, token in enumerate(tokens):
            if token.word in _NO_EDGE or not may_begin(first):
                continue
            whole = ""
            for last in range(first, min(first + MAX_WORDS, len(tokens))):
                if last > first and not tokens[last].follows:
                    break
                whole += tokens[last].word
                if tokens[last].word in _NO_EDGE or (last == first and whole in self._ordinary):
                    continue
                slips, names = self.nearest(whole)
                # "taps in" is no slip of "tassin": cutting a word in two is one already.
                if slips:
                    names = tuple(n for n in names if self._lengths[n] > last - first)
                if names and (best is None or (slips, last - first) < best[:2]):
                    best = slips, last - first, Misspelling(names, first, last)
        return best[2] if best else None

    def nearest(self, whole: str) -> tuple[int, tuple[str, ...]]:
        """The names within the budget at the least distance, and that distance."""
        least, names = 99, list[str]()
        if whole in self._ordinary:
            return least, ()
        head, tail = _split_saint(whole)
        for name in self._by_initial.get(_initial(whole), ()):
            name_head, name_tail = _split_saint(name)
            budget = _budget(len(name_tail))
            if abs(len(name_tail) - len(tail)) > budget or bool(head) != bool(name_head):
                continue
            slips = int(OSA.distance(name_tail, tail, score_cutoff=budget))
            if slips <= budget and slips <= least:
                names = [name] if slips < least else [*names, name]
                least = slips
        return least, tuple(names)


def _budget(length: int) -> int:
    """How many slips a name of that length may hold."""
    return 1 if length <= 8 else 2 if length <= 12 else 3


def _split_saint(whole: str) -> tuple[str, str]:
    for head in ("sainte", "saint"):
        if whole.startswith(head) and len(whole) > len(head):
            return head, whole[len(head) :]
    for head, meaning in (("ste", "sainte"), ("st", "saint")):
        # Written in one word: "stpriest".
        if whole.startswith(head) and len(whole) >= len(head) + SHORTEST_SAINT:
            return meaning, whole[len(head) :]
    return "", whole


def _initial(whole: str) -> str:
    head, tail = _split_saint(whole)
    return f"{'+' if head else ''}{tail[:1]}"
