"""`./guichet admin telegram …`: what waits to be handed to Telegram, what did not arrive, and what
of theirs could not be taken."""

from __future__ import annotations

import argparse
from uuid import UUID

from bot.channels.telegram.sending import report_store
from bot.cli.failures import CommandFailed
from bot.cli.subjects.clock import clock
from bot.settings import Settings
from bot.storage.tables import utc_now
from bot.storage.transaction import Database


def add_arguments(parser: argparse.ArgumentParser) -> None:
    steps = parser.add_subparsers(dest="step", required=True, metavar="status|retry")
    status = steps.add_parser("status", help="what waits, what failed, who blocked the bot")
    status.add_argument(
        "--limit", type=int, default=20, metavar="N", help="of what failed, and of updates given up"
    )
    retrying = steps.add_parser("retry", help="send what failed again")
    retrying.add_argument(
        "conversations", nargs="*", type=UUID, metavar="CONVERSATION", help="as `status` says"
    )
    retrying.add_argument("--all", action="store_true", help="everything that failed")


async def main(settings: Settings, database: Database, arguments: argparse.Namespace) -> None:
    if arguments.step == "status":
        await _status(settings, database, arguments.limit)
    else:
        await _retry(database, arguments)


async def _status(settings: Settings, database: Database, limit: int) -> None:
    async with database.transaction() as tx:
        found = await report_store.summary(tx, limit)
    oldest = "" if found.oldest is None else f", the oldest since {clock(found.oldest)}"
    print(f"waiting: {found.waiting} ({found.news_waiting} news){oldest}")
    print(f"blocked: {found.blocked_chats} chats, {found.behind_a_block} messages wait for them")
    if found.last_error is not None:
        print(f"last error: {found.last_error}")
    print(f"failed: {found.failed_in_all}")
    for conversation_id, seq, at, why in found.failed:
        print(f"    {conversation_id}  {seq:>5}  {clock(at)}  {why}")
    print(f"may be there already, of what waits or failed: {found.in_doubt}")
    print(f"updates given up: {found.given_up_in_all}")
    for update_id, at, why in found.given_up:
        print(f"    {update_id}  {clock(at)}  {why}")
    if settings.telegram is None:
        print("no bot is set (GUICHET_TELEGRAM_TOKEN): nothing is sent")


async def _retry(database: Database, arguments: argparse.Namespace) -> None:
    if bool(arguments.conversations) == arguments.all:
        raise CommandFailed("name conversations whose messages to send again, or say --all")
    chosen = None if arguments.all else arguments.conversations
    async with database.transaction() as tx:
        count = await report_store.retry(tx, utc_now(), chosen)
    print(f"{count} will be sent again")
