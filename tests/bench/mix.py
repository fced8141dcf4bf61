"""The turns that both engines are given: distinct texts, half of them inside a form.

The same scripted actions answer both, so that only the engines differ: parse, policy, one call of
an action, and the form's own calls.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import yaml
from aiohttp import web

FORM_TURNS = 4
"""Turns from the message that opens a form to the one that ends it."""
TALK_TURNS = 4
SEED = 20261124
FIELD = "current_field"
GOING_ON: list[dict[str, Any]] = [
    {"event": "slot", "name": FIELD, "value": None},
    {"event": "slot", "name": "requested_slot", "value": FIELD},
]
DONE: list[dict[str, Any]] = [
    {"event": "slot", "name": FIELD, "value": "confirmed"},
    {"event": "slot", "name": "requested_slot", "value": None},
]


@dataclass
class Texts:
    """Messages that no cache has seen: training examples, each made unlike itself by a number."""

    talk: list[str]
    reports: list[str]
    chance: random.Random
    _number: Iterator[int] = field(default_factory=lambda: count(1))

    @classmethod
    def of(cls, data: Path) -> Texts:
        talk: list[str] = []
        reports: list[str] = []
        for path in sorted((data / "nlu").glob("*.yml")):
            for entry in yaml.safe_load(path.read_text("utf-8"))["nlu"]:
                lines = [line[2:] for line in entry["examples"].splitlines()]
                # `stop` and its like would end a form and unbalance the mix.
                if entry["intent"] == "file_request":
                    reports += lines
                elif entry["intent"] not in ("stop", "emergency"):
                    talk += lines
        return cls(talk, reports, random.Random(SEED))

    def conversation(self, turns: int) -> list[str]:
        """Talk and forms by turns, every text once."""
        cycle = [self.talk] * TALK_TURNS + [self.reports] * FORM_TURNS
        return [
            f"{self.chance.choice(cycle[turn % len(cycle)])} {next(self._number)}"
            for turn in range(turns)
        ]


class ScriptedActions:
    """Rasa's action protocol: a form takes `FORM_TURNS` messages, everything else says nothing.

    `calls` counts by name. `form_turns` counts messages that a form took.
    """

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self._taken: Counter[str] = Counter()

    @property
    def form_turns(self) -> int:
        return self.calls["validate_service_form"] + self.calls["action_begin_request"]

    async def handle(self, request: web.Request) -> web.Response:
        """One call."""
        body = await request.json()
        name = str(body["next_action"])
        # Ours says whose turn it is in a header; a stock server, by its sender.
        who = request.headers.get("X-Guichet-Attempt") or str(body["sender_id"])
        self.calls[name] += 1
        events: list[dict[str, Any]] = []
        if name == "validate_service_form":
            self._taken[who] += 1
            events = [*GOING_ON]
            if self._taken[who] >= FORM_TURNS:
                events = [*DONE]
                self._taken[who] = 0
        elif name == "action_begin_request":
            self._taken[who] = 0
        return web.json_response({"events": events, "responses": []})
