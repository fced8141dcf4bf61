"""Speaks GeoReport v2 to one outside system, and says plainly what is known afterwards.

Nothing of an error's own text is kept: it may hold an address with a key in it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote

import aiohttp
from yarl import URL

from bot.errors import DomainError, Unavailable
from bot.forwarding.form import Form
from bot.forwarding.reading import LONGEST_SAID, Document, identifier, read
from bot.forwarding.rules import System, names

CONNECT_WITHIN_S = 5.0
ANSWER_WITHIN_S = 20.0
LARGEST_ANSWER = 5 * 1024 * 1024
REDIRECTS_AT_MOST = 3
FOUND_AROUND = timedelta(hours=1)
RETRY_AFTER_AT_MOST_S = 86_400
TRANSIENT = frozenset({408, 409, 423, 425, 429})
"""Refusals that say "not now", or "you already did"."""


class NotReached(Unavailable):
    """No byte of ours got there."""


class Unsure(Unavailable):
    """They may have taken it, or not. `retry_after_s`: when they asked to be left alone."""

    def __init__(self, why: str, retry_after_s: int | None = None) -> None:
        super().__init__(why)
        self.retry_after_s = retry_after_s


class Refused(DomainError):
    """They will not take it, whenever it is sent. `said`: their words, for an operator only."""

    code = "refused"

    def __init__(self, status: int, said: str) -> None:
        super().__init__(f"{status} {said}".strip())
        self.status = status


@dataclass(frozen=True)
class Taken:
    """They have it: under their reference, or under a token that will become one."""

    remote_id: str | None
    token: str | None = None


class OutsideTown:
    """One system, asked over one session. `key`: what opens it, if anything does."""

    def __init__(self, session: aiohttp.ClientSession, system: System, key: str | None) -> None:
        self._session = session
        self._system = system
        self._key = key

    async def send(self, form: Form, reference: str) -> Taken:
        """Post a request. Raises `NotReached`, `Unsure` or `Refused`."""
        data = [*form, *self._keyed()]
        headers = {"Idempotency-Key": reference}
        document = await self._ask("POST", "requests", data=data, headers=headers)
        for item in document.items:
            remote_id, token = identifier(item), identifier(item, "token")
            if remote_id is not None or token is not None:
                return Taken(remote_id, None if remote_id else token)
        raise Unsure("their answer has neither a reference nor a token")

    async def reference_of(self, token: str) -> str | None:
        """Their reference for a token; None while there is none. Raises like `send`."""
        document = await self._ask("GET", f"tokens/{quote(token, safe='')}")
        return next((found for item in document.items if (found := identifier(item))), None)

    async def find(
        self, reference: str, service: str, since: datetime, now: datetime
    ) -> str | None:
        """Their reference of what we may have sent since; None when they show no such request.

        `service`: their code. A system that cannot be asked that way shows none. Raises
        `NotReached` or `Unsure`.
        """
        query = [
            ("service_code", service),
            ("start_date", _w3c(since - FOUND_AROUND)),
            ("end_date", _w3c(now + FOUND_AROUND)),
        ]
        if self._system.reference_attribute is not None:
            query.append((self._system.reference_attribute, reference))
        try:
            document = await self._ask("GET", "requests", query=query)
        except Refused:
            return None
        own = self._system.reference_attribute or ""
        for item in document.items:
            is_ours = item.get(own) == reference or names(reference, item.get("description", ""))
            if is_ours and item.get("service_code", service) == service:
                return identifier(item)
        return None

    async def listed(
        self, remote_ids: list[str], since: datetime | None, now: datetime, page: int
    ) -> Document:
        """What they say of these requests (of those that changed since, if they know how).
        Raises `NotReached`, `Unsure` or `Refused`."""
        query = [("service_request_id", ",".join(remote_ids))]
        if since is not None:
            query += [("updated_after", _w3c(since)), ("updated_before", _w3c(now))]
        if page > 1:
            query.append(("page", str(page)))
        try:
            return await self._ask("GET", "requests", query=query)
        except Refused as error:
            if error.status != 404:
                raise
            return Document((), (), is_whole=True)  # the standard's "none of these is known"

    def _keyed(self) -> Form:
        return [] if self._key is None else [("api_key", self._key)]

    async def _ask(
        self,
        method: str,
        path: str,
        *,
        query: Form | None = None,
        data: Form | None = None,
        headers: dict[str, str] | None = None,
    ) -> Document:
        url = URL(f"{self._system.endpoint}/{path}.{self._system.ending}", encoded=True)
        if method == "GET":
            if self._system.jurisdiction is not None:
                query = [*(query or []), ("jurisdiction_id", self._system.jurisdiction)]
            url = url.extend_query([*(query or []), *self._keyed()])
        for _ in range(REDIRECTS_AT_MOST + 1):
            async with self._answer(method, url, data, headers) as response:
                if not 300 <= response.status < 400:
                    return await _document(response)
                url = _redirected(method, url, response)
        raise Refused(310, "it redirects for ever")

    @asynccontextmanager
    async def _answer(
        self, method: str, url: URL, data: Form | None, headers: dict[str, str] | None
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        try:
            async with self._session.request(
                method, url, data=data, headers=headers, allow_redirects=False
            ) as response:
                yield response
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise NotReached(f"it cannot be reached ({type(error).__name__})") from None
        except TimeoutError:
            raise Unsure("it did not answer in time") from None
        except (aiohttp.ClientError, OSError) as error:
            raise Unsure(f"the answer did not come ({type(error).__name__})") from None


@asynccontextmanager
async def sessions(
    answer_within_s: float = ANSWER_WITHIN_S,
) -> AsyncIterator[aiohttp.ClientSession]:
    """The session all systems are asked over: no cookies, no proxy of the environment, no
    connection kept that may have died."""
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(force_close=True, limit_per_host=2),
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=answer_within_s, sock_connect=CONNECT_WITHIN_S),
        headers={"User-Agent": "Guichet (GeoReport v2 client)"},
    ) as session:
        yield session


def _redirected(method: str, url: URL, response: aiohttp.ClientResponse) -> URL:
    """Where to go on: the same scheme, host and port, or our key would be told to somebody else.
    Raises `Refused`: the address in `forwarding.yml` is to be corrected."""
    location = response.headers.get("Location", "")
    try:
        target = url.join(URL(location))
        is_same = target.origin() == url.origin()
    except ValueError:
        raise Refused(response.status, "it redirects to nothing") from None
    is_kept = method == "GET" or response.status in (307, 308)
    if not location or not is_same or not is_kept:
        raise Refused(response.status, "it redirects elsewhere: correct its endpoint")
    return target


async def _document(response: aiohttp.ClientResponse) -> Document:
    body, is_complete = await _body(response)
    document = read(body, is_complete=is_complete)
    status = response.status
    if 200 <= status < 300 and document is not None and document.errors and not document.items:
        code = document.errors[0].get("code", "")
        status = int(code) if code.isdecimal() and 400 <= int(code) < 600 else 500
    if 400 <= status < 500 and status not in TRANSIENT:
        raise Refused(status, document.said if document else "")
    if not 200 <= status < 300:
        raise Unsure(
            f"it answered {status}{_told(document)}"[:LONGEST_SAID], _retry_after(response)
        )
    if document is None:
        raise Unsure("its answer cannot be read")
    return document


async def _body(response: aiohttp.ClientResponse) -> tuple[bytes, bool]:
    """What came, and whether that is all: too much is cut, a broken connection keeps what it
    brought. Raises `TimeoutError`: a slow page is asked again."""
    chunks, size = [], 0
    try:
        async for chunk in response.content.iter_chunked(64 * 1024):
            chunks.append(chunk)
            size += len(chunk)
            if size > LARGEST_ANSWER:
                return b"".join(chunks)[:LARGEST_ANSWER], False
    except aiohttp.ClientPayloadError:
        return b"".join(chunks), False
    return b"".join(chunks), True


def _told(document: Document | None) -> str:
    return f": {document.said}" if document is not None and document.said else ""


def _retry_after(response: aiohttp.ClientResponse) -> int | None:
    text = response.headers.get("Retry-After", "")
    return min(int(text), RETRY_AFTER_AT_MOST_S) if text.isascii() and text.isdigit() else None


def _w3c(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
