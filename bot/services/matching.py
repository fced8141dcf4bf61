"""The service matcher: character n-grams joined with sentence vectors in a logistic regression.

A new service needs its file and nothing else: the small model is fitted again in seconds, from
phrases whose vectors are kept on disk.
"""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from bot.services.embedder import Embedder
from bot.words.folding import fold

logger = logging.getLogger(__name__)
VECTOR_WEIGHT = 1.6
"""How much a sentence vector counts beside the n-grams (both have unit length)."""


def readable(text: str) -> str:
    """What the matcher reads: the first 400 characters, without numbers."""
    return re.sub(r"\s+", " ", re.sub(r"\d+", " ", text[:400])).strip() or "."


class FittedMatcher:
    """Fitted on (phrase, service code) pairs; pure afterwards."""

    def __init__(
        self, phrases: Sequence[tuple[str, str]], embedder: Embedder | None, cache: Path
    ) -> None:
        self._embedder = embedder
        texts = [readable(text) for text, _ in phrases]
        codes = [code for _, code in phrases]
        self._ngrams = TfidfVectorizer(
            analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True, min_df=1, preprocessor=fold
        )
        features = self._ngrams.fit_transform(texts)
        if embedder is not None:
            vectors = _kept_vectors(texts, embedder, cache)
            features = hstack([features, csr_matrix(vectors * VECTOR_WEIGHT)]).tocsr()
        self._model = LogisticRegression(C=12.0, max_iter=200)
        self._model.fit(features, codes)
        self._cache: dict[str, list[tuple[str, float]]] = {}

    def rank(self, text: str, allowed: frozenset[str]) -> list[tuple[str, float]]:
        """Every allowed service with its share of the probability, best first."""
        key = readable(text)
        scores = self._cache.get(key)
        if scores is None:
            features: Any = self._ngrams.transform([key])
            if self._embedder is not None:
                vector = np.asarray(self._embedder.embed([key])) * VECTOR_WEIGHT
                features = hstack([features, csr_matrix(vector)]).tocsr()
            chances = self._model.predict_proba(features)[0]
            scores = sorted(
                ((str(code), float(c)) for code, c in zip(self._model.classes_, chances, strict=True)),
                key=lambda pair: -pair[1],
            )
            if len(self._cache) >= 512:
                self._cache.pop(next(iter(self._cache)))
            self._cache[key] = scores
        kept = [(code, score) for code, score in scores if code in allowed]
        total = sum(score for _, score in kept) or 1.0
        return [(code, score / total) for code, score in kept]


def _kept_vectors(texts: Sequence[str], embedder: Embedder, folder: Path) -> Any:
    """The phrases' vectors, from disk when the phrases have not changed."""
    digest = hashlib.sha256("\n".join(texts).encode()).hexdigest()[:16]
    kept = folder / f"phrases-{digest}.npy"
    if kept.exists():
        try:
            return np.load(kept, allow_pickle=False)
        except (ValueError, OSError):
            kept.unlink(missing_ok=True)
    vectors = np.asarray(embedder.embed(texts), dtype=np.float32)
    folder.mkdir(parents=True, exist_ok=True)
    scratch = kept.with_suffix(".part.npy")
    np.save(scratch, vectors)
    scratch.replace(kept)
    return vectors
