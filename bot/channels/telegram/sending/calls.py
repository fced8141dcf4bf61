"""A part as the call of the Bot API that sends it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aiogram import Bot
from aiogram.exceptions import ClientDecodeError, TelegramNetworkError
from aiogram.types import BufferedInputFile, InputMediaPhoto
from aiohttp import ClientConnectorError, ConnectionTimeoutError

from bot.channels.telegram.sending.keyboards import Markup
from bot.channels.telegram.sending.rendering import Form, Part

SENT_WITHIN_S = 20
UPLOADED_WITHIN_S = 60


async def send(
    bot: Bot, chat_id: int, part: Part, markup: Markup | None, pictures: Sequence[bytes]
) -> list[int]:
    """Make the call. Returns the ids of the messages that it made. Raises what aiogram does."""
    try:
        return await _call(bot, chat_id, part, markup, pictures)
    except ClientDecodeError as error:
        made = _made(error.data)
        if not made:
            raise
        return made


def was_accepted(error: Exception) -> bool:
    """The answer says so, and not what was made."""
    return (
        isinstance(error, ClientDecodeError)
        and isinstance(error.data, dict)
        and error.data.get("ok") is True
    )


def is_in_doubt(error: Exception) -> bool:
    """Whether what was asked may have been done, although it ended like this."""
    if isinstance(error, TelegramNetworkError):
        return not isinstance(error.__cause__, ClientConnectorError | ConnectionTimeoutError)
    return isinstance(error, ClientDecodeError)


def _made(answer: Any) -> list[int]:
    """The messages of an answer of which aiogram does not know the form: those that it names."""
    result = answer.get("result") if isinstance(answer, dict) and answer.get("ok") is True else None
    named = result if isinstance(result, list) else [result]
    ids = [one.get("message_id") if isinstance(one, dict) else None for one in named]
    return [one for one in ids if isinstance(one, int)] if None not in ids else []


async def _call(
    bot: Bot, chat_id: int, part: Part, markup: Markup | None, pictures: Sequence[bytes]
) -> list[int]:
    words = part.plain if part.is_plain else part.html
    mode = None if part.is_plain else "HTML"
    match part.form:
        case Form.POINT if part.point is not None:
            latitude, longitude = part.point
            sent = await bot.send_location(
                chat_id, latitude, longitude, reply_markup=markup, request_timeout=SENT_WITHIN_S
            )
        case Form.PHOTO | Form.ALBUM if len(pictures) > 1:
            return await _send_album(bot, chat_id, words, mode, pictures)
        case Form.PHOTO | Form.ALBUM if pictures:
            sent = await bot.send_photo(
                chat_id,
                _file(pictures[0]),
                caption=words or None,
                parse_mode=mode,
                reply_markup=markup,
                request_timeout=UPLOADED_WITHIN_S,
            )
        case _:
            sent = await bot.send_message(
                chat_id,
                words,
                parse_mode=mode,
                reply_markup=markup,
                request_timeout=SENT_WITHIN_S,
            )
    return [sent.message_id]


async def _send_album(
    bot: Bot, chat_id: int, words: str, mode: str | None, pictures: Sequence[bytes]
) -> list[int]:
    first, *others = pictures
    album = [
        InputMediaPhoto(media=_file(first), caption=words or None, parse_mode=mode),
        *(InputMediaPhoto(media=_file(picture)) for picture in others),
    ]
    sent = await bot.send_media_group(chat_id, list(album), request_timeout=UPLOADED_WITHIN_S)
    return [message.message_id for message in sent]


def _file(picture: bytes) -> BufferedInputFile:
    return BufferedInputFile(picture, "photo.jpg")
