"""What our engine does in place of Rasa 3.6.21's own ways, because they cost more than the turn.

Each replaces one method whose result stays the same; `tests/engine/` compares both and fails when
upstream no longer is what was replaced. `apply` is called once, before a model is loaded.

- `shared/core/events.py` `Event.resolve_by_type` walks every subclass of `Event` for every event
  of a stored conversation: a table here.
- `engine/runner/dask.py` `DaskGraphRunner.run` builds and schedules the graph at every call and
  prints its inputs for a log that nobody reads: an order made once here.
- `core/policies/rule_policy.py` `_find_action_from_rules` looks for rules over texts although none
  names one, copies every state for a log, and `_get_possible_keys` tries every rule on every past
  state: no text, no log, and no further back than the longest rule here.
"""

from __future__ import annotations

import json
from typing import Any, Dict, List, Optional, Set, Tuple, Type

from rasa.core.policies.policy import Policy
from rasa.core.policies.rule_policy import RULES, RulePolicy
from rasa.engine.graph import GraphNode, GraphSchema
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.shared.core.constants import ACTION_LISTEN_NAME, USER
from rasa.shared.core.domain import Domain, State
from rasa.shared.core.events import Event
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import TEXT
from rasa.shared.utils.common import all_subclasses

_upstream_find_action = RulePolicy._find_action_from_rules
_upstream_resolve = Event.resolve_by_type
_types: Dict[str, Type[Event]] = {}
_reversed_rules: Dict[str, List[State]] = {}


def apply() -> None:
    """Replace the methods. Calling it again changes nothing."""
    _types.update({cls.type_name: cls for cls in reversed(all_subclasses(Event))})
    Event.resolve_by_type = staticmethod(_resolve_by_type)
    RulePolicy._find_action_from_rules = _find_action_from_rules
    RulePolicy._get_possible_keys = _possible_keys
    Policy.format_tracker_states = staticmethod(_no_format)


def _resolve_by_type(type_name: str, default: Optional[Type[Event]] = None) -> Any:
    known = _types.get(type_name)
    return known if known is not None else _upstream_resolve(type_name, default)


def _no_format(states: List[State]) -> str:
    """Only ever logged, at a level that is off."""
    return ""


def _names_text(lookup: Dict[str, str]) -> bool:
    return any(TEXT in state.get(USER, {}) for key in lookup for state in json.loads(key))


def _find_action_from_rules(
    self: RulePolicy,
    tracker: DialogueStateTracker,
    domain: Domain,
    use_text_for_last_user_input: bool,
) -> Tuple[Optional[str], Optional[str], bool]:
    if use_text_for_last_user_input:
        if not hasattr(self, "_guichet_names_text"):
            self._guichet_names_text = _names_text(self.lookup[RULES])
        if not self._guichet_names_text or tracker.latest_action_name != ACTION_LISTEN_NAME:
            return None, None, False
    return _upstream_find_action(self, tracker, domain, use_text_for_last_user_input)


def _reversed_rule(self: RulePolicy, key: str) -> List[State]:
    states = _reversed_rules.get(key)
    if states is None:
        states = _reversed_rules[key] = list(reversed(self._rule_key_to_state(key)))
    return states


def _possible_keys(self: RulePolicy, lookup: Dict[str, str], states: List[State]) -> Set[str]:
    possible = set(lookup)
    for index, state in enumerate(reversed(states)):
        # Upstream: a rule shorter than the way back stays applicable; only longer ones are asked.
        longer = {key for key in possible if len(_reversed_rule(self, key)) > index}
        if not longer:
            break
        possible -= {key for key in longer if not self._is_rule_applicable(key, index, state)}
    return possible


class StraightRunner:
    """Runs a loaded graph's nodes in an order that is made once a target."""

    def __init__(self, loaded: DaskGraphRunner) -> None:
        self._schema: GraphSchema = loaded._graph_schema
        self._nodes: Dict[str, GraphNode] = loaded._instantiated_nodes
        self._orders: Dict[str, List[Tuple[str, List[str]]]] = {}

    def run(
        self, inputs: Optional[Dict[str, Any]] = None, targets: Optional[List[str]] = None
    ) -> Dict[str, Any]:
        """As `GraphRunner.run`: the targets' outputs by name."""
        names = list(targets or self._schema.target_names)
        results: Dict[str, Any] = dict(inputs or {})
        for target in names:
            for name, needs in self._order(target):
                if name not in results:
                    node = self._nodes[name]
                    _, results[name] = node(*[(need, results[need]) for need in needs])
        return {name: results[name] for name in names}

    def component(self, kind: Type[Any]) -> Optional[Any]:
        """The loaded component of a class, if the graph has one."""
        return next(
            (n._component for n in self._nodes.values() if isinstance(n._component, kind)), None
        )

    def _order(self, target: str) -> List[Tuple[str, List[str]]]:
        known = self._orders.get(target)
        if known is None:
            known = self._orders[target] = []
            nodes = self._schema.minimal_graph_schema([target]).nodes
            placed: Set[str] = set()

            def place(name: str) -> None:
                if name in placed or name not in nodes:
                    return
                placed.add(name)
                needs = list(nodes[name].needs.values())
                for need in needs:
                    place(need)
                known.append((name, needs))

            place(target)
        return known
