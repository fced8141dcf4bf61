"""`./guichet admin …`: the operator's commands."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from bot.cli import (
    commune_outlines,
    forwarding,
    letters,
    open311_keys,
    photos,
    request_states,
)
from bot.cli.failures import CommandFailed
from bot.cli.running import run_async
from bot.errors import Conflict
from bot.files.opening import file_store
from bot.retention.rules import KEPT
from bot.retention.sweeping import rehearse, sweep
from bot.service_requests.photos import PhotoFiles
from bot.settings import Settings
from bot.storage.private_postgres import PrivatePostgres
from bot.storage.schema import migrate
from bot.storage.tables import utc_now
from bot.storage.transaction import Database
from bot.tickets import operations as tickets

Subject = Callable[[Settings, Database, argparse.Namespace], Awaitable[None]]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    subjects = parser.add_subparsers(dest="subject", required=True, metavar="SUBJECT")
    listing = subjects.add_parser("tickets", help="requests for a human, oldest first")
    listing.add_argument("--json", action="store_true", help="one JSON object a line")
    forgetting = subjects.add_parser("retention", help="forget now what was kept long enough")
    forgetting.add_argument("--dry-run", action="store_true", help="only count what would go")
    states = subjects.add_parser("requests", help="what was filed, and its state")
    request_states.add_arguments(states)
    outlines = subjects.add_parser("communes", help="the outlines of the communes")
    commune_outlines.add_arguments(outlines)
    photos.add_arguments(subjects.add_parser("photos", help="which photos anybody may see"))
    letters.add_arguments(subjects.add_parser("mail", help="letters that wait or failed"))
    open311_keys.add_arguments(subjects.add_parser("open311", help="who may post through Open311"))
    forwarding.add_arguments(
        subjects.add_parser("forwarding", help="what towns' systems were sent")
    )


def main(arguments: argparse.Namespace) -> int:
    settings = Settings.from_environment(os.environ)

    async def work() -> int:
        async with _database(settings) as database:
            await SUBJECTS[arguments.subject](settings, database, arguments)
        return 0

    return run_async(work)


@asynccontextmanager
async def _database(settings: Settings) -> AsyncIterator[Database]:
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


async def _tickets(_: Settings, database: Database, arguments: argparse.Namespace) -> None:
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


async def _retention(settings: Settings, database: Database, arguments: argparse.Namespace) -> None:
    forget = rehearse if arguments.dry_run else sweep
    try:
        files = PhotoFiles(file_store(settings.files, settings.bucket))
        counts = await forget(database, files, utc_now())
    except Conflict as error:
        raise CommandFailed("a service is forgetting at this moment; try again") from error
    for kind, count in counts.items():
        kept = KEPT[kind]
        print(f"{kind:<18} {count:>6}  kept {kept.kept_for.days} days from {kept.counted_from}")
    if arguments.dry_run:
        print("nothing was forgotten (--dry-run)")


SUBJECTS: dict[str, Subject] = {
    "mail": letters.main,
    "tickets": _tickets,
    "retention": _retention,
    "communes": commune_outlines.main,
    "forwarding": forwarding.main,
    "open311": open311_keys.main,
    "photos": photos.main,
    "requests": request_states.main,
}
