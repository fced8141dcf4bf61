"""The labelled messages, by split: `messages/<split>_<set>.tsv`.

Five columns: writer, intent, service (`-` when none), commune's name (`-` when none), text. `dev`
serves to tune, `test` was written by writers who were shown only the intents and the services,
committed before any tuning, and serves only to measure. Sets named `…_near_misses` sound like
emergencies and are none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).with_name("messages")
NONE = "-"


@dataclass(frozen=True)
class Labelled:
    """A message and what it means."""

    writer: str
    intent: str
    service: str | None
    commune: str | None
    text: str
    is_near_miss: bool


def messages(split: str, folder: Path = FOLDER) -> Sequence[Labelled]:
    """All messages of `dev` or `test`. Raises `ValueError` naming a line without five columns."""
    found = []
    for path in sorted(folder.glob(f"{split}_*.tsv")):
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
            columns = line.split("\t")
            if len(columns) != 5:
                raise ValueError(f"{path.name}:{number}: {len(columns)} columns instead of 5")
            writer, intent, service, commune, text = columns
            found.append(
                Labelled(
                    writer,
                    intent,
                    None if service == NONE else service,
                    None if commune == NONE else commune,
                    text,
                    path.stem.endswith("near_misses"),
                )
            )
    return found
