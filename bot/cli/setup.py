"""`./guichet setup`: what `run` and `test` would otherwise do first."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import time
from collections.abc import Callable

from bot.checkout import Checkout
from bot.cli.failures import CommandFailed


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--lock", action="store_true", help="resolve the lock files again before (needs network)"
    )


def main(_arguments: argparse.Namespace) -> int:
    # The environments are there: `guichet` made them before it came here.
    checkout = Checkout.from_environment(os.environ)
    step("private database", lambda: prepare_database(checkout))
    step("assistant's model", train)
    step("widget", lambda: prepare_widget(checkout))
    step("browser for the tests", lambda: prepare_browser(checkout))
    return 0


def step(name: str, work: Callable[[], bool]) -> None:
    """Do one part and say so; `work` returns whether there was anything to do."""
    began = time.monotonic()
    done = work()
    if done:
        print(f"✓ {name} {time.monotonic() - began:.1f} s", file=sys.stderr, flush=True)


def prepare_database(checkout: Checkout) -> bool:
    """Make the private PostgreSQL's data, unless another database is used."""
    if os.environ.get("DATABASE_URL"):
        return False
    from bot.storage.postgres_place import find_place
    from bot.storage.unprivileged import unprivileged_account

    if find_place(checkout.state, unprivileged_account()).data.exists():
        return False
    from bot.storage.private_postgres import PrivatePostgres

    async def make() -> None:
        async with PrivatePostgres(checkout.state):
            pass

    asyncio.run(make())
    return True


def train() -> bool:
    """Train when the inputs have changed; `train` itself knows."""
    from bot.cli.__main__ import commands, perform

    if "train" not in commands():
        return False
    code = perform(["train"])
    if code != 0:
        raise CommandFailed("the assistant's model could not be trained", code)
    return False


def prepare_widget(checkout: Checkout) -> bool:
    from bot.cli import widget

    return widget.build(checkout)


def prepare_browser(checkout: Checkout) -> bool:
    from bot.cli.browser import chromium

    known = (checkout.state / "chromium.txt").exists()
    chromium(checkout)
    return not known
