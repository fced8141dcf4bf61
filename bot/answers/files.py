"""Reads the first canned answers and macros of `catalogue/canned/`."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from bot.answers.deeds import Macro, check_macro
from bot.answers.operations import Shipped
from bot.answers.rules import Answer, Kind, Words, check_answer
from bot.errors import Invalid
from bot.services.catalogue_schema import Strict, TextFile
from bot.services.content_files import CatalogueError, Problem, read_files, validated
from bot.services.rules import Catalogue


class AnswerFile(Strict):
    """`subjects`, `services`: what it suits, everything without."""

    title: TextFile
    body: TextFile
    team: str | None = None
    subjects: list[str] = Field(default_factory=list)
    services: list[str] = Field(default_factory=list)

    def answer(self) -> Answer:
        return Answer(
            Words(self.title.fr, self.title.en),
            Words(self.body.fr.strip(), self.body.en.strip()),
            self.team,
            tuple(self.subjects),
            tuple(self.services),
        )


class MacroFile(Strict):
    title: TextFile
    team: str | None = None
    takes: bool = False
    reply: str | None = None
    note: str = ""
    priority: str | None = None
    transfer: str | None = None
    closes: bool = False

    def macro(self) -> Macro:
        done = self.model_dump(exclude={"title"})
        return Macro(Words(self.title.fr, self.title.en), **done)


def load_canned(root: Path, catalogue: Catalogue) -> tuple[Shipped, ...]:
    """Read `canned/*.yml` and `canned/macros/*.yml` under `root`; a file's name is its code.
    Raises `CatalogueError` with every problem found."""
    problems: list[Problem] = []
    teams, services = [*catalogue.teams], [*catalogue.services]
    shipped: list[Shipped] = []
    for file in read_files(root, "canned/*.yml", problems):
        if (read := validated(AnswerFile, file, problems)) is None:
            continue
        answer = read.answer()
        try:
            check_answer(answer, teams, services)
        except Invalid as error:
            problems.append(file.problem((error.field.split("_")[0],), error.message))
        shipped.append(Shipped(Kind.ANSWER, file.stem, answer))
    codes = [one.code for one in shipped]
    for file in read_files(root, "canned/macros/*.yml", problems):
        if (made := validated(MacroFile, file, problems)) is None:
            continue
        macro = made.macro()
        try:
            check_macro(macro, teams, codes)
        except Invalid as error:
            problems.append(file.problem((error.field.split("_")[0],), error.message))
        shipped.append(Shipped(Kind.MACRO, file.stem, macro))
    if problems:
        raise CatalogueError(problems)
    return tuple(shipped)
