"""`./guichet admin mail addresses`, `arrived` and `take`: the addresses to which citizens write,
and the mail that came there."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy.engine import RowMapping

from bot.cli.failures import CommandFailed
from bot.errors import Invalid, NotFound
from bot.mail.rules import check_address, masked
from bot.mailbox import store
from bot.mailbox.rules import Kind, Mailbox, same_mailbox
from bot.places.communes import Gazetteer, load_gazetteer
from bot.places.towns import town_called
from bot.services.catalogue_files import load_catalogue
from bot.settings import Settings
from bot.storage.tables import utc_now
from bot.storage.transaction import Database

if TYPE_CHECKING:
    from argparse import _SubParsersAction

METROPOLIS = "the metropolis"


def add_arguments(steps: _SubParsersAction[argparse.ArgumentParser]) -> None:
    addresses = steps.add_parser("addresses", help="to which addresses citizens write")
    deeds = addresses.add_subparsers(dest="deed", metavar="list|add|remove")
    adding = deeds.add_parser("add", help="an address, or anew whose it is")
    adding.add_argument("address", metavar="ADDRESS", help="such as mairie@oullins.example")
    adding.add_argument("--commune", metavar="NAME", help="the town's; the metropolis' without it")
    adding.add_argument(
        "--team", metavar="CODE", help="who reads it; else what it is about decides"
    )
    removing = deeds.add_parser("remove", help="no more mail is taken for it")
    removing.add_argument("address", metavar="ADDRESS")
    deeds.add_parser("list", help="every address")
    arrived = steps.add_parser("arrived", help="mail that came, newest first, without its words")
    arrived.add_argument(
        "--kind", action="append", choices=[kind.value for kind in Kind], help="only such"
    )
    arrived.add_argument("--failed", action="store_true", help="only what was given up")
    arrived.add_argument("--limit", type=int, default=50, metavar="N")
    arrived.add_argument("--json", action="store_true", help="one JSON object a line")
    taking = steps.add_parser("take", help="take a mail that was given up or held back")
    taking.add_argument("mail", type=UUID, metavar="MAIL", help="as `arrived` says")


async def perform(settings: Settings, database: Database, arguments: argparse.Namespace) -> None:
    match arguments.step:
        case "addresses":
            await _addresses(settings, database, arguments)
        case "arrived":
            await _arrived(settings, database, arguments)
        case _:
            await _take(database, arguments.mail)


async def _addresses(settings: Settings, database: Database, arguments: argparse.Namespace) -> None:
    gazetteer = load_gazetteer(settings.catalogue / "places" / "communes.yml")
    match arguments.deed:
        case "add":
            await _add(settings, database, gazetteer, arguments)
        case "remove":
            await _remove(database, arguments.address)
        case _:
            await _list(settings, database, gazetteer)


async def _add(
    settings: Settings, database: Database, gazetteer: Gazetteer, arguments: argparse.Namespace
) -> None:
    address = same_mailbox(arguments.address)
    try:
        check_address("address", address)
    except Invalid as error:
        raise CommandFailed(f"{arguments.address} {error.message}") from error
    town = None if arguments.commune is None else town_called(gazetteer, arguments.commune)
    if town is None and arguments.commune is not None:
        raise CommandFailed(f"{arguments.commune} is no town of the metropolis")
    teams = load_catalogue(settings.catalogue).teams
    if arguments.team is not None and arguments.team not in teams:
        raise CommandFailed(f"no team has the code {arguments.team}: {', '.join(sorted(teams))}")
    mailbox = Mailbox(address, None if town is None else town.insee, arguments.team)
    async with database.transaction() as tx:
        await store.keep_mailbox(tx, mailbox, utc_now())
    print(_said(mailbox, gazetteer))


async def _remove(database: Database, address: str) -> None:
    try:
        async with database.transaction() as tx:
            await store.drop_mailbox(tx, address)
    except NotFound as error:
        raise CommandFailed(f"{address} is not ours; `list` says which addresses are") from error
    print(f"no more mail is taken for {same_mailbox(address)}")


async def _list(settings: Settings, database: Database, gazetteer: Gazetteer) -> None:
    async with database.transaction() as tx:
        known = await store.mailboxes(tx)
    for mailbox in known:
        print(_said(mailbox, gazetteer))
    if not known:
        print("no address yet: ./guichet admin mail addresses add ADDRESS")
    _say_if_shut(settings)


def _said(mailbox: Mailbox, gazetteer: Gazetteer) -> str:
    town = METROPOLIS if mailbox.commune is None else gazetteer.by_insee(mailbox.commune).name
    return f"{mailbox.address}  {town}  {mailbox.team or 'by subject'}"


async def _arrived(settings: Settings, database: Database, arguments: argparse.Namespace) -> None:
    async with database.transaction() as tx:
        rows = await store.listed(
            tx, arguments.kind or (), arguments.limit, only_failed=arguments.failed
        )
    for row in rows:
        shown = _shown(row)
        print(json.dumps(shown, ensure_ascii=False) if arguments.json else _line(shown))
    if arguments.json:
        return
    if not rows:
        print("no such mail")
    _say_if_shut(settings)


def _say_if_shut(settings: Settings) -> None:
    if settings.lmtp is None:
        print("nothing listens for mail (GUICHET_LMTP)")


def _shown(row: RowMapping) -> dict[str, object]:
    return {
        "mail": str(row["id"]),
        "arrived_at": row["arrived_at"].isoformat(timespec="seconds"),
        "state": row["state"],
        "kind": row["kind"],
        "to": row["recipient"],
        "from": masked(row["sender"]) if row["sender"] else None,
        "bytes": row["size"],
        "is_in_a_conversation": row["conversation_id"] is not None,
        "attempts": row["attempts"],
        "last_error": row["last_error"],
    }


def _line(shown: dict[str, object]) -> str:
    parts = [shown[name] for name in ("mail", "arrived_at", "state", "kind", "from", "to")]
    line = "  ".join(str(part or "–") for part in parts)
    return line if shown["last_error"] is None else f"{line}\n    {shown['last_error']}"


async def _take(database: Database, mail: UUID) -> None:
    try:
        async with database.transaction() as tx:
            await store.try_again(tx, mail, utc_now())
    except NotFound as error:
        raise CommandFailed(
            "it waits, is in a conversation, or is forgotten: ./guichet admin mail arrived"
        ) from error
    print("it will be taken again")
