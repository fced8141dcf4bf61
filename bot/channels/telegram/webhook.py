"""The door where Telegram posts updates."""

from __future__ import annotations

import hmac
import json
import logging
from collections.abc import Iterable

from aiohttp import web

from bot.channels.telegram.intake import Intake
from bot.errors import Invalid

logger = logging.getLogger(__name__)
PATH = "/telegram/webhook"
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105  (the header's name)
MAX_BYTES = 1024 * 1024
"""An update holds no file: the largest, a text with all its entities, is far below."""


class WebhookDoor:
    """Answers 200 once an update is stored. `secret`: what Telegram shows; without one the door is
    shut, whoever knocks."""

    def __init__(self, intake: Intake, secret: str | None) -> None:
        self._intake = intake
        self._secret = secret

    async def post(self, request: web.Request) -> web.Response:
        given = request.headers.get(SECRET_HEADER, "")
        is_known = hmac.compare_digest(given.encode(), (self._secret or "").encode())
        if not self._secret or not is_known:
            return unauthorized()
        try:
            body = json.loads(await self._read(request))
            await self._intake.accept([body])
        except (ValueError, RecursionError, Invalid):
            # Nothing that Telegram sends; sending it again would not make it one.
            logger.warning("Telegram's door: what came is no update")
            return web.json_response({"error": "invalid"}, status=400)
        except Exception:  # the door's edge: Telegram sends it again
            logger.exception("an update could not be stored")
            return web.json_response({"error": "unavailable"}, status=503)
        return web.json_response({})

    async def _read(self, request: web.Request) -> bytes:
        """Raises `Invalid` for too much."""
        taken = bytearray()
        async for chunk in request.content.iter_chunked(64 * 1024):
            taken += chunk
            if len(taken) > MAX_BYTES:
                raise Invalid("body", "too large")
        return bytes(taken)


def unauthorized() -> web.Response:
    """What whoever does not know the secret is told."""
    return web.json_response({"error": "unauthorized"}, status=401)


class ShutTelegram:
    """The channel where no bot is set (`parts.Channel`): a door that opens for nobody."""

    trouble: str | None = None

    def link(self, payload: str) -> str | None:
        return None

    def routes(self) -> Iterable[web.RouteDef]:
        return [web.post(PATH, self._post)]

    async def _post(self, request: web.Request) -> web.Response:
        return unauthorized()

    async def run(self) -> None:
        """There is nothing to do."""
