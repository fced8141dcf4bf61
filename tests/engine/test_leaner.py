"""The engine's leaner ways change nothing but the time: held against rasa's own, step by step."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from bot.engine.model import ensure_model
from bot.settings import Settings
from tests.running import ROOT, real_state

pytestmark = [pytest.mark.xdist_group("engine"), pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def both() -> Any:
    """What the engine's interpreter tells of both ways."""
    settings = Settings(ROOT, real_state(), None)
    model, _ = asyncio.run(ensure_model(settings))
    done = subprocess.run(
        [settings.python("engine"), Path(__file__).with_name("leaner.py"), ROOT, model],
        capture_output=True,
        text=True,
        check=False,
        env={k: v for k, v in os.environ.items() if k != "PYTHONPATH"},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_the_lines_that_are_replaced_are_there(both: Any) -> None:
    assert [line for line, is_there in both["lines"].items() if not is_there] == []


def test_every_event_has_the_type_that_it_had(both: Any) -> None:
    assert both["types"]


def test_every_step_predicts_what_it_predicted(both: Any) -> None:
    assert len(both["predictions"]) > 150
    assert [pair for pair in both["predictions"].values() if pair[0] != pair[1]] == []


def test_every_text_is_read_as_it_was(both: Any) -> None:
    assert both["parses"]
