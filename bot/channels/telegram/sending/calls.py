"""A part as the call of the Bot API that sends it."""

from __future__ import annotations

from collections.abc import Sequence

from aiogram import Bot
from aiogram.types import BufferedInputFile, InputMediaPhoto

from bot.channels.telegram.sending.keyboards import Markup
from bot.channels.telegram.sending.rendering import Form, Part

SENT_WITHIN_S = 20
UPLOADED_WITHIN_S = 60


async def send(
    bot: Bot, chat_id: int, part: Part, markup: Markup | None, pictures: Sequence[bytes]
) -> list[int]:
    """Make the call. Returns the ids of the messages that it made. Raises what aiogram does."""
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
