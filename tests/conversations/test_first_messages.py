"""The main job: a report in four messages, from words that the model has never seen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.services.catalogue_files import load_catalogue
from tests.running import ROOT, RunningService, Visitor

CASES: list[dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parent / "first_messages.yml").read_text("utf-8")
)
MESSAGES_AT_MOST = 4


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


@pytest.mark.parametrize("case", CASES, ids=[c["service"] for c in CASES])
def test_a_first_message_becomes_a_report(service: RunningService, case: dict[str, Any]) -> None:
    visitor = Visitor(service.url)
    answers = visitor.say(case["text"])
    said = 1
    first = plain("\n".join(a["text"] for a in answers))
    for mention in case["mentions"]:
        assert mention in first
    while not answers[-1]["reference"]:
        assert said < MESSAGES_AT_MOST, f"too many questions: {answers[-1]['text']}"
        if answers[-1]["expects"] == "confirm":
            answers = visitor.say("oui")
        elif {"Passer", "Skip"} & {b["title"] for b in answers[-1]["buttons"]}:
            answers = visitor.say("passer")
        else:
            answers = visitor.say("une Clio grise")
        said += 1
    (mine,) = visitor.call("/api/requests")["requests"]
    assert mine["reference"] == answers[-1]["reference"]
    label = load_catalogue(ROOT / "catalogue").service(case["service"]).label
    assert mine["service"] in (label.fr, label.en)


def test_the_sentences_are_in_no_training_data_and_no_phrase() -> None:
    known = "\n".join(
        path.read_text("utf-8").lower()
        for folder in ("nlu/data", "catalogue")
        for path in (ROOT / folder).rglob("*.yml")
    )
    for case in CASES:
        assert case["text"].lower() not in known
