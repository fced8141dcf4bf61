"""A text cut into words that can be compared, each knowing where it stood. Pure."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

_WORD = re.compile(r"[a-z0-9]+")
# What may stand between two words of one name: spaces, hyphens, apostrophes; not a new line.
_SOFT = re.compile(r"[^\S\n]*[-–'’`_]?[^\S\n]*")
_SHORTENED = {"st": "saint", "ste": "sainte"}
_APOSTROPHES = "’‘`´"


@dataclass(frozen=True, slots=True)
class Token:
    """One word, folded: no accent, no capital. `follows`: nothing but a space or hyphen before.

    `start` and `end` are offsets in the original text; `raw` is that slice.
    """

    word: str
    start: int
    end: int
    raw: str
    follows: bool

    @property
    def is_capitalised(self) -> bool:
        return self.raw[:1].isupper()


@dataclass(frozen=True, slots=True)
class FoldedText:
    """A text without accents and capitals, with the original offset of each character."""

    text: str
    offsets: tuple[int, ...]

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The span in the original text of a span here; `end` > `start`."""
        return self.offsets[start], self.offsets[end - 1] + 1


def fold_keeping_offsets(text: str) -> FoldedText:
    """Fold character by character, so that every place found can be shown in the original."""
    if text.isascii():
        return FoldedText(text.lower(), tuple(range(len(text))))
    folded: list[str] = []
    offsets: list[int] = []
    for index, char in enumerate(text):
        for piece in char.lower() if char.isascii() else _plain(char):
            folded.append(piece)
            offsets.append(index)
    return FoldedText("".join(folded), tuple(offsets))


def _plain(char: str) -> str:
    if char in _APOSTROPHES:
        return "'"
    if char in "œŒ":
        return "oe"
    decomposed = unicodedata.normalize("NFKD", char)
    return "".join(c for c in decomposed if not unicodedata.combining(c)).lower()


def tokens_of(text: str, folded: FoldedText) -> list[Token]:
    """The words of a text; `St.` and `Ste` are read as `saint` and `sainte`, `s/` as `sur`."""
    found: list[Token] = []
    last_end = 0
    last = ""
    for match in _WORD.finditer(folded.text):
        word = match[0]
        gap = folded.text[last_end : match.start()]
        follows = bool(found) and (
            bool(_SOFT.fullmatch(gap)) or (last in ("saint", "sainte", "sur") and len(gap) <= 2)
        )
        if word == "s" and folded.text.startswith("/", match.end()):
            word = "sur"
        word = _SHORTENED.get(word, word)
        start, end = folded.original(*match.span())
        found.append(Token(word, start, end, text[start:end], follows))
        last_end, last = match.end(), word
    return found


def words_of(name: str) -> tuple[str, ...]:
    """The comparable words of a name: `Ste-Foy-lès-Lyon` → `("sainte", "foy", "les", "lyon")`."""
    return tuple(t.word for t in tokens_of(name, fold_keeping_offsets(name)))


def word_set(*lines: str) -> frozenset[str]:
    """A set of folded words, written as people read them: separated by spaces."""
    return frozenset(" ".join(lines).split())
