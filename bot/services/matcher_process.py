"""What runs in the matcher's own process, and the handle that starts, asks and ends it.

A pipe and one process rather than an executor: the worker sees the pipe close when the service is
killed, and ends; and a worker that hangs can be ended by its handle.
"""

from __future__ import annotations

import importlib
import logging
import multiprocessing
import os
import signal
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from bot.errors import Unavailable

logger = logging.getLogger(__name__)

Scores = list[tuple[str, float]]
Vectors = list[list[float]]

REMEMBERED = 512
"""Recent texts whose scores are kept, in the worker."""
_END_S = 3.0


@dataclass(frozen=True)
class ToEmbed:
    """A request for vectors. `keep`: content of ours, which the next start need not make again."""

    texts: tuple[str, ...]
    keep: bool


@dataclass(frozen=True)
class Training:
    """What the worker is made of: (service code, phrase) pairs, and where it keeps what it fits."""

    phrases: tuple[tuple[str, str], ...]
    cache: Path
    with_vectors: bool = True


def work(pipe: Connection) -> None:
    """The worker's whole life: hear what it is made of, fit or load, say so, answer until the
    pipe closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches it too; the service ends it
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[name] = "1"
    threading.Thread(target=_end_with_the_service, daemon=True).start()
    # Imported here and not above: the service imports this module, and must not load numpy.
    matching = importlib.import_module("bot.services.matching")
    embedders = importlib.import_module("bot.services.embedder")
    kept_vectors = importlib.import_module("bot.services.kept_vectors")
    try:
        training: Training = pipe.recv()
    except (EOFError, ConnectionResetError):
        return
    embedder = embedders.embedder_of_this_machine() if training.with_vectors else None
    matcher = matching.fitted(training.phrases, embedder, training.cache)
    vectors = kept_vectors.KeptVectors(embedder, training.cache)
    recent: OrderedDict[tuple[str, frozenset[str]], Scores] = OrderedDict()
    try:
        pipe.send(None if embedder is None else embedder.name)
        while True:
            asked = pipe.recv()
            if isinstance(asked, ToEmbed):
                pipe.send(vectors.of(asked.texts, asked.keep))
                continue
            if asked not in recent:
                text, allowed = asked
                recent[asked] = matcher.scores(text, allowed)
            recent.move_to_end(asked)
            if len(recent) > REMEMBERED:
                recent.popitem(last=False)
            pipe.send(recent[asked])
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return  # the service is gone or has closed the pipe


def _end_with_the_service() -> None:
    """A killed service closes the pipe, but nobody looks at it during a fit."""
    service = multiprocessing.parent_process()
    if service is not None:
        service.join()
        os._exit(0)


class MatcherProcess:
    """One worker process. Its methods block: call them from one thread, off the event loop."""

    def __init__(self, training: Training) -> None:
        self._training = training
        self._process: Any = None
        self._pipe: Connection | None = None
        self._is_ended = False
        self._embedder: str | None = None

    @property
    def embedder(self) -> str | None:
        """The name of what makes vectors; None where none can be made, and before the start."""
        return self._embedder

    @property
    def pid(self) -> int | None:
        return None if self._process is None else self._process.pid

    @property
    def is_alive(self) -> bool:
        return self._process is not None and bool(self._process.is_alive())

    def start(self, timeout_s: float) -> None:
        """Start it and wait until it can answer. Raises `Unavailable`."""
        if self._is_ended:
            raise Unavailable("the matcher was stopped")
        self._discard()
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=work, args=(theirs,), name="matcher", daemon=True)
        self._pipe, self._process = ours, process
        process.start()
        theirs.close()
        # Not as an argument: `start` itself would wait for ever if the child died before reading
        # more than a pipe holds (it keeps the other end open meanwhile).
        try:
            ours.send(self._training)
        except OSError as error:
            self._discard()
            raise Unavailable("the matcher's process died") from error
        self._embedder = self._receive(timeout_s)
        logger.info("matcher ready, %s", "with vectors" if self._embedder else "n-grams alone")

    def ask(self, text: str, allowed: frozenset[str], timeout_s: float) -> Scores:
        """Every allowed service's score, best first. Raises `Unavailable`."""
        scores: Scores = self._answer((text, allowed), timeout_s)
        return scores

    def embed(self, texts: Sequence[str], keep: bool, timeout_s: float) -> Vectors | None:
        """One vector a text; None where none can be made. Raises `Unavailable`."""
        vectors: Vectors | None = self._answer(ToEmbed(tuple(texts), keep), timeout_s)
        return vectors

    def _answer(self, asked: object, timeout_s: float) -> Any:
        if self._pipe is None:
            raise Unavailable("the matcher is not started")
        try:
            self._pipe.send(asked)
        except OSError as error:
            raise Unavailable("the matcher's process died") from error
        return self._receive(timeout_s)

    def end(self) -> None:
        """End it for good; a call waiting in another thread fails at once."""
        self._is_ended = True
        if self._process is not None and self._process.pid is not None:
            self._process.kill()

    def clear(self) -> None:
        """After `end`, and when no call waits any more: collect what is left."""
        self._discard()

    def _receive(self, timeout_s: float) -> Any:
        if self._pipe is None:
            raise Unavailable("the matcher is not started")
        try:
            if self._pipe.poll(timeout_s):
                return self._pipe.recv()
        except (EOFError, OSError) as error:
            self._discard()
            raise Unavailable("the matcher's process died") from error
        self._discard()  # it hangs: an answer that came later would be taken for the next one
        raise Unavailable(f"the matcher did not answer in {timeout_s:g} s")

    def _discard(self) -> None:
        process, pipe = self._process, self._pipe
        self._process = self._pipe = None
        if pipe is not None:
            pipe.close()
        if process is not None and process.pid is not None:
            process.kill()  # nothing to put away: its files are written whole or not at all
            process.join(_END_S)


def training_of(phrases: Sequence[tuple[str, str]], cache: Path, with_vectors: bool) -> Training:
    """Phrases in one order, so that the same catalogue is the same training."""
    return Training(tuple(sorted(set(phrases))), cache, with_vectors)
