"""What `check` asks of the website's widget: types, format and lint, and its weight."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable

from bot.checkout import Checkout
from bot.cli import widget
from bot.cli.failures import CommandFailed

HEAVIEST_BYTES = 30_000
"""Of all that a conversation fetches, squeezed; the map is not part of it."""


def widget_types(checkout: Checkout) -> list[str]:
    return _tool(checkout, "typescript/bin/tsc", "--noEmit", "--pretty", "false")


def widget_lint(checkout: Checkout) -> list[str]:
    return _tool(checkout, "@biomejs/biome/bin/biome", "ci", "--error-on-warnings", "--colors=off")


def widget_weight(checkout: Checkout) -> list[str]:
    """The widget can be built, and is light."""
    try:
        built = widget.built(checkout)
    except CommandFailed as failure:
        return [str(failure)]
    if built.gzip_bytes <= HEAVIEST_BYTES:
        return []
    parts = ", ".join(f"{name} {size}" for name, size in built.files.items())
    return [f"widget: {built.gzip_bytes} bytes of {HEAVIEST_BYTES} squeezed ({parts})"]


def _tool(checkout: Checkout, script: str, *arguments: str) -> list[str]:
    """What a tool of the widget's packages complains about."""
    try:
        with widget.workshop(checkout) as (work, node):
            done = subprocess.run(
                [*node.node, f"node_modules/{script}", *arguments],
                cwd=work,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
                env={**os.environ, "NO_COLOR": "1"},
            )
    except CommandFailed as failure:
        return [str(failure)]
    if done.returncode == 0:
        return []
    return [f"widget/{line}" for line in done.stdout.splitlines() if line.strip()]


WIDGET_CHECKS: list[tuple[str, Callable[[Checkout], list[str]]]] = [
    ("widget's types (tsc)", widget_types),
    ("widget's format and lint (biome)", widget_lint),
    ("widget's weight", widget_weight),
]
