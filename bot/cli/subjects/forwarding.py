"""`./guichet admin forwarding …`: what was sent to towns' systems, and what did not arrive."""

from __future__ import annotations

import argparse

from prometheus_client import CollectorRegistry

from bot.cli.failures import CommandFailed
from bot.cli.subjects.clock import clock
from bot.errors import NotFound
from bot.forwarding import operations, store
from bot.forwarding.client import sessions
from bot.forwarding.files import load_systems
from bot.forwarding.worker import Forwarder
from bot.observability.metrics import Metrics
from bot.places.communes import load_gazetteer
from bot.services.catalogue_files import load_catalogue
from bot.settings import Settings
from bot.storage.tables import utc_now
from bot.storage.transaction import Database
from bot.words.catalogues import Words


def add_arguments(parser: argparse.ArgumentParser) -> None:
    steps = parser.add_subparsers(dest="step", required=True, metavar="list|retry|send|pull")
    listing = steps.add_parser("list", help="what was sent and what was heard, oldest first")
    listing.add_argument("--failed", action="store_true", help="only what did not arrive so far")
    listing.add_argument("--limit", type=int, default=50, metavar="N")
    again = steps.add_parser("retry", help="make it due at once, its failures forgotten")
    again.add_argument("references", nargs="+", metavar="REFERENCE")
    steps.add_parser("send", help="send now what is due; a running service does it by itself")
    steps.add_parser("pull", help="read now what towns' systems have new")


async def main(settings: Settings, database: Database, arguments: argparse.Namespace) -> None:
    match arguments.step:
        case "list":
            await _list(database, arguments.limit, is_failed=arguments.failed)
        case "retry":
            await _retry(database, arguments.references)
        case "send":
            await _send(_forwarder(settings, database))
        case _:
            await _pull(_forwarder(settings, database))


def _forwarder(settings: Settings, database: Database) -> Forwarder:
    catalogue = load_catalogue(settings.catalogue)
    gazetteer = load_gazetteer(settings.catalogue / "places" / "communes.yml")
    return Forwarder(
        database,
        load_systems(settings.catalogue, catalogue),
        settings.forwarding_keys,
        catalogue,
        gazetteer,
        Words.load(),
        utc_now,
        Metrics(CollectorRegistry()),
    )


async def _list(database: Database, limit: int, *, is_failed: bool) -> None:
    async with database.transaction() as tx:
        rows = await store.listed(tx, limit, is_failed=is_failed)
    for row in rows:
        theirs = f"{row.remote_id} {row.remote_status or 'not heard of yet'}"
        print(
            f"{row.reference}  {row.system}  {row.service:<20} {row.status:<15} {row.state:<11} "
            f"{theirs if row.remote_id else ''}".rstrip()
        )
        if row.last_error is not None:
            then = f"again {clock(row.next_at)}" if row.next_at else "given up"
            print(f"    {row.failures} failed, {then}: {row.last_error}")
        if row.verdict in ("kept", "unknown", "refused"):
            print(f"    what they say is {row.verdict}: {row.remote_status}")
    if not rows:
        print("nothing did not arrive" if is_failed else "nothing was forwarded")


async def _retry(database: Database, references: list[str]) -> None:
    for reference in references:
        try:
            async with database.transaction() as tx:
                await operations.retry(tx, reference, utc_now())
        except NotFound as error:
            raise CommandFailed(f"{reference} has nothing to send") from error
        print(f"{reference} is due now")


async def _send(forwarder: Forwarder) -> None:
    async with sessions() as session:
        for system in forwarder.systems.values():
            print(f"{system.commune}: {await forwarder.send_due(system, session)} arrived")
    if not forwarder.systems:
        print("no town has a forwarding.yml")


async def _pull(forwarder: Forwarder) -> None:
    async with sessions() as session:
        for system in forwarder.systems.values():
            report = await forwarder.pull_due(system, session, is_asked=True)
            if report is None:
                print(f"{system.commune}: {system.key_variable} is not set")
                continue
            told = ", ".join(f"{name} {count}" for name, count in report.counts().items())
            print(f"{system.commune}: {report.asked} asked about; {told or 'nothing heard'}")
            if report.why is not None:
                print(f"    not all was read: {report.why}")
    if not forwarder.systems:
        print("no town has a forwarding.yml")
