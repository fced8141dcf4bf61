"""Reads `catalogue/tickets.yml`: where else tickets are shown, and in which words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field

from bot.services.catalogue_schema import Code, Strict, Words
from bot.services.content_files import (
    CatalogueError,
    ContentFile,
    Problem,
    read_files,
    validated,
)
from bot.services.outside_addresses import wrong_address
from bot.services.rules import Catalogue
from bot.tickets.backends.mapping import Kind, Outside
from bot.tickets.rules import Priority, Status

EXAMPLE = "https://tickets.example"
BUILTIN = Outside(Kind.BUILTIN)
"""Without a file, tickets are in our own tables only."""


def _one_or_more(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _kind(value: object) -> object:
    return Kind(value) if isinstance(value, str) and value in list(Kind) else value


Theirs = Annotated[list[Words], Field(min_length=1), BeforeValidator(_one_or_more)]


class StatusesFile(Strict):
    open: Theirs
    closed: Theirs


class PrioritiesFile(Strict):
    normal: Theirs
    high: Theirs
    urgent: Theirs


class TicketsFile(Strict):
    """The backend of tickets."""

    backend: Annotated[Kind, BeforeValidator(_kind)]
    url: Words | None = None
    project: Words | None = None
    tracker: Words | None = None
    status: StatusesFile | None = None
    priority: PrioritiesFile | None = None
    teams: dict[Code, Theirs] = Field(default_factory=dict)
    poll_seconds: Annotated[int, Field(ge=1, le=60)] = 5

    def outside(self) -> Outside:
        if self.backend is Kind.BUILTIN or self.status is None or self.priority is None:
            return BUILTIN
        return Outside(
            kind=self.backend,
            url=(self.url or "").rstrip("/"),
            project=self.project,
            tracker=self.tracker,
            statuses={status: tuple(getattr(self.status, status)) for status in Status},
            priorities={one: tuple(getattr(self.priority, one)) for one in Priority},
            teams={code: tuple(theirs) for code, theirs in self.teams.items()},
            poll_s=float(self.poll_seconds),
        )


def load_backend(root: Path, catalogue: Catalogue) -> Outside:
    """Where else tickets are shown; `BUILTIN` without a file. Raises `CatalogueError` with every
    problem found."""
    problems: list[Problem] = []
    outside = BUILTIN
    for file in read_files(root, "tickets.yml", problems):
        read = validated(TicketsFile, file, problems)
        if read is None:
            continue
        problems.extend(_wrong(read, file, catalogue))
        outside = read.outside()
    if problems:
        raise CatalogueError(problems)
    return outside


def _wrong(read: TicketsFile, file: ContentFile, catalogue: Catalogue) -> Iterator[Problem]:
    if read.backend is Kind.BUILTIN:
        for name in sorted(read.model_fields_set - {"backend"}):
            yield file.problem((name,), "belongs to an outside backend")
        return
    yield from _missing(read, file)
    if read.url is not None and (why := wrong_address(read.url, EXAMPLE)) is not None:
        yield file.problem(("url",), why)
    if read.backend is Kind.ROUNDUP:
        for name in sorted(read.model_fields_set & {"project", "tracker"}):
            yield file.problem((name,), "is Redmine's: Roundup's url names its tracker")
    for code in read.teams:
        if code not in catalogue.teams:
            yield file.problem(("teams", code), "is not a team of teams.yml")
    groups: Mapping[str, Iterable[list[str]]] = {
        "status": () if read.status is None else (read.status.open, read.status.closed),
        "priority": ()
        if read.priority is None
        else (read.priority.normal, read.priority.high, read.priority.urgent),
        "teams": read.teams.values(),
    }
    for name, words in groups.items():
        counted = Counter(word.casefold() for theirs in words for word in theirs)
        for word, count in counted.items():
            if count > 1:
                yield file.problem((name,), f"{word!r} is there twice: it could not be read back")


def _missing(read: TicketsFile, file: ContentFile) -> Iterator[Problem]:
    if read.url is None:
        yield file.problem(("backend",), "an outside backend needs its url")
    if read.backend is Kind.REDMINE and read.project is None:
        yield file.problem(("backend",), "Redmine needs the identifier of its project")
    for name in ("status", "priority"):
        if getattr(read, name) is None:
            yield file.problem(("backend",), f"an outside backend needs its words for {name}")
