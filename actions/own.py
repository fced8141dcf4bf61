"""What is the citizen's own, read in one short transaction."""

from __future__ import annotations

from sqlalchemy.engine import RowMapping

from actions.desk import Desk
from bot.conversations.turn import Turn
from bot.service_requests import store
from bot.service_requests.draft import Place
from bot.service_requests.store import RequestRow
from bot.tickets import store as tickets


async def own_requests(turn: Turn, desk: Desk) -> list[RequestRow]:
    """The citizen's requests, newest first."""
    async with desk.database.transaction() as tx:
        return await store.of_citizen(tx, turn.speaker.citizen_id)


async def own_ticket(turn: Turn, desk: Desk, reference: str) -> RowMapping | None:
    """What the citizen asked people, by its reference."""
    async with desk.database.transaction() as tx:
        return await tickets.of_citizen(tx, turn.speaker.citizen_id, reference)


async def earlier_place(turn: Turn, desk: Desk) -> Place | None:
    """Where the draft is, else where the citizen's latest request was."""
    if turn.draft is not None and turn.draft.has_place:
        return turn.draft.place
    rows = await own_requests(turn, desk)
    return next((row.place for row in rows if row.is_own and row.place.is_known), None)
