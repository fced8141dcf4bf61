"""The Bot API's HTTP: paths, bodies of all kinds, answers; a webhook's answer read as a call."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import BodyPartReader, ClientResponse, MultipartReader, web

from tests.servers.telegram.calls import Call, Calls
from tests.servers.telegram.checking import Request, Upload, check_form, decoded
from tests.servers.telegram.delivery import Delivery
from tests.servers.telegram.faults import Answer, Faults, Outcome, Silence
from tests.servers.telegram.limits import Limits
from tests.servers.telegram.methods import carry_out
from tests.servers.telegram.refusals import UNAUTHORIZED, Refused
from tests.servers.telegram.state import World

MAX_BODY_BYTES = 80 * 1024 * 1024
NOTHING = object()


class Doors:
    """Lives in the server's loop."""

    def __init__(self, token: str, world: World, lock: threading.Condition, faults: Faults) -> None:
        self._token = token
        self._world = world
        self._lock = lock
        self._faults = faults
        self._closing = asyncio.Event()
        self.calls = Calls(lock)
        self.limits = Limits()
        self.delivery = Delivery(lock, self.hear)

    def application(self) -> web.Application:
        app = web.Application(client_max_size=MAX_BODY_BYTES)
        app.router.add_route("*", "/bot{token}/{method}", self._answer)
        app.router.add_get("/file/bot{token}/{path:.+}", self._download)
        return app

    async def close(self) -> None:
        self._closing.set()
        await self.delivery.close()

    # -- HTTP -------------------------------------------------------------------------------------

    async def _answer(self, asked: web.Request) -> web.StreamResponse:
        if asked.match_info["token"] != self._token:
            return _refusal(UNAUTHORIZED)
        try:
            values, files = await _body(asked)
            request = decoded(asked.match_info["method"], values, files)
        except Refused as refused:
            return _refusal(refused)
        with self._lock:
            outcome = self._faults.meet(request)
        try:
            result = await self._carried_out(request, outcome)
        except Refused as refused:
            return _refusal(refused)
        if outcome is not None:
            return await self._fault(asked, outcome)
        return web.Response(text=result, content_type="application/json")

    async def _fault(self, asked: web.Request, outcome: Outcome) -> web.StreamResponse:
        match outcome:
            case Answer(status, body):
                return web.Response(status=status, text=body, content_type="text/html")
            case Silence(seconds):
                try:
                    async with asyncio.timeout(seconds):
                        await self._closing.wait()
                except TimeoutError:
                    pass
        if asked.transport is not None:
            asked.transport.abort()
        return web.Response()

    async def _download(self, asked: web.Request) -> web.StreamResponse:
        if asked.match_info["token"] != self._token:
            return _refusal(UNAUTHORIZED)
        with self._lock:
            file = self._world.file_at(asked.match_info["path"])
        if file is None:
            return _refusal(Refused(404, "Not Found"))
        return web.Response(body=file.content, content_type="application/octet-stream")

    # -- calls ------------------------------------------------------------------------------------

    async def _carried_out(
        self, request: Request, outcome: Outcome | None, *, is_webhook_answer: bool = False
    ) -> str:
        """The answer as JSON, after the call is noted. Raises `Refused`, noted as well."""
        at, result, error = time.monotonic(), "", None
        try:
            if isinstance(outcome, Refused):
                raise outcome
            if outcome is None or outcome.takes_effect:
                result = await self._result(request)
        except Refused as refused:
            error = refused
        self.calls.note(
            Call(
                at, request.method, request.chat_id, request.payload, request.files,
                json.loads(result)["result"] if result else None, error, outcome,
                is_webhook_answer,
            )
        )  # fmt: skip
        if error is not None:
            raise error
        return result

    async def _result(self, request: Request) -> str:
        special = await self._about_delivery(request)
        if special is not NOTHING:
            return json.dumps({"ok": True, "result": special})
        with self._lock:
            self.limits.check(request, self._world.ticks())
            result = carry_out(self._world, request)
            return json.dumps({"ok": True, "result": result})

    async def _about_delivery(self, request: Request) -> Any:
        match request.method:
            case "getUpdates":
                check_form(request)
                return await self.delivery.get_updates(request)
            case "setWebhook":
                check_form(request)
                return self.delivery.set_webhook(request)
            case "deleteWebhook":
                check_form(request)
                return self.delivery.delete_webhook(request)
            case "getWebhookInfo":
                return self.delivery.info()
        return NOTHING

    async def hear(self, answer: ClientResponse) -> None:
        """Carry out the method that a webhook answered with; nobody is told the result."""
        values, files = await _spoken(answer)
        method = str(values.pop("method", ""))
        if not method:
            return
        try:
            await self._carried_out(decoded(method, values, files), None, is_webhook_answer=True)
        except Refused:
            return  # noted; Telegram does not tell either


def _refusal(refused: Refused) -> web.Response:
    return web.json_response(refused.body(), status=refused.code)


async def _body(asked: web.Request) -> tuple[dict[str, Any], dict[str, Upload]]:
    values: dict[str, Any] = dict(asked.query)
    if asked.content_type == "application/json":
        try:
            return values | json.loads(await asked.read()), {}
        except (TypeError, ValueError):
            raise Refused(400, "Bad Request: can't parse request JSON object") from None
    files = {}
    for name, value in (await asked.post()).items():
        if isinstance(value, web.FileField):
            mime = value.content_type or "application/octet-stream"
            files[name] = Upload(value.filename, mime, value.file.read())
        else:
            values[name] = value if isinstance(value, str) else bytes(value).decode()
    return _attached(values, files), files


async def _spoken(answer: ClientResponse) -> tuple[dict[str, Any], dict[str, Upload]]:
    """What a webhook answered, whichever of the three forms it has; nothing when none."""
    match answer.content_type:
        case "application/json":
            try:
                said = json.loads(await answer.read() or b"{}")
            except ValueError:
                return {}, {}
            return (said if isinstance(said, dict) else {}), {}
        case "application/x-www-form-urlencoded":
            return dict(parse_qsl(await answer.text())), {}
        case "multipart/form-data":
            return await _parts(MultipartReader.from_response(answer).stream)
    return {}, {}


async def _parts(reader: MultipartReader) -> tuple[dict[str, Any], dict[str, Upload]]:
    values: dict[str, Any] = {}
    files = {}
    while isinstance(part := await reader.next(), BodyPartReader):
        name, content = part.name or "", bytes(await part.read(decode=True))
        if part.filename:
            mime = part.headers.get("Content-Type", "application/octet-stream")
            files[name] = Upload(part.filename, mime, content)
        else:
            values[name] = content.decode()
    return _attached(values, files), files


def _attached(values: dict[str, Any], files: Mapping[str, Upload]) -> dict[str, Any]:
    """A file may stand in its field itself, without `attach://`."""
    named = json.dumps(values)
    direct = {name: f"attach://{name}" for name in files if f"attach://{name}" not in named}
    return direct | values
