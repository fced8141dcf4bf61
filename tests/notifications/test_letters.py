"""News by e-mail: which report, where, what changed and what is next, to who left an address."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from bot.conversations.turn import Speaker
from bot.mail.tables import Letter
from bot.notifications.telling import Teller
from bot.service_requests import changes
from bot.service_requests.changes import Step
from bot.service_requests.draft import Answer, Draft
from bot.service_requests.operations import FileRequest, FollowRequest
from bot.service_requests.rules import Actor, Status
from bot.storage.transaction import Database
from tests.actions.desks import WORDS, catalogue, gazetteer, outsiders
from tests.mail.builders import MAILER
from tests.service_requests.test_twins import a_speaker

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
ADDRESS = "ada@citoyenne.example"
PERMIT = Draft(
    service="parking_permit",
    description="mes mots à moi",
    commune="69149",
    address="12 rue Pasteur",
    answers={"email": Answer(ADDRESS)},
)


async def filed(database: Database, draft: Draft = PERMIT) -> tuple[str, Speaker]:
    owner = await a_speaker(database)
    async with database.transaction() as tx:
        return (await FileRequest(draft, 10).perform(tx, owner, NOW)).reference, owner


async def change(
    database: Database, reference: str, status: Status, reason: str | None = None
) -> None:
    day = date(2026, 12, 4) if status is Status.PLANNED else None
    async with database.transaction() as tx:
        step = Step(status, Actor.AGENT, reason, day)
        await changes.change_status(tx, reference, step, NOW)


async def told(database: Database, reference: str, *, by_mail: bool = True) -> list[Letter]:
    """What waits is told; the letters about a request."""
    mailer = MAILER if by_mail else None
    teller = Teller(database, catalogue(), gazetteer(), outsiders(), WORDS, lambda: NOW, mailer)
    await teller.tell_waiting()
    async with database.transaction() as tx:
        found = await tx.execute(
            select(Letter.__table__)
            .where(Letter.reference == reference)
            .order_by(Letter.created_at, Letter.key)
        )
        return [Letter(**row) for row in found.mappings()]


def email_code() -> str:
    """The code of the permit's contact field."""
    service = catalogue().service("parking_permit", "69149")
    return next(field.code for field in service.fields if field.kind == "contact")


async def test_the_letter_says_which_report_where_what_changed_and_what_is_next(
    database: Database,
) -> None:
    """mysociety/fixmystreet #1659: the follow-up mail does not say which report."""
    assert email_code() == "email"
    reference, _ = await filed(database)
    await change(database, reference, Status.PLANNED)
    (letter,) = await told(database, reference)
    assert letter.recipient == ADDRESS
    assert reference in (letter.subject or "")
    for words in (letter.text, letter.html):
        for part in (reference, "12 rue Pasteur", "vendredi 4 décembre 2026", "Ensuite"):
            assert part in (words or "").replace("\u00a0", " ")
        assert "mes mots à moi" not in (words or "")


async def test_of_a_place_told_in_words_no_letter_repeats_what_may_be_anything(
    database: Database,
) -> None:
    """The address may be somebody's to whom a stranger wants to have words sent."""
    address = "12 rue Pasteur chez Mme Dupont qui ne paie pas ses dettes"
    reference, _ = await filed(database, replace(PERMIT, address=address))
    await change(database, reference, Status.PLANNED)
    (letter,) = await told(database, reference)
    assert "12 rue Pasteur" in (letter.text or "")
    for words in (letter.subject, letter.text, letter.html):
        assert "Dupont" not in (words or "")


@pytest.mark.parametrize(
    ("status", "wanted", "unwanted"),
    [
        (Status.RESOLVED, "il sera rouvert", "Est-ce bien réglé"),
        (Status.WAITING_CITIZEN, "en donnant cette référence", "Répondez ici"),
    ],
)
async def test_what_is_a_tap_in_the_conversation_is_put_into_words(
    database: Database, status: Status, wanted: str, unwanted: str
) -> None:
    reference, _ = await filed(database)
    await change(database, reference, status, "Quelle est la plaque ?")
    (letter,) = await told(database, reference)
    assert wanted in (letter.text or "")
    assert "Quelle est la plaque" in (letter.text or "")
    assert unwanted not in (letter.text or "")


async def test_followers_and_who_left_no_address_get_no_letter(database: Database) -> None:
    reference, _ = await filed(database, Draft(**{**PERMIT.__dict__, "answers": {}}))
    follower = await a_speaker(database)
    async with database.transaction() as tx:
        await FollowRequest(reference, PERMIT).perform(tx, follower, NOW)
    await change(database, reference, Status.PLANNED)
    assert await told(database, reference) == []


async def test_without_a_mail_server_nothing_is_written(database: Database) -> None:
    reference, _ = await filed(database)
    await change(database, reference, Status.PLANNED)
    assert await told(database, reference, by_mail=False) == []


async def test_each_change_is_written_once(database: Database) -> None:
    reference, _ = await filed(database)
    for status in (Status.IN_PROGRESS, Status.RESOLVED):
        await change(database, reference, status)
        await told(database, reference)
    assert len(await told(database, reference)) == 2
