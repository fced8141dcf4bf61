"""`./guichet admin …`: the operator's commands, each about one subject (`bot.cli.subjects`)."""

from __future__ import annotations

import argparse
import importlib
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from types import ModuleType

from bot.cli.failures import CommandFailed
from bot.cli.parsing import OneLineParser
from bot.cli.running import run_async
from bot.settings import Settings
from bot.storage.private_postgres import PrivatePostgres
from bot.storage.schema import migrate
from bot.storage.transaction import Database

SUBJECTS = Path(__file__).parent / "subjects" / "subjects.tsv"
PASSES_ARGUMENTS_ON = True


def subjects() -> Mapping[str, str]:
    """What each subject is about, in the order in which they are shown."""
    lines = SUBJECTS.read_text("utf-8").splitlines()
    return dict(line.split("\t") for line in lines)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.usage = "./guichet admin SUBJECT …      ./guichet admin SUBJECT --help"
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = "\n".join(f"  {name:<11} {about}" for name, about in subjects().items())


def main(arguments: argparse.Namespace) -> int:
    name, *rest = arguments.rest or [""]
    if name not in subjects():
        raise CommandFailed(f"the subject is one of {', '.join(subjects())}", 2)
    subject = importlib.import_module(f"bot.cli.subjects.{name}")
    parsed = _parsed(name, subject, rest)
    return run_async(lambda: _perform(subject, parsed))


def _parsed(name: str, subject: ModuleType, rest: list[str]) -> argparse.Namespace:
    """The arguments of one subject; only its module is imported, so that each starts fast."""
    parser = OneLineParser(prog=f"./guichet admin {name}", description=subjects()[name])
    subject.add_arguments(parser)
    return parser.parse_args(rest)


async def _perform(subject: ModuleType, arguments: argparse.Namespace) -> int:
    settings = Settings.from_environment(os.environ)
    async with a_database(settings) as database:
        await subject.main(settings, database, arguments)
    return 0


@asynccontextmanager
async def a_database(settings: Settings) -> AsyncIterator[Database]:
    """The service's database, whether a service runs or not."""
    private = None if settings.database_url else PrivatePostgres(settings.state)
    url = settings.database_url or (await private.start() if private else "")
    database = Database(url, pool_size=1)
    try:
        await migrate(url)
        yield database
    finally:
        await database.close()
        if private is not None:
            await private.stop()
