"""Examples as `nlu/data` has them: YAML that Rasa reads, one block an intent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from bot.learning.operations import Example
from bot.words.folding import fold

HEAD = """version: "3.1"

# Messages that agents explained and that were reviewed, without anything personal in them:
# `./guichet admin training add` writes this file. A line that is taken out comes back with it.
nlu:
"""


@dataclass(frozen=True)
class Known:
    """What the training data say already: the intent of each text, folded."""

    intents: Mapping[str, str]

    def says(self, example: Example) -> bool:
        return self.intents.get(fold(example.text)) == example.intent

    def contradicts(self, example: Example) -> bool:
        return self.intents.get(fold(example.text), example.intent) != example.intent


def as_yaml(examples: Sequence[Example]) -> str:
    """The examples by intent, each once, in the order of the alphabet; a report's service stands
    behind it as a comment, since it is taught by the catalogue's phrases."""
    blocks = []
    for intent in sorted({one.intent for one in examples}):
        by_text = {fold(one.text): one for one in examples if one.intent == intent}
        lines = [f"      - {one.text}" for _, one in sorted(by_text.items())]
        of_services = sorted(
            f"  # {one.service}: {one.text}" for one in by_text.values() if one.service
        )
        block = [*of_services, f"  - intent: {intent}", "    examples: |", *lines]
        blocks.append("\n".join(block))
    return HEAD + "\n".join(blocks) + "\n" if blocks else HEAD.rstrip("\n") + " []\n"


def read(path: Path) -> list[tuple[str, str]]:
    """The texts of a file of training data with their intents; none of a file that is not there.
    Raises `yaml.YAMLError` for what is no YAML."""
    if not path.is_file():
        return []
    data = yaml.safe_load(path.read_text("utf-8")) or {}
    found = []
    for block in data.get("nlu") or ():
        lines = str(block.get("examples") or "").splitlines()
        texts = (line.removeprefix("- ").strip() for line in lines if line.startswith("- "))
        found += [(text, block["intent"]) for text in texts if "intent" in block]
    return found


def known_in(folder: Path, but: Path) -> Known:
    """What the files of a folder say, but for one of them."""
    said = [
        pair
        for path in sorted(folder.glob("*.yml"))
        if path.resolve() != but.resolve()
        for pair in read(path)
    ]
    return Known({fold(text): intent for text, intent in said})
