"""The place of a filed request is put right. Each function works in its caller's transaction."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from bot.errors import Conflict
from bot.service_requests import life_store
from bot.service_requests.changes import go_on_without
from bot.service_requests.draft import Place
from bot.service_requests.life_store import Life
from bot.service_requests.news import News, Topic
from bot.service_requests.rules import OPEN, Actor, EventKind
from bot.service_requests.twins import place_key
from bot.services.working_days import due_date
from bot.storage.transaction import Transaction


async def relocate(
    tx: Transaction,
    reference: str,
    place: Place,
    delay_days: int,
    actor: Actor,
    now: datetime,
) -> Place:
    """Move an open request to another place, and let all hear whom it concerns. Returns the one
    before, which stays in its history; what made that more precise goes with it.

    In another town its team's clock begins now, with that town's objective (`delay_days`), and it
    leaves those that it was handled with, since their town stays. Raises `NotFound`, and `Conflict`
    for what is closed, or there already.
    """
    itself, root, children = await life_store.locked_family(tx, reference)
    before = await life_store.place_of(tx, reference)
    place = replace(place, precision=None)
    if itself.status not in OPEN or place == replace(before, precision=None):
        raise Conflict(f"{itself.status}, or the same place")
    if place.commune is None:
        raise ValueError("a request is of a town")
    is_elsewhere = place.commune != before.commune
    columns: dict[str, Any] = asdict(place) | {"place_key": place_key(place.address)}
    if is_elsewhere:
        columns |= _clock_there(itself, delay_days, now)
    await life_store.change(tx, reference, **columns)
    data = {"before": asdict(before), "after": asdict(place)}
    words = f"{_said(before)} -> {_said(place)}"
    await life_store.record(tx, reference, EventKind.MOVED, actor, now, words=words, data=data)
    if is_elsewhere:
        await _leave_family(tx, itself, root, children, now)
    news = News(
        Topic.MOVED,
        itself.status,
        itself.service,
        day=columns.get("due_on"),
        other=before.commune if is_elsewhere else None,
    )
    await life_store.spread(tx, itself, news, now)
    return before


def _clock_there(itself: Life, delay_days: int, now: datetime) -> dict[str, Any]:
    return {
        "delay_days": delay_days,
        "due_on": due_date(now, delay_days),
        "planned_on": None,
        "warned_at": None,
        "paused_at": None if itself.paused_at is None else now,
        "parent": None,
    }


async def _leave_family(
    tx: Transaction, itself: Life, root: Life, children: list[Life], now: datetime
) -> None:
    if itself.parent is not None:
        await life_store.record(
            tx, itself.reference, EventKind.RELEASED, Actor.SYSTEM, now, words=itself.parent
        )
    elif children:
        await go_on_without(tx, root, children, now)


def _said(place: Place) -> str:
    """For whoever reads the history: words, else the point, and the town's code."""
    point = "" if place.latitude is None else f"{place.latitude:.5f}, {place.longitude:.5f}"
    words = " ".join(filter(None, (place.address or point, place.precision)))
    return f"{words} ({place.commune})".strip()
