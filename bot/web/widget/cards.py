"""Requests as cards, and steps in words."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from bot.open_data.rules import STEPS, Step
from bot.parts import Service
from bot.service_requests import store
from bot.service_requests.rules import CLOSED
from bot.service_requests.store import RequestRow
from bot.service_requests.wording import state
from bot.storage.transaction import Transaction
from bot.web.widget.shapes import Card
from bot.words.phrases import Phrase, say

FIRST = (Step.RECEIVED, Step.IN_HAND)


async def cards_of(
    tx: Transaction, service: Service, citizen_id: UUID, references: Sequence[str], language: str
) -> dict[str, Card]:
    """By reference, those of these requests that a citizen filed or follows."""
    rows = await store.of_citizen(tx, citizen_id, len(references), among=references)
    return {row.reference: card(service, row, language) for row in rows}


def card(service: Service, row: RequestRow, language: str) -> Card:
    """A request as whoever filed or follows it sees it."""
    render = service.words.of(row.commune).render
    known = service.catalogue.find(row.service, row.commune)
    town = service.gazetteer.by_insee(row.commune).name
    steps = [say("card.received"), say("card.in_hand"), _last(service, row)]
    place = say("form.place", address=row.address, town=town) if row.address else town
    expected_on = row.planned_on or row.due_on
    is_expected = row.status not in CLOSED and not row.is_paused
    return Card(
        reference=row.reference,
        service=row.service if known is None else known.label.in_(language),
        place=render(place, language),
        status=row.status,
        state=render(state(row.status, is_own=row.is_own), language),
        step=_reached(row),
        steps=[render(step, language) for step in steps],
        expected_on=expected_on if is_expected else None,
        filed_at=row.filed_at,
        is_own=row.is_own,
    )


def _reached(row: RequestRow) -> int:
    step = STEPS[row.status]
    return FIRST.index(step) if step in FIRST else len(FIRST)


def _last(service: Service, row: RequestRow) -> Phrase:
    """What a request comes to: a demand is dealt with, what is broken repaired."""
    if STEPS[row.status] is Step.STOPPED:
        return say("card.stopped")
    known = service.catalogue.find(row.service, row.commune)
    is_demand = known is not None and known.procedure is not None
    return say("card.dealt_with") if is_demand else say("card.solved")
