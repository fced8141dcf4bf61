"""`./guichet admin requests …`: what was filed, and what becomes of it, with news to the citizen.

The command line runs as the operator: it sees and may change the requests of every commune.
"""

from __future__ import annotations

import argparse

from bot.cli.failures import CommandFailed
from bot.cli.subjects.clock import clock
from bot.cli.subjects.request_arguments import add_arguments
from bot.errors import Conflict, Invalid, NotFound
from bot.notifications.telling import Teller
from bot.places.communes import load_gazetteer
from bot.service_requests import changes, life_store, store
from bot.service_requests.changes import Step
from bot.service_requests.rules import OPEN, Actor, Status
from bot.services.catalogue_files import load_catalogue
from bot.services.outsiders import load_outsiders
from bot.services.working_days import local_date
from bot.settings import Settings
from bot.storage.tables import utc_now
from bot.storage.transaction import Database, Transaction
from bot.texts.current import words_in_force

__all__ = ["add_arguments", "main"]


async def main(settings: Settings, database: Database, arguments: argparse.Namespace) -> None:
    if arguments.step == "list":
        await _list(database, arguments)
        return
    if arguments.step == "warn":
        teller = await _teller(settings, database)
        count = await teller.warn_of_delays(at_any_hour=True, until=arguments.until)
        print(f"{count} requests will be late: whom they concern will be told")
        return
    try:
        async with database.transaction() as tx:
            if arguments.step == "show":
                await _show(tx, arguments.reference)
            else:
                print(await _change(tx, settings, arguments))
    except NotFound as error:
        names = (arguments.reference, getattr(arguments, "into", None))
        asked = " or ".join(name for name in names if name)
        raise CommandFailed(
            f"there is no {error}" + (f" {asked}" if str(error) == "request" else "")
        ) from error
    except Conflict as error:
        raise CommandFailed(f"that step is not allowed: {error}") from error
    except Invalid as error:
        option = {"day": "on"}.get(error.field, error.field)
        raise CommandFailed(f"--{option}: {error.message}") from error


async def _teller(settings: Settings, database: Database) -> Teller:
    return Teller(
        database,
        load_catalogue(settings.catalogue),
        load_gazetteer(settings.catalogue / "places" / "communes.yml"),
        load_outsiders(settings.catalogue),
        await words_in_force(database),
        utc_now,
    )


async def _list(database: Database, arguments: argparse.Namespace) -> None:
    statuses = [Status(arguments.status)] if arguments.status else sorted(OPEN)
    late_on = local_date(utc_now()) if arguments.late else None
    async with database.transaction() as tx:
        rows = await store.cases(tx, statuses, arguments.limit, late_on=late_on)
    for row in rows:
        where = f"{row.commune} {row.address or ''}".strip()
        due = f"due {row.planned_on or row.due_on}" if row.planned_on or row.due_on else ""
        where += f" ({row.precision})" if row.precision else ""
        print(
            f"{row.reference}  {local_date(row.filed_at)}  {row.status:<16} {row.service:<20} "
            f"{due:<15} {where}"
        )
    if not rows:
        print("no such request")


async def _show(tx: Transaction, reference: str) -> None:
    row = await store.case(tx, reference)
    print(f"{row.reference}  {row.service}  {row.commune} {row.address or ''}".rstrip())
    days = f"due {row.due_on or '-'}, planned for {row.planned_on or '-'}"
    print(f"{row.status}, {days}, handled with {row.parent or 'no other'}")
    print(row.description)
    for entry in await life_store.history(tx, reference):
        words = f": {entry.words}" if entry.words else ""
        print(f"  {clock(entry.at)}  {entry.actor:<9} {entry.what}{words}")


async def _change(tx: Transaction, settings: Settings, arguments: argparse.Namespace) -> str:
    """Make the change that was asked for. Returns what was done, in a line."""
    now, reference = utc_now(), arguments.reference
    match arguments.step:
        case "set":
            told = await changes.change_status(tx, reference, _step(settings, arguments), now)
            done = f"is {arguments.status}"
        case "route":
            case = await store.case(tx, reference)
            catalogue = load_catalogue(settings.catalogue)
            service = catalogue.service(arguments.service, case.commune)
            told = await changes.reroute(
                tx, reference, service.code, service.target_delay_days, Actor.AGENT, now
            )
            done = f"is with {service.team}, as {service.code}"
        case "merge":
            told = await changes.merge(tx, reference, arguments.into, Actor.AGENT, now)
            done = f"is handled with {arguments.into}"
        case _:
            told = await changes.release(tx, reference, Actor.AGENT, now)
            done = "is handled by itself"
    return f"{reference} {done}; {told} will be told"


def _step(settings: Settings, arguments: argparse.Namespace) -> Step:
    reason, in_charge = arguments.reason, arguments.not_ours
    if in_charge is not None:
        known = load_outsiders(settings.catalogue).known
        if in_charge not in known:
            raise CommandFailed(f"--not-ours: one of {', '.join(sorted(known))}")
        reason = reason or known[in_charge].label.fr
    return Step(Status(arguments.status), Actor.AGENT, reason, arguments.on, in_charge)
