"""Updates on their way to the bot: kept until getUpdates confirms them or the webhook takes them.

Lives in the server's loop; `add` and `drop` may be called from any thread under the lock.
"""

from __future__ import annotations

import asyncio
import re
import threading
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import ClientError, ClientResponse, ClientSession, ClientTimeout

from tests.servers.telegram.checking import Request
from tests.servers.telegram.refusals import HAS_WEBHOOK, OTHER_POLL, bad

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
NOT_BY_DEFAULT = {"chat_member", "message_reaction", "message_reaction_count"}
MAX_UPDATES = 100
LONGEST_POLL_S = 50
LOOPBACK = re.compile(r"http://(127\.0\.0\.1|localhost)[:/]")


@dataclass
class Webhook:
    url: str = ""
    secret_token: str = ""
    max_connections: int = 40
    last_error: str = ""
    last_error_at: int = 0
    posts: int = 0


@dataclass
class Delivery:
    """`said`: what to do with a webhook's answer. `backoff_s`: the first pause before the same
    update is posted again; it doubles up to `longest_backoff_s`."""

    lock: threading.Condition
    said: Callable[[ClientResponse], Awaitable[None]]
    webhook: Webhook = field(default_factory=Webhook)
    allowed: list[str] = field(default_factory=list)
    pending: list[dict[str, Any]] = field(default_factory=list)
    backoff_s: float = 0.02
    longest_backoff_s: float = 0.5
    post_timeout_s: float = 60.0
    _new: asyncio.Event = field(default_factory=asyncio.Event)
    _poll: asyncio.Event | None = None
    _posting: dict[int, asyncio.Task[None]] = field(default_factory=dict)

    def add(self, update: dict[str, Any], loop: asyncio.AbstractEventLoop) -> None:
        kind = next(name for name in update if name != "update_id")
        if self.allowed and kind not in self.allowed:
            return
        if not self.allowed and kind in NOT_BY_DEFAULT:
            return
        self.pending.append(dict(update))  # a repeated one is another
        loop.call_soon_threadsafe(self._wake)

    def _wake(self) -> None:
        self._new.set()
        self._pump()

    # -- getUpdates -------------------------------------------------------------------------------

    async def get_updates(self, request: Request) -> list[dict[str, Any]]:
        """Raises `Refused` while a webhook is set, and when another one asks meanwhile."""
        asked = request.payload
        if self.webhook.url:
            raise HAS_WEBHOOK
        if self._poll is not None:
            self._poll.set()
        ended = self._poll = asyncio.Event()
        try:
            self._allow(asked)
            self._confirm(asked.get("offset") or 0)
            limit = min(max(asked.get("limit") or MAX_UPDATES, 1), MAX_UPDATES)
            timeout_s = min(asked.get("timeout") or 0, LONGEST_POLL_S)
            return await self._batch(limit, timeout_s, ended)
        finally:
            if self._poll is ended:
                self._poll = None

    async def _batch(
        self, limit: int, timeout_s: float, ended: asyncio.Event
    ) -> list[dict[str, Any]]:
        deadline = asyncio.get_running_loop().time() + timeout_s
        while True:
            with self.lock:
                batch = self.pending[:limit]
                self._new.clear()
            left_s = deadline - asyncio.get_running_loop().time()
            if batch or left_s <= 0:
                return batch
            waits = [asyncio.create_task(event.wait()) for event in (self._new, ended)]
            try:
                await asyncio.wait(waits, timeout=left_s, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for wait in waits:
                    wait.cancel()
            if ended.is_set():
                raise HAS_WEBHOOK if self.webhook.url else OTHER_POLL

    def _confirm(self, offset: int) -> None:
        with self.lock:
            if offset < 0:
                self.pending[:] = self.pending[offset:]
            else:
                self.pending[:] = [one for one in self.pending if one["update_id"] >= offset]

    def _allow(self, asked: dict[str, Any]) -> None:
        if asked.get("allowed_updates") is not None:
            self.allowed = list(asked["allowed_updates"])

    # -- the webhook ------------------------------------------------------------------------------

    def set_webhook(self, request: Request) -> bool:
        asked = request.payload
        url, secret = asked["url"], asked.get("secret_token") or ""
        if not url:
            return self.delete_webhook(request)
        if not url.startswith("https://") and not LOOPBACK.match(url):
            raise bad("bad webhook: An HTTPS URL must be provided for webhook")
        if not re.fullmatch(r"[A-Za-z0-9_-]{0,256}", secret):
            raise bad("secret token contains unallowed characters")
        connections = asked.get("max_connections") or 40
        if not 1 <= connections <= 100:
            raise bad("wrong max_connections specified")
        self._allow(asked)
        self._stop_posting()
        self._drop(asked)
        self.webhook = Webhook(url, secret, connections)
        if self._poll is not None:
            self._poll.set()
        self._pump()
        return True

    def delete_webhook(self, request: Request) -> bool:
        self._stop_posting()
        self._drop(request.payload)
        self.webhook = Webhook()
        return True

    def info(self) -> dict[str, Any]:
        told: dict[str, Any] = {
            "url": self.webhook.url,
            "has_custom_certificate": False,
            "pending_update_count": len(self.pending),
        }
        if self.webhook.url:
            told["max_connections"] = self.webhook.max_connections
        if self.allowed:
            told["allowed_updates"] = self.allowed
        if self.webhook.last_error:
            told["last_error_date"] = self.webhook.last_error_at
            told["last_error_message"] = self.webhook.last_error
        return told

    def _drop(self, asked: dict[str, Any]) -> None:
        if asked.get("drop_pending_updates"):
            with self.lock:
                self.pending.clear()

    def _stop_posting(self) -> None:
        for task in self._posting.values():
            task.cancel()
        self._posting.clear()

    def _pump(self) -> None:
        """Post what waits, oldest first, as many at once as the webhook allows."""
        if not self.webhook.url:
            return
        with self.lock:
            for update in self.pending:
                key = id(update)
                if len(self._posting) >= self.webhook.max_connections:
                    return
                if key not in self._posting:
                    self._posting[key] = asyncio.create_task(self._post(key, update, self.webhook))

    async def _post(self, key: int, update: dict[str, Any], webhook: Webhook) -> None:
        headers = {SECRET_HEADER: webhook.secret_token} if webhook.secret_token else {}
        pause_s = self.backoff_s
        async with ClientSession(timeout=ClientTimeout(self.post_timeout_s)) as session:
            while not await self._is_taken(session, update, webhook, headers):
                await asyncio.sleep(pause_s)
                pause_s = min(pause_s * 2, self.longest_backoff_s)
        with self.lock:
            self.pending[:] = [one for one in self.pending if one is not update]
            self.lock.notify_all()
        self._posting.pop(key, None)
        self._pump()

    async def _is_taken(
        self,
        session: ClientSession,
        update: dict[str, Any],
        webhook: Webhook,
        headers: dict[str, str],
    ) -> bool:
        webhook.posts += 1
        try:
            async with session.post(webhook.url, json=update, headers=headers) as answer:
                if 200 <= answer.status < 300:
                    await self.said(answer)
                    return True
                told = f"{answer.status} {answer.reason}"
                webhook.last_error = f"Wrong response from the webhook: {told}"
        except (ClientError, TimeoutError) as error:
            webhook.last_error = (
                "Read timeout expired" if isinstance(error, TimeoutError) else "Connection refused"
            )
        webhook.last_error_at = int(time.time())
        return False

    async def close(self) -> None:
        tasks = list(self._posting.values())
        self._stop_posting()
        await asyncio.gather(*tasks, return_exceptions=True)
