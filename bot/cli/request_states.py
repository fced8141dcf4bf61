"""`./guichet admin requests …`: what was filed, and its state changed with news of it.

The command line runs as the operator: it sees and may change the requests of every commune.
"""

from __future__ import annotations

import argparse

from bot.cli.failures import CommandFailed
from bot.errors import Conflict, Invalid, NotFound
from bot.notifications.operations import Notifier
from bot.places.communes import load_gazetteer
from bot.service_requests import store
from bot.service_requests.rules import OPEN, TRANSITIONS, Actor, Status
from bot.services.catalogue_files import load_catalogue
from bot.settings import Settings
from bot.storage.tables import utc_now
from bot.storage.transaction import Database
from bot.words.catalogues import Words

BY_HAND = sorted(
    {
        to.value
        for targets in TRANSITIONS.values()
        for to, who in targets.items()
        if Actor.AGENT in who
    }
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    steps = parser.add_subparsers(dest="step", required=True, metavar="list|set")
    listing = steps.add_parser("list", help="requests, oldest first; the open ones unless told")
    listing.add_argument("--status", choices=[status.value for status in Status], metavar="STATE")
    listing.add_argument("--limit", type=int, default=50, metavar="N")
    setting = steps.add_parser("set", help=f"change a state: {', '.join(BY_HAND)}")
    setting.add_argument("reference", metavar="REFERENCE")
    setting.add_argument("status", metavar="STATE", choices=BY_HAND)
    setting.add_argument(
        "--reason", help="told to the citizen; a rejection or a question needs one"
    )


async def main(settings: Settings, database: Database, arguments: argparse.Namespace) -> None:
    if arguments.step == "list":
        await _list(database, arguments)
    else:
        await _set(settings, database, arguments)


async def _list(database: Database, arguments: argparse.Namespace) -> None:
    statuses = [Status(arguments.status)] if arguments.status else sorted(OPEN)
    async with database.transaction() as tx:
        rows = await store.cases(tx, statuses, arguments.limit)
    for row in rows:
        where = f"{row.commune} {row.address or ''}".strip()
        where += f" ({row.precision})" if row.precision else ""
        print(
            f"{row.reference}  {row.filed_at:%Y-%m-%d}  {row.status:<16} {row.service:<20} {where}"
        )
    if not rows:
        print("no such request")


async def _set(settings: Settings, database: Database, arguments: argparse.Namespace) -> None:
    notifier = Notifier(
        load_catalogue(settings.catalogue),
        load_gazetteer(settings.catalogue / "places" / "communes.yml"),
        Words.load(),
    )
    status = Status(arguments.status)
    try:
        async with database.transaction() as tx:
            told = await notifier.change(
                tx, arguments.reference, status, Actor.AGENT, arguments.reason, utc_now()
            )
    except NotFound as error:
        raise CommandFailed(f"there is no request {arguments.reference}") from error
    except Conflict as error:
        raise CommandFailed(f"that step is not allowed: {error}") from error
    except Invalid as error:
        raise CommandFailed(f"--{error.field}: {error.message}") from error
    print(f"{arguments.reference} is {status}; told to {told}")
