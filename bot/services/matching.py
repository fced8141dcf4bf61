"""The fitted matcher: a text's pieces in a support vector machine, joined with its meaning.

A new service needs its file and nothing else: both readers are fitted again in seconds, and only
phrases never seen before are turned into vectors. Runs in the matcher's process only. The figures
that chose this are in docs/adr/0004.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bot.services.array_files import read_arrays, write_arrays
from bot.services.embedder import Embedder, Vectors
from bot.services.readable import readable
from bot.words.pieces import Pieces, matrix

logger = logging.getLogger(__name__)

FORMAT = 2
"""Raised when the kept files would no longer be read rightly."""
STEEPNESS = 8.0
"""Turns distances from the machine's borders into chances."""
MEANING = 0.5
"""How much the second reader's chances count beside the first's."""
FLOOR = -12.0
"""A chance below e^-12 is as good as none: it must not outweigh everything else."""
SVM_PENALTY = 0.5
MEANING_PENALTY = 0.01

Matrix = npt.NDArray[np.float32]
Chances = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Meaning:
    """The second reader: a regression over centred sentence vectors."""

    middle: Matrix
    spread: float
    weights: Matrix
    intercepts: Matrix

    def logs(self, vector: Matrix) -> Chances:
        scaled = (vector - self.middle) / self.spread
        return _log_chances(scaled @ self.weights + self.intercepts)


@dataclass(frozen=True)
class FittedMatcher:
    """Scores texts against the services it was fitted on.

    `weights` has a row per piece and a column per service.
    """

    codes: tuple[str, ...]
    pieces: Pieces
    weights: Matrix
    intercepts: Matrix
    meaning: Meaning | None
    embedder: Embedder | None

    def scores(self, text: str, allowed: Collection[str]) -> list[tuple[str, float]]:
        """The allowed services and their probabilities among themselves, best first.

        Empty for a text without letters: nothing is said.
        """
        words = readable(text)
        if not words:
            return []
        columns, weights = self.pieces.weigh(words)
        logs = _log_chances(STEEPNESS * (weights @ self.weights[columns] + self.intercepts))
        if self.meaning is not None and self.embedder is not None:
            vector = self.embedder.embed([words])[0]
            logs = logs + MEANING * np.maximum(self.meaning.logs(vector), FLOOR)
        kept = [
            (code, float(value))
            for code, value in zip(self.codes, logs, strict=True)
            if code in allowed
        ]
        if not kept:
            return []
        chances = np.exp(_log_chances(np.array([value for _, value in kept])))
        ranked = [(code, float(chance)) for (code, _), chance in zip(kept, chances, strict=True)]
        return sorted(ranked, key=lambda pair: (-pair[1], pair[0]))


def _log_chances(values: Any) -> Chances:
    shifted = np.asarray(values, dtype=np.float64) - np.max(values)
    return np.asarray(shifted - np.log(np.exp(shifted).sum()))


def fitted(
    phrases: Sequence[tuple[str, str]], embedder: Embedder | None, cache: Path
) -> FittedMatcher:
    """The matcher of (service code, phrase) pairs: from `cache`, else fitted and kept there."""
    pairs = sorted({(code, words) for code, text in phrases if (words := readable(text))})
    kept = cache / f"matcher-{_digest(pairs, embedder)}.npz"
    matcher = _load(kept, embedder)
    if matcher is None:
        matcher = _fit(pairs, embedder, cache)
        _keep(matcher, kept)
    return matcher


def _digest(pairs: Sequence[tuple[str, str]], embedder: Embedder | None) -> str:
    name = "" if embedder is None else embedder.name
    settings = [FORMAT, SVM_PENALTY, MEANING_PENALTY, name]
    return hashlib.sha256(json.dumps([settings, pairs]).encode()).hexdigest()[:20]


def _fit(pairs: Sequence[tuple[str, str]], embedder: Embedder | None, cache: Path) -> FittedMatcher:
    # Only fitting needs these two, and most starts find the fitted matcher on disk.
    svm = importlib.import_module("sklearn.svm")
    linear_model = importlib.import_module("sklearn.linear_model")
    codes = [code for code, _ in pairs]
    texts = [words for _, words in pairs]
    pieces = Pieces.of_texts(texts)
    reader = svm.LinearSVC(C=SVM_PENALTY, random_state=1).fit(matrix(pieces, texts), codes)
    weights, intercepts = _of_two(reader)
    meaning = None
    if embedder is not None:
        vectors = _vectors(texts, embedder, cache)
        middle = vectors.mean(axis=0)
        spread = float((vectors - middle).std())
        second = linear_model.LogisticRegression(C=MEANING_PENALTY, max_iter=300)
        second.fit((vectors - middle) / spread, codes)
        meaning = Meaning(middle, spread, *_of_two(second))
    return FittedMatcher(
        codes=tuple(str(code) for code in reader.classes_),
        pieces=pieces,
        weights=weights,
        intercepts=intercepts,
        meaning=meaning,
        embedder=embedder,
    )


def _of_two(model: Any) -> tuple[Matrix, Matrix]:
    """Weights (a column a class) and intercepts; of two classes only the second's is kept."""
    weights, intercepts = np.asarray(model.coef_), np.asarray(model.intercept_)
    if len(weights) == 1:
        weights, intercepts = np.vstack([-weights, weights]) / 2, np.array([-0.5, 0.5]) * intercepts
    return np.ascontiguousarray(weights.T, dtype=np.float32), intercepts.astype(np.float32)


def _vectors(texts: Sequence[str], embedder: Embedder, cache: Path) -> Vectors:
    """The texts' vectors: those kept from before, and the missing ones made now."""
    kept = cache / f"vectors-{hashlib.sha256(embedder.name.encode()).hexdigest()[:12]}.npz"
    known: dict[str, Any] = {}
    loaded = read_arrays(kept)
    if loaded is not None and {"texts", "vectors"} <= loaded.keys():
        known = dict(zip(loaded["texts"].tolist(), loaded["vectors"], strict=False))
    missing = sorted(set(texts) - known.keys())
    if missing:
        logger.info("making the vectors of %d phrases", len(missing))
        known.update(zip(missing, embedder.embed(missing), strict=True))
        write_arrays(
            kept,
            texts=np.array(sorted(set(texts))),
            vectors=np.array([known[text] for text in sorted(set(texts))], dtype=np.float32),
        )
    return np.array([known[text] for text in texts], dtype=np.float32)


def _keep(matcher: FittedMatcher, path: Path) -> None:
    for older in path.parent.glob("matcher-*.npz"):
        older.unlink(missing_ok=True)
    arrays: dict[str, Any] = {
        **matcher.pieces.arrays(),
        "codes": np.array(matcher.codes),
        "weights": matcher.weights,
        "intercepts": matcher.intercepts,
    }
    if matcher.meaning is not None:
        arrays |= {
            "middle": matcher.meaning.middle,
            "spread": np.array([matcher.meaning.spread]),
            "meaning_weights": matcher.meaning.weights,
            "meaning_intercepts": matcher.meaning.intercepts,
        }
    write_arrays(path, **arrays)


def _load(path: Path, embedder: Embedder | None) -> FittedMatcher | None:
    kept = read_arrays(path)
    if kept is None or not {"codes", "pieces", "rarity", "weights", "intercepts"} <= kept.keys():
        return None
    meaning = None
    if "meaning_weights" in kept:
        meaning = Meaning(
            kept["middle"],
            float(kept["spread"][0]),
            kept["meaning_weights"],
            kept["meaning_intercepts"],
        )
    return FittedMatcher(
        codes=tuple(kept["codes"].tolist()),
        pieces=Pieces.from_arrays(kept),
        weights=kept["weights"],
        intercepts=kept["intercepts"],
        meaning=meaning,
        embedder=embedder,
    )
