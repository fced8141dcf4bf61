"""Who is in charge of what is not ours: guided there at the first message, named when a report is
turned down. Content of `catalogue/outsiders.yml`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from pydantic import RootModel

from bot.services.catalogue_schema import Code, Strict, TextFile, Words
from bot.services.content_files import CatalogueError, Problem, read_files, validated
from bot.services.rules import Text
from bot.words.cues import cue_pattern
from bot.words.folding import fold

FILE = "outsiders.yml"


@dataclass(frozen=True)
class Outsider:
    """Somebody else's business, and how to reach them. `is_theirs_alone`: also when one of our
    services seems to fit; else both are said."""

    code: str
    label: Text
    contact: Text
    review_by: date
    is_theirs_alone: bool


@dataclass(frozen=True)
class Outsiders:
    """All of them, and the words by which some are recognised."""

    known: Mapping[str, Outsider] = field(default_factory=dict)
    cues: Mapping[str, re.Pattern[str]] = field(default_factory=dict)

    def named(self, text: str) -> Outsider | None:
        """Whose business a text is about, as far as its words say."""
        folded = fold(text)
        return next((self.known[c] for c, cues in self.cues.items() if cues.search(folded)), None)


class OutsiderFile(Strict):
    code: Code
    label: TextFile
    contact: TextFile
    cues: list[Words]
    source: Words
    review_by: date
    theirs_alone: bool = False


class OutsidersFile(RootModel[list[OutsiderFile]]):
    pass


def load_outsiders(root: Path) -> Outsiders:
    """Read the file under `root`, the catalogue. Raises `CatalogueError` with every problem."""
    problems: list[Problem] = []
    known: dict[str, Outsider] = {}
    cues: dict[str, re.Pattern[str]] = {}
    for file in read_files(root, FILE, problems):
        read = validated(OutsidersFile, file, problems)
        for index, one in enumerate(read.root if read else ()):
            if one.code in known:
                problems.append(file.problem((index, "code"), f"{one.code!r} is there twice"))
            known[one.code] = Outsider(
                one.code,
                one.label.text(),
                one.contact.text(),
                one.review_by,
                one.theirs_alone,
            )
            if one.cues:
                cues[one.code] = cue_pattern([fold(cue) for cue in one.cues])
    if problems:
        raise CatalogueError(problems)
    return Outsiders(known, cues)
