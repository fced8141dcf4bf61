"""The client of the engine's socket."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import aiohttp

from bot.conversations.worker import EngineMessage, TurnAborted
from bot.errors import Unavailable

TURN_TIMEOUT_S = 15.0


class EngineClient:
    """Asks one engine process. Its own session is opened at the first call."""

    def __init__(
        self, socket: Path, secret: str, callback_socket: Path, callback_secret: str
    ) -> None:
        self._socket = socket
        self._headers = {"X-Guichet-Secret": secret}
        self._callback_socket = str(callback_socket)
        self._callback_secret = callback_secret
        self._session: aiohttp.ClientSession | None = None
        self.ready = False

    def is_ready(self) -> bool:
        return self.ready

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.UnixConnector(path=str(self._socket)),
                headers=self._headers,
                timeout=aiohttp.ClientTimeout(total=TURN_TIMEOUT_S),
            )
        return self._session

    async def answer(
        self, state: dict[str, object] | None, message: EngineMessage, attempt: UUID
    ) -> dict[str, object]:
        """One turn. Raises `TurnAborted` when it has no result, `Unavailable` when it is away."""
        body: dict[str, Any] = {
            "state": state,
            "message": {"text": message.text},
            "callback": {
                "socket": self._callback_socket,
                "attempt": str(attempt),
                "secret": self._callback_secret,
            },
        }
        if message.intent is not None:
            intent = {"name": message.intent, "confidence": 1.0}
            body["message"]["parse"] = {
                "text": message.text,
                "intent": intent,
                "entities": [],
                "intent_ranking": [intent],
            }
        answer = await self._post("/turn", body)
        return dict(answer["state"])

    async def parse(self, texts: Sequence[str]) -> list[dict[str, Any]]:
        """Intent, confidence and ranking of each text."""
        answer = await self._post("/parse", {"texts": list(texts)})
        return list(answer["parses"])

    async def health(self) -> bool:
        """Whether the engine answers."""
        try:
            async with self._open().get("http://engine/health") as response:
                return response.status == 200
        except (aiohttp.ClientError, TimeoutError, OSError):
            return False

    async def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        try:
            async with self._open().post(f"http://engine{path}", json=body) as response:
                answer = await response.json()
                if response.status == 200:
                    return dict(answer)
                raise TurnAborted(f"{answer.get('error')}: {answer.get('detail')}")
        except TimeoutError as error:
            raise TurnAborted("the engine did not answer in time") from error
        except aiohttp.ClientConnectorError as error:
            raise Unavailable(f"engine: {type(error).__name__}") from error
        except aiohttp.ClientError as error:
            # It took the message and answered with nonsense, or died of it: that counts, or the
            # message that does this would come first for ever.
            raise TurnAborted(f"the engine broke off: {type(error).__name__}") from error

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
