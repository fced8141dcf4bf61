"""Of several services on one database, one asks Telegram for updates and sends to it.

Telegram gives updates to one client only, and its limits are the bot's, not a process's.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from sqlalchemy.engine import make_url

logger = logging.getLogger(__name__)
LOCK = 7_146_003
TRY_EVERY_S = 2.0
ANSWERS_WITHIN_S = 5.0
KEPT_ALIVE = "connect_timeout=5 keepalives_idle=5 keepalives_interval=2 keepalives_count=3"
"""A connection that a cut network leaves open would keep two processes at it."""


async def lead(url: str, work: Callable[[], Awaitable[None]]) -> None:
    """Do `work` while this process is the one, until cancelled; what ends it begins again.

    The lock is a session's: it falls with the connection, whatever happens to the process, and the
    work is stopped when the connection is lost.
    """
    conninfo = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    told = ""
    while True:
        try:
            async with await psycopg.AsyncConnection.connect(
                make_conninfo(conninfo, **conninfo_to_dict(KEPT_ALIVE)), autocommit=True
            ) as connection:
                while not await _is_ours(connection):  # noqa: ASYNC110  (another process has it)
                    await asyncio.sleep(TRY_EVERY_S)
                told = ""
                await _work_while_connected(connection, work)
        except (psycopg.Error, OSError, TimeoutError) as error:
            if told != type(error).__name__:
                logger.warning("Telegram: the lead is lost: %s", type(error).__name__)
            told = type(error).__name__
        except Exception:  # a task's edge: the lead begins anew, or nobody would send any more
            logger.exception("Telegram: the lead ended")
        await asyncio.sleep(TRY_EVERY_S)


async def _is_ours(connection: psycopg.AsyncConnection) -> bool:
    async with asyncio.timeout(ANSWERS_WITHIN_S):
        cursor = await connection.execute("SELECT pg_try_advisory_lock(%s)", (LOCK,))
        row = await cursor.fetchone()
    return row is not None and bool(row[0])


async def _work_while_connected(
    connection: psycopg.AsyncConnection, work: Callable[[], Awaitable[None]]
) -> None:
    working = asyncio.ensure_future(work())
    try:
        while not working.done():
            await asyncio.wait([working], timeout=TRY_EVERY_S)
            async with asyncio.timeout(ANSWERS_WITHIN_S):
                await connection.execute("SELECT 1")
        working.result()
    finally:
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
