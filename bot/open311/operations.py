"""What can be asked through Open311: post a request, list requests; and, by the operator, keys."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID, uuid4

from bot.accounts import store as accounts
from bot.errors import Forbidden, NotFound
from bot.mail.letters import Mailer
from bot.open311 import parameters, store
from bot.open311.placing import commune_of
from bot.open311.rules import (
    CHANNEL,
    BadParameter,
    Filters,
    Key,
    ListedKey,
    Posted,
    Problem,
    PublishedRequest,
    codes_offered,
    offered_services,
)
from bot.open_data.rules import Published
from bot.places.addresses import public_address
from bot.places.communes import Gazetteer
from bot.places.outlines import UNKNOWN, Lies
from bot.service_requests.draft import Draft
from bot.service_requests.letters import FilingLetter, email_of
from bot.service_requests.operations import FileRequest
from bot.services.rules import Catalogue, Service, Team
from bot.storage.transaction import Transaction


@dataclass(frozen=True)
class Checked:
    """A posted request that can be filed."""

    draft: Draft
    service: Service
    team: Team
    commune: str
    town: str
    external_id: str | None


@dataclass(frozen=True)
class _Filer:
    conversation_id: UUID
    citizen_id: UUID
    channel: str = CHANNEL


def service_of(catalogue: Catalogue, code: str, commune: str | None) -> Service:
    """Raises `NotFound` for what is not offered there."""
    for service in offered_services(catalogue, commune):
        if service.code == code:
            return service
    raise NotFound("service")


def check(
    posted: Posted,
    key: Key,
    jurisdiction: str | None,
    catalogue: Catalogue,
    gazetteer: Gazetteer,
    now: datetime,
    *,
    dangerous: bool,
    lies: Lies = UNKNOWN,
) -> Checked:
    """Hold a posted request against the catalogue and the towns. `jurisdiction`: INSEE code;
    `lies`: what the outlines say of its point.

    Raises `BadParameter`, or `NotFound` for a service that its town does not offer.
    """
    if posted.service not in codes_offered(catalogue):
        raise NotFound("service")
    commune = commune_of(gazetteer, posted, jurisdiction or key.commune or None, lies)
    if jurisdiction not in (None, commune):
        raise BadParameter("jurisdiction_id", Problem.OTHER_TOWN)
    service = service_of(catalogue, posted.service, commune)
    draft = Draft(
        service=service.code,
        description=posted.description,
        address=posted.address,
        latitude=posted.latitude,
        longitude=posted.longitude,
        commune=commune,
        answers=parameters.answers(posted, service, now),
        dangerous=dangerous,
    )
    town = gazetteer.by_insee(commune).name
    team = catalogue.team(service.team)
    return Checked(draft, service, team, commune, town, posted.external_id)


async def post(
    tx: Transaction,
    key: Key,
    checked: Checked,
    mailer: Mailer | None,
    language: str,
    now: datetime,
) -> str:
    """File a request for a key; where its service asks for a contact and an e-mail address was
    given, it is acknowledged there. Returns its reference: the first one for a repeat of the same
    external id, which changes nothing. Raises `Forbidden` for another town's key."""
    conversation_id, filed = await store.conversation_to_file_in(
        tx, key, checked.commune, checked.external_id, language, now
    )
    if filed is not None:
        return filed
    filer = _Filer(conversation_id, key.citizen_id)
    letter = _letter(checked, mailer, language)
    filing = FileRequest(checked.draft, checked.service.target_delay_days, letter)
    return (await filing.perform(tx, filer, now)).reference


def _letter(checked: Checked, mailer: Mailer | None, language: str) -> FilingLetter | None:
    draft = checked.draft
    to = email_of(checked.service, {code: answer.value for code, answer in draft.answers.items()})
    if mailer is None or to is None:
        return None
    return FilingLetter(
        mailer,
        to,
        language,
        checked.service,
        checked.team,
        checked.town,
        draft.address,
        draft.commune,
    )


async def requests(
    tx: Transaction, published: Published, key: Key | None, wanted: Filters
) -> list[PublishedRequest]:
    """The requests that anybody may see, or that a town's key may, newest first."""
    found = await store.published_requests(tx, published, key, wanted)
    return [
        row if row.is_ours else replace(row, address=public_address(row.address)) for row in found
    ]


async def key_of(tx: Transaction, secret: str | None) -> Key:
    """Raises `Forbidden` without a key in use."""
    if secret is None:
        raise Forbidden("key")
    return await store.key_of(tx, secret)


async def add_key(tx: Transaction, name: str, commune: str, now: datetime) -> str:
    """A new key: its secret, which is kept nowhere. Raises `Conflict` for a name in use."""
    secret = secrets.token_urlsafe(32)
    citizen_id = await accounts.new_citizen(tx, now)
    await store.add_key(tx, Key(uuid4(), name, commune, citizen_id), secret, now)
    return secret


async def revoke_key(tx: Transaction, name: str, now: datetime) -> None:
    """Raises `NotFound`."""
    await store.revoke_key(tx, name, now)


async def list_keys(tx: Transaction) -> list[ListedKey]:
    """All of them, oldest first: the command line runs as the operator."""
    return await store.keys(tx)
