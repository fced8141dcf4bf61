"""`./guichet admin tickets`: requests for a human."""

from __future__ import annotations

import argparse
import json

from bot.settings import Settings
from bot.storage.transaction import Database
from bot.tickets import operations as tickets


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="one JSON object a line")


async def main(_: Settings, database: Database, arguments: argparse.Namespace) -> None:
    async with database.transaction() as tx:
        rows = await tickets.list_open(tx)
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
