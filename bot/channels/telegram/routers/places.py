"""Positions and contacts."""

from __future__ import annotations

from typing import Any

from aiogram import F, Router
from aiogram.types import Location, Message

from bot.channels.telegram.arrivals import beside, language_of, message_key
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
    await _receive(message, taking, "location", "", point)


async def venue(message: Message, taking: Taking) -> None:
    """A place with a name."""
    if message.venue is None:
        return
    named = ", ".join(part for part in (message.venue.title, message.venue.address) if part)
    content = {**_point(message.venue.location), "name": message.venue.title}
    await _receive(message, taking, "location", named, content)


async def contact(message: Message, taking: Taking) -> None:
    """One's own number. Somebody else's is not kept: they did not give it to us."""
    shared = message.contact
    if shared is None or message.from_user is None:
        return
    if shared.user_id == message.from_user.id:
        await _receive(message, taking, "contact", shared.phone_number, {})
    else:
        await _receive(message, taking, "other", "", {"what": "contact_of_other"})


def _point(point: Location | None) -> dict[str, Any]:
    if point is None:
        return {}
    return {"latitude": point.latitude, "longitude": point.longitude}


async def _receive(
    message: Message, taking: Taking, kind: str, text: str, content: dict[str, Any]
) -> None:
    async with taking.transaction() as tx:
        accepted = await taking.receive(
            tx,
            kind,
            message_key(message),
            text=text,
            content={**content, **await beside(tx, taking.chat_id, message)},
            language=language_of(message.from_user),
            message_ids=[message.message_id],
        )
    taking.expect_answer(accepted)
