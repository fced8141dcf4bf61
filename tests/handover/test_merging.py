"""Two tickets about one thing go on as one, and come apart again as they were."""

from __future__ import annotations

from uuid import UUID

import pytest

from bot.accounts.rules import Agent
from bot.conversations import store as conversations
from bot.conversations.turn import Speaker
from bot.errors import Conflict, Invalid, NotFound
from bot.handover import answering, merging, packet
from bot.handover.rules import Taken
from bot.storage.transaction import Database
from bot.tickets import store as tickets
from tests.handover.builders import BRON, COUNTER, OULLINS, Case, a_case, an_agent
from tests.turn.scripted import now


async def merge(case: Case, agent: Agent, into: Case | str, *, tells: bool = False) -> None:
    lead = into if isinstance(into, str) else into.reference
    async with case.database.transaction() as tx:
        await merging.merge(tx, agent, case.reference, lead, COUNTER, now(), tells=tells)


async def unmerge(case: Case, agent: Agent) -> None:
    async with case.database.transaction() as tx:
        await merging.unmerge(tx, agent, case.reference, COUNTER, now())


async def close(case: Case, agent: Agent) -> None:
    async with case.database.transaction() as tx:
        await answering.reply(tx, agent, case.reference, "C’est réparé.", "r1", COUNTER, now())
        await answering.close(tx, agent, case.reference, COUNTER, now())


async def test_the_merged_one_ends_and_is_shown_in_the_lead(database: Database) -> None:
    one, lead = await a_case(database, "la lampe grésille"), await a_case(database)
    claire = await an_agent(database)
    await merge(one, claire, lead)
    ticket = await one.ticket()
    assert (ticket["status"], ticket["merged_into"]) == ("closed", lead.reference)
    assert (await one.conversation())["owner"] == "closed"
    assert (await one.kinds())[-2:] == ["merged", "note"]
    assert (await lead.kinds())[-2:] == ["joined", "note"]
    async with database.transaction() as tx:
        known = await packet.packet(tx, claire, lead.reference, COUNTER, "fr", now())
    (joined,) = known.joined
    assert joined.ticket["reference"] == one.reference
    assert joined.messages[0].text == "la lampe grésille"


async def test_it_comes_apart_as_it_was(database: Database) -> None:
    one, lead = await a_case(database), await a_case(database)
    claire = await an_agent(database)
    async with database.transaction() as tx:
        await answering.reply(tx, claire, one.reference, "Je regarde.", "r", COUNTER, now())
    before, talk = await one.ticket(), await one.conversation()
    await merge(one, claire, lead)
    await unmerge(one, claire)
    assert await one.ticket() == before
    assert (await one.conversation())["owner"] == talk["owner"] == "agent"
    assert (await lead.kinds())[-1] == "parted"
    await merge(one, claire, lead)  # once more
    async with database.transaction() as tx:
        known = await packet.packet(tx, claire, lead.reference, COUNTER, "fr", now())
    assert len(known.joined) == 1


@pytest.mark.parametrize("tells", [True, False])
async def test_another_citizen_hears_how_it_ends_if_that_was_chosen(
    database: Database, *, tells: bool
) -> None:
    one, lead = await a_case(database), await a_case(database)
    claire = await an_agent(database)
    await merge(one, claire, lead, tells=tells)
    await close(lead, claire)
    told = [text for sender, text in await one.said() if "suivie avec la vôtre" in text]
    assert len(told) == tells
    assert not any("C’est réparé." in text for _, text in await one.said())


async def test_rights_are_asked_on_both_sides(database: Database) -> None:
    one, lead = await a_case(database), await a_case(database)
    claire, karim = await an_agent(database), await an_agent(database, "Karim")
    away = await an_agent(database, "Paul", communes=frozenset({BRON}))
    with pytest.raises(NotFound):
        await merge(one, away, lead)
    async with database.transaction() as tx:
        await tickets.change(tx, lead.reference, commune=BRON)
    for agent, into in ((claire, lead), (away, lead), (claire, "2026-999999")):
        with pytest.raises(NotFound):
            await merge(one, agent, into)
    async with database.transaction() as tx:
        await tickets.change(tx, lead.reference, commune=OULLINS)
        await answering.reply(tx, karim, one.reference, "Je regarde.", "r", COUNTER, now())
    with pytest.raises(Taken):
        await merge(one, claire, lead)


async def test_no_chain_and_no_end_is_merged_into(database: Database) -> None:
    one, lead, third = [await a_case(database) for _ in range(3)]
    claire = await an_agent(database)
    with pytest.raises(Invalid):
        await merge(one, claire, one)
    await merge(one, claire, lead)
    for which, into in ((lead, third), (third, one), (one, third)):
        with pytest.raises(Invalid):
            await merge(which, claire, into)
    await close(third, claire)
    with pytest.raises(Conflict):
        await merge(await a_case(database), claire, third)
    with pytest.raises(Invalid):
        await unmerge(lead, claire)


async def test_whoever_says_that_nothing_is_settled_has_their_own_ticket_again(
    database: Database,
) -> None:
    one, lead = await a_case(database), await a_case(database)
    claire = await an_agent(database)
    await merge(one, claire, lead, tells=True)
    async with database.transaction() as tx:
        await answering.reopen(tx, claire, one.reference, COUNTER, now())
    ticket = await one.ticket()
    assert (ticket["status"], ticket["merged_into"]) == ("open", None)


async def test_what_is_proposed_is_the_citizen_s_own_first(database: Database) -> None:
    one, other = await a_case(database), await a_case(database)
    claire = await an_agent(database)
    async with database.transaction() as tx:
        second = await conversations.conversation_of(
            tx,
            "telegram",
            one.reference,
            one.speaker.citizen_id,
            now(),
            commune=OULLINS,
            language="fr",
        )
    speaker = Speaker(UUID(str(second["id"])), one.speaker.citizen_id, "telegram")
    own = await Case(database, speaker, "").open("encore moi")
    async with database.transaction() as tx:
        found = await merging.proposals(tx, claire, one.reference, now())
    assert found[0].ticket["reference"] == own
    assert found[0].why is merging.Why.SAME_CITIZEN
    assert other.reference in [each.ticket["reference"] for each in found]
