"""Before a report is told in full: what others, or the citizen, have already reported there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from actions.desk import Desk
from bot.conversations.turn import Turn
from bot.open_data.rules import is_public
from bot.places.addresses import public_address
from bot.service_requests import draft as steps
from bot.service_requests import photo_store, store, twins
from bot.service_requests.draft import Draft, location_field
from bot.service_requests.twins import Twin, said_metres
from bot.service_requests.wording import state
from bot.services.rules import Service
from bot.services.working_days import local_date
from bot.words.dates import Day
from bot.words.phrases import Button, Line, Press, ShownPhoto, say


@dataclass(frozen=True)
class _Found:
    """What may be this problem: the citizen's own likeliest report, those of others, and by
    reference the first picture of each that the citizen may see."""

    own: Twin | None
    others: tuple[Twin, ...]
    photos: Mapping[str, UUID]


async def look(turn: Turn, desk: Desk, draft: Draft, service: Service) -> Draft:
    """Show, once for a service and a place, what was already reported there: a tap joins what
    others reported, and who does not tap goes on as if nothing had been shown."""
    if (
        not _is_shown_to_others(service)
        or location_field(service) is None
        or not draft.has_place
        or draft.commune is None
        or draft.looked_at == draft.whereabouts
    ):
        return draft
    found = await _possible(turn, desk, draft, service)
    if found.own is not None:
        _show_own(turn, found.own, found.photos)
    if found.others:
        _show(turn, desk, found)
    return replace(
        draft,
        looked_at=draft.whereabouts,
        twins=tuple(twin.reference for twin in found.others),
    )


def _is_shown_to_others(service: Service) -> bool:
    """Whether reports of a service may be those of several people: never what is about a person,
    nor a formal demand of somebody's own."""
    return bool(service.duplicate_radius_m) and is_public(service)


async def _possible(turn: Turn, desk: Desk, draft: Draft, service: Service) -> _Found:
    """Open requests that may be this problem, likeliest first."""
    family = [
        s.code
        for s in desk.catalogue.offered(draft.commune)
        if s.group == service.group and _is_shown_to_others(s)
    ]
    radius, citizen = service.duplicate_radius_m, turn.speaker.citizen_id
    async with desk.database.transaction() as tx:
        near = await store.twins(tx, citizen, draft, family, radius, turn.now)
        own, others = (
            twins.ranked(draft, [t for t in near if t.is_own == is_own], radius, turn.now)
            for is_own in (True, False)
        )
        shown = [twin.reference for twin in (*own[:1], *others)]
        photos = await photo_store.first_photos(tx, citizen, shown) if shown else {}
    return _Found(own[0] if own else None, others, photos)


def _show_own(turn: Turn, own: Twin, photos: Mapping[str, UUID]) -> None:
    turn.say(
        say(
            "duplicate.own",
            day=Day(local_date(own.filed_at), "long"),
            reference=own.reference,
            state=state(own.status, is_own=True),
        ),
        buttons=(
            Button(
                say("button.follow"),
                Press("follow_request", {"reference": own.reference}),
                lasting=True,
            ),
            Button(
                say("button.something_else"),
                Press(values={"field": steps.DUPLICATE, "value": None}),
                lasting=True,
            ),
        ),
        photos=_photo(own, photos, say("duplicate.photo", number=own.reference)),
    )


def _show(turn: Turn, desk: Desk, found: _Found) -> None:
    others = found.others
    key = "duplicate.one" if len(others) == 1 else "duplicate.several"
    lines = [_line(desk, number, twin) for number, twin in enumerate(others, start=1)]
    buttons = tuple(
        Button(
            say("button.me_too")
            if len(others) == 1
            else say("button.me_too_number", number=number),
            Press(values={"field": steps.DUPLICATE, "value": twin.reference}),
            lasting=True,
        )
        for number, twin in enumerate(others, start=1)
    )
    shown = [
        _photo(twin, found.photos, say("duplicate.photo", number=number))
        for number, twin in enumerate(others, start=1)
    ]
    turn.say(
        say(key),
        *lines,
        say("duplicate.or_go_on"),
        buttons=buttons,
        photos=tuple(photo for some in shown for photo in some),
    )


def _photo(twin: Twin, photos: Mapping[str, UUID], words: Line) -> tuple[ShownPhoto, ...]:
    photo = photos.get(twin.reference)
    return () if photo is None else (ShownPhoto(str(photo), words),)


def _line(desk: Desk, number: int, twin: Twin) -> Line:
    found = desk.catalogue.find(twin.service, twin.commune)
    what: Line = twin.service.replace("_", " ") if found is None else found.short_label
    where: Line = public_address(twin.address) or desk.reader.town(twin.commune)
    if twin.distance_m is not None:
        where = say("duplicate.at", metres=said_metres(twin.distance_m), place=where)
    told: Line = state(twin.status, is_own=twin.is_own)
    if twin.planned_on is not None:
        told = say("duplicate.planned", day=Day(twin.planned_on, "long"))
    return say(
        "duplicate.line",
        number=number,
        what=what,
        where=where,
        day=Day(local_date(twin.filed_at), "long"),
        state=told,
    )
