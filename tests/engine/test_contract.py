"""The engine's contract, on the real engine and the trained model."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import aiohttp
import pytest
from aiohttp import web

from bot.app import assemble
from bot.conversations.turn import Incoming, Speaker, Turn
from bot.conversations.worker import EngineMessage, TurnAborted
from bot.engine.client import EngineClient
from bot.engine.model import ensure_model
from bot.engine.process import EngineProcess
from bot.errors import Unavailable
from bot.parts import Service
from bot.services.catalogue_files import load_catalogue
from bot.settings import Settings
from bot.storage.tables import utc_now
from bot.storage.transaction import Database
from bot.web.internal import internal_application
from bot.web.understanding import FALLBACK
from tests.conversations.test_doubt import VAGUE
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
        self.close: Callable[[], Awaitable[None]]
        self.called: list[str] = []
        self.heard = ""  # the intent of the latest message
        self.answers: dict[str, Any] = {}
        self.never: set[str] = set()

    async def handle(self, request: web.Request) -> web.Response:
        assert request.headers["X-Guichet-Secret"] == self.secret
        body = await request.json()
        name = body["next_action"]
        self.heard = body["tracker"]["latest_message"]["intent"]["name"]
        if name in self.never:
            await asyncio.Event().wait()
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
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    actions.close = runner.cleanup
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
            a_form_is_still_there_after_hours,
            a_form_hears_the_likeliest_intent_however_unsure,
        ]
        actions.never.add("action_goodbye")
        hanging = asyncio.create_task(an_action_that_never_answers_gives_no_state(engine))
        for promise in promises:
            actions.called.clear()
            actions.answers.clear()
            await promise(engine, actions)
        await hanging
        await a_wrong_secret_is_refused(socket)
        await a_refusal_of_the_engine_is_not_its_absence(socket)
        await the_service_s_own_door_keeps_its_side(engine, tmp_path)
        await actions.close()
        with pytest.raises(TurnAborted, match="action_failed"):  # nobody is there to be called
            await say(engine, None, "bonjour", "greet")


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
    counts, sizes = [], []
    for turn in range(200):
        state = await say(engine, state, f"réponse {turn:03}", "structured_input")
        counts.append(len(state["events"]))
        sizes.append(len(json.dumps(state)))
    assert max(counts) <= 40
    assert max(sizes[20:]) <= max(sizes[:20]) * 1.1  # the 200th costs what the 20th did
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


async def a_form_is_still_there_after_hours(engine: EngineClient, actions: Actions) -> None:
    actions.answers["validate_service_form"] = GOING_ON
    state = await say(engine, None, "trou", "file_request")
    for event in state["events"]:
        event["timestamp"] -= 26 * 3600
    actions.called.clear()
    state = await say(engine, state, "passer", "structured_input")
    assert actions.called == ["validate_service_form", "action_ask_current_field"]
    assert state["now"]["loop"] == "service_form"


async def a_form_hears_the_likeliest_intent_however_unsure(
    engine: EngineClient, actions: Actions
) -> None:
    """Its own bars for what interrupts it could not be reached behind a fallback."""
    texts = list(VAGUE)
    parses = await engine.parse(texts)
    vague, parse = next((t, p) for t, p in zip(texts, parses, strict=True) if is_fallback(p))
    actions.answers["validate_service_form"] = GOING_ON
    state = await say(engine, None, "trou", "file_request")
    await say(engine, state, vague)
    assert actions.heard == parse["ranking"][0]["name"]
    await say(engine, None, vague)
    assert (actions.called[-1], actions.heard) == ("action_unsure", FALLBACK)


def is_fallback(parse: dict[str, Any]) -> bool:
    return bool(parse["intent"] == FALLBACK)


async def an_action_that_never_answers_gives_no_state(engine: EngineClient) -> None:
    """Runs beside the other promises: who waits for it holds up nobody."""
    with pytest.raises(TurnAborted, match="action_goodbye: TimeoutError"):
        await say(engine, None, "au revoir", "goodbye")


async def a_refusal_of_the_engine_is_not_its_absence(socket: Path) -> None:
    refused = EngineClient(socket, "a wrong secret é", socket, "")
    nobody = EngineClient(socket.with_name("nobody.sock"), "", socket, "")
    try:
        with pytest.raises(TurnAborted, match="forbidden"):
            await say(refused, None, "bonjour")
        with pytest.raises(Unavailable):
            await say(nobody, None, "bonjour")
    finally:
        await refused.close()
        await nobody.close()


def a_service(settings: Settings) -> Service:
    """The service's parts without its processes: what the door of the actions reads."""
    database = Database("postgresql+psycopg://nobody@127.0.0.1:1/none")
    catalogue = load_catalogue(settings.catalogue)
    service = assemble(settings, database, database.url, catalogue, "s" * 32)
    return replace(service, internal_socket=settings.sockets() / "own.sock")


def a_turn(text: str) -> Turn:
    return Turn(
        attempt=uuid4(),
        speaker=Speaker(UUID(int=1), UUID(int=2), "web"),
        language="fr",
        commune=None,
        introduced=False,
        incoming=(Incoming(1, "text", text, {}, utc_now()),),
        draft=None,
        now=utc_now(),
    )


async def the_service_s_own_door_keeps_its_side(engine: EngineClient, folder: Path) -> None:
    service = a_service(Settings(ROOT, folder / "state", None))
    runner = web.AppRunner(internal_application(service))
    await runner.setup()
    await web.UnixSite(runner, str(service.internal_socket)).start()
    calling = EngineClient(
        engine._socket,
        engine._headers["X-Guichet-Secret"],
        service.internal_socket,
        service.internal_secret,
    )
    unknown = EngineClient(
        engine._socket, engine._headers["X-Guichet-Secret"], service.internal_socket, "guessed"
    )
    greeting = EngineMessage("bonjour", "greet")
    try:
        turn = a_turn("bonjour")
        service.open_turns.turns[turn.attempt] = turn
        await calling.answer(None, greeting, turn.attempt)
        assert len(turn.replies) == 1

        with pytest.raises(TurnAborted, match="action_greet answered 403"):
            await unknown.answer(None, greeting, turn.attempt)
        assert len(turn.replies) == 1

        del service.open_turns.turns[turn.attempt]  # superseded, or given up
        with pytest.raises(TurnAborted, match="action_greet answered 404"):
            await calling.answer(None, greeting, turn.attempt)
        assert len(turn.replies) == 1

        broken = a_turn("où en est mon signalement ?")  # its database does not answer
        service.open_turns.turns[broken.attempt] = broken
        with pytest.raises(TurnAborted, match="action_follow_request answered 500"):
            await calling.answer(None, EngineMessage(broken.text, "follow_request"), broken.attempt)

        for attempt, secret, status in (
            ("", service.internal_secret, 404),
            ("not an id", service.internal_secret, 404),
            (str(uuid4()), service.internal_secret, 404),
            (str(broken.attempt), "guessed", 403),
            (str(broken.attempt), "", 403),
        ):
            await the_door_answers(service, attempt, secret, status)
    finally:
        await calling.close()
        await unknown.close()
        await service.matcher.stop()
        await service.database.close()
        await runner.cleanup()


async def the_door_answers(service: Service, attempt: str, secret: str, status: int) -> None:
    headers = {"X-Guichet-Attempt": attempt, "X-Guichet-Secret": secret}
    connector = aiohttp.UnixConnector(path=str(service.internal_socket))
    async with (
        aiohttp.ClientSession(connector=connector, headers=headers) as session,
        session.post("http://guichet/internal/actions", json={"next_action": "x"}) as answer,
    ):
        assert answer.status == status
        assert set(await answer.json()) == {"error"}  # never echoes what it received
