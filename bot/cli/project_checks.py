"""What only this project can check: its folders, its locks, its content.

Each check takes the checkout and returns its problems, as `path: what is wrong`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from bot.checkout import Checkout

LOCKS = {
    "requirements.in": "requirements.txt",
    "requirements-dev.in": "requirements-dev.txt",
    "nlu/requirements.in": "nlu/requirements.txt",
    "widget/node.in": "widget/node.txt",
}


def rules_import_only_rules(checkout: Checkout) -> list[str]:
    """`rules.py` may import the domain's errors, other rules, and modules that import no more of
    ours than that."""
    return [
        f"{path.relative_to(checkout.root)}:{line}: imports {module}"
        for path in sorted((checkout.root / "bot").glob("**/rules.py"))
        for line, module in _imports(path)
        if not _is_plain(checkout.root, module)
    ]


def _is_plain(root: Path, module: str) -> bool:
    parts = module.split(".")
    if parts[0] not in {"bot", "actions"} or module == "bot.errors" or parts[-1] == "rules":
        return True
    path = root.joinpath(*parts[:-1]).with_suffix(".py")  # the last part is a name in it
    return path.is_file() and all(_is_plain(root, asked) for _, asked in _imports(path))


def _imports(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, name.name) for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            if node.module.endswith(("rules", "errors")):
                yield node.lineno, node.module
            else:
                yield from ((node.lineno, f"{node.module}.{name.name}") for name in node.names)


def locks_hold_what_is_asked(checkout: Checkout) -> list[str]:
    """Every package asked for is locked, and no lock names an index or a path of a machine."""
    problems = []
    for asked_name, lock_name in LOCKS.items():
        lock = (checkout.root / lock_name).read_text("utf-8")
        locked = {_normal(name) for name in re.findall(r"(?m)^([A-Za-z0-9._-]+)==", lock)}
        for line in (checkout.root / asked_name).read_text("utf-8").splitlines():
            found = re.match(r"[A-Za-z0-9][A-Za-z0-9._-]*", line)
            if found and _normal(found[0]) not in locked:
                problems.append(f"{lock_name}: {found[0]} is asked for and not locked")
        if re.search(r"(?m)https?:|file:|^--(?!hash)|/(?:home|root|tmp)/", lock):
            problems.append(f"{lock_name}: names an index or a machine's path")
    return [f"{problem} (./guichet setup --lock)" for problem in problems]


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def no_vague_names(checkout: Checkout) -> list[str]:
    """A module says what it does; these names never do."""
    vague = {"utils", "util", "helpers", "helper", "common", "manager", "misc"}
    folders = [checkout.root / name for name in ("bot", "actions", "nlu", "tests")]
    return [
        f"{path.relative_to(checkout.root)}: a name that says nothing"
        for folder in folders
        for path in sorted(folder.rglob("*"))
        if path.stem in vague and "__pycache__" not in path.parts
    ]


PROJECT_CHECKS: list[tuple[str, Callable[[Checkout], list[str]]]] = [
    ("rules import only rules", rules_import_only_rules),
    ("locks", locks_hold_what_is_asked),
    ("names", no_vague_names),
]
