"""Files of Telegram: fetched whole, up to a size, with nothing held meanwhile."""

from __future__ import annotations

import io

import aiohttp
from aiogram import Bot
from aiogram.exceptions import AiogramError, TelegramBadRequest

from bot.attachments.rules import MAX_BYTES
from bot.channels.telegram.connection import OUTSIDE
from bot.channels.telegram.taking import Postponed, Taking
from bot.errors import Invalid, Unavailable

FOUND_WITHIN_S = 10
FETCHED_WITHIN_S = 40
MOST_TRIES = 6
"""Some two minutes in all, after which a message goes on without its file, if Telegram answers
otherwise: while it is away altogether, nothing is lost by waiting."""

ROOM_AGAIN_S = 0.5


async def fetch(bot: Bot, file_id: str, size: int | None, at_most: int = MAX_BYTES) -> bytes:
    """A file's bytes. Raises `Invalid` ("file") for what is too large or gone, `Unavailable` when
    it did not come, and what the client raises. No error names the address: it holds the token."""
    if size is not None and size > at_most:
        raise Invalid("file", f"{size} bytes", "too_large")
    try:
        found = await bot.get_file(file_id, request_timeout=FOUND_WITHIN_S)
    except TelegramBadRequest as error:
        why = "too_large" if "too big" in error.message.lower() else "unavailable"
        raise Invalid("file", error.message, why) from None
    if (found.file_size or 0) > at_most:
        raise Invalid("file", "too many bytes", "too_large")
    if found.file_path is None:
        raise Invalid("file", "it is no longer there", "unavailable")
    taken = io.BytesIO()
    try:
        await bot.download_file(found.file_path, taken, timeout=FETCHED_WITHIN_S)
    except (OSError, TimeoutError, aiohttp.ClientError) as error:
        raise Unavailable(f"a file of Telegram: {type(error).__name__}") from None
    data = taken.getvalue()
    if len(data) > at_most:
        raise Invalid("file", "too many bytes", "too_large")
    return data


async def fetched(taking: Taking, file_id: str, size: int | None) -> bytes:
    """A file of a citizen's message. Raises `Invalid` ("file") for one that cannot be had,
    `Postponed` while others fill the room for fetching, else what `fetch` raises: the message then
    waits for its file."""
    if taking.fetching.locked():
        raise Postponed(ROOM_AGAIN_S)
    try:
        async with taking.fetching:
            return await fetch(taking.bot, file_id, size)
    except (*OUTSIDE, Unavailable):
        if taking.failures.attempts < MOST_TRIES or not await _answers(taking.bot):
            raise
        raise Invalid("file", "it does not come", "unavailable") from None


async def _answers(bot: Bot) -> bool:
    """Whether the Bot API answers at all."""
    try:
        await bot.get_me(request_timeout=FOUND_WITHIN_S)
    except AiogramError:
        return False
    return True
