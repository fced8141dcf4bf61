"""A citizen goes on with another town in the same conversation: what is said there is that town's,
whatever an agent of the first does with what they still see."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from sqlalchemy import update

from bot.accounts.rules import Agent, Role
from bot.audit import store as audit
from bot.audit.rules import Wanted
from bot.conversations import store as conversations
from bot.errors import GoesOn, NotFound
from bot.handover import answering, merging, packet, reading, redacting, searching
from bot.handover.asked import read
from bot.handover.reading import Talk
from bot.service_requests import store as requests
from bot.service_requests.draft import Draft
from bot.service_requests.tables import Photo
from bot.storage.transaction import Database
from tests.handover.builders import BRON, COUNTER, OULLINS, Case, a_case, a_word, an_agent
from tests.handover.test_moving import IN_BRON, move
from tests.handover.test_moving import a_report as a_pothole
from tests.handover.test_redacting import a_photo
from tests.handover.test_taking import a_report, takes
from tests.turn.scripted import now


async def goes_to_bron(case: Case) -> None:
    async with case.database.transaction() as tx:
        await conversations.change(tx, case.speaker.conversation_id, commune=BRON)
    await case.writes("une affaire de Bron")


async def reads(case: Case, agent: Agent) -> Talk:
    async with case.database.transaction() as tx:
        which = case.speaker.conversation_id
        return await reading.talk(tx, agent, which, COUNTER, "fr", now())


async def test_a_report_is_not_taken_on_once_its_citizen_goes_on_with_another_town(
    database: Database,
) -> None:
    told, claire = await a_report(database), await an_agent(database)
    assert not (await reads(told.case, claire)).goes_on
    await goes_to_bron(told.case)
    with pytest.raises(NotFound):
        await takes(told, claire)
    assert (await reads(told.case, claire)).goes_on
    # Whoever serves both is told nothing by it that is not theirs.
    assert (await takes(told, await an_agent(database, communes=None))).is_new


async def test_a_report_of_a_town_is_taken_on_there_from_the_conversation_of_another(
    database: Database,
) -> None:
    """Somebody reported from Oullins' page what is in Bron, and said nothing since."""
    told = await a_report(database, commune=BRON)
    zoe = await an_agent(database, "Zoé", communes=frozenset({BRON}))
    assert not (await reads(told.case, zoe)).goes_on
    assert (await takes(told, zoe)).is_new


async def closes(case: Case, agent: Agent) -> None:
    async with case.database.transaction() as tx:
        await answering.close(tx, agent, case.reference, COUNTER, now())


async def reopens(case: Case, agent: Agent) -> None:
    async with case.database.transaction() as tx:
        await answering.reopen(tx, agent, case.reference, COUNTER, now())


async def test_a_ticket_is_not_opened_again_once_its_citizen_goes_on_with_another_town(
    database: Database,
) -> None:
    case, claire = await a_case(database), await an_agent(database)
    paul = await an_agent(database, "Paul", communes=frozenset({BRON}))
    await closes(case, claire)
    await reopens(case, claire)  # nothing was said elsewhere
    await closes(case, claire)
    await goes_to_bron(case)
    with pytest.raises(GoesOn):
        await reopens(case, claire)
    there = replace(case, reference=await case.open("à Bron", commune=BRON))
    await closes(there, paul)
    with pytest.raises(GoesOn):
        await reopens(case, claire)
    assert (await case.ticket())["status"] == "closed"
    await reopens(there, paul)  # who has it now


async def test_a_ticket_is_not_opened_again_behind_a_later_one_of_another_town(
    database: Database,
) -> None:
    case, claire = await a_case(database), await an_agent(database)
    paul = await an_agent(database, "Paul", communes=frozenset({BRON}))
    await closes(case, claire)
    there = replace(case, reference=await case.open("à Bron", commune=BRON))
    await closes(there, paul)
    with pytest.raises(GoesOn):
        await reopens(case, claire)


async def test_a_ticket_does_not_come_apart_once_its_citizen_goes_on_with_another_town(
    database: Database,
) -> None:
    one, lead, claire = await a_case(database), await a_case(database), await an_agent(database)
    async with database.transaction() as tx:
        await merging.merge(tx, claire, one.reference, lead.reference, COUNTER, now())
    await goes_to_bron(one)
    with pytest.raises(GoesOn):
        async with database.transaction() as tx:
            await merging.unmerge(tx, claire, one.reference, COUNTER, now())
    assert (await one.ticket())["status"] == "closed"


async def test_a_request_that_moves_to_another_town_takes_its_conversation_along(
    database: Database,
) -> None:
    case, claire = await a_case(database), await an_agent(database)
    paul = await an_agent(database, "Paul", communes=frozenset({BRON}))
    request = await a_pothole(case)
    assert await move(case, claire, request, IN_BRON, leaves=True)
    word = a_word()
    await case.writes(f"mon {word} est à Bron")
    assert f"mon {word} est à Bron" in [m.text for m in (await reads(case, paul)).messages]
    with pytest.raises(NotFound):
        await reads(case, claire)
    async with database.transaction() as tx:
        for agent, times in ((claire, 0), (paul, 1)):
            found = await searching.search(tx, agent, read(word), COUNTER, now())
            assert len(found.page.rows) == times


async def test_a_request_that_moves_leaves_a_conversation_that_is_of_a_third_town(
    database: Database,
) -> None:
    case, claire = await a_case(database), await an_agent(database)
    request = await a_pothole(case)
    async with database.transaction() as tx:
        await conversations.change(tx, case.speaker.conversation_id, commune="69123")
    assert await move(case, claire, request, IN_BRON, leaves=True)
    assert (await case.conversation())["commune"] == "69123"


async def test_a_closed_ticket_shows_no_form_that_is_filled_in_for_another_town(
    database: Database,
) -> None:
    case, claire = await a_case(database), await an_agent(database)
    paul = await an_agent(database, "Paul", communes=frozenset({BRON}))
    await case.writes("mon code est 4512")
    await hides(case, claire, (await case.messages())[-1].seq, "4512")
    await closes(case, claire)
    await goes_to_bron(case)
    there = replace(case, reference=await case.open("à Bron", commune=BRON))
    await hides(there, paul, await case.writes("et là-bas le 8934"), "8934")
    draft = Draft(
        service="pothole",
        commune=BRON,
        address="3 rue Pasteur",
        latitude=45.7370,
        longitude=4.9110,
        photos=(str(uuid4()),),
    )
    async with database.transaction() as tx:
        await requests.save_draft(tx, case.speaker.conversation_id, draft, now())
        known = await packet.packet(tx, claire, case.reference, COUNTER, "fr", now())
        about = await packet.packet(tx, paul, there.reference, COUNTER, "fr", now())
    assert (known.service, known.place, known.point, known.photos) == (None, None, None, [])
    assert (known.form, known.missing) == ([], [])
    assert len(known.redactions) == 1
    assert about.place == "3 rue Pasteur"
    assert about.missing
    assert len(about.redactions) == 2


async def hides(case: Case, agent: Agent, seq: int, words: str) -> None:
    async with case.database.transaction() as tx:
        target = redacting.Target(seq, None, (words,))
        await redacting.redact(tx, agent, case.reference, target, uuid4().hex, now())


async def test_what_was_seen_is_in_the_log_of_the_town_whose_report_it_is(
    database: Database,
) -> None:
    told, claire = await a_report(database), await an_agent(database)
    photo = await a_photo(told.case)
    async with database.transaction() as tx:
        await tx.execute(update(Photo).where(Photo.id == photo).values(reference=told.request))
    await goes_to_bron(told.case)
    await looks(told.case, claire, photo)
    assert await logged(told.case) == {"conversation.seen", "photo.seen"}


async def test_what_was_seen_is_in_the_log_of_the_town_whose_ticket_is_over(
    database: Database,
) -> None:
    case, claire = await a_case(database), await an_agent(database)
    photo = await a_photo(case)
    await closes(case, claire)
    await goes_to_bron(case)
    await looks(case, claire, photo)
    assert await logged(case) == {"conversation.seen", "photo.seen"}


async def looks(case: Case, agent: Agent, photo: UUID) -> None:
    assert (await reads(case, agent)).commune == OULLINS
    async with case.database.transaction() as tx:
        await reading.photo_of(tx, agent, case.speaker.conversation_id, photo, now())


async def logged(case: Case) -> set[str]:
    """What an administrator of Oullins reads about the conversation."""
    towns = frozenset({OULLINS})
    nadia = await an_agent(case.database, "Nadia", Role.COMMUNE_ADMINISTRATOR, towns)
    wanted = Wanted(subject=str(case.speaker.conversation_id))
    async with case.database.transaction() as tx:
        return {line.action for line in await audit.entries(tx, nadia, wanted)}
