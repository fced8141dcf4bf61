"""Our leaner ways beside rasa's own, on the trained model, told in JSON. Run by the engine's
interpreter: `leaner.py ROOT MODEL`.

Every conversation of `CONVERSATIONS` is predicted step by step by both; `LINES` are those of rasa
that `nlu/corrections.py` replaces.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import sys
from pathlib import Path
from typing import Any

from rasa.core.policies.policy import Policy
from rasa.core.policies.rule_policy import RulePolicy
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.shared.core.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActiveLoop,
    Event,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.utils.common import all_subclasses

LINES = [
    (Event.resolve_by_type, "for cls in rasa.shared.utils.common.all_subclasses(Event):"),
    (DaskGraphRunner.run, 'f"Running graph with inputs: {inputs}, targets: {targets} "'),
    (DaskGraphRunner.run, "dask_result = dask.get(run_graph, run_targets)"),
    (RulePolicy._find_action_from_rules, "current_states=copy.deepcopy(current_states)"),
    (RulePolicy._get_possible_keys, "for i, state in enumerate(reversed(states)):"),
    (RulePolicy._is_rule_applicable, "if turn_index >= len(reversed_rule_states):"),
    (Policy.format_tracker_states, "Format tracker states to human readable format on debug log."),
]

FORM = "service_form"


def heard(intent: str) -> list[Any]:
    return [ActionExecuted("action_listen"), UserUttered("…", {"name": intent, "confidence": 1.0})]


def conversations(intents: list[str]) -> list[list[Any]]:
    """Every intent outside the form, and as an interruption of it; the form's way to its end."""
    begun = [
        *heard("file_request"),
        ActionExecuted("action_begin_request"),
        ActionExecuted(FORM),
        ActiveLoop(FORM),
        SlotSet("requested_slot", "current_field"),
    ]
    found = [
        *[heard(intent) for intent in intents],
        *[[*begun, *heard(intent)] for intent in intents],
        *[[*begun, *heard(intent), ActionExecutionRejected(FORM)] for intent in intents],
    ]
    found.append(
        [
            *begun,
            *heard("affirm"),
            ActionExecuted(FORM),
            ActiveLoop(None),
            SlotSet("requested_slot", None),
        ]
    )
    return [[*heard("greet"), ActionExecuted("action_greet"), *one] for one in found] + found


async def main() -> dict[str, Any]:
    root, model = Path(sys.argv[1]), Path(sys.argv[2])
    sys.path.insert(0, str(root))
    told: dict[str, Any] = {
        "lines": {line: line in inspect.getsource(where) for where, line in LINES},
    }
    types = {cls.type_name for cls in all_subclasses(Event)}
    before = {name: Event.resolve_by_type(name) for name in types}
    upstream_find = RulePolicy._find_action_from_rules
    upstream_keys = RulePolicy._get_possible_keys

    from nlu import engine as engines

    engine = engines.Engine(model)
    told["types"] = all(Event.resolve_by_type(name) is cls for name, cls in before.items())
    straight = engine.processor.graph_runner
    dask = DaskGraphRunner.__new__(DaskGraphRunner)
    dask._graph_schema, dask._instantiated_nodes = straight._schema, straight._nodes
    dask._execution_context = None
    ours_find = RulePolicy._find_action_from_rules
    ours_keys = RulePolicy._get_possible_keys

    def prediction(events: list[Any], runner: Any) -> str:
        engine.processor.graph_runner = runner
        tracker = DialogueStateTracker.from_events("someone", list(events), engine.domain.slots)
        predicted = engine.processor._predict_next_with_tracker(tracker)
        marks = [type(event).__name__ for event in predicted.events]
        return f"{engine.domain.action_names_or_texts[predicted.max_confidence_index]} {marks}"

    told["predictions"] = {}
    for number, events in enumerate(conversations(engine.domain.intents)):
        RulePolicy._find_action_from_rules = ours_find
        RulePolicy._get_possible_keys = ours_keys
        ours = prediction(events, straight)
        RulePolicy._find_action_from_rules = upstream_find
        RulePolicy._get_possible_keys = upstream_keys
        told["predictions"][number] = [ours, prediction(events, dask)]
    texts = ["il y a un trou", "bonjour", "au feu", "je veux parler à quelqu'un", "?"]
    engine.processor.graph_runner = straight
    ours_parses = [await engine.parse(text) for text in texts]
    engine.processor.graph_runner = dask
    told["parses"] = ours_parses == [await engine.parse(text) for text in texts]
    return told


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(main())))
