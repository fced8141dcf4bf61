"""`./guichet admin open311 keys …`: who may post through Open311."""

from __future__ import annotations

import argparse

from bot.cli.failures import CommandFailed
from bot.errors import Conflict, NotFound
from bot.open311 import operations
from bot.places.communes import load_gazetteer
from bot.settings import Settings
from bot.storage.tables import utc_now
from bot.storage.transaction import Database


def add_arguments(parser: argparse.ArgumentParser) -> None:
    things = parser.add_subparsers(dest="thing", required=True, metavar="keys")
    keys = things.add_parser("keys", help="the keys of the applications that post")
    steps = keys.add_subparsers(dest="step", required=True, metavar="add|list|revoke")
    adding = steps.add_parser("add", help="make a key, shown this once")
    adding.add_argument("name", metavar="NAME")
    adding.add_argument("--commune", metavar="INSEE", default="", help="a key for that town only")
    steps.add_parser("list", help="names, towns, dates")
    revoking = steps.add_parser("revoke", help="refuse a key from now on")
    revoking.add_argument("name", metavar="NAME")


async def main(settings: Settings, database: Database, arguments: argparse.Namespace) -> None:
    match arguments.step:
        case "add":
            await _add(settings, database, arguments.name, arguments.commune)
        case "revoke":
            await _revoke(database, arguments.name)
        case _:
            await _list(database)


async def _add(settings: Settings, database: Database, name: str, commune: str) -> None:
    gazetteer = load_gazetteer(settings.catalogue / "places" / "communes.yml")
    if commune and commune not in {known.insee for known in gazetteer.communes}:
        raise CommandFailed(f"no commune of the metropolis has the INSEE code {commune}")
    try:
        async with database.transaction() as tx:
            secret = await operations.add_key(tx, name, commune, utc_now())
    except Conflict as error:
        raise CommandFailed(f"a key in use is called {name}; revoke it first") from error
    print(secret)


async def _revoke(database: Database, name: str) -> None:
    try:
        async with database.transaction() as tx:
            await operations.revoke_key(tx, name, utc_now())
    except NotFound as error:
        raise CommandFailed(f"no key in use is called {name}") from error
    print(f"{name} is revoked")


async def _list(database: Database) -> None:
    async with database.transaction() as tx:
        rows = await operations.list_keys(tx)
    for key in rows:
        until = f"revoked {key.revoked_at:%Y-%m-%d}" if key.revoked_at else "in use"
        print(f"{key.name:<30} {key.commune or 'all':<6} {key.created_at:%Y-%m-%d}  {until}")
    if not rows:
        print("no key")
