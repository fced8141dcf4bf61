"""`./guichet admin retention`: forgets now what was kept long enough."""

from __future__ import annotations

import argparse

from bot.cli.failures import CommandFailed
from bot.errors import Conflict
from bot.files.opening import file_store
from bot.retention.rules import KEPT
from bot.retention.sweeping import Stored, rehearse, sweep
from bot.settings import Settings
from bot.storage.tables import utc_now
from bot.storage.transaction import Database


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dry-run", action="store_true", help="only count what would go")


async def main(settings: Settings, database: Database, arguments: argparse.Namespace) -> None:
    forget = rehearse if arguments.dry_run else sweep
    try:
        files = Stored.of(file_store(settings.files, settings.bucket))
        counts = await forget(database, files, utc_now())
    except Conflict as error:
        raise CommandFailed("a service is forgetting at this moment; try again") from error
    for kind, count in counts.items():
        kept = KEPT[kind]
        print(f"{kind:<18} {count:>6}  kept {kept.kept_for.days} days from {kept.counted_from}")
    if arguments.dry_run:
        print("nothing was forgotten (--dry-run)")
