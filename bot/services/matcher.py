"""Which service a text speaks of: asked of a worker process, never computed on the event loop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Self

from bot.errors import Unavailable
from bot.services.matcher_process import MatcherProcess, Scores, Training, Vectors, training_of
from bot.services.rules import Catalogue, ServiceScore

logger = logging.getLogger(__name__)

ANSWER_TIMEOUT_S = 5.0
START_TIMEOUT_S = 600.0
MOST_WAITING = 64
LONGEST_EMBEDDED = 700
"""Characters: an article's body is at most 600, and the model reads 512 tokens."""


class ServiceMatcher:
    """Ranks a commune's services by meaning. One worker process, replaced when it dies or hangs.

    `cache` is where the fitted matcher is kept between starts. One thread talks to the worker,
    so calls are answered in order; more than `MOST_WAITING` at once are refused.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        cache: Path,
        *,
        with_vectors: bool = True,
        timeout_s: float = ANSWER_TIMEOUT_S,
        start_timeout_s: float = START_TIMEOUT_S,
    ) -> None:
        self._catalogue = catalogue
        self._cache = cache
        self._with_vectors = with_vectors
        self._timeout_s = timeout_s
        self._start_timeout_s = start_timeout_s
        self._process = MatcherProcess(self._training(catalogue))
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="matcher")
        self._waiting = 0
        self._is_stopped = False

    @property
    def pid(self) -> int | None:
        """The worker's, None while there is none."""
        return self._process.pid

    def start(self) -> None:
        """Begin to load or fit, in the background; returns at once."""
        self._thread.submit(self._begin)

    async def ready(self) -> None:
        """Wait until matches can be made. Raises `Unavailable`."""
        await self._in_line(self._start_timeout_s + 1, self._begin)

    async def match(self, text: str, commune: str | None, top: int = 3) -> tuple[ServiceScore, ...]:
        """The likeliest `top` services offered in `commune` (INSEE code), best first.

        Empty when the text has no words. Raises `Unavailable`.
        """
        allowed = frozenset(s.code for s in self._catalogue.offered(commune))
        scores = await self._in_line(self._timeout_s, self._ask, text, allowed)
        return tuple(ServiceScore(code, score) for code, score in scores[:top])

    @property
    def embedder(self) -> str | None:
        """The name of what makes vectors here; None where none can be made, or not yet."""
        return self._process.embedder

    async def embed(self, text: str) -> list[float] | None:
        """The meaning of a text as a vector of length 1; None where none can be made.

        At most `LONGEST_EMBEDDED` characters are read. Raises `Unavailable`.
        """
        vectors = await self._in_line(self._timeout_s, self._embed, (text,), False)  # noqa: FBT003
        return None if vectors is None else vectors[0]

    async def embed_all(self, texts: Sequence[str]) -> list[list[float]] | None:
        """As `embed`, for a few texts of our own content: their vectors are kept on disk.

        Citizens' messages wait meanwhile: ask for few at once. Raises `Unavailable`.
        """
        return await self._in_line(self._timeout_s, self._embed, tuple(texts), True)  # noqa: FBT003

    async def replace(self, catalogue: Catalogue) -> None:
        """Match against another catalogue: the old one answers until the new one can.

        Raises `Unavailable`, and keeps the old one, when the new one cannot be made.
        """
        fresh = MatcherProcess(self._training(catalogue))
        try:
            await asyncio.to_thread(fresh.start, self._start_timeout_s)
        except (asyncio.CancelledError, Unavailable):
            fresh.end()
            raise
        old, self._process, self._catalogue = self._process, fresh, catalogue
        self._thread.submit(_finish, old)

    async def stop(self) -> None:
        """End the worker; calls that still wait fail with `Unavailable`."""
        if self._is_stopped:
            return
        self._is_stopped = True
        self._process.end()
        self._thread.submit(self._process.clear)
        await asyncio.to_thread(self._thread.shutdown)

    async def __aenter__(self) -> Self:
        self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def _training(self, catalogue: Catalogue) -> Training:
        return training_of(
            [
                (service.code, said)
                for service in catalogue.every_variant()
                for said in (
                    *service.phrases.all,
                    *(
                        text.in_(language)
                        for language in ("fr", "en")
                        for text in (service.label, service.short_label)
                    ),
                )
            ],
            self._cache,
            self._with_vectors,
        )

    async def _in_line[*A, R](
        self, timeout_s: float, function: Callable[[*A], R], *arguments: *A
    ) -> R:
        if self._is_stopped:
            raise Unavailable("the matcher is stopped")
        if self._waiting >= MOST_WAITING:
            raise Unavailable("too many texts wait for the matcher")
        self._waiting += 1
        try:
            async with asyncio.timeout(timeout_s):
                loop = asyncio.get_running_loop()
                return await loop.run_in_executor(self._thread, function, *arguments)
        except TimeoutError as error:
            raise Unavailable("the matcher is busy or still starting") from error
        finally:
            self._waiting -= 1

    # -- in the thread ----------------------------------------------------------------------

    def _begin(self) -> None:
        if not self._process.is_alive:
            self._process.start(self._start_timeout_s)

    def _ask(self, text: str, allowed: frozenset[str]) -> Scores:
        return self._alive(lambda process: process.ask(text, allowed, self._timeout_s))

    def _embed(self, texts: tuple[str, ...], keep: bool) -> Vectors | None:
        short = [text[:LONGEST_EMBEDDED] for text in texts]
        return self._alive(lambda process: process.embed(short, keep, self._timeout_s))

    def _alive[R](self, ask: Callable[[MatcherProcess], R]) -> R:
        """The worker's answer; one that died or hangs is replaced, and the new one asked."""
        if self._process.is_alive:
            try:
                return ask(self._process)
            except Unavailable as error:
                if self._is_stopped:
                    raise
                logger.warning("%s; starting another", error)
        self._begin()
        return ask(self._process)


def _finish(process: MatcherProcess) -> None:
    process.end()
    process.clear()
