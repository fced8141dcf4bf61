"""`./guichet bench NAME`: one benchmark, its peer in the same run."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import sys
from typing import Any

from bot.cli.running import run_async
from bot.settings import Settings

BENCHMARKS = {
    "console": "the agents' lists and search, with two million messages",
    "turns": "one turn of the assistant against stock Rasa",
    "duplicates": "what a new report may repeat, among a million stored ones",
    "figures": "a lead's pages of figures, among 196 000 tickets of a year",
    "handover": "a message on the other's page, with two hundred conversations in agents' hands",
    "sockets": "five thousand pages of the widget open in one process",
    "telegram": "updates stored and acknowledged, with the engine saturated",
    "understanding": "the blind messages, read by the assistant and by stock Rasa",
    "widget": "what a page of a town's site fetches for a conversation",
}
SCALED = frozenset({"console", "sockets"})
"""Those that can be tried on a smaller scale."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", choices=[*BENCHMARKS, "all"], metavar="NAME", help=_list())
    parser.add_argument(
        "--scale", type=float, default=1.0, help=f"a part of the load ({', '.join(SCALED)})"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object")


def main(arguments: argparse.Namespace) -> int:
    settings = Settings.from_environment(os.environ)
    names = list(BENCHMARKS) if arguments.name == "all" else [arguments.name]

    async def work() -> int:
        for folder in ("run", "logs"):
            (settings.state / folder).mkdir(parents=True, exist_ok=True)
        figures: dict[str, Any] = {}
        for name in names:
            module = importlib.import_module(f"tests.bench.{name}")
            scale = {"scale": arguments.scale} if name in SCALED else {}
            figures[name] = await module.measure(settings, tell, **scale)
            if not arguments.json:
                print(f"{name}: {BENCHMARKS[name]}", *module.printed(figures[name]), sep="\n")
        if arguments.json:
            print(json.dumps(figures if arguments.name == "all" else figures[names[0]]))
        return 0

    return run_async(work)


def tell(step: str) -> None:
    print(f"… {step}", file=sys.stderr, flush=True)


def _list() -> str:
    return ", ".join([*BENCHMARKS, "all"])
