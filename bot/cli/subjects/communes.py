"""`./guichet admin communes …`: the outlines by which a position's commune is known."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Callable
from pathlib import Path

import aiohttp

from bot.cli.failures import CommandFailed
from bot.errors import Invalid
from bot.places import store
from bot.places.communes import Gazetteer, load_gazetteer
from bot.places.operations import Kept, keep_outline
from bot.places.outline_files import Contour, Unusable, read_contours
from bot.settings import Settings
from bot.storage.tables import utc_now
from bot.storage.transaction import Database

SOURCE = "https://geo.api.gouv.fr/epcis/200046977/communes?fields=code,nom,codesPostaux,population,contour"
"""The public geographic API; the number is the metropolis' own."""
FETCH_TIMEOUT_S = 120
LARGEST_FILE = 100_000_000
"""Bytes; the outlines of the metropolis take about three million."""
COUNTED_EVERY = 10
CHUNK = 1 << 16

Progress = Callable[[int, int, Contour, Kept], None]
"""Told of each commune: its number, of how many, and what became of it."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    steps = parser.add_subparsers(dest="step", required=True, metavar="import|list")
    importing = steps.add_parser(
        "import", help="take the outlines of the communes; what is there already is left alone"
    )
    importing.add_argument(
        "--from",
        dest="source",
        metavar="FILE_OR_URL",
        default=SOURCE,
        help="the public geographic API's format; that API unless told",
    )
    steps.add_parser("list", help="the communes, their outlines and where these come from")


async def main(settings: Settings, database: Database, arguments: argparse.Namespace) -> None:
    gazetteer = load_gazetteer(settings.catalogue / "places" / "communes.yml")
    if arguments.step == "import":
        await import_outlines(database, gazetteer, arguments.source, _progress)
    else:
        await _list(database, gazetteer)


async def import_outlines(
    database: Database, gazetteer: Gazetteer, source: str, progress: Progress
) -> dict[Kept, int]:
    """Take the outlines of a file or a URL, one short transaction a commune: an import that was
    cut goes on where it stopped. `progress` is told of each commune. Returns what became of them.

    Raises `CommandFailed` for a source that cannot be used, and, once everything else is taken,
    for outlines that cannot.
    """
    try:
        read = await asyncio.to_thread(read_contours, await _fetch(source))
    except Invalid as error:
        raise CommandFailed(f"{source}: {error.message}") from error
    ours = {commune.insee for commune in gazetteer.communes}
    contours = [one for one in read if isinstance(one, Contour) and one.insee in ours]
    unusable = [one for one in read if isinstance(one, Unusable)]
    if not contours and not unusable:
        raise CommandFailed(f"{source}: it holds no commune of the metropolis")
    counts = dict.fromkeys(Kept, 0)
    for number, contour in enumerate(contours, start=1):
        async with database.transaction() as tx:
            kept = await keep_outline(tx, contour, source, utc_now())
        counts[kept] += 1
        progress(number, len(contours), contour, kept)
    print(", ".join(f"{count} {kept}" for kept, count in counts.items()))
    foreign = len(read) - len(contours) - len(unusable)
    if foreign:
        print(f"{foreign} of other places left out")
    async with database.transaction() as tx:
        stored = {row.insee for row in await store.listed(tx)}
    _tell_missing(gazetteer, stored)
    if unusable:
        named = "; ".join(f"{one.name} ({one.why})" for one in unusable)
        raise CommandFailed(f"not taken: {named}")
    return counts


def _progress(number: int, total: int, contour: Contour, kept: Kept) -> None:
    """A line a commune for who watches; a counter now and then for a log."""
    repaired = " (its outline crossed itself: repaired)" if contour.is_repaired else ""
    if sys.stdout.isatty() or repaired:
        print(f"{number}/{total} {contour.insee} {contour.name}: {kept}{repaired}", flush=True)
    elif number % COUNTED_EVERY == 0 or number == total:
        print(f"{number}/{total}", flush=True)


def _tell_missing(gazetteer: Gazetteer, stored: set[str]) -> None:
    missing = [commune.name for commune in gazetteer.communes if commune.insee not in stored]
    if missing:
        some = ", ".join(missing[:5]) + ("…" if len(missing) > 5 else "")
        print(f"without an outline: {len(missing)} of {len(gazetteer.communes)} communes ({some})")
    else:
        print(f"all {len(gazetteer.communes)} communes have their outline")


async def _fetch(source: str) -> bytes:
    """The file's bytes. Raises `CommandFailed` in plain words."""
    if not source.startswith(("http://", "https://")):
        return await asyncio.to_thread(_read_file, Path(source))
    raw = bytearray()
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(FETCH_TIMEOUT_S)) as session,
            session.get(source) as answer,
        ):
            if answer.status != 200:
                raise CommandFailed(f"{source} answered {answer.status}")
            async for chunk in answer.content.iter_chunked(CHUNK):
                raw += chunk
                if len(raw) > LARGEST_FILE:
                    raise CommandFailed(f"{source}: more than {LARGEST_FILE} bytes")
    except (aiohttp.ClientError, OSError, ValueError) as error:  # a time-out is an OSError
        raise CommandFailed(
            f"{source} cannot be read ({type(error).__name__}); download it elsewhere and give "
            "the file with --from"
        ) from error
    return bytes(raw)


def _read_file(path: Path) -> bytes:
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise CommandFailed(f"{path}: more than {LARGEST_FILE} bytes")
        return path.read_bytes()
    except OSError as error:
        raise CommandFailed(f"{path}: {error.strerror or error}") from error


async def _list(database: Database, gazetteer: Gazetteer) -> None:
    async with database.transaction() as tx:
        rows = {row.insee: row for row in await store.listed(tx)}
    for commune in gazetteer.communes:
        row = rows.get(commune.insee)
        outline = (
            f"{row.size_bytes:>7} bytes  {row.imported_at:%Y-%m-%d}  {row.source}"
            if row
            else "no outline"
        )
        print(f"{commune.insee}  {commune.name:<32} {outline}")
    _tell_missing(gazetteer, set(rows))
