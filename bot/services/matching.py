"""The fitted matcher: character n-grams joined with sentence vectors in a logistic regression.

A new service needs its file and nothing else: the regression is fitted again in seconds, and only
phrases never seen before are turned into vectors. Runs in the matcher's process only.
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
from bot.services.ngrams import Vocabulary
from bot.services.readable import readable

logger = logging.getLogger(__name__)

FORMAT = 1
"""Raised when the kept files would no longer be read rightly."""
VECTOR_WEIGHT = 2.5
"""How much a sentence vector counts beside the n-grams (both have length 1)."""
INVERSE_PENALTY = 30.0
"""Chosen with the weight on the hold-out, for likelihood: right scores matter, not order alone."""

Matrix = npt.NDArray[np.float32]


@dataclass(frozen=True)
class FittedMatcher:
    """Scores texts against the services it was fitted on.

    `weights` has a row per feature (n-grams, then the vector's) and a column per service.
    """

    codes: tuple[str, ...]
    vocabulary: Vocabulary
    weights: Matrix
    intercepts: Matrix
    embedder: Embedder | None

    def scores(self, text: str, allowed: Collection[str]) -> list[tuple[str, float]]:
        """The allowed services and their probabilities among themselves, best first.

        Empty for a text without letters: nothing is said.
        """
        words = readable(text)
        if not words:
            return []
        total = self.intercepts.astype(np.float64)
        for column, weight in self.vocabulary.weights(words).items():
            total = total + weight * self.weights[column]
        if self.embedder is not None:
            vector = self.embedder.embed([words])[0] * VECTOR_WEIGHT
            total = total + vector @ self.weights[len(self.vocabulary.columns) :]
        kept = [
            (code, value) for code, value in zip(self.codes, total, strict=True) if code in allowed
        ]
        if not kept:
            return []
        values = np.exp(np.array([value for _, value in kept]) - max(value for _, value in kept))
        chances = values / values.sum()
        ranked = [(code, float(chance)) for (code, _), chance in zip(kept, chances, strict=True)]
        return sorted(ranked, key=lambda pair: (-pair[1], pair[0]))


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
    settings = [FORMAT, VECTOR_WEIGHT, INVERSE_PENALTY, name]
    return hashlib.sha256(json.dumps([settings, pairs]).encode()).hexdigest()[:20]


def _fit(pairs: Sequence[tuple[str, str]], embedder: Embedder | None, cache: Path) -> FittedMatcher:
    # Only fitting needs these two, and most starts find the fitted matcher on disk.
    sparse = importlib.import_module("scipy.sparse")
    linear_model = importlib.import_module("sklearn.linear_model")
    codes = [code for code, _ in pairs]
    texts = [words for _, words in pairs]
    vocabulary = Vocabulary.of(texts)
    rows = sparse.lil_matrix((len(texts), len(vocabulary.columns)), dtype=np.float64)
    for row, words in enumerate(texts):
        for column, weight in vocabulary.weights(words).items():
            rows[row, column] = weight
    features: Any = rows.tocsr()
    if embedder is not None:
        vectors = _vectors(texts, embedder, cache) * VECTOR_WEIGHT
        features = sparse.hstack([features, sparse.csr_matrix(vectors)]).tocsr()
    model = linear_model.LogisticRegression(C=INVERSE_PENALTY, max_iter=300)
    model.fit(features, codes)
    weights, intercepts = np.asarray(model.coef_), np.asarray(model.intercept_)
    if len(weights) == 1:  # of two classes, only the second's is kept
        weights, intercepts = np.vstack([-weights, weights]) / 2, np.array([-0.5, 0.5]) * intercepts
    return FittedMatcher(
        codes=tuple(str(code) for code in model.classes_),
        vocabulary=vocabulary,
        weights=np.ascontiguousarray(weights.T, dtype=np.float32),
        intercepts=intercepts.astype(np.float32),
        embedder=embedder,
    )


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
    write_arrays(
        path,
        codes=np.array(matcher.codes),
        pieces=np.array(list(matcher.vocabulary.columns)),
        rarity=np.array(matcher.vocabulary.rarity),
        weights=matcher.weights,
        intercepts=matcher.intercepts,
    )


def _load(path: Path, embedder: Embedder | None) -> FittedMatcher | None:
    kept = read_arrays(path)
    if kept is None or not {"codes", "pieces", "rarity", "weights", "intercepts"} <= kept.keys():
        return None
    columns = {piece: column for column, piece in enumerate(kept["pieces"].tolist())}
    return FittedMatcher(
        codes=tuple(kept["codes"].tolist()),
        vocabulary=Vocabulary(columns, kept["rarity"].tolist()),
        weights=kept["weights"],
        intercepts=kept["intercepts"],
        embedder=embedder,
    )
