"""Vectors of texts, those of content kept on disk between starts. Runs in the matcher's process."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bot.services.array_files import read_arrays, write_arrays
from bot.services.embedder import Embedder

MOST_KEPT = 20_000
"""Texts, 30 MB; the oldest go first."""


class KeptVectors:
    """Answers from `cache` what an embedder has already made; read when first needed."""

    def __init__(self, embedder: Embedder | None, cache: Path) -> None:
        self._embedder = embedder
        name = "" if embedder is None else embedder.name
        self._path = cache / f"texts-{hashlib.sha256(name.encode()).hexdigest()[:12]}.npz"
        self._known: dict[str, Any] | None = None

    def of(self, texts: Sequence[str], keep: bool) -> list[list[float]] | None:
        """One vector a text, of length 1; None without an embedder. What a citizen wrote must not
        be kept."""
        if self._embedder is None:
            return None
        known = self._read()
        missing = [text for text in dict.fromkeys(texts) if text not in known]
        made = dict(zip(missing, self._embedder.embed(missing), strict=True)) if missing else {}
        if keep and made:
            known.update(made)
            for oldest in list(known)[: max(0, len(known) - MOST_KEPT)]:
                del known[oldest]
            self._write(known)
        return [(made[text] if text in made else known[text]).tolist() for text in texts]

    def _read(self) -> dict[str, Any]:
        if self._known is None:
            kept = read_arrays(self._path)
            is_whole = kept is not None and {"texts", "vectors"} <= kept.keys()
            self._known = (
                dict(zip(kept["texts"].tolist(), kept["vectors"], strict=False))
                if kept is not None and is_whole
                else {}
            )
        return self._known

    def _write(self, known: dict[str, Any]) -> None:
        write_arrays(
            self._path,
            texts=np.array(list(known)),
            vectors=np.array(list(known.values()), dtype=np.float32),
        )
