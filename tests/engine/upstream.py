"""What rasa itself does where we correct it, told in JSON. Run by the engine's interpreter.

`upstream.py PATH_OF_ENGINE_PY`; the corrections are listed in the docstring of `nlu/engine.py`.
"""

from __future__ import annotations

import asyncio
import importlib.util
import inspect
import json
import logging
import sys
import time
from types import ModuleType
from typing import Any
from unittest import mock

import jsonschema
import rasa
from aiohttp import web
from rasa.core.actions.action import Action, RemoteAction
from rasa.core.policies.policy import PolicyPrediction
from rasa.core.processor import MessageProcessor
from rasa.exceptions import ActionLimitReached
from rasa.nlu.classifiers.regex_message_handler import RegexMessageHandler
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.training_data.message import Message
from rasa.utils.endpoints import ClientResponseError, EndpointConfig

LINES = [
    (RemoteAction._validate_action_result, "validate(result, self.action_response_format_spec())"),
    (RemoteAction._action_call_format, "tracker.current_state(EventVerbosity.ALL)"),
    (RemoteAction._action_call_format, 'result["domain"] = domain.as_dict()'),
    (RemoteAction.run, "if e.status == 400:"),
    (MessageProcessor._run_action, "Bot will continue, but the actions events are lost."),
    (MessageProcessor._run_prediction_loop, "Stopped predicting "),
    (MessageProcessor._has_session_expired, "> self.domain.session_config.session_expiration_time"),
    (EndpointConfig.request, "async with self.session() as session:"),
    (EndpointConfig.request, "params=self.combine_parameters(kwargs)"),
    (RegexMessageHandler.process, "YAMLStoryReader.unpack_regex_message("),
]


def engine_module(path: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location("guichet_engine", path)
    if spec is None or spec.loader is None:
        raise ImportError(path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def signatures(engine: ModuleType) -> dict[str, bool]:
    """Whether what we put in place takes what upstream passes."""
    pairs = {
        "_run_action": (engine.TurnProcessor._run_action, MessageProcessor._run_action),
        "_run_prediction_loop": (
            engine.TurnProcessor._run_prediction_loop,
            MessageProcessor._run_prediction_loop,
        ),
        "request": (engine.CallbackEndpoint.request, EndpointConfig.request),
        "_validate_action_result": (
            engine._validate_compiled,
            RemoteAction._validate_action_result,
        ),
        "_action_call_format": (engine._call_format, RemoteAction._action_call_format),
    }
    return {
        name: list(inspect.signature(ours).parameters) == list(inspect.signature(its).parameters)
        for name, (ours, its) in pairs.items()
    }


def a_processor(**parts: Any) -> Any:
    """Rasa's processor without a model: only what the method under test reads."""
    processor = object.__new__(MessageProcessor)
    processor.domain, processor.nlg, processor.on_circuit_break = Domain.empty(), None, None
    processor.__dict__.update(parts)
    return processor


def a_tracker(*events: Any) -> Any:
    return DialogueStateTracker.from_events("someone", list(events))


def the_schema_is_checked_at_every_call() -> bool:
    spec = RemoteAction.action_response_format_spec()
    validator = jsonschema.validators.validator_for(spec)
    action = RemoteAction("action_any", None)
    with mock.patch.object(validator, "check_schema", wraps=validator.check_schema) as check:
        for _ in range(2):
            action._validate_action_result({"events": [], "responses": []})
    return bool(check.call_count == 2)


def the_whole_history_and_the_domain_are_sent() -> bool:
    tracker = a_tracker(*(ActionExecuted("action_listen") for _ in range(60)))
    body = RemoteAction("action_any", None)._action_call_format(tracker, Domain.empty())
    return len(body["tracker"]["events"]) == 60 and "domain" in body


async def a_failing_action_is_swallowed() -> bool:
    class Failing(Action):
        def name(self) -> str:
            return "action_listen"

        async def run(self, *_: Any) -> Any:
            raise RuntimeError("it failed")

    prediction = PolicyPrediction.for_action_name(Domain.empty(), "action_listen")
    tracker = a_tracker()
    await a_processor()._run_action(Failing(), tracker, None, None, prediction)
    return any(isinstance(event, ActionExecuted) for event in tracker.events)


async def the_prediction_limit_is_swallowed() -> bool:
    def limit(_: Any) -> None:
        raise ActionLimitReached("ten actions")

    processor = a_processor(predict_next_with_tracker_if_should=limit)
    await processor._run_prediction_loop(None, a_tracker())
    return True


async def a_refused_call_is_a_rejected_form() -> bool:
    class Refusing:
        kwargs: dict = {}  # noqa: RUF012  (as upstream has it)

        async def request(self, **_: Any) -> None:
            raise ClientResponseError(400, "no", json.dumps({"action_name": "action_any"}))

    try:
        await RemoteAction("action_any", Refusing()).run(None, None, a_tracker(), Domain.empty())
    except Exception as error:  # noqa: BLE001  (whatever it is, its name is the answer)
        return type(error).__name__ == "ActionExecutionRejection"
    return False


def a_form_is_dropped_after_an_hour() -> bool:
    hours_ago = UserUttered("trou", timestamp=time.time() - 7200)
    return bool(a_processor()._has_session_expired(a_tracker(hours_ago)))


def a_leading_slash_is_a_command() -> bool:
    message = Message({"text": "/greet"})
    (parsed,) = RegexMessageHandler().process([message], None)
    return parsed.get("intent") == {"name": "greet", "confidence": 1.0}


async def a_call_opens_a_session_and_tells_the_token_in_its_address() -> bool:
    asked: list = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(request.query_string)
        return web.json_response({})

    app = web.Application()
    app.router.add_post("/", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    endpoint = EndpointConfig(f"http://127.0.0.1:{port}/", token="secret")
    session = EndpointConfig.session
    with mock.patch.object(EndpointConfig, "session", autospec=True, side_effect=session) as opened:
        for _ in range(2):
            await endpoint.request(json={})
    await runner.cleanup()
    return opened.call_count == 2 and asked == ["token=secret"] * 2


FAULTS = [
    the_schema_is_checked_at_every_call,
    the_whole_history_and_the_domain_are_sent,
    a_failing_action_is_swallowed,
    the_prediction_limit_is_swallowed,
    a_refused_call_is_a_rejected_form,
    a_form_is_dropped_after_an_hour,
    a_leading_slash_is_a_command,
    a_call_opens_a_session_and_tells_the_token_in_its_address,
]


async def there(fault: Any) -> Any:
    """True while upstream still has it; what happened instead, otherwise."""
    try:
        found = fault()
        return await found if inspect.isawaitable(found) else found
    except Exception as error:  # noqa: BLE001  (upstream changed in some way: the test says how)
        return f"{type(error).__name__}: {error}"


async def main() -> None:
    logging.disable(logging.CRITICAL)
    engine = engine_module(sys.argv[1])
    told = {
        "version": rasa.__version__,
        "lines": {
            f"{function.__qualname__}: {line}": line in inspect.getsource(function)
            for function, line in LINES
        },
        "signatures": signatures(engine),
        "faults": {fault.__name__: await there(fault) for fault in FAULTS},
    }
    print(json.dumps(told))  # noqa: T201  (it is how the test reads it)


if __name__ == "__main__":
    asyncio.run(main())
