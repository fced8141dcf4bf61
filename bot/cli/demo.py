"""`./guichet demo`: a believable month of the metropolis, for whoever looks at the service.

Nothing leaves the machine: no letter, no message. `--remove` takes all of it away again.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import time
from datetime import UTC, datetime

from bot.cli.admin import a_database
from bot.cli.demo_mail import file_mail
from bot.cli.failures import CommandFailed
from bot.cli.running import run_async
from bot.demo import month, removal
from bot.demo.agents import Opened, open_accounts
from bot.demo.blocking import blocking
from bot.demo.content import load_content
from bot.demo.month import Counts, Size
from bot.demo.stage import Stage
from bot.files.opening import file_store
from bot.handover.counter import Counter
from bot.information.files import load_articles
from bot.information.rules import METROPOLIS
from bot.notifications.telling import Teller
from bot.places.communes import load_gazetteer
from bot.service_requests.photos import PhotoFiles
from bot.services.catalogue_files import load_catalogue
from bot.services.outsiders import load_outsiders
from bot.services.working_days import PARIS
from bot.settings import Settings
from bot.storage.tables import utc_now
from bot.storage.transaction import Database
from bot.words.catalogues import Words

SEED = 69
SMALLEST = 0.05


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seed", type=int, default=SEED, help="another one makes another month")
    parser.add_argument(
        "--until", type=_moment, metavar="DATE", help="the month's end (ISO 8601); now without it"
    )
    parser.add_argument(
        "--scale", type=_part, default=1.0, help=f"a part of the month, from {SMALLEST} to 1"
    )
    parser.add_argument(
        "--into-existing", action="store_true", help="beside the conversations that are there"
    )
    parser.add_argument("--remove", action="store_true", help="take the demonstration away again")


def _moment(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        message = f"'{text}' is no date (2026-05-31, 2026-05-31T16:00)"
        raise argparse.ArgumentTypeError(message) from error
    at = at if at.tzinfo is not None else at.replace(tzinfo=PARIS)
    if at > datetime.now(UTC):
        raise argparse.ArgumentTypeError("the month must end in the past")
    return at


def _part(text: str) -> float:
    try:
        part = float(text)
    except ValueError:
        part = 0.0
    if not SMALLEST <= part <= 1:
        raise argparse.ArgumentTypeError(f"from {SMALLEST} to 1")
    return part


def main(arguments: argparse.Namespace) -> int:
    return run_async(lambda: _perform(arguments))


async def _perform(arguments: argparse.Namespace) -> int:
    settings = Settings.from_environment(os.environ)
    async with a_database(settings) as database:
        photos = PhotoFiles(file_store(settings.files, settings.bucket))
        if arguments.remove:
            gone = await removal.remove(database, photos)
            print(f"removed: {gone} citizens with all that was theirs, and the demo accounts")
            return 0
        if await _is_there(database, arguments):
            return 0
        began = time.monotonic()
        opened, counts = await _fill(settings, database, photos, arguments)
    for line in (*_accounts(opened), "", _line(counts)):
        print(line)
    print(f"({time.monotonic() - began:.0f} s; ./guichet demo --remove takes it away)")
    return 0


async def _is_there(database: Database, arguments: argparse.Namespace) -> bool:
    async with database.transaction() as tx:
        counts = await month.counts(tx)
        has_others = await month.has_others(tx)
    if counts.citizens:
        print(f"the demonstration is there already: {_line(counts)}; nothing was changed")
        print("its passwords were shown once: ./guichet admin users password LOGIN sets another")
        return True
    if has_others and not arguments.into_existing:
        raise CommandFailed("this database holds conversations (--into-existing adds beside them)")
    return False


async def _fill(
    settings: Settings, database: Database, photos: PhotoFiles, arguments: argparse.Namespace
) -> tuple[list[Opened], Counts]:
    content = load_content()
    until = arguments.until or utc_now().astimezone(PARIS)
    words, catalogue = Words.load(), load_catalogue(settings.catalogue)
    gazetteer = load_gazetteer(settings.catalogue / "places" / "communes.yml")
    opened = await open_accounts(database, content.agents, until)
    rng = random.Random(arguments.seed)  # noqa: S311  (a story, not a secret)
    outsiders = load_outsiders(settings.catalogue)

    def now() -> datetime:
        return stage.now

    teller = Teller(database, catalogue, gazetteer, outsiders, words, now)
    agents = [one.agent for one in opened]
    counter = Counter(words, catalogue, gazetteer)
    articles = {a.code: a for a in load_articles(settings.catalogue) if a.commune == METROPOLIS}
    stage = Stage(counter, content, agents, photos, teller, rng, until, until, file_mail, articles)
    part = arguments.scale
    size = Size(*(max(1, round(n * part)) for n in (350, 120, 90, 60, 14)))
    with blocking(database.url) as played:
        return opened, await month.fill(played, stage, arguments.seed, until, size, _tell)


def _tell(step: str) -> None:
    print(f"… {step}", file=sys.stderr, flush=True)


def _line(counts: Counts) -> str:
    return (
        f"{counts.conversations} conversations, {counts.requests} requests, "
        f"{counts.tickets} tickets"
    )


def _accounts(opened: list[Opened]) -> list[str]:
    """The accounts as a table, once."""
    head = f"{'login':<34} {'password':<25} role"
    return [
        "Agents of the demonstration, at /agent (their passwords are shown this once):",
        head,
        *(f"{one.login:<34} {one.password:<25} {one.agent.role}" for one in opened),
    ]
