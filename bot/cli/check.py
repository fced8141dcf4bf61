"""`./guichet check`: the tools' checks and the project's own, at once, one line each."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from bot.checkout import Checkout
from bot.cli.content_checks import CONTENT_CHECKS
from bot.cli.project_checks import PROJECT_CHECKS
from bot.cli.widget_checks import WIDGET_CHECKS

SHOWN_PROBLEMS = 60


@dataclass(frozen=True)
class Check:
    """`find` returns the problems, one string each; none is good. It runs in a thread."""

    name: str
    find: Callable[[Checkout], list[str]]


@dataclass(frozen=True)
class Outcome:
    name: str
    problems: list[str]
    seconds: float


def tool(name: str, *command: str) -> Check:
    """A check that is a program of the tests environment: its output, when it fails."""

    def find(checkout: Checkout) -> list[str]:
        done = subprocess.run(
            [str(checkout.python("tests").with_name(command[0])), *command[1:]],
            cwd=checkout.root,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            env={**os.environ, "NO_COLOR": "1", "PYTHONPATH": str(checkout.root)},
        )
        return [] if done.returncode == 0 else (done.stdout.splitlines() or ["it failed silently"])

    return Check(name, find)


TOOLS = [
    tool("types (mypy)", "mypy"),
    tool("format (ruff)", "ruff", "format", "--check", "--quiet", "--diff", "."),
    tool("lint (ruff)", "ruff", "check", "--quiet", "--output-format", "concise", "."),
    tool("imports (import-linter)", "lint-imports", "--no-logo"),
]

CHECKS: list[Check] = [
    *TOOLS,
    *(Check(name, find) for name, find in (*CONTENT_CHECKS, *PROJECT_CHECKS, *WIDGET_CHECKS)),
]
"""All of them, the longest first."""


def run_one(check: Check, checkout: Checkout) -> Outcome:
    """Run a check; one that breaks is a check that fails."""
    began = time.monotonic()
    try:
        problems = check.find(checkout)
    except Exception as error:  # noqa: BLE001  (the other checks must still be told)
        problems = [f"the check itself broke: {type(error).__name__}: {error}"]
    return Outcome(check.name, problems, time.monotonic() - began)


def show(outcome: Outcome) -> None:
    sign = "✗" if outcome.problems else "✓"
    print(f"{sign} {outcome.name} {outcome.seconds:.1f} s", flush=True)
    for problem in outcome.problems[:SHOWN_PROBLEMS]:
        print(f"    {problem}")
    if len(outcome.problems) > SHOWN_PROBLEMS:
        print(f"    … and {len(outcome.problems) - SHOWN_PROBLEMS} more lines")


def run_all(checks: Sequence[Check], checkout: Checkout) -> list[Outcome]:
    """Run them at once, showing each as soon as its turn in the list has come."""
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 2) as pool:
        outcomes = []
        for outcome in pool.map(lambda check: run_one(check, checkout), checks):
            show(outcome)
            outcomes.append(outcome)
        return outcomes


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--fix", action="store_true", help="format and correct what can be first")
    parser.add_argument("--only", metavar="WORD", help="only the checks whose name has this word")


def main(arguments: argparse.Namespace) -> int:
    checkout = Checkout.from_environment(os.environ)
    if arguments.fix:
        ruff = str(checkout.python("tests").with_name("ruff"))
        for command in (["check", "--fix-only", "--quiet", "."], ["format", "--quiet", "."]):
            subprocess.run([ruff, *command], cwd=checkout.root, check=False)
    checks = [check for check in CHECKS if (arguments.only or "") in check.name]
    failed = [outcome.name for outcome in run_all(checks, checkout) if outcome.problems]
    if failed:
        print(f"guichet: {len(failed)} of {len(checks)} checks fail", file=sys.stderr)
    return 1 if failed else 0
