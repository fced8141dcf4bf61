"""What an agent gets with a conversation."""

from __future__ import annotations

from uuid import uuid4

import pytest

from bot.conversations import store as conversations
from bot.errors import NotFound
from bot.handover import packet
from bot.service_requests import store as drafts
from bot.service_requests.draft import Answer, Draft
from bot.service_requests.operations import FileRequest
from bot.storage.transaction import Database
from tests.handover.builders import BRON, CATALOGUE, COUNTER, OULLINS, Case, a_case, an_agent
from tests.turn.scripted import now


async def read(case: Case, **agent: frozenset[str]) -> packet.Packet:
    claire = await an_agent(case.database, **agent)  # type: ignore[arg-type]
    async with case.database.transaction() as tx:
        return await packet.packet(tx, claire, case.reference, COUNTER, "fr", now())


async def test_the_form_as_it_stands_is_shown_and_what_it_would_still_ask(
    database: Database,
) -> None:
    case = await a_case(database)
    asked = next(f for f in CATALOGUE.service("pothole").fields if f.kind in ("choice", "yes_no"))
    value = asked.choices[0].code if asked.choices else True
    draft = Draft(
        service="pothole",
        commune=OULLINS,
        address="12 rue Orsel",
        latitude=45.71,
        longitude=4.81,
        step="danger",
    ).with_answer(asked.code, Answer(value))
    async with database.transaction() as tx:
        await drafts.save_draft(tx, case.speaker.conversation_id, draft, now())
    shown = await read(case)
    assert shown.service == CATALOGUE.service("pothole").label.fr
    assert [fact.field for fact in shown.form] == [asked.code]
    assert asked.code not in [fact.field for fact in shown.missing]
    assert (shown.place, shown.point) == ("12 rue Orsel", (45.71, 4.81))


async def test_own_requests_and_earlier_tickets_come_along_of_ones_towns_only(
    database: Database,
) -> None:
    case = await a_case(database)
    async with database.transaction() as tx:
        here = await FileRequest(Draft(service="pothole", commune=OULLINS), 5).perform(
            tx, case.speaker, now()
        )
        there = await FileRequest(Draft(service="pothole", commune=BRON), 5).perform(
            tx, case.speaker, now()
        )
    shown = await read(case)
    assert [row.reference for row in shown.requests] == [here.reference]
    everywhere = await read(case, communes=frozenset({OULLINS, BRON}))
    assert {row.reference for row in everywhere.requests} == {here.reference, there.reference}
    with pytest.raises(NotFound):
        await read(case, communes=frozenset({BRON}))


async def test_what_the_assistant_was_about_to_say_is_told(database: Database) -> None:
    case = await a_case(database)
    seq = await case.writes("alors ?")
    async with database.transaction() as tx:
        about_to = {"about_to": {"say": ["Je cherche."], "do": []}}
        await conversations.annotate(tx, case.speaker.conversation_id, seq, about_to)
    assert list((await read(case)).about_to) == ["Je cherche."]


async def test_only_pictures_of_the_conversation_are_shown(database: Database) -> None:
    case, claire = await a_case(database), await an_agent(database)
    async with database.transaction() as tx:
        with pytest.raises(NotFound):
            await packet.photo_of(tx, claire, case.reference, uuid4(), now())
