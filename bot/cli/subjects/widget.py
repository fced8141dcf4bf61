"""`./guichet admin widget …`: the sites from which the assistant may be opened."""

from __future__ import annotations

import argparse

from bot.cli.failures import CommandFailed
from bot.errors import Invalid, NotFound
from bot.places.communes import Gazetteer, load_gazetteer
from bot.places.rules import Commune
from bot.places.towns import town_called
from bot.settings import Settings
from bot.sites import operations
from bot.sites.rules import Site, origin_of
from bot.storage.tables import utc_now
from bot.storage.transaction import Database

ALL = "all towns"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    steps = parser.add_subparsers(dest="step", required=True, metavar="allow|deny|list")
    allowing = steps.add_parser("allow", help="let a site open the assistant")
    allowing.add_argument("origin", metavar="ORIGIN", help="such as https://www.oullins.fr")
    allowing.add_argument(
        "--commune", metavar="NAME", help="for that town only; again for a second one"
    )
    denying = steps.add_parser("deny", help="no longer let it")
    denying.add_argument("origin", metavar="ORIGIN")
    steps.add_parser("list", help="the sites that may, and for which towns")


async def main(settings: Settings, database: Database, arguments: argparse.Namespace) -> None:
    gazetteer = load_gazetteer(settings.catalogue / "places" / "communes.yml")
    match arguments.step:
        case "allow":
            await _allow(database, gazetteer, arguments.origin, arguments.commune)
        case "deny":
            await _deny(database, arguments.origin)
        case _:
            await _list(database, gazetteer)


async def _allow(
    database: Database, gazetteer: Gazetteer, written: str, commune: str | None
) -> None:
    origin = _origin(written)
    town = None if commune is None else _town(gazetteer, commune)
    async with database.transaction() as tx:
        site = await operations.allow(tx, origin, None if town is None else town.insee, utc_now())
    print(f"{origin} may open the assistant for {_towns(site, gazetteer)}")


async def _deny(database: Database, written: str) -> None:
    origin = _origin(written)
    try:
        async with database.transaction() as tx:
            await operations.deny(tx, origin)
    except NotFound as error:
        raise CommandFailed(f"{origin} is not allowed; `list` says which sites are") from error
    print(f"{origin} may no longer open the assistant")


async def _list(database: Database, gazetteer: Gazetteer) -> None:
    async with database.transaction() as tx:
        sites = await operations.listed(tx)
    for site in sites:
        print(f"{site.origin:<40} {_towns(site, gazetteer)}")
    if not sites:
        print("no site but our own")


def _origin(written: str) -> str:
    try:
        return origin_of(written)
    except Invalid as error:
        raise CommandFailed(f"{written}: {error.message}") from error


def _town(gazetteer: Gazetteer, name: str) -> Commune:
    town = town_called(gazetteer, name)
    if town is None:
        raise CommandFailed(f"no commune of the metropolis is called {name}")
    return town


def _towns(site: Site, gazetteer: Gazetteer) -> str:
    if site.communes is None:
        return ALL
    return ", ".join(gazetteer.by_insee(insee).name for insee in site.communes)
