"""Asks a backend over HTTP, and says plainly what is known afterwards.

Nothing of an error's own text is kept, and of an answer's only what a refusal says: it may hold
citizens' words.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
from yarl import URL

from bot.tickets.backends.port import NotNow, Refused

CONNECT_WITHIN_S = 5.0
ANSWER_WITHIN_S = 20.0
LARGEST_ANSWER = 10 * 1024 * 1024
RETRY_AFTER_AT_MOST_S = 3600
LONGEST_SAID = 200
NOT_NOW = frozenset({401, 403, 407, 408, 423, 425, 429})
"""Statuses that say "not now", or that our key must be looked at: no single ticket's fault."""


@dataclass(frozen=True)
class Answer:
    """A success. `data` is what was in its JSON; an empty answer has an empty one."""

    data: dict[str, Any]
    headers: Mapping[str, str]


class Asker:
    """One backend, asked over one session. `url` has no slash at its end; `headers` carry the
    key."""

    def __init__(
        self, session: aiohttp.ClientSession, url: str, headers: Mapping[str, str]
    ) -> None:
        self._session = session
        self._url = url
        self._headers = headers

    async def ask(
        self,
        method: str,
        path: str,
        *,
        query: list[tuple[str, str]] | None = None,
        headers: Mapping[str, str] | None = None,
        **body: Any,
    ) -> Answer:
        """Its answer. `body`: what aiohttp calls `json` or `data`. Raises `NotNow` or `Refused`."""
        async with self._answer(method, path, query, headers, body) as response:
            raw = await response.content.read(LARGEST_ANSWER + 1)
            while len(raw) <= LARGEST_ANSWER and (more := await response.content.read(65536)):
                raw += more
            _accepted(response, raw)
            if not raw.strip():
                return Answer({}, response.headers)
            try:
                data = json.loads(raw)
            except (ValueError, RecursionError):
                data = None
            if not isinstance(data, dict):
                raise NotNow("its answer cannot be read")
            return Answer(data, response.headers)

    async def fetch(self, path: str, at_most: int, **headers: str) -> bytes:
        """A file's bytes, cut after `at_most` + 1. Raises like `ask`."""
        raw = b""
        async with self._answer("GET", path, None, headers, {}) as response:
            while len(raw) <= at_most and (more := await response.content.read(65536)):
                raw += more
            _accepted(response, raw[:LARGEST_ANSWER])
        return raw[: at_most + 1]

    @asynccontextmanager
    async def _answer(
        self,
        method: str,
        path: str,
        query: list[tuple[str, str]] | None,
        headers: Mapping[str, str] | None,
        body: Mapping[str, Any],
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        url = URL(f"{self._url}/{path}").extend_query(query or [])
        every = {**self._headers, **(headers or {})}
        try:
            async with self._session.request(
                method, url, headers=every, allow_redirects=False, **body
            ) as response:
                yield response
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise NotNow(f"it cannot be reached ({type(error).__name__})", is_unsent=True) from None
        except TimeoutError:
            raise NotNow("it did not answer in time") from None
        except (aiohttp.ClientError, OSError) as error:
            raise NotNow(f"the answer did not come ({type(error).__name__})") from None


def new_session(answer_within_s: float = ANSWER_WITHIN_S) -> aiohttp.ClientSession:
    """The session that a backend is asked over, for its caller to close: no cookies, no
    connection that may have died."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(force_close=True, limit_per_host=4),
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=answer_within_s, sock_connect=CONNECT_WITHIN_S),
        headers={"User-Agent": "Guichet"},
    )


def _accepted(response: aiohttp.ClientResponse, raw: bytes) -> None:
    status = response.status
    if 200 <= status < 300:
        return
    if 300 <= status < 400:
        raise NotNow("it redirects: its address in tickets.yml, or its key, is to be corrected")
    if status in (401, 403):
        raise NotNow(f"it answered {status}: the key is not accepted", is_unsent=True)
    if 400 <= status < 500 and status not in NOT_NOW:
        raise Refused(f"it answered {status} {_said(raw)}".strip(), status)
    raise NotNow(f"it answered {status}", retry_after_s=_retry_after(response))


def _said(raw: bytes) -> str:
    """The reason in a refusal, of the shapes that backends use; nothing else of it."""
    try:
        data = json.loads(raw)
    except (ValueError, RecursionError):
        return ""
    found = data.get("errors") or data.get("error") if isinstance(data, dict) else None
    if isinstance(found, dict):
        found = found.get("msg")
    said = "; ".join(map(str, found)) if isinstance(found, list) else str(found or "")
    return re.sub(r"\s+", " ", said)[:LONGEST_SAID]


def _retry_after(response: aiohttp.ClientResponse) -> int | None:
    text = response.headers.get("Retry-After", "")
    return min(int(text), RETRY_AFTER_AT_MOST_S) if text.isascii() and text.isdigit() else None
