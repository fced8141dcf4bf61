"""`./guichet admin mail …`: letters that wait or failed, and another try for those; the addresses
to which citizens write, and what came there (`mail_arriving.py`).

Addresses are shown masked: what they were is in the request that each letter is about.
"""

from __future__ import annotations

import argparse
import json
from uuid import UUID

from bot.cli.failures import CommandFailed
from bot.cli.subjects import mail_arriving
from bot.cli.subjects.clock import clock
from bot.errors import NotFound
from bot.mail import operations
from bot.mail.rules import masked
from bot.mail.store import Listed
from bot.settings import Settings
from bot.storage.tables import utc_now
from bot.storage.transaction import Database


def add_arguments(parser: argparse.ArgumentParser) -> None:
    steps = parser.add_subparsers(
        dest="step", required=True, metavar="list|retry|addresses|arrived|take"
    )
    listing = steps.add_parser("list", help="letters, newest first; those sent only if asked")
    listing.add_argument("--all", action="store_true", help="those sent too")
    listing.add_argument("--limit", type=int, default=50, metavar="N")
    listing.add_argument("--json", action="store_true", help="one JSON object a line")
    retrying = steps.add_parser("retry", help="send letters that were given up")
    retrying.add_argument("letters", nargs="*", type=UUID, metavar="LETTER", help="as `list` says")
    retrying.add_argument("--all", action="store_true", help="every one that was given up")
    mail_arriving.add_arguments(steps)


async def main(settings: Settings, database: Database, arguments: argparse.Namespace) -> None:
    if arguments.step == "list":
        await _list(settings, database, arguments)
    elif arguments.step == "retry":
        await _retry(database, arguments)
    else:
        await mail_arriving.perform(settings, database, arguments)


async def _list(settings: Settings, database: Database, arguments: argparse.Namespace) -> None:
    async with database.transaction() as tx:
        rows = await operations.list_letters(tx, with_sent=arguments.all, limit=arguments.limit)
    for row in rows:
        print(json.dumps(_shown(row), ensure_ascii=False) if arguments.json else _line(row))
    if arguments.json:
        return
    if not rows:
        print("no such letter")
    if settings.mail is None:
        print("no mail server is set (GUICHET_SMTP_URL): nothing is written, nothing is sent")


def _shown(row: Listed) -> dict[str, object]:
    return {
        "letter": str(row.id),
        "state": row.state,
        "created_at": row.created_at.isoformat(),
        "sent_at": None if row.sent_at is None else row.sent_at.isoformat(),
        "reference": row.reference,
        "to": None if row.recipient is None else masked(row.recipient),
        "subject": row.subject,
        "attempts": row.attempts,
        "last_error": row.last_error,
    }


def _line(row: Listed) -> str:
    to = "(forgotten)" if row.recipient is None else masked(row.recipient)
    line = f"{row.id}  {clock(row.created_at)}  {row.state:<7}  {row.reference or '':<11}"
    line += f"  {to}  {row.subject or ''}"
    if row.state == "sent" or row.last_error is None:
        return line.rstrip()
    return f"{line}\n    attempt {row.attempts}: {' '.join(row.last_error.split())}"


async def _retry(database: Database, arguments: argparse.Namespace) -> None:
    if bool(arguments.letters) == arguments.all:
        raise CommandFailed("name the letters to send again, or say --all")
    try:
        async with database.transaction() as tx:
            chosen = None if arguments.all else arguments.letters
            count = await operations.try_again(tx, chosen, utc_now())
    except NotFound as error:
        raise CommandFailed(
            "one of them was not given up, or is forgotten: ./guichet admin mail list"
        ) from error
    print(f"{count} will be sent again")
