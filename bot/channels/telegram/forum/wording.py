"""What a topic shows, as Telegram's HTML. Agents of a French service read it."""

from __future__ import annotations

import re

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup
from sqlalchemy.engine import RowMapping

from bot.channels.telegram.forum.rules import Deed, topic_name
from bot.channels.telegram.markup import bold, html, italic
from bot.channels.telegram.sending.cutting import TEXT_LENGTH, cut
from bot.handover.counter import Counter
from bot.mirroring import wording as mirrored
from bot.tickets.backends.port import Comment, Opening
from bot.tickets.backends.rules import State
from bot.tickets.rules import Status
from bot.words.catalogues import Words
from bot.words.phrases import Line, say

LANGUAGE = "fr"
NOTE_MARK = "🔒"
LONGEST_TEXT = TEXT_LENGTH - 200
"""Names go before the words, and an address after them."""
PUBLIC = re.compile(r"https://[^\s/]+\.[^\s]+")
"""An address that Telegram takes for a button: one of this machine's own is refused."""


class Pressed(CallbackData, prefix="fo"):
    """A button of a topic; of which ticket, the topic itself says."""

    deed: Deed


def said(words: Words, line: Line) -> str:
    """A line of ours, for a message of the group."""
    return html(plain(words, line))


def plain(words: Words, line: Line) -> str:
    """The same, where there is no markup."""
    return words.render(line, LANGUAGE)


def name(ticket: RowMapping, state: State, counter: Counter) -> str:
    parts = (counter.town(ticket["commune"]), mirrored.subject(ticket, counter.words))
    is_open = state.status is Status.OPEN
    return topic_name(ticket["reference"], parts, holder=state.assignee, is_open=is_open)


def opening(told: Opening) -> list[str]:
    """The first message, in as many as it takes."""
    first, *others = _pieces(told.text)
    first = f"{bold(told.subject)}\n\n{first}"
    if PUBLIC.search(told.link) is None:
        first += f"\n\n{html(told.link)}"
    return [first, *others]


def _pieces(text: str) -> list[str]:
    return [html(piece) for piece in cut(text, LONGEST_TEXT, LONGEST_TEXT) or [""]]


def buttons(words: Words, *, is_open: bool, link: str = "") -> InlineKeyboardMarkup:
    """What may be done with the ticket. `link`: text with the address of the agents' page."""

    def button(deed: Deed) -> InlineKeyboardButton:
        title = plain(words, say(f"forum.{deed.value}"))
        return InlineKeyboardButton(text=title, callback_data=Pressed(deed=deed).pack())

    rows = [[button(Deed.REOPEN)]]
    if is_open:
        rows = [[button(Deed.TAKE), button(Deed.CLOSE)], [button(Deed.GIVE_BACK)]]
    page = PUBLIC.search(link)
    if page is not None:
        title = plain(words, say("forum.console"))
        rows.append([InlineKeyboardButton(text=title, url=page[0])])
    return InlineKeyboardMarkup(inline_keyboard=rows)


def comment(told: Comment, words: Words) -> list[str]:
    """Words with who says them, in as many messages as it takes."""
    who = bold(told.author) if told.author else ""
    if told.is_internal:
        who = f"{NOTE_MARK} {who} · {italic(plain(words, say('forum.note')))}"
    return [f"{who}\n{piece}".strip() for piece in _pieces(told.text)]


def change(wanted: State, shown: State, counter: Counter) -> str:
    """What became of a ticket; nothing when it stands as it is shown."""
    lines = list[Line]()
    if wanted.status is not shown.status:
        lines.append(say(f"forum.is_{wanted.status}"))
    if wanted.assignee != shown.assignee and wanted.status is Status.OPEN:
        held = say("forum.held", name=wanted.assignee or "")
        lines.append(held if wanted.assignee else say("forum.free"))
    if wanted.team != shown.team and wanted.team is not None:
        lines.append(say("forum.team", team=counter.team(wanted.team).label))
    if wanted.priority is not shown.priority:
        lines.append(say(f"forum.priority_{wanted.priority}"))
    return "\n".join(italic(plain(counter.words, line)) for line in lines)
