"""Rasa's `Agent` as a stateless function: dialogue state and message in, new state out.

A small server on a private Unix socket, started by the service (`bot/engine/process.py`), one
process each. It keeps nothing between two requests: the tracker is rebuilt from the events that
the caller sends and lives for the length of one turn. Rasa's own HTTP server, tracker stores and
lock stores are never started.

`POST /turn`   {"state": State | null, "message": {"text", "parse"?},
                "callback": {"socket", "attempt", "secret"}}
               -> 200 {"state": State, "intent", "confidence", "actions"}
               -> 422 {"error": code, "detail"} and no state, when an action call failed or the
                  prediction limit was reached
`POST /parse`  {"texts": [str]} -> {"parses": [{"intent", "confidence", "ranking"}]}
`GET  /health` -> {"model": version}

`State` is {"model": version, "events": [...], "slots", "loop", "now": {"slots", "loop"}}: the
last events, what stood before them, and what stands now.
Every request carries the secret of this process in the `X-Guichet-Secret` header.

Corrections of upstream (rasa 3.6.21). `tests/engine/test_contract.py` holds what they promise,
`tests/engine/test_upstream.py` that upstream still needs them:
- `core/actions/action.py` `RemoteAction._validate_action_result` checks the JSON *schema itself* at
  every call: compiled once here.
- `core/actions/action.py` `RemoteAction.run` reads a refusal (400) as a rejected form and goes on:
  any status but 200 is an error here.
- `core/actions/action.py` `RemoteAction._action_call_format` sends the whole history and the
  domain: only the state here.
- `core/processor.py` `_run_action` swallows a failing action, `_run_prediction_loop` swallows the
  prediction limit: both are errors here.
- `core/processor.py` `_has_session_expired` drops the form after 60 minutes by default: `take`
  never asks it, and `domain.yml` says 0.
- `utils/endpoints.py` `EndpointConfig.request` opens a session per call and puts the token in the
  query string: one kept connection and a header here.
- `nlu/classifiers/regex_message_handler.py`, which Rasa adds to every model, reads a text that
  begins with `/` as a command: never here.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import hmac
import json
import logging
import os
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

os.environ.setdefault("RASA_TELEMETRY_ENABLED", "false")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ.setdefault("SQLALCHEMY_SILENCE_UBER_WARNING", "1")

import warnings

warnings.filterwarnings("ignore")

import aiohttp
import jsonschema
import structlog
from aiohttp import web
from rasa.core.actions.action import (
    Action,
    ActionExecutionRejection,
    RemoteAction,
)
from rasa.core.channels.channel import OutputChannel, UserMessage
from rasa.core.lock_store import InMemoryLockStore
from rasa.core.nlg import NaturalLanguageGenerator
from rasa.core.policies.policy import PolicyPrediction
from rasa.core.processor import MessageProcessor
from rasa.core.tracker_store import InMemoryTrackerStore
from rasa.exceptions import ActionLimitReached
from rasa.shared.constants import DEFAULT_NLU_FALLBACK_INTENT_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActiveLoop,
    Event,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker, EventVerbosity
from rasa.utils.endpoints import EndpointConfig

# The engine is started as a script, from any folder.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from nlu import corrections
from nlu.components.intent_reader import IntentReader

KEPT_EVENTS = 24
"""Events kept between turns; older ones are replaced by slots and the active form."""

ACTION_TIMEOUT_S = 8.0
TURN_SENDER = "turn"
LISTEN = "action_listen"

logger = logging.getLogger("guichet.engine")


class Callback(NamedTuple):
    """Where the actions of the turn under way live, and what proves that we may call them."""

    socket: str
    attempt: str
    secret: str


_callback: ContextVar[Callback] = ContextVar("callback")


class TurnFailed(Exception):
    """The turn has no result. `code` is one of `action_failed`, `prediction_limit`."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


class CallbackEndpoint(EndpointConfig):  # type: ignore[misc]
    """Calls actions back in the process that sent the turn, over its Unix socket."""

    def __init__(self) -> None:
        super().__init__(url="http://actions/")
        self._sessions: Dict[str, aiohttp.ClientSession] = {}

    def _session(self, socket: str) -> aiohttp.ClientSession:
        session = self._sessions.get(socket)
        if session is None or session.closed:
            session = aiohttp.ClientSession(
                connector=aiohttp.UnixConnector(path=socket),
                timeout=aiohttp.ClientTimeout(total=ACTION_TIMEOUT_S),
            )
            self._sessions[socket] = session
        return session

    async def request(  # replaces a session per call and the token in the query string
        self,
        method: str = "post",
        subpath: Optional[str] = None,
        content_type: Optional[str] = "application/json",
        compress: bool = False,
        **kwargs: Any,
    ) -> Any:
        """One action call. Raises `TurnFailed` when it did not answer 200."""
        callback = _callback.get()
        name = kwargs["json"]["next_action"]
        try:
            async with self._session(callback.socket).post(
                "http://actions/internal/actions",
                json=kwargs["json"],
                headers={
                    "X-Guichet-Secret": callback.secret,
                    "X-Guichet-Attempt": callback.attempt,
                },
            ) as response:
                if response.status != 200:
                    raise TurnFailed("action_failed", f"{name} answered {response.status}")
                return await response.json()
        except (aiohttp.ClientError, asyncio.TimeoutError, json.JSONDecodeError) as error:
            raise TurnFailed("action_failed", f"{name}: {type(error).__name__}") from error

    async def close(self) -> None:
        for session in self._sessions.values():
            await session.close()


_schema = RemoteAction.action_response_format_spec()
_answer_schema = jsonschema.validators.validator_for(_schema)(_schema)


def _validate_compiled(self: RemoteAction, result: Any) -> bool:
    """Replaces `RemoteAction._validate_action_result`, which re-checks the schema each time."""
    problem = next(_answer_schema.iter_errors(result), None)
    if problem is not None:
        raise TurnFailed("action_failed", f"{self.name()}: {problem.message[:200]}")
    return True


def _call_format(
    self: RemoteAction, tracker: DialogueStateTracker, domain: Domain
) -> Dict[str, Any]:
    """Replaces `RemoteAction._action_call_format`: the state, without the history or the domain."""
    return {
        "next_action": self.name(),
        "sender_id": tracker.sender_id,
        "tracker": tracker.current_state(EventVerbosity.NONE),
    }


class Silence(OutputChannel):  # type: ignore[misc]
    """Replies live on the caller's Turn; nothing is sent from here."""

    @classmethod
    def name(cls) -> str:
        return "silence"

    async def send_text_message(self, recipient_id: str, text: str, **kwargs: Any) -> None:
        raise TurnFailed("action_failed", "a reply was sent through Rasa")


class NoWords(NaturalLanguageGenerator):  # type: ignore[misc]
    """The domain holds no response, so none can be generated."""

    async def generate(self, utter_action: str, *args: Any, **kwargs: Any) -> None:
        raise TurnFailed("action_failed", f"{utter_action} is not ours to say")


class TurnProcessor(MessageProcessor):  # type: ignore[misc]
    """Rasa's processor for one turn at a time, with failures that are failures."""

    reader: Optional[IntentReader] = None
    meaning = ThreadPoolExecutor(max_workers=os.cpu_count() or 2, thread_name_prefix="meaning")

    async def take(
        self, tracker: DialogueStateTracker, text: str, parse: Optional[Dict[str, Any]]
    ) -> None:
        """Handle one message on a tracker that nobody else holds."""
        parse_data = parse or await self.parse(text)
        if tracker.active_loop_name:
            parse_data = without_fallback(parse_data)
        tracker.update(
            UserUttered(text, parse_data["intent"], [], parse_data, input_channel="guichet"),
            self.domain,
        )
        channel = Silence()
        tracker = await self.run_action_extract_slots(channel, tracker)
        await self._run_prediction_loop(channel, tracker)

    async def parse(self, text: str) -> Dict[str, Any]:
        """Classify a text; a leading `/` is text, never a command of Rasa's."""
        readable = text.lstrip("/ \n\t") or "."
        if self.reader is not None and self.reader.needs_meaning(readable):
            # In a thread: a vector costs more than the rest of the turn; others go on meanwhile.
            await asyncio.get_running_loop().run_in_executor(
                self.meaning, self.reader.prepare, readable
            )
        message = UserMessage(readable, sender_id=TURN_SENDER)
        return dict(await self.parse_message(message))

    async def _run_prediction_loop(
        self, output_channel: OutputChannel, tracker: DialogueStateTracker
    ) -> None:
        going_on = True
        while going_on and self._should_handle_message(tracker):
            try:
                action, prediction = self.predict_next_with_tracker_if_should(tracker)
            except ActionLimitReached as error:
                raise TurnFailed("prediction_limit", str(error)) from error
            going_on = await self._run_action(action, tracker, output_channel, self.nlg, prediction)

    async def _run_action(
        self,
        action: Action,
        tracker: DialogueStateTracker,
        output_channel: OutputChannel,
        nlg: NaturalLanguageGenerator,
        prediction: PolicyPrediction,
    ) -> bool:
        try:
            seen = tracker
            if prediction.events and not isinstance(action, RemoteAction):
                # A form asks its tracker whether it was interrupted, and may be rejected after.
                seen = tracker.copy()
                seen.update_with_events(prediction.events, self.domain)
            events = await action.run(output_channel, nlg, seen, self.domain)
        except ActionExecutionRejection:
            tracker.update(
                ActionExecutionRejected(
                    action.name(), prediction.policy_name, prediction.max_confidence
                )
            )
            return self.should_predict_another_action(action.name())
        except TurnFailed:
            raise
        except Exception as error:
            raise TurnFailed("action_failed", f"{action.name()}: {error}") from error
        self._log_action_on_tracker(tracker, action, events, prediction)
        return self.should_predict_another_action(action.name())


def without_fallback(parse_data: Dict[str, Any]) -> Dict[str, Any]:
    """The likeliest real intent, however unsure: a form has its own bars for what interrupts it,
    lower for whoever wants to stop or to speak to a person."""
    if parse_data["intent"]["name"] != DEFAULT_NLU_FALLBACK_INTENT_NAME:
        return parse_data
    real = [i for i in parse_data["intent_ranking"] if i["name"] != parse_data["intent"]["name"]]
    return {**parse_data, "intent": real[0]} if real else parse_data


def _slim(event: Dict[str, Any]) -> Dict[str, Any]:
    """An event as it is kept: without the ranking and the tokens, which only this turn needs."""
    if event.get("event") == "user":
        intent = event["parse_data"]["intent"]
        event = {
            "event": "user",
            "text": event["text"],
            "timestamp": event["timestamp"],
            "parse_data": {"intent": intent, "entities": [], "text": event["text"]},
        }
    else:
        event = {k: v for k, v in event.items() if v is not None and k != "metadata"}
    return event


def opening(slots: Dict[str, Any], loop: Optional[str]) -> List[Event]:
    """The events that stand for all that was dropped: slots, active form, and a pause."""
    events: List[Event] = []
    if loop:
        events += [ActionExecuted(loop), ActiveLoop(loop)]
    events += [SlotSet(name, value) for name, value in slots.items() if value is not None]
    return [*events, ActionExecuted(LISTEN)]


def bounded(events: List[Event]) -> Tuple[List[Event], bool]:
    """The last events, cut where a turn begins, and whether anything was dropped."""
    if len(events) <= KEPT_EVENTS:
        return events, False
    starts = [
        i
        for i, event in enumerate(events)
        if isinstance(event, UserUttered) and len(events) - i <= KEPT_EVENTS
    ]
    return (events[starts[0] :] if starts else []), True


class Engine:
    """A loaded model and the pure function over it."""

    def __init__(self, model: Path) -> None:
        RemoteAction._validate_action_result = _validate_compiled
        RemoteAction._action_call_format = _call_format
        corrections.apply()
        self.endpoint = CallbackEndpoint()
        domain = Domain.empty()
        self.processor = TurnProcessor(
            model_path=str(model),
            tracker_store=InMemoryTrackerStore(domain),
            lock_store=InMemoryLockStore(),
            generator=NoWords(),
            action_endpoint=self.endpoint,
        )
        runner = corrections.StraightRunner(self.processor.graph_runner)
        self.processor.graph_runner = runner
        self.processor.reader = runner.component(IntentReader)
        self.domain = self.processor.domain
        self.version = model.name.split(".")[0]

    def _tracker(self, state: Optional[Dict[str, Any]]) -> DialogueStateTracker:
        state = state or {}
        # Events of another model may name what this one does not know: only the form survives.
        kept = list(state.get("events") or []) if state.get("model") == self.version else []
        base = state if kept else state.get("now") or {}
        known = {slot.name for slot in self.domain.slots}
        front = opening(
            {k: v for k, v in (base.get("slots") or {}).items() if k in known},
            base.get("loop") if base.get("loop") in self.domain.form_names else None,
        )
        serialised = [event.as_dict() for event in front] + kept
        return DialogueStateTracker.from_dict(TURN_SENDER, serialised, self.domain.slots)

    def _state(self, tracker: DialogueStateTracker) -> Dict[str, Any]:
        events, _ = bounded(list(tracker.events))
        if events and not isinstance(events[0], UserUttered):
            # What came before the first message is rebuilt from slots and form at the next turn.
            first = next((i for i, e in enumerate(events) if isinstance(e, UserUttered)), 0)
            events = events[first:]
        return {
            "model": self.version,
            # As they stood *before* the kept events, so that replaying them ends where we are.
            **self._before(tracker, len(events)),
            "events": [_slim(event.as_dict()) for event in events],
        }

    def _before(self, tracker: DialogueStateTracker, kept: int) -> Dict[str, Any]:
        earlier = list(tracker.events)[: len(tracker.events) - kept]
        past = DialogueStateTracker.from_events(TURN_SENDER, earlier, self.domain.slots)
        slots = {k: v for k, v in past.current_slot_values().items() if v is not None}
        return {"slots": slots, "loop": past.active_loop_name}

    async def turn(
        self, state: Optional[Dict[str, Any]], message: Dict[str, Any], callback: Callback
    ) -> Dict[str, Any]:
        """Handle one message. Raises `TurnFailed`; nothing is kept either way."""
        token = _callback.set(callback)
        try:
            tracker = self._tracker(state)
            await self.processor.take(tracker, message["text"], message.get("parse"))
        finally:
            _callback.reset(token)
        latest = tracker.latest_message
        last = max(i for i, e in enumerate(tracker.events) if isinstance(e, UserUttered))
        new_state = self._state(tracker)
        new_state["now"] = {
            "slots": {k: v for k, v in tracker.current_slot_values().items() if v is not None},
            "loop": tracker.active_loop_name,
        }
        return {
            "state": new_state,
            "intent": latest.intent.get("name") if latest else None,
            "confidence": float(latest.intent.get("confidence") or 0.0) if latest else 0.0,
            "actions": [
                e.action_name
                for e in list(tracker.events)[last:]
                if isinstance(e, ActionExecuted) and e.action_name != LISTEN
            ],
        }

    async def parse(self, text: str) -> Dict[str, Any]:
        """Intent, confidence and ranking of one text, without a conversation."""
        data = await self.processor.parse(text)
        return {
            "intent": data["intent"].get("name"),
            "confidence": float(data["intent"].get("confidence") or 0.0),
            "ranking": [
                {"name": i["name"], "confidence": float(i["confidence"])}
                for i in data.get("intent_ranking", [])
                if i["name"] != DEFAULT_NLU_FALLBACK_INTENT_NAME
            ][:5],
        }


def application(engine: Engine, secret: str) -> web.Application:
    """The three doors of the engine."""

    @web.middleware
    async def authenticated(request: web.Request, handler: Any) -> web.StreamResponse:
        given = request.headers.get("X-Guichet-Secret", "").encode("utf-8", "surrogateescape")
        if not hmac.compare_digest(given, secret.encode()):
            return web.json_response({"error": "forbidden"}, status=403)
        try:
            return await handler(request)  # type: ignore[no-any-return]
        except web.HTTPException:
            raise
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            logger.exception("bad request")
            return web.json_response(
                {"error": "bad_request", "detail": type(error).__name__}, status=400
            )
        except Exception as error:  # the engine's edge: the caller must hear that it was this turn
            logger.exception("a request failed")
            return web.json_response(
                {"error": "engine_failed", "detail": type(error).__name__}, status=500
            )

    async def turn(request: web.Request) -> web.Response:
        body = await request.json()
        started = time.perf_counter()
        try:
            result = await engine.turn(
                body.get("state"), body["message"], Callback(**body["callback"])
            )
        except TurnFailed as error:
            logger.warning("turn failed: %s", error)
            return web.json_response({"error": error.code, "detail": error.detail}, status=422)
        result["elapsed_ms"] = (time.perf_counter() - started) * 1000
        return web.json_response(result)

    async def parse(request: web.Request) -> web.Response:
        texts = (await request.json())["texts"]
        return web.json_response({"parses": [await engine.parse(text) for text in texts]})

    async def health(_: web.Request) -> web.Response:
        return web.json_response({"model": engine.version, "pid": os.getpid()})

    app = web.Application(middlewares=[authenticated], client_max_size=4 * 1024 * 1024)
    app.add_routes([web.post("/turn", turn), web.post("/parse", parse), web.get("/health", health)])

    async def close(_: web.Application) -> None:
        await engine.endpoint.close()

    app.on_cleanup.append(close)
    return app


async def serve(engine: Engine, socket: Path, secret: str) -> None:
    """Serve until SIGTERM or SIGINT."""
    runner = web.AppRunner(application(engine, secret), access_log=None)
    await runner.setup()
    with contextlib.suppress(FileNotFoundError):
        socket.unlink()
    previous = os.umask(0o177)
    try:
        await web.UnixSite(runner, str(socket)).start()
    finally:
        os.umask(previous)
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    await stopped.wait()
    await runner.cleanup()


def main(arguments: Optional[List[str]] = None) -> int:
    """`engine.py --model FILE --socket PATH`, the secret in GUICHET_ENGINE_SECRET."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--socket", type=Path, required=True)
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s")
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    secret = os.environ.get("GUICHET_ENGINE_SECRET", "")
    if not secret:
        print("engine: GUICHET_ENGINE_SECRET is not set", file=sys.stderr)
        return 2
    try:
        engine = Engine(options.model)
    except Exception as error:  # the edge of the process: one clear line, then out
        why = (
            f"engine: the model {options.model} cannot be loaded ({type(error).__name__}: {error})"
        )
        print(f"{why}; delete it, and it is trained again", file=sys.stderr)
        return 3
    asyncio.run(serve(engine, options.socket, secret))
    return 0


if __name__ == "__main__":
    sys.exit(main())
