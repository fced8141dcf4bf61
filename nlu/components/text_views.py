"""A text as the intent reader sees it: its letters, its words, and the sound of both.

People who dictate or write quickly spell by ear ("sa fé", "koi", "ki"): spelt as they sound, they
meet the examples that were spelt well.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Any, Callable, Dict, List, NamedTuple, Sequence, Tuple

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from bot.words.folding import fold

LONGEST = 600
"""Characters that are read; what is meant is said by then."""

_MARKS = re.compile(r"[^\w\s?!]+")
_WORD = r"(?u)[\w?!]+"

# French spelling to sound, roughly: letters that sound alike become one, silent ends fall.
# In this order; capital letters stand for sounds that no single letter writes.
_SOUNDS: Tuple[Tuple[Any, str], ...] = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"\b([cdjlmnst]|qu) (?=[aeiouyh])", r"\1"),  # an apostrophe joins: "c'est" as "ses"
        (r"qu|q|ck", "k"),
        (r"sch|ch", "S"),
        (r"ph", "f"),
        (r"gn", "N"),
        (r"gu(?=[eiy])", "G"),
        (r"ge(?=[ao])|g(?=[eiy])", "j"),
        (r"c(?=[eiy])", "s"),
        (r"c", "k"),
        (r"(?<=[aeiou])s(?=[aeiou])", "z"),
        (r"h", ""),
        (r"y", "i"),
        (r"eaux|eau|aux|au|ots\b|ot\b", "o"),
        (r"oeu|eu", "e"),
        (r"(?:ai(?:s|t|ent)?|e[rzt]|ees?|es|est|e)\b|ai|ei", "e"),
        (r"[ae][nm](?![aeiou])", "A"),
        (r"(?:ai|ei|i)[nm](?![aeiou])|un(?![aeiou])", "I"),
        (r"o[nm](?![aeiou])", "O"),
        (r"oi", "W"),
        (r"ou", "u"),
        (r"(.)\1", r"\1"),
        (r"(?<=\w\w)(?:nt|[tdspxze])\b", ""),
    )
)


def written(text: str) -> str:
    """Folded, with `?` and `!` kept: `"Ça fait des étincelles !"` -> `"ca fait des etincelles !"`."""
    return _MARKS.sub(" ", fold(text[:LONGEST]))


def sounded(text: str) -> str:
    """As it sounds: `"quoi"` and `"koi"` -> `"kW"`, `"ça"` and `"sa"` -> `"sa"`."""
    heard = written(text.replace("ç", "s").replace("Ç", "s"))
    for pattern, sound in _SOUNDS:
        heard = pattern.sub(sound, heard)
    return heard


class View(NamedTuple):
    """How one view is cut into pieces. `sounds` says of which of the two spellings."""

    sounds: bool
    settings: Dict[str, Any]


VIEWS = (
    View(False, {"analyzer": "char_wb", "ngram_range": (2, 5), "min_df": 2}),
    View(False, {"ngram_range": (1, 2), "token_pattern": _WORD}),
    View(True, {"analyzer": "char_wb", "ngram_range": (2, 4), "min_df": 2}),
    View(True, {"ngram_range": (1, 2), "token_pattern": _WORD}),
)


def _vectorizer(view: View) -> TfidfVectorizer:
    return TfidfVectorizer(sublinear_tf=True, lowercase=False, **view.settings)


class Pieces:
    """The pieces of all views that training met, each with its column and its rarity.

    What a `TfidfVectorizer` computes, one text at a time and without its matrices: those cost
    more than the sum of products that is wanted.
    """

    def __init__(self, columns: Sequence[Dict[str, int]], rarity: Sequence[np.ndarray]) -> None:
        self._columns = columns
        self._rarity = rarity
        self._cut: List[Callable[[str], List[str]]] = [
            _vectorizer(view).build_analyzer() for view in VIEWS
        ]
        self.width = sum(len(known) for known in columns)

    @classmethod
    def fitted(cls, texts: Sequence[str]) -> Tuple[Pieces, Any]:
        """The pieces of the training texts, and their matrix (a row a text)."""
        from scipy import sparse

        spelt = [written(text) for text in texts]
        heard = [sounded(text) for text in texts]
        columns, rarity, blocks = [], [], []
        for view in VIEWS:
            vectorizer = _vectorizer(view)
            blocks.append(vectorizer.fit_transform(heard if view.sounds else spelt))
            columns.append({piece: int(column) for piece, column in vectorizer.vocabulary_.items()})
            rarity.append(np.asarray(vectorizer.idf_, dtype=np.float32))
        return cls(columns, rarity), sparse.hstack(blocks).tocsr()

    def of(self, text: str) -> Tuple[np.ndarray, np.ndarray]:
        """Columns and weights of one text; each view has length 1."""
        spelt = written(text)
        heard = sounded(text)
        all_columns: List[np.ndarray] = []
        all_weights: List[np.ndarray] = []
        start = 0
        for view, cut, known, rarity in zip(VIEWS, self._cut, self._columns, self._rarity):
            counts: Counter[int] = Counter()
            for piece in cut(heard if view.sounds else spelt):
                column = known.get(piece)
                if column is not None:
                    counts[column] += 1
            if counts:
                columns = np.fromiter(counts.keys(), dtype=np.int64, count=len(counts))
                times = np.fromiter(counts.values(), dtype=np.float32, count=len(counts))
                weights = (1 + np.log(times)) * rarity[columns]
                all_columns.append(columns + start)
                all_weights.append(weights / np.linalg.norm(weights))
            start += len(known)
        if not all_columns:
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32)
        return np.concatenate(all_columns), np.concatenate(all_weights)

    def arrays(self) -> Dict[str, np.ndarray]:
        """What `from_arrays` reads back: plain arrays, nothing that could run."""
        kept: Dict[str, np.ndarray] = {}
        for number, (known, rarity) in enumerate(zip(self._columns, self._rarity)):
            kept[f"pieces_{number}"] = np.array(sorted(known, key=lambda piece: known[piece]))
            kept[f"rarity_{number}"] = rarity
        return kept

    @classmethod
    def from_arrays(cls, kept: Any) -> Pieces:
        columns = [
            {str(piece): column for column, piece in enumerate(kept[f"pieces_{number}"].tolist())}
            for number in range(len(VIEWS))
        ]
        return cls(columns, [kept[f"rarity_{number}"] for number in range(len(VIEWS))])
