"""In which order updates are taken, and when. Pure.

Telegram numbers updates, but sends several at once: neighbours may arrive in any order. A short
window after the arrival of one lets the others in; what comes later still is taken as it came.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

SORTING = timedelta(milliseconds=250)
"""Shorter than the quiet moment before a turn, of which it is a part: nobody waits for it."""

ALBUM_QUIET = timedelta(milliseconds=900)
"""An album's pictures are single updates, a few hundred milliseconds apart; nothing tells the last
one."""

ALBUM_AT_MOST = timedelta(seconds=4)
EDIT_WAITS = timedelta(seconds=5)
"""For the message that it is a newer version of: neighbours may arrive in any order."""

LEASE = timedelta(seconds=6)
SWEEP_EVERY = timedelta(seconds=2)
GIVEN_UP_AFTER = 4
"""Failures at one update, after which the chat goes on without it."""

KEPT_FOR = timedelta(days=2)
"""A taken update. Telegram keeps one that it could not deliver for a day (Bot API, getUpdates)."""

FORGETS_EVERY = timedelta(hours=1)


@dataclass(frozen=True)
class Waiting:
    """An update that waits. `message_id`: of a message or of an edit, which follows it; `album`: of
    one of several."""

    update_id: int
    accepted: int
    message_id: int | None
    album: str | None
    at: datetime


def in_order(waiting: Sequence[Waiting]) -> list[Waiting]:
    """By update id, with messages and edits in the places of such by the message's id."""
    by_update = sorted(waiting, key=lambda one: one.update_id)
    messages = iter(
        sorted((one for one in by_update if one.message_id is not None), key=_message_id)
    )
    return [one if one.message_id is None else next(messages) for one in by_update]


def _message_id(one: Waiting) -> tuple[int, int]:
    return one.message_id or 0, one.update_id


def next_group(waiting: Sequence[Waiting], now: datetime) -> tuple[list[Waiting], datetime | None]:
    """What to take now as one: a single update, or an album; else nothing, and when to look again.

    What is no message (a press) waits for nothing by itself, only for what comes before it. An
    album is complete when none of its pictures came for a moment.
    """
    if not waiting:
        return [], None
    first, *_ = ordered = in_order(waiting)
    if first.message_id is None:
        return [first], None
    sorted_at = min(one.at for one in waiting if one.message_id is not None) + SORTING
    if sorted_at > now:
        return [], sorted_at
    if first.album is None:
        return [first], None
    album = [one for one in ordered if one.album == first.album]
    arrived = [one.at for one in album]
    complete_at = min(max(arrived) + ALBUM_QUIET, min(arrived) + ALBUM_AT_MOST)
    return ([], complete_at) if complete_at > now else (album, None)


def back_off(attempts: int) -> timedelta:
    """After a failure: 1 s, 2, 4, up to a minute."""
    return timedelta(seconds=min(60, 2 ** max(0, attempts - 1)))
