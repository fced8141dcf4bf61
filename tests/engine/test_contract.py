"""The engine's contract, on the real engine and the trained model."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
import pytest
from aiohttp import web

from bot.conversations.worker import EngineMessage, TurnAborted
from bot.engine.client import EngineClient
from bot.engine.model import ensure_model
from bot.engine.process import EngineProcess
from bot.settings import Settings
from tests.running import ROOT, state_for_tests

pytestmark = pytest.mark.xdist_group("engine")

FIELD = "current_field"
GOING_ON = [
    {"event": "slot", "name": FIELD, "value": None},
    {"event": "slot", "name": "requested_slot", "value": FIELD},
]
DONE = [
    {"event": "slot", "name": FIELD, "value": "confirmed"},
    {"event": "slot", "name": "requested_slot", "value": None},
]


class Actions:
    """The other end of the engine's calls: what each action answers, and what was called."""

    def __init__(self, secret: str) -> None:
        self.secret = secret
        self.called: list[str] = []
        self.answers: dict[str, Any] = {}

    async def handle(self, request: web.Request) -> web.Response:
        assert request.headers["X-Guichet-Secret"] == self.secret
        name = (await request.json())["next_action"]
        self.called.append(name)
        answer = self.answers.get(name, [])
        if isinstance(answer, int):
            return web.json_response({"error": "no"}, status=answer)
        if isinstance(answer, list):
            return web.json_response({"events": answer, "responses": []})
        return web.json_response(answer)


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[tuple[EngineClient, Actions, Path]]:
    settings = Settings(ROOT, state_for_tests(folder / "state"), None)
    for name in ("run", "logs"):
        (settings.state / name).mkdir(exist_ok=True)
    model, _ = await ensure_model(settings)
    secret = secrets.token_hex(8)
    actions = Actions(secret)
    app = web.Application()
    app.router.add_post("/internal/actions", actions.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    socket = settings.sockets() / "actions.sock"
    await web.UnixSite(runner, str(socket)).start()
    engine = EngineProcess(settings, model, socket, secret)
    try:
        await engine.child.start()
        yield engine.client, actions, engine._socket
    finally:
        await engine.child.stop()
        await engine.client.close()
        await runner.cleanup()


async def test_the_contract(tmp_path: Path) -> None:
    """One engine, since its start takes twenty seconds; each promise is a function below."""
    async with running(tmp_path) as (engine, actions, socket):
        promises: list[Callable[[EngineClient, Actions], Awaitable[None]]] = [
            a_rule_calls_its_action,
            a_form_goes_on_over_a_cut_state_and_ends,
            a_failing_action_gives_no_state,
            an_answer_of_the_wrong_shape_gives_no_state,
            the_prediction_limit_gives_no_state,
            a_slash_is_text,
            a_state_of_another_model_keeps_the_form,
        ]
        for promise in promises:
            actions.called.clear()
            actions.answers.clear()
            await promise(engine, actions)
        await a_wrong_secret_is_refused(socket)


async def say(
    engine: EngineClient, state: Any, text: str, intent: str | None = None
) -> dict[str, Any]:
    return await engine.answer(state, EngineMessage(text, intent), uuid4())


async def a_rule_calls_its_action(engine: EngineClient, actions: Actions) -> None:
    await say(engine, None, "bonjour", "greet")
    assert actions.called == ["action_greet"]


async def a_form_goes_on_over_a_cut_state_and_ends(engine: EngineClient, actions: Actions) -> None:
    actions.answers["validate_service_form"] = GOING_ON
    state = await say(engine, None, "trou", "file_request")
    sizes = []
    for turn in range(60):
        state = await say(engine, state, f"réponse {turn}", "structured_input")
        sizes.append(len(state["events"]))
    assert max(sizes) <= 40
    assert state["now"]["loop"] == "service_form"
    actions.answers["validate_service_form"] = DONE
    actions.called.clear()
    state = await say(engine, state, "oui", "affirm")
    assert actions.called[-1] == "action_file_request"
    assert state["now"]["loop"] is None


async def a_failing_action_gives_no_state(engine: EngineClient, actions: Actions) -> None:
    for status in (500, 404):
        actions.answers["action_greet"] = status
        with pytest.raises(TurnAborted, match="action_failed"):
            await say(engine, None, "bonjour", "greet")


async def an_answer_of_the_wrong_shape_gives_no_state(
    engine: EngineClient, actions: Actions
) -> None:
    actions.answers["action_greet"] = {"events": [{"event": "unheard of"}], "responses": []}
    with pytest.raises(TurnAborted, match="action_failed"):
        await say(engine, None, "bonjour", "greet")


async def the_prediction_limit_gives_no_state(engine: EngineClient, actions: Actions) -> None:
    actions.answers["action_greet"] = [{"event": "followup", "name": "action_greet"}]
    with pytest.raises(TurnAborted, match="prediction_limit"):
        await say(engine, None, "bonjour", "greet")


async def a_slash_is_text(engine: EngineClient, actions: Actions) -> None:
    del actions
    for text in ("/greet", "/emergency", '/file_request{"a": 1}'):
        (parse,) = await engine.parse([text])
        assert parse["confidence"] < 1.0


async def a_state_of_another_model_keeps_the_form(engine: EngineClient, actions: Actions) -> None:
    actions.answers["validate_service_form"] = GOING_ON
    state = await say(engine, None, "trou", "file_request")
    actions.called.clear()
    after = await say(engine, {**state, "model": "older"}, "passer", "structured_input")
    assert actions.called == ["validate_service_form", "action_ask_current_field"]
    assert after["model"] == state["model"]


async def a_wrong_secret_is_refused(socket: Path) -> None:
    async with aiohttp.ClientSession(connector=aiohttp.UnixConnector(path=str(socket))) as session:
        for path in ("turn", "parse"):
            async with session.post(f"http://engine/{path}", json={}) as answer:
                assert answer.status == 403
