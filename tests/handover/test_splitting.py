"""A part of a conversation is another team's."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest

from bot.accounts.rules import Agent
from bot.conversations.turn import Speaker
from bot.errors import Conflict, NotFound
from bot.handover import answering, packet, splitting
from bot.retention.erasing import OpenTicket, erase_conversation
from bot.storage.transaction import Database
from bot.tickets import store as tickets
from tests.handover.builders import COUNTER, Case, a_case, an_agent
from tests.turn.scripted import now


async def split(case: Case, agent: Agent, *seqs: int, tells: bool = False, key: str = "s") -> Case:
    async with case.database.transaction() as tx:
        part = splitting.Part(seqs, "voirie", tells)
        made = await splitting.split(tx, agent, case.reference, part, COUNTER, now(), key)
        row = await tickets.by_reference(tx, made)
    speaker = Speaker(UUID(str(row["conversation_id"])), case.speaker.citizen_id, "outside")
    return replace(case, speaker=speaker, reference=made)


async def test_the_part_has_its_own_team_and_shows_the_messages(database: Database) -> None:
    case, claire = await a_case(database), await an_agent(database)
    seq = await case.writes("et la lampe de ma rue est cassée")
    part = await split(case, claire, seq)
    assert (await split(case, claire, seq)).reference == part.reference  # a repeat
    ticket = await part.ticket()
    assert (ticket["team"], ticket["status"], ticket["reason"]) == ("voirie", "open", "split")
    assert (await case.ticket())["status"] == "open"
    async with database.transaction() as tx:
        known = await packet.packet(tx, claire, part.reference, COUNTER, "fr", now())
    assert [m.text for m in known.joined[0].messages] == ["et la lampe de ma rue est cassée"]
    assert await part.said() == []


@pytest.mark.parametrize("tells", [True, False])
async def test_the_citizen_hears_where_they_write(database: Database, *, tells: bool) -> None:
    case, claire = await a_case(database), await an_agent(database)
    part = await split(case, claire, 1, tells=tells)
    karim = await an_agent(database, "Karim", teams=frozenset({"voirie"}))
    async with database.transaction() as tx:
        await answering.reply(tx, karim, part.reference, "Réparée lundi.", "r", COUNTER, now())
        await answering.close(tx, karim, part.reference, COUNTER, now())
    said = [text for sender, text in await case.said() if sender == "system"]
    assert any("confiée à l’équipe" in text for text in said) == tells
    assert any("Karim" in text and text.endswith("Réparée lundi.") for text in said)
    assert any(f"terminé la demande {part.reference}" in text for text in said)
    assert (await case.ticket())["status"] == "open"


async def test_only_what_the_citizen_said_in_an_open_ticket(database: Database) -> None:
    case, claire = await a_case(database), await an_agent(database)
    with pytest.raises(NotFound):
        await split(case, claire, 99)
    async with database.transaction() as tx:
        await answering.close(tx, claire, case.reference, COUNTER, now())
    with pytest.raises(Conflict):
        await split(case, claire, 1)


async def test_erasing_the_whole_erases_the_part(database: Database) -> None:
    case, claire = await a_case(database), await an_agent(database)
    part = await split(case, claire, 1)
    async with database.transaction() as tx:
        await answering.close(tx, claire, case.reference, COUNTER, now())
    with pytest.raises(OpenTicket):
        async with database.transaction() as tx:
            await erase_conversation(tx, case.speaker.conversation_id, now())
    async with database.transaction() as tx:
        await answering.reply(tx, claire, part.reference, "Bonjour Zoé.", "r", COUNTER, now())
        await answering.close(tx, claire, part.reference, COUNTER, now())
        await erase_conversation(tx, case.speaker.conversation_id, now())
    assert await part.said() == await case.said() == []
