"""Sentence vectors for the reader of intents, from the service's own embedder.

Making one costs ten times a turn without it, so they are made off the event loop (the library
lets other threads run meanwhile), remembered while they may be asked again, and, in training, kept
on disk as they are made: a training that was interrupted goes on where it was, and the next one
makes what is new.
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
AT_ONCE = 2000
"""Texts between two writings of the file of kept vectors: half a minute's work."""


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
        every = sorted(set(cut))
        missing = [text for text in every if text not in known]
        for begin in range(0, len(missing), AT_ONCE):
            some = missing[begin : begin + AT_ONCE]
            known.update(zip(some, self._embedder.embed(some), strict=True))
            if kept is not None:
                have = [text for text in every if text in known]
                write_arrays(kept, texts=np.array(have), vectors=np.stack([known[t] for t in have]))
                progress = kept.with_suffix(".progress")
                progress.write_text(f"{len(have)} {len(every)}", "ascii")
        return np.stack([known[text] for text in cut])
