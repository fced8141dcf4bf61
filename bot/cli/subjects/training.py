"""`./guichet admin training …`: what agents explained, reviewed, on its way to the reader."""

from __future__ import annotations

import argparse
import asyncio
import os
from pathlib import Path

import yaml

from bot.checkout import Checkout
from bot.cli.failures import CommandFailed
from bot.learning import operations, store
from bot.learning.operations import Example
from bot.learning.rules import Status
from bot.learning.writing import as_yaml, known_in, read
from bot.settings import Settings
from bot.storage.tables import utc_now
from bot.storage.transaction import Database

NAME = "corrections.yml"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    steps = parser.add_subparsers(dest="step", required=True, metavar="list|export|add")
    steps.add_parser("list", help="how many wait, were accepted, were refused")
    exporting = steps.add_parser("export", help="write them as the training data have them")
    exporting.add_argument(
        "--accepted", metavar="FILE", type=Path, required=True, help="the accepted ones"
    )
    adding = steps.add_parser("add", help="put the accepted ones into the training data")
    adding.add_argument("--into", metavar="FILE", type=Path, help=f"nlu/data/nlu/{NAME} without it")


async def main(settings: Settings, database: Database, arguments: argparse.Namespace) -> None:
    match arguments.step:
        case "export":
            await _export(database, arguments.accepted)
        case "add":
            root = Checkout.from_environment(os.environ).root
            await _add(database, arguments.into or root / "nlu" / "data" / "nlu" / NAME)
        case _:
            await _list(database)


async def _list(database: Database) -> None:
    async with database.transaction() as tx:
        totals = await store.totals(tx)
    for status in Status:
        print(f"{status.value:<10} {totals.get(status.value, 0):>6}")


async def _export(database: Database, path: Path) -> None:
    async with database.transaction() as tx:
        examples = await operations.examples(tx)
        await operations.note_exported(tx, utc_now())
    await _write(path, as_yaml(examples))
    print(f"{path}: {len(examples)} accepted")


async def _add(database: Database, path: Path) -> None:
    """What the file says already stays, also what has left the database since."""
    async with database.transaction() as tx:
        examples = await operations.examples(tx)
    try:
        others = await asyncio.to_thread(known_in, path.parent, path)
        there = await asyncio.to_thread(read, path)
    except yaml.YAMLError as error:
        raise CommandFailed(f"the training data beside {path.name} are no YAML") from error
    wrong = [one for one in examples if others.contradicts(one)]
    new = [one for one in examples if not others.says(one) and not others.contradicts(one)]
    kept = [Example(0, text, intent, None) for text, intent in there]
    before = await asyncio.to_thread(_text, path)
    after = as_yaml([*kept, *new])
    if after != before:
        await _write(path, after)
    async with database.transaction() as tx:
        taken = [one.number for one in examples if one not in wrong]
        await operations.note_added(tx, taken, utc_now())
    for one in wrong:
        print(f"left out, the training data say otherwise: {one.text} ({one.intent})")
    if after == before:
        print(f"{path}: nothing new")
    else:
        print(f"{path}: {len(read(path)) - len(there)} added; run ./guichet train")


def _text(path: Path) -> str:
    return path.read_text("utf-8") if path.is_file() else ""


async def _write(path: Path, text: str) -> None:
    try:
        await asyncio.to_thread(path.write_text, text, "utf-8")
    except OSError as error:
        raise CommandFailed(f"{path} cannot be written: {error.strerror}") from error
