"""What changed from one version to the next, word by word. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Literal

Part = tuple[Literal["same", "gone", "new"], str]
_PIECES = re.compile(r"\s+|[^\s]+")


@dataclass(frozen=True)
class Difference:
    """`field`: `title.fr`; `parts`: its text, piece by piece."""

    field: str
    parts: Sequence[Part]


def differences(before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> list[Difference]:
    """The fields that are not the same, in the order of `after`. Without a `before`: all that
    hold something."""
    old = dict(_flat(before or {}))
    new = dict(_flat(after))
    names = [*new, *(name for name in old if name not in new)]
    changed = [(n, old.get(n, ""), new.get(n, "")) for n in names]
    return [Difference(name, _parts(a, b)) for name, a, b in changed if a != b]


def _flat(value: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    for name, part in value.items():
        path = f"{above}{name}"
        if isinstance(part, Mapping):
            yield from _flat(part, f"{path}.")
        elif isinstance(part, list) and any(isinstance(one, Mapping) for one in part):
            for one in part:
                rest = {key: said for key, said in one.items() if key != "do"}
                yield f"{path}.{one['do']}", ", ".join(map(str, rest.values())) or "✓"
        elif isinstance(part, list):
            yield path, ", ".join(map(str, part))
        elif isinstance(part, bool):
            yield path, "✓" if part else ""
        else:
            yield path, "" if part is None else str(part)


def _parts(before: str, after: str) -> list[Part]:
    old, new = _PIECES.findall(before), _PIECES.findall(after)
    parts: list[Part] = []
    for what, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if what == "equal":
            parts.append(("same", "".join(old[a:b])))
            continue
        if a < b:
            parts.append(("gone", "".join(old[a:b])))
        if c < d:
            parts.append(("new", "".join(new[c:d])))
    return parts
