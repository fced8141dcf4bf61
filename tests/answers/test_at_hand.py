"""Canned answers and macros on a real database: versions, rights, what a ticket is offered."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

import pytest
from sqlalchemy import delete

from bot.accounts.rules import Agent, Role
from bot.answers import offering, operations, running, store
from bot.answers.deeds import Macro
from bot.answers.files import load_canned
from bot.answers.operations import Shipped
from bot.answers.rules import Answer, Kind, Words
from bot.answers.running import Press
from bot.answers.tables import CannedEntry, CannedVersion
from bot.audit import store as audit
from bot.audit.rules import Wanted
from bot.errors import Conflict, Forbidden, Invalid, NotFound
from bot.handover.rules import Taken
from bot.retention.erasing import erase_conversation
from bot.service_requests import store as requests
from bot.service_requests.draft import Draft
from bot.storage.transaction import Database
from bot.tickets import drafts
from bot.tickets import store as tickets
from tests.handover.builders import BRON, CATALOGUE, COUNTER, OULLINS, Case, a_case, an_agent
from tests.handover.test_answering import close, reply
from tests.running import ROOT
from tests.turn.scripted import now

HELLO = Answer(Words("Bonjour", "Hello"), Words("Bonjour {{agent}}.", "Hello {{agent}}."))


@pytest.fixture(autouse=True)
async def nothing_at_hand(database: Database) -> None:
    """What is for all is everybody's: each test begins without."""
    async with database.transaction() as tx:
        await tx.execute(delete(CannedVersion))
        await tx.execute(delete(CannedEntry))


async def load(database: Database, *shipped: Shipped) -> int:
    async with database.transaction() as tx:
        return await operations.load(tx, shipped, now())


async def an_administrator(database: Database) -> Agent:
    role = Role.METROPOLIS_ADMINISTRATOR
    return await an_agent(database, "Ali", role, communes=None)


async def create(
    database: Database,
    agent: Agent,
    content: operations.Content = HELLO,
    commune: str | None = None,
    code: str = "hello",
) -> int:
    async with database.transaction() as tx:
        return await operations.create(tx, agent, code, commune, content, CATALOGUE, now())


async def save(
    database: Database, agent: Agent, entry: int, content: operations.Content, base: int = 1
) -> int:
    async with database.transaction() as tx:
        return await operations.save(tx, agent, entry, base, content, CATALOGUE, now())


async def usable(database: Database, kind: Kind = Kind.ANSWER, town: str = OULLINS) -> list[str]:
    async with database.transaction() as tx:
        return [Words(**e.content["title"]).fr for e in await store.usable(tx, kind, town)]


async def run(
    case: Case,
    agent: Agent,
    macro: int,
    *,
    version: int = 1,
    key: str = "",
    seen: int | None = None,
) -> None:
    async with case.database.transaction() as tx:
        press = Press(macro, version, key or uuid4().hex, seen or None)
        await running.run(tx, agent, case.reference, press, COUNTER, now())


async def test_files_are_loaded_once_and_again_when_they_change(database: Database) -> None:
    shipped = load_canned(ROOT / "catalogue", CATALOGUE)
    assert len([one for one in shipped if one.kind is Kind.ANSWER]) == 15
    assert await load(database, *shipped) == len(shipped)
    assert await load(database, *shipped) == 0
    changed = replace(shipped[0], content=HELLO)
    assert await load(database, changed) == 1


async def test_a_file_never_overwrites_what_was_changed_in_the_pages(database: Database) -> None:
    admin = await an_administrator(database)
    await load(database, Shipped(Kind.ANSWER, "hello", HELLO))
    async with database.transaction() as tx:
        (entry,) = await store.listed(tx, admin, Kind.ANSWER)
    await save(database, admin, entry.id, replace(HELLO, title=Words("Salut")))
    assert await load(database, Shipped(Kind.ANSWER, "hello", HELLO)) == 0
    assert await usable(database) == ["Salut"]


async def test_a_version_is_restored_as_one_more(database: Database) -> None:
    admin = await an_administrator(database)
    entry = await create(database, admin)
    await save(database, admin, entry, replace(HELLO, title=Words("Salut")))
    async with database.transaction() as tx:
        await operations.restore(tx, admin, Kind.ANSWER, entry, 1, CATALOGUE, now())
        kept = await store.versions(tx, entry)
    assert await usable(database) == ["Bonjour"]
    assert [(row["version"], row["author"]) for row in kept] == [(3, "Ali"), (2, "Ali"), (1, "Ali")]


async def test_of_two_who_change_it_at_once_the_second_is_told(database: Database) -> None:
    admin = await an_administrator(database)
    entry = await create(database, admin)
    await save(database, admin, entry, replace(HELLO, title=Words("Salut")))
    with pytest.raises(Conflict):
        await save(database, admin, entry, replace(HELLO, title=Words("Coucou")), base=1)


async def test_each_change_has_its_line_in_the_audit_log(database: Database) -> None:
    admin = await an_administrator(database)
    code = f"hello_{uuid4().hex[:8]}"
    entry = await create(database, admin, commune=OULLINS, code=code)
    await save(database, admin, entry, replace(HELLO, title=Words("Salut")))
    await save(database, admin, entry, replace(HELLO, title=Words("Salut")), base=2)  # no change
    async with database.transaction() as tx:
        await operations.retire(tx, admin, Kind.ANSWER, entry, 2, now())
        await operations.restore(tx, admin, Kind.ANSWER, entry, 1, CATALOGUE, now())
        lines = await audit.entries(tx, admin, Wanted(subject=code))
    deeds = ["added", "changed", "retired", "restored"]
    assert [line.action for line in reversed(lines)] == [f"answer.{deed}" for deed in deeds]
    assert {(line.name, line.commune) for line in lines} == {("Ali", OULLINS)}


async def test_what_fills_an_answer_was_seen_by_its_agent(database: Database) -> None:
    claire, case = await an_agent(database), await a_case(database)
    admin = await an_administrator(database)
    async with database.transaction() as tx:
        await offering.about(tx, claire, case.reference, COUNTER, now())
        lines = await audit.entries(tx, admin, Wanted(subject=case.reference))
    assert [(line.name, line.action) for line in lines if line.action == "ticket.seen"] == [
        ("Claire", "ticket.seen")
    ]


async def test_what_is_retired_is_offered_no_more(database: Database) -> None:
    admin = await an_administrator(database)
    entry = await create(database, admin)
    async with database.transaction() as tx:
        await operations.retire(tx, admin, Kind.ANSWER, entry, 1, now())
    assert await usable(database) == []


async def test_a_town_s_own_replaces_what_is_for_all_there_only(database: Database) -> None:
    admin = await an_administrator(database)
    await create(database, admin)
    await create(database, admin, replace(HELLO, title=Words("Oullins")), commune=OULLINS)
    assert (await usable(database), await usable(database, town=BRON)) == (["Oullins"], ["Bonjour"])


async def test_a_code_is_a_town_s_once(database: Database) -> None:
    admin = await an_administrator(database)
    await create(database, admin)
    with pytest.raises(Invalid):
        await create(database, admin)


async def test_a_town_s_administrator_changes_nothing_of_others(database: Database) -> None:
    admin = await an_administrator(database)
    role = Role.COMMUNE_ADMINISTRATOR
    oullins = await an_agent(database, "Omar", role, frozenset({OULLINS}))
    for_all = await create(database, admin)
    brons = await create(database, admin, commune=BRON)
    with pytest.raises(Forbidden):
        await save(database, oullins, for_all, HELLO)
    with pytest.raises(NotFound):
        await save(database, oullins, brons, HELLO)
    with pytest.raises(Forbidden):
        await create(database, oullins, code="other")
    await create(database, oullins, commune=OULLINS)


async def test_agents_read_and_change_nothing(database: Database) -> None:
    claire = await an_agent(database)
    entry = await create(database, await an_administrator(database))
    async with database.transaction() as tx:
        assert [one.id for one in await store.listed(tx, claire, Kind.ANSWER)] == [entry]
    with pytest.raises(Forbidden):
        await save(database, claire, entry, HELLO)


async def test_a_ticket_is_offered_answers_filled_with_what_is_known(database: Database) -> None:
    admin, claire, case = (
        await an_administrator(database),
        await an_agent(database),
        await a_case(database),
    )
    body = Words("{{agent}}, {{equipe}}, {{reference}}, {{commune}} : {{citoyen}} {{delai}}")
    await create(database, admin, replace(HELLO, body=body))
    async with database.transaction() as tx:
        seen = await offering.about(tx, claire, case.reference, COUNTER, now())
        (offered,) = await offering.answers(tx, seen)
    town = COUNTER.town(OULLINS)
    start = f"Claire, équipe accueil, {case.reference}, {town} : "
    assert offered.filled.text == f"{start}⟦citoyen⟧ ⟦delai⟧"
    assert offered.filled.blanks == ["citoyen", "delai"]


async def test_what_is_chosen_most_comes_first(database: Database) -> None:
    admin, claire, case = (
        await an_administrator(database),
        await an_agent(database),
        await a_case(database),
    )
    await create(database, admin, replace(HELLO, title=Words("A")), code="aa")
    often = await create(database, admin, replace(HELLO, title=Words("B")), code="bb")
    async with database.transaction() as tx:
        await store.count_use(tx, often)
        seen = await offering.about(tx, claire, case.reference, COUNTER, now())
        assert [one.title for one in await offering.answers(tx, seen)] == ["B", "A"]


async def test_no_ticket_of_another_town_is_offered_anything(database: Database) -> None:
    lea, case = await an_agent(database, communes=frozenset({BRON})), await a_case(database)
    async with database.transaction() as tx:
        with pytest.raises(NotFound):
            await offering.about(tx, lea, case.reference, COUNTER, now())


async def a_macro(database: Database, macro: Macro) -> int:
    admin = await an_administrator(database)
    await create(database, admin)
    return await create(database, admin, macro, code="end")


ALL = Macro(Words("Fin"), takes=True, reply="hello", note="vu", priority="high", closes=True)


async def test_a_macro_does_all_its_deeds_under_its_name(database: Database) -> None:
    case, claire = await a_case(database), await an_agent(database)
    await run(case, claire, await a_macro(database, ALL))
    kinds = await case.kinds()
    assert kinds[-6:] == ["macro", "assigned", "taken", "note", "priority", "closed"]
    assert ("agent", "Bonjour Claire.") in await case.said()
    assert (await case.ticket())["status"] == "closed"
    async with database.transaction() as tx:
        (ran,) = [e for e in await tickets.history(tx, case.reference) if e["kind"] == "macro"]
    assert (ran["author"], ran["data"]["macro"]) == ("Claire", "Fin")


async def test_a_macro_pressed_twice_is_run_once(database: Database) -> None:
    case, claire = await a_case(database), await an_agent(database)
    macro = await a_macro(database, ALL)
    for _ in range(2):
        await run(case, claire, macro, key="once")
    assert (await case.kinds()).count("macro") == 1


async def test_a_macro_does_nothing_when_one_of_its_deeds_is_refused(database: Database) -> None:
    case, claire = await a_case(database), await an_agent(database)
    seen = (await case.conversation())["last_seq"]
    macro = await a_macro(database, replace(ALL, takes=False))
    await reply(case, await an_agent(database, "Marc"))
    said, kinds = await case.said(), await case.kinds()
    with pytest.raises(Taken):
        await run(case, claire, macro, seen=seen)
    assert (await case.said(), await case.kinds()) == (said, kinds)


async def test_a_macro_with_a_blank_is_not_run(database: Database) -> None:
    case, claire = await a_case(database), await an_agent(database)
    macro = await a_macro(database, Macro(Words("Fin"), note="{{citoyen}}"))
    with pytest.raises(Invalid):
        await run(case, claire, macro)


async def test_a_macro_changed_since_it_was_shown_is_not_run(database: Database) -> None:
    case, claire = await a_case(database), await an_agent(database)
    with pytest.raises(Conflict):
        await run(case, claire, await a_macro(database, ALL), version=2)


async def test_a_draft_is_kept_for_its_agent_alone_and_dropped_when_empty(
    database: Database,
) -> None:
    case, claire, marc = (
        await a_case(database),
        await an_agent(database),
        await an_agent(database, "Marc"),
    )
    async with database.transaction() as tx:
        await drafts.keep(tx, claire.id, case.reference, "reply", "Bonj", now())
        await drafts.keep(tx, claire.id, case.reference, "reply", "Bonjour", now())
        found = await drafts.kept(tx, claire.id, case.reference)
        assert {mode: text for mode, (text, _) in found.items()} == {"reply": "Bonjour"}
        assert await drafts.kept(tx, marc.id, case.reference) == {}
        await drafts.keep(tx, claire.id, case.reference, "reply", " ", now())
        assert await drafts.kept(tx, claire.id, case.reference) == {}


async def test_erasure_drops_the_drafts_of_a_conversation(database: Database) -> None:
    case, claire = await a_case(database), await an_agent(database)
    async with database.transaction() as tx:
        await drafts.keep(tx, claire.id, case.reference, "note", "rappeler Mme X", now())
    await close(case, claire)
    async with database.transaction() as tx:
        await erase_conversation(tx, case.speaker.conversation_id, now())
        assert await drafts.kept(tx, claire.id, case.reference) == {}


async def test_a_closed_ticket_is_filled_with_nothing_of_the_form_of_today(
    database: Database,
) -> None:
    case, claire = await a_case(database), await an_agent(database)
    draft = Draft(service="pothole", commune=BRON, address="3 rue Pasteur")
    async with database.transaction() as tx:
        await requests.save_draft(tx, case.speaker.conversation_id, draft, now())
        open_one = await offering.about(tx, claire, case.reference, COUNTER, now())
    await close(case, claire)
    async with database.transaction() as tx:
        seen = await offering.about(tx, claire, case.reference, COUNTER, now())
    assert (open_one.values["adresse"], open_one.situation.service) == ("3 rue Pasteur", "pothole")
    assert "adresse" not in seen.values
    assert seen.situation.service is None
