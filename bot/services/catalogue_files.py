"""Reads `catalogue/`: every problem of every file at once, each with its line.

PyYAML's nodes know where they stand, and pydantic knows which key is wrong: the two meet in
`_line_of`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from bot.services import catalogue_checks, catalogue_schema
from bot.services.rules import Catalogue, Service, Team

# Ten times faster where libyaml is there, and both give the same nodes.
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Location = tuple[int | str, ...]


@dataclass(frozen=True, order=True)
class Problem:
    """What is wrong where; `path` starts at the catalogue's own folder, `line` at 1."""

    path: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}"


class CatalogueError(Exception):
    """The catalogue cannot be used. `problems` are all of them, in the order of the files."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = sorted(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


@dataclass(frozen=True)
class _File:
    """A file read: its data and the nodes they came from."""

    path: str
    stem: str
    data: Any
    node: yaml.Node | None

    def problem(self, location: Location, message: str) -> Problem:
        return Problem(self.path, _line_of(self.node, location), f"{_named(location)}{message}")


def load_catalogue(root: Path) -> Catalogue:
    """Read `teams.yml`, `services/*.yml` and `communes/<insee>/services/*.yml` under `root`.

    Raises `CatalogueError` with every problem found.
    """
    problems: list[Problem] = []
    teams = _teams(root, problems)
    metropolis: dict[str, Service] = {}
    originals: dict[str, Mapping[str, Any]] = {}
    for file in _files(root, "services/*.yml", problems):
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
        for file in _files(root, f"communes/{insee}/services/*.yml", problems):
            service = _of_commune(file, insee, originals, teams, problems)
            if service is not None:
                own[service.code] = service
        of_communes[insee] = own
    if problems:
        raise CatalogueError(problems)
    return Catalogue(metropolis, of_communes, teams)


def _whole(
    file: _File, commune: str | None, teams: Mapping[str, Team], problems: list[Problem]
) -> Service | None:
    read = _validated(catalogue_schema.ServiceFile, file, problems)
    if read is None:
        return None
    service = read.service(commune)
    found = list(
        catalogue_checks.of_service(service, teams, file.stem, needs_place=commune is None)
    )
    problems.extend(file.problem(where, message) for where, message in found)
    return None if found else service


def _of_commune(
    file: _File,
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
    if _validated(catalogue_schema.OverrideFile, file, problems) is None:
        return None
    merged = _File(file.path, file.stem, {**original, **file.data}, file.node)
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
    for file in _files(root, "teams.yml", problems):
        read = _validated(catalogue_schema.TeamsFile, file, problems)
        for index, team in enumerate(read.root if read else ()):
            if team.code in teams:
                problems.append(file.problem((index, "code"), f"{team.code!r} is there twice"))
            teams[team.code] = team.team()
    return teams


def _files(root: Path, pattern: str, problems: list[Problem]) -> Iterator[_File]:
    for path in sorted(root.glob(pattern)):
        name = f"{root.name}/{path.relative_to(root).as_posix()}"
        try:
            loader = _Loader(path.read_text(encoding="utf-8"))
            try:
                node = loader.get_single_node()
                data = None if node is None else loader.construct_document(node)
            finally:
                loader.dispose()
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            line = 1 if mark is None else mark.line + 1
            said = getattr(error, "problem", None) or "it cannot be read"
            problems.append(Problem(name, line, f"this is not YAML: {said}"))
            continue
        except UnicodeDecodeError:
            problems.append(Problem(name, 1, "this is not UTF-8"))
            continue
        file = _File(name, path.stem, data, node)
        problems.extend(_keys_twice(name, node))
        yield file


def _keys_twice(path: str, node: yaml.Node | None) -> Iterator[Problem]:
    """PyYAML keeps the last of two equal keys without a word."""
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if key.value in seen:
                yield Problem(path, key.start_mark.line + 1, f"{key.value}: is there twice")
            if isinstance(key.value, str):
                seen.add(key.value)
            yield from _keys_twice(path, value)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _keys_twice(path, item)


def _validated[M: BaseModel](model: type[M], file: _File, problems: list[Problem]) -> M | None:
    try:
        return model.model_validate(file.data)
    except ValidationError as error:
        problems.extend(
            file.problem(found["loc"], catalogue_schema.in_plain_words(found))
            for found in error.errors(include_url=False)
        )
        return None


def _line_of(node: yaml.Node | None, location: Location) -> int:
    """The line of the key or item at `location`, or of the nearest thing that is there."""
    line = 1 if node is None else node.start_mark.line + 1
    for part in location:
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                if key.value == part:
                    line, node = key.start_mark.line + 1, value
                    break
            else:
                return line
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int):
            if part >= len(node.value):
                return line
            node = node.value[part]
            line = node.start_mark.line + 1
        else:
            return line
    return line


def _named(location: Location) -> str:
    """`("fields", 2, "choices")` -> `"fields[2].choices: "`."""
    name = ""
    for part in location:
        name += f"[{part}]" if isinstance(part, int) else f".{part}" if name else str(part)
    return f"{name}: " if name else ""
