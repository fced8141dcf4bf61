"""Reads content files: YAML in, every problem of every file at once, each with its line.

PyYAML's nodes know where they stand, and pydantic knows which key is wrong: the two meet in
`_line_of`. Services and articles are read with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from bot.services.catalogue_schema import in_plain_words

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
class ContentFile:
    """A file read: its data and the nodes they came from."""

    path: str
    stem: str
    data: Any
    node: yaml.Node | None

    def problem(self, location: Location, message: str) -> Problem:
        return Problem(self.path, _line_of(self.node, location), f"{_named(location)}{message}")


def read_files(root: Path, pattern: str, problems: list[Problem]) -> Iterator[ContentFile]:
    """The files under `root` that match, in order; what is no YAML goes to `problems`."""
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
        file = ContentFile(name, path.stem, data, node)
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


def validated[M: BaseModel](model: type[M], file: ContentFile, problems: list[Problem]) -> M | None:
    """The file as `model`; None when its shape is wrong, and `problems` then say where."""
    try:
        return model.model_validate(file.data)
    except ValidationError as error:
        problems.extend(
            file.problem(found["loc"], in_plain_words(found))
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
