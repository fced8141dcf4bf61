"""Reads the services of `catalogue/`: every problem of every file at once, each with its line."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from bot.services import catalogue_checks, catalogue_schema
from bot.services.content_files import (
    CatalogueError,
    ContentFile,
    Problem,
    read_files,
    validated,
)
from bot.services.rules import RECEPTION, Catalogue, Service, Team


def load_catalogue(root: Path) -> Catalogue:
    """Read `teams.yml`, `services/*.yml` and `communes/<insee>/services/*.yml` under `root`.

    Raises `CatalogueError` with every problem found.
    """
    problems: list[Problem] = []
    teams = _teams(root, problems)
    metropolis: dict[str, Service] = {}
    originals: dict[str, Mapping[str, Any]] = {}
    for file in read_files(root, "services/*.yml", problems):
        service = _whole(file, None, teams, problems)
        if service is not None:
            metropolis[service.code] = service
        if isinstance(file.data, dict):
            originals[file.stem] = file.data
    if not originals:
        problems.append(Problem(f"{root.name}/services", 1, "there is no service here"))
    of_communes: dict[str, dict[str, Service]] = {}
    for folder in sorted(root.glob("communes/*/services")):
        insee = folder.parent.name
        own: dict[str, Service] = {}
        for file in read_files(root, f"communes/{insee}/services/*.yml", problems):
            service = _of_commune(file, insee, originals, teams, problems)
            if service is not None:
                own[service.code] = service
        of_communes[insee] = own
    if problems:
        raise CatalogueError(problems)
    return Catalogue(metropolis, of_communes, teams)


def team_codes(root: Path) -> list[str]:
    """The codes of `teams.yml`, as far as it can be read: nothing else is looked at."""
    return list(_teams(root, []))


def _whole(
    file: ContentFile, commune: str | None, teams: Mapping[str, Team], problems: list[Problem]
) -> Service | None:
    read = validated(catalogue_schema.ServiceFile, file, problems)
    if read is None:
        return None
    service = read.service(commune)
    found = list(
        catalogue_checks.of_service(service, teams, file.stem, needs_place=commune is None)
    )
    problems.extend(file.problem(where, message) for where, message in found)
    return None if found else service


def _of_commune(
    file: ContentFile,
    commune: str,
    originals: Mapping[str, Mapping[str, Any]],
    teams: Mapping[str, Team],
    problems: list[Problem],
) -> Service | None:
    """A commune's own service, or the metropolis' with some keys replaced."""
    if not isinstance(file.data, dict):
        problems.append(file.problem((), "a service is a list of keys, `code:` first"))
        return None
    code = file.data.get("code")
    original = originals.get(code) if isinstance(code, str) else None
    if original is None:
        missing = sorted(catalogue_schema.required_keys() - file.data.keys())
        if missing:
            problems.append(
                file.problem(
                    ("code",) if "code" in file.data else (),
                    f"the metropolis has no service {code!r} to change, and a whole service "
                    f"also needs {', '.join(missing)}",
                )
            )
            return None
        return _whole(file, commune, teams, problems)
    if validated(catalogue_schema.OverrideFile, file, problems) is None:
        return None
    merged = ContentFile(file.path, file.stem, {**original, **file.data}, file.node)
    try:
        service = catalogue_schema.ServiceFile.model_validate(merged.data).service(commune)
    except ValidationError:
        return None  # the original is wrong, and its own file says so
    found = [
        problem
        for problem in catalogue_checks.of_service(service, teams, file.stem, needs_place=True)
        if not problem[0] or problem[0][0] in file.data
    ]
    problems.extend(file.problem(where, message) for where, message in found)
    return None if found else service


def _teams(root: Path, problems: list[Problem]) -> dict[str, Team]:
    if not (root / "teams.yml").is_file():
        problems.append(Problem(f"{root.name}/teams.yml", 1, "there is no such file"))
        return {}
    teams: dict[str, Team] = {}
    for file in read_files(root, "teams.yml", problems):
        read = validated(catalogue_schema.TeamsFile, file, problems)
        for index, team in enumerate(read.root if read else ()):
            if team.code in teams:
                problems.append(file.problem((index, "code"), f"{team.code!r} is there twice"))
            teams[team.code] = team.team()
    if teams and RECEPTION not in teams:
        problems.append(Problem(f"{root.name}/teams.yml", 1, f"there is no team {RECEPTION!r}"))
    return teams
