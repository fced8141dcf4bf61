"""Positions and contacts."""

from __future__ import annotations

from typing import Any

from aiogram import F, Router
from aiogram.types import Location, Message

from bot.channels.telegram.arrivals import store_message
from bot.channels.telegram.taking import Taking


def router() -> Router:
    made = Router(name="places")
    made.message.register(venue, F.venue)  # it carries a location as well
    made.message.register(location, F.location)
    made.message.register(contact, F.contact)
    return made


async def location(message: Message, taking: Taking) -> None:
    """A position; of a live one, where it was when it was shared."""
    point = _point(message.location)
    if message.location is not None and message.location.live_period:
        point["live"] = True
    await store_message(taking, message, "location", content=point)


async def venue(message: Message, taking: Taking) -> None:
    """A place with a name."""
    if message.venue is None:
        return
    named = ", ".join(part for part in (message.venue.title, message.venue.address) if part)
    content = {**_point(message.venue.location), "name": message.venue.title}
    await store_message(taking, message, "location", text=named, content=content)


async def contact(message: Message, taking: Taking) -> None:
    """One's own number. Somebody else's is not kept: they did not give it to us."""
    shared = message.contact
    if shared is None or message.from_user is None:
        return
    if shared.user_id == message.from_user.id:
        await store_message(taking, message, "contact", text=shared.phone_number)
    else:
        await store_message(taking, message, "other", content={"what": "contact_of_other"})


def _point(point: Location | None) -> dict[str, Any]:
    if point is None:
        return {}
    return {"latitude": point.latitude, "longitude": point.longitude}
