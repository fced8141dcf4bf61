"""Sentence vectors for the reader of intents, from the service's own embedder.

Making one costs ten times a turn without it, so they are made off the event loop (the library
lets other threads run meanwhile), remembered while they may be asked again, and, in training, kept
on disk from one training to the next.
"""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path
from typing import Dict, Optional, Sequence

import numpy as np

from bot.services.array_files import read_arrays, write_arrays
from bot.services.embedder import Embedder, embedder_of_this_machine

LONGEST = 400
"""Characters; more adds nothing to what is meant, and costs."""
REMEMBERED = 512


class SentenceVectors:
    """Unit vectors of texts."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._recent: OrderedDict[str, np.ndarray] = OrderedDict()

    @classmethod
    def of_this_machine(cls) -> Optional[SentenceVectors]:
        """None, with the embedder's one notice, where they cannot be made."""
        embedder = embedder_of_this_machine()
        return None if embedder is None else cls(embedder)

    def of(self, text: str) -> np.ndarray:
        """The vector of one text."""
        text = text[:LONGEST]
        known = self._recent.get(text)
        if known is None:
            known = self._recent[text] = self._embedder.embed([text])[0]
            if len(self._recent) > REMEMBERED:
                self._recent.popitem(last=False)
        return known

    def of_many(self, texts: Sequence[str], kept: Optional[Path]) -> np.ndarray:
        """A row a text; those found in the file `kept` are not made again."""
        cut = [text[:LONGEST] for text in texts]
        loaded = None if kept is None else read_arrays(kept)
        known: Dict[str, np.ndarray] = {}
        if loaded is not None and {"texts", "vectors"} <= loaded.keys():
            known = dict(zip(loaded["texts"].tolist(), loaded["vectors"], strict=True))
        missing = sorted(set(cut) - known.keys())
        if missing:
            known.update(zip(missing, self._embedder.embed(missing), strict=True))
            if kept is not None:
                every = sorted(set(cut))
                write_arrays(
                    kept, texts=np.array(every), vectors=np.stack([known[t] for t in every])
                )
        return np.stack([known[text] for text in cut])
