"""The examples of the documentation are automations."""

from __future__ import annotations

import re

import pytest
import yaml

from bot.automations.conditions import check
from bot.automations.written import automation_of, to_json
from tests.automations.test_running import KNOWN
from tests.running import ROOT

EXAMPLES = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs/automations.md").read_text(), re.DOTALL)


def test_there_are_examples() -> None:
    assert len(EXAMPLES) == 3


@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
def test_an_example_can_be_kept(example: str) -> None:
    automation = automation_of(yaml.safe_load(example))
    check(automation, KNOWN)
    assert automation_of(to_json(automation)) == automation
