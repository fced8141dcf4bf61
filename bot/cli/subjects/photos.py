"""`./guichet admin photos …`: which photos of requests anybody may see.

The command line runs as the operator, who looks at a photo (`save`) before it is published.
"""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path
from uuid import UUID

from bot.cli.failures import CommandFailed
from bot.errors import Forbidden, NotFound
from bot.files.opening import file_store
from bot.service_requests import moderation, photo_store
from bot.service_requests.photo_store import ModeratedPhoto
from bot.service_requests.photos import PhotoFiles
from bot.services.catalogue_files import load_catalogue
from bot.settings import Settings
from bot.storage.tables import utc_now
from bot.storage.transaction import Database


def add_arguments(parser: argparse.ArgumentParser) -> None:
    steps = parser.add_subparsers(dest="step", required=True, metavar="list|save|publish|hide")
    listing = steps.add_parser("list", help="those of requests that nobody has decided on")
    listing.add_argument(
        "named", metavar="REFERENCE-or-ID", nargs="?", help="only these, decided or not"
    )
    listing.add_argument("--limit", type=int, default=50, metavar="N")
    saving = steps.add_parser("save", help="write the pictures into a folder, to look at them")
    saving.add_argument("named", metavar="REFERENCE-or-ID")
    saving.add_argument("folder", metavar="FOLDER", type=Path)
    for step, told in (
        ("publish", "let anybody see them: Open311, duplicates, the map"),
        ("hide", "the opposite, at once"),
    ):
        steps.add_parser(step, help=told).add_argument("named", metavar="REFERENCE-or-ID")


async def main(settings: Settings, database: Database, arguments: argparse.Namespace) -> None:
    try:
        match arguments.step:
            case "list":
                await _list(database, arguments)
            case "save":
                await _save(settings, database, arguments)
            case _:
                await _decide(settings, database, arguments)
    except NotFound as error:
        raise CommandFailed(f"no request has a photo {arguments.named}") from error
    except Forbidden as error:
        raise CommandFailed(f"its photos are never published: {error}") from error


def _named(text: str) -> UUID | str:
    try:
        return UUID(text)
    except ValueError:
        return text


def _state(photo: ModeratedPhoto) -> str:
    if photo.published_at is not None:
        return f"published {photo.published_at:%Y-%m-%d}"
    return "undecided" if photo.hidden_at is None else f"hidden {photo.hidden_at:%Y-%m-%d}"


async def _list(database: Database, arguments: argparse.Namespace) -> None:
    async with database.transaction() as tx:
        photos = (
            await photo_store.photos_named(tx, _named(arguments.named))
            if arguments.named
            else await photo_store.photos_to_look_at(tx, arguments.limit)
        )
    for photo in photos:
        size = f"{photo.width}×{photo.height}"
        print(
            f"{photo.id}  {photo.reference}  {photo.at:%Y-%m-%d}  {size:<9}  "
            f"{_state(photo):<20} {photo.service} {photo.commune}"
        )
    if not photos:
        print("no photo waits for a decision")


async def _save(settings: Settings, database: Database, arguments: argparse.Namespace) -> None:
    async with database.transaction() as tx:
        photos = await photo_store.photos_named(tx, _named(arguments.named))
    files = PhotoFiles(file_store(settings.files, settings.bucket))
    folder: Path = arguments.folder
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    for photo in photos:
        path = folder / f"{photo.reference} {photo.id}.jpg"
        await asyncio.to_thread(path.write_bytes, await files.read(photo.id))
        print(path)


async def _decide(settings: Settings, database: Database, arguments: argparse.Namespace) -> None:
    named, now = _named(arguments.named), utc_now()
    async with database.transaction() as tx:
        if arguments.step == "publish":
            photos = await moderation.publish(tx, load_catalogue(settings.catalogue), named, now)
        else:
            photos = await moderation.hide(tx, named, now)
    done = "published" if arguments.step == "publish" else "hidden"
    print(f"{done}: {len(photos)} of {photos[0].reference}")
