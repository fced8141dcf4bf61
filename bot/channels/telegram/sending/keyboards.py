"""Buttons as Telegram shows them: under a message, or in place of the phone's keyboard."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aiogram.types import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
)

from bot.words.catalogues import Words
from bot.words.phrases import say

Buttons = Sequence[Mapping[str, str]]
Markup = InlineKeyboardMarkup | ReplyKeyboardMarkup | ReplyKeyboardRemove
MOST_BUTTONS = 100
_ROWS = ((3, 9), (2, 17))
"""So many in a row when none of them is longer than that many characters."""

SHARED = frozenset({"location", "contact"})
"""What Telegram hands over at a tap."""


def inline(buttons: Buttons) -> InlineKeyboardMarkup | None:
    """Under the message. What they carry is the opaque id that we gave them."""
    if not buttons:
        return None
    made = [
        InlineKeyboardButton(text=one["title"], callback_data=one["payload"])
        for one in buttons[:MOST_BUTTONS]
    ]
    return InlineKeyboardMarkup(inline_keyboard=_laid_out(made))


def sharing(wanted: str, buttons: Buttons, words: Words, language: str) -> ReplyKeyboardMarkup:
    """In place of the phone's keyboard: one key shares a location or a contact, the others are
    typed as they stand, which presses them."""
    share = KeyboardButton(
        text=words.render(say(f"telegram.share_{wanted}"), language),
        request_location=True if wanted == "location" else None,
        request_contact=True if wanted == "contact" else None,
    )
    others = [KeyboardButton(text=one["title"]) for one in buttons]
    return ReplyKeyboardMarkup(
        keyboard=[[share], *_laid_out(others)],
        resize_keyboard=True,
        one_time_keyboard=True,
        input_field_placeholder=words.render(say(f"telegram.type_{wanted}"), language),
    )


def _laid_out[B: (InlineKeyboardButton, KeyboardButton)](buttons: Sequence[B]) -> list[list[B]]:
    """Short titles beside one another, long ones alone."""
    rows: list[list[B]] = []
    for button in buttons:
        if rows and _fit([one.text for one in rows[-1]] + [button.text]):
            rows[-1].append(button)
        else:
            rows.append([button])
    return rows


def _fit(row: Sequence[str]) -> bool:
    longest = max(len(title) for title in row)
    return any(len(row) <= most and longest <= characters for most, characters in _ROWS)
