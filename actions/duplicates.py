"""Before a report is told in full: what others have already reported there."""

from __future__ import annotations

from dataclasses import replace

from actions.desk import Desk
from bot.conversations.turn import Turn
from bot.places.addresses import public_address
from bot.service_requests import draft as steps
from bot.service_requests import store, twins
from bot.service_requests.draft import Draft, location_field
from bot.service_requests.twins import Twin
from bot.services.rules import Service
from bot.services.working_days import local_date
from bot.words.dates import Day
from bot.words.phrases import Button, Line, Press, say


async def look(turn: Turn, desk: Desk, draft: Draft, service: Service) -> Draft:
    """Show, once for a service and a place, what others reported there: a tap joins it, and who
    does not tap goes on with the report as if nothing had been shown."""
    if (
        not service.duplicate_radius_m
        or service.sensitive
        or location_field(service) is None
        or not draft.has_place
        or draft.commune is None
        or draft.looked_at == draft.whereabouts
    ):
        return draft
    found = await _possible(turn, desk, draft, service)
    if found:
        _show(turn, desk, found)
    return replace(
        draft, looked_at=draft.whereabouts, twins=tuple(twin.reference for twin in found)
    )


async def _possible(turn: Turn, desk: Desk, draft: Draft, service: Service) -> tuple[Twin, ...]:
    """Open requests of others that may be this problem, likeliest first."""
    family = [
        s.code
        for s in desk.catalogue.offered(draft.commune)
        if s.group == service.group and not s.sensitive
    ]
    radius = service.duplicate_radius_m
    async with desk.database.transaction() as tx:
        near = await store.twins(tx, turn.speaker.citizen_id, draft, family, radius, turn.now)
    return twins.ranked(draft, near, radius, turn.now)


def _show(turn: Turn, desk: Desk, found: tuple[Twin, ...]) -> None:
    key = "duplicate.one" if len(found) == 1 else "duplicate.several"
    lines = [_line(desk, number, twin) for number, twin in enumerate(found, start=1)]
    buttons = tuple(
        Button(
            say("button.me_too") if len(found) == 1 else say("button.me_too_number", number=number),
            Press(values={"field": steps.DUPLICATE, "value": twin.reference}),
            lasting=True,
        )
        for number, twin in enumerate(found, start=1)
    )
    turn.say(say(key), *lines, say("duplicate.or_go_on"), buttons=buttons)


def _line(desk: Desk, number: int, twin: Twin) -> Line:
    found = desk.catalogue.find(twin.service, twin.commune)
    what: Line = twin.service.replace("_", " ") if found is None else found.short_label
    where: Line = public_address(twin.address) or desk.reader.town(twin.commune)
    if twin.distance_m is not None:
        where = say("duplicate.at", metres=max(1, round(twin.distance_m)), place=where)
    return say(
        "duplicate.line",
        number=number,
        what=what,
        where=where,
        day=Day(local_date(twin.filed_at), "long"),
        state=say(f"state.{twin.status}"),
    )
