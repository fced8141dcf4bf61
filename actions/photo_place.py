"""Where a photo was taken, offered as the report's place before an address is asked."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from actions.desk import Desk
from bot.conversations.turn import Turn
from bot.service_requests import photo_store
from bot.service_requests.draft import Draft
from bot.service_requests.operations import ForgetPhotoPlaces
from bot.service_requests.reading import Said
from bot.words.phrases import Line, say


async def knowing_where(turn: Turn, desk: Desk, said: Said) -> Said:
    """With where its photos were taken, if that is in the metropolis. Known or not wanted, the
    place leaves the photos: from here on only the draft has it."""
    photos = tuple(UUID(photo) for photo in said.photos)
    if not photos:
        return said
    async with desk.database.transaction() as tx:
        point = await photo_store.taken_at(tx, turn.speaker.citizen_id, photos)
    if point is None:
        return said
    turn.note(ForgetPhotoPlaces(photos))
    return replace(said, taken_at=point) if desk.gazetteer.is_around(*point) else said


def question(desk: Desk, draft: Draft) -> Line:
    """The offer, with the town that the citizen named if the photo may be there, else the one
    whose centre is nearest."""
    if draft.taken_at is None:
        raise ValueError("there is no place to offer")
    near = [commune.insee for commune in desk.gazetteer.nearest(*draft.taken_at)]
    town = draft.commune if draft.commune in near else near[0]
    return say("form.photo_place", town=desk.reader.town(town))
