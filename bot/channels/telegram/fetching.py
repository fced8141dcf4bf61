"""Files of Telegram: fetched whole, up to a size, with nothing held meanwhile."""

from __future__ import annotations

import io

from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest

from bot.errors import Invalid, Unavailable

MOST_BYTES = 20 * 1024 * 1024
"""What the Bot API hands out (getFile)."""
FETCHED_WITHIN_S = 60
FETCHED_AT_MOST = 6
"""Tries, some two minutes in all, after which a message goes on without its file."""


async def fetch(bot: Bot, file_id: str, size: int | None) -> bytes:
    """A file's bytes. Raises `Invalid` ("file", too_large) for what is too large or gone,
    `Unavailable` when it did not come in time, and what the client raises."""
    if size is not None and size > MOST_BYTES:
        raise Invalid("file", f"{size} bytes", "too_large")
    try:
        found = await bot.get_file(file_id)
    except TelegramBadRequest as error:  # "file is too big", or no longer there
        raise Invalid("file", error.message, "too_large") from error
    if found.file_path is None or (found.file_size or 0) > MOST_BYTES:
        raise Invalid("file", "no file, or too many bytes", "too_large")
    taken = io.BytesIO()
    try:
        await bot.download_file(found.file_path, taken, timeout=FETCHED_WITHIN_S)
    except OSError as error:
        raise Unavailable("a file of Telegram") from error
    data = taken.getvalue()
    if len(data) > MOST_BYTES:
        raise Invalid("file", "too many bytes", "too_large")
    return data
