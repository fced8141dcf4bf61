"""`./guichet admin tickets`: requests for a human."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from typing import Any

from bot.mirroring import store as mirrors
from bot.settings import Settings
from bot.storage.transaction import Database
from bot.tickets import operations as tickets

NONE: Mapping[str, Any] = dict.fromkeys(("backend", "remote_id", "failing_since", "last_error"))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="one JSON object a line")


async def main(_: Settings, database: Database, arguments: argparse.Namespace) -> None:
    async with database.transaction() as tx:
        rows = await tickets.list_open(tx)
        copies = await mirrors.listed(tx)
    for row in rows:
        copy: Mapping[str, Any] = dict(copies.get(row.reference, {})) or NONE
        if arguments.json:
            since = copy["failing_since"]
            shown = {
                "reference": row.reference,
                "subject": row.subject,
                "commune": row.commune,
                "summary": row.summary,
                "status": row.status,
                "opened_at": row.opened_at.isoformat(),
                "backend": copy["backend"],
                "remote_id": copy["remote_id"],
                "failing_since": None if since is None else since.isoformat(),
                "last_error": copy["last_error"],
            }
            print(json.dumps(shown, ensure_ascii=False))
        else:
            first = (row.summary.splitlines() or [""])[0][:70]
            print(
                f"{row.reference}  {row.opened_at:%Y-%m-%d %H:%M}  {row.subject:<13} "
                f"{_copy(copy)}{first}"
            )
    if not rows and not arguments.json:
        print("no open ticket")


def _copy(copy: Mapping[str, Any]) -> str:
    """Where the copy in an outside backend stands; nothing without such a backend."""
    if copy["backend"] is None:
        return ""
    where = f"{copy['backend']} {copy['remote_id'] or '-'}"
    if copy["failing_since"] is not None:
        where += f" failing since {copy['failing_since']:%Y-%m-%d %H:%M}: {copy['last_error']}"
    return f"{where}  "
