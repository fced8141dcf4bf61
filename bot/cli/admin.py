"""`./guichet admin …`: the operator's commands."""

from __future__ import annotations

import argparse
import json
import os

from bot.cli.running import run_async
from bot.settings import Settings
from bot.storage.private_postgres import PrivatePostgres
from bot.storage.schema import migrate
from bot.storage.transaction import Database
from bot.tickets import operations as tickets


def add_arguments(parser: argparse.ArgumentParser) -> None:
    subjects = parser.add_subparsers(dest="subject", required=True, metavar="SUBJECT")
    listing = subjects.add_parser("tickets", help="requests for a human, oldest first")
    listing.add_argument("--json", action="store_true", help="one JSON object a line")


def main(arguments: argparse.Namespace) -> int:
    settings = Settings.from_environment(os.environ)

    async def work() -> int:
        private = None if settings.database_url else PrivatePostgres(settings.state)
        url = settings.database_url or (await private.start() if private else "")
        database = Database(url, pool_size=1)
        try:
            await migrate(url)
            async with database.transaction() as tx:
                rows = await tickets.list_open(tx)
        finally:
            await database.close()
            if private is not None:
                await private.stop()
        for row in rows:
            if arguments.json:
                shown = {
                    "reference": row.reference,
                    "subject": row.subject,
                    "commune": row.commune,
                    "summary": row.summary,
                    "status": row.status,
                    "opened_at": row.opened_at.isoformat(),
                }
                print(json.dumps(shown, ensure_ascii=False))
            else:
                first = (row.summary.splitlines() or [""])[0][:70]
                print(f"{row.reference}  {row.opened_at:%Y-%m-%d %H:%M}  {row.subject:<13} {first}")
        if not rows and not arguments.json:
            print("no open ticket")
        return 0

    return run_async(work)
