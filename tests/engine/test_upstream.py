"""Each correction of upstream is still needed, and still fits: fails when rasa changes there."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from bot.settings import Settings
from tests.running import ROOT, real_state

pytestmark = [pytest.mark.xdist_group("engine"), pytest.mark.timeout(240)]


@pytest.fixture(scope="session")
def upstream() -> Any:
    """What the engine's interpreter tells of the rasa that is installed."""
    python = Settings(ROOT, real_state(), None).python("engine")
    done = subprocess.run(
        [python, Path(__file__).with_name("upstream.py"), ROOT / "nlu" / "engine.py"],
        capture_output=True,
        text=True,
        check=False,
        env={k: v for k, v in os.environ.items() if k != "PYTHONPATH"},
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_the_lines_that_we_replace_are_there(upstream: Any) -> None:
    assert upstream["version"] == "3.6.21"
    assert [line for line, is_there in upstream["lines"].items() if not is_there] == []


def test_what_we_put_in_their_place_takes_the_same_arguments(upstream: Any) -> None:
    assert [name for name, is_same in upstream["signatures"].items() if not is_same] == []


@pytest.mark.parametrize(
    "fault",
    [
        "the_schema_is_checked_at_every_call",
        "the_whole_history_and_the_domain_are_sent",
        "a_failing_action_is_swallowed",
        "the_prediction_limit_is_swallowed",
        "a_refused_call_is_a_rejected_form",
        "a_form_is_dropped_after_an_hour",
        "a_leading_slash_is_a_command",
        "a_call_opens_a_session_and_tells_the_token_in_its_address",
    ],
)
def test_upstream_still_has_the_fault(upstream: Any, fault: str) -> None:
    assert upstream["faults"][fault] is True
