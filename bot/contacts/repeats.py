"""What others have reported already at the place of a contact."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from bot.accounts.rules import Agent
from bot.contacts.reading import Understood
from bot.open_data.rules import is_public
from bot.service_requests import store, twins
from bot.service_requests.draft import location_field
from bot.service_requests.twins import Twin
from bot.services.rules import Catalogue, Service
from bot.storage.transaction import Database

NOBODY = UUID(int=0)
"""Whoever calls has filed nothing that we could know as theirs."""


async def possible_repeats(
    database: Database,
    catalogue: Catalogue,
    agent: Agent,
    understood: Understood,
    now: datetime,
) -> tuple[Twin, ...]:
    """Open requests that may be the same problem, likeliest first, as the conversation finds them,
    in the agent's towns."""
    draft, service = understood.draft, understood.service
    if service is None or not _is_shared(service):
        return ()
    if location_field(service) is None or not draft.has_place or draft.commune is None:
        return ()
    family = [
        other.code
        for other in catalogue.offered(draft.commune)
        if other.group == service.group and _is_shared(other)
    ]
    radius = service.duplicate_radius_m
    async with database.transaction() as tx:
        near = await store.twins(tx, NOBODY, draft, family, radius, now)
    return twins.ranked(draft, [twin for twin in near if agent.sees(twin.commune)], radius, now)


def _is_shared(service: Service) -> bool:
    """Whether several people may report one thing: never what is about a person."""
    return bool(service.duplicate_radius_m) and is_public(service)
