"""The inbox: what is found, put aside, tagged, kept, and done on several tickets at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from bot.accounts.rules import Agent, Role
from bot.audit import store as audit
from bot.audit.rules import Wanted
from bot.conversations import store as conversations
from bot.errors import Forbidden, Invalid, NotFound
from bot.handover import answering, asked, lists, passing, saved_filters, snoozing, tagging
from bot.handover.bulk import Assign, Bulk, Close, Tag
from bot.handover.cursors import cursor_of
from bot.handover.excerpts import START, STOP, copy_of, pieces
from bot.handover.minding import Minder
from bot.handover.orders import Queue
from bot.handover.reading import talk
from bot.handover.searching import Found, search
from bot.storage.transaction import Database
from bot.tickets import store as tickets
from tests.handover.builders import BRON, COUNTER, OULLINS, WHOLE, a_case, a_word, an_agent
from tests.turn.scripted import now

AUDITOR = Agent(uuid4(), "Nadia", Role.COMMUNE_ADMINISTRATOR, frozenset({OULLINS}))


async def found(database: Database, agent: Agent, text: str) -> list[Found]:
    async with database.transaction() as tx:
        return list((await search(tx, agent, asked.read(text), COUNTER, now())).page.rows)


async def in_queue(database: Database, agent: Agent, queue: Queue) -> list[str]:
    async with database.transaction() as tx:
        page = await lists.listed(tx, agent, queue, now(), limit=WHOLE)
        return [row.reference for row in page.rows]


def test_a_box_is_read_as_words_and_filters() -> None:
    read = asked.read('lampadaire cassé équipe:voirie étiquette:"très urgent" heure: 12')
    assert read.words == "lampadaire cassé heure: 12"
    assert read.filters == {"team": ["voirie"], "tag": ["très urgent"]}
    assert asked.read(" 2026-004217 ").reference == "2026-004217"


def test_hits_are_carried_over_to_the_text_as_it_was_written() -> None:
    text = "Un cœur <b>brisé</b> à Oullins"
    copy = copy_of(text)
    assert len(copy) == len(text) + 1  # œ is two letters there
    shown = pieces(text, copy.replace("coeur", f"{START}coeur{STOP}"))
    assert [piece.text for piece in shown if piece.is_hit] == ["cœur"]
    assert "".join(piece.text for piece in shown) == text
    assert pieces(text, "something else") == pieces(text, copy)


async def test_words_are_found_whatever_their_accents_and_only_in_one_s_towns(
    database: Database,
) -> None:
    word = a_word()
    case = await a_case(database, f"Les poubelles de l’école {word} débordent")
    claire = await an_agent(database)
    stranger = await an_agent(database, communes=frozenset({BRON}))
    (one,) = await found(database, claire, f"ECOLES debordent {word}")
    assert one.listed is not None
    assert one.listed.reference == case.reference
    assert {piece.text for piece in one.pieces if piece.is_hit} == {"école", "débordent", word}
    assert await found(database, stranger, word) == []
    assert [f.reference for f in await found(database, claire, case.reference)] == [case.reference]
    assert await found(database, stranger, case.reference) == []
    async with database.transaction() as tx:
        await tickets.forget_words(tx, [case.speaker.conversation_id])
    assert [f.what for f in await found(database, claire, word)] == ["message"]


async def test_another_town_s_talk_is_found_by_one_s_own_ticket_in_it(database: Database) -> None:
    word = a_word()
    case, claire = await a_case(database, f"la rue {word}"), await an_agent(database)
    async with database.transaction() as tx:
        await conversations.change(tx, case.speaker.conversation_id, commune=BRON)
    neighbour = await an_agent(database, communes=frozenset({BRON}))
    for words in (word, f"{word} ville:oullins", "ville:oullins"):
        assert case.reference in {
            one.listed.reference for one in await found(database, claire, words) if one.listed
        }
    assert await found(database, claire, f"{word} ville:bron") == []
    (seen,) = await found(database, neighbour, f"{word} ville:bron")
    assert (seen.what, seen.listed) == ("message", None)  # the ticket is not theirs


async def test_notes_and_filters_find_a_ticket(database: Database) -> None:
    case, claire, word = (
        await a_case(database),
        await an_agent(database),
        a_word(),
    )
    async with database.transaction() as tx:
        await answering.note(tx, claire, case.reference, f"rappeler {word}", "n1", now())
        await tagging.tag(tx, claire, case.reference, [f"T {word}"], [], now())
    assert [f.what for f in await found(database, claire, word)] == ["note"]
    assert len(await found(database, claire, f'étiquette:"t {word}"')) == 1
    assert await found(database, claire, f'étiquette:"t {word}" état:clos') == []
    async with database.transaction() as tx:
        nowhere = await search(tx, claire, asked.read("ville:atlantide"), COUNTER, now())
        assert f"t {word}" in await tagging.suggested(tx, claire)
    assert nowhere.unknown == ["atlantide"]
    assert await found(database, claire, "le la pour") == []
    assert len(await found(database, claire, f'le étiquette:"t {word}"')) == 1


@pytest.mark.usefixtures("alone")
async def test_what_is_put_aside_comes_back_in_time_or_when_the_citizen_writes(
    database: Database,
) -> None:
    case, claire = await a_case(database), await an_agent(database)
    later = now() + timedelta(hours=1)
    async with database.transaction() as tx:
        with pytest.raises(Invalid):
            await snoozing.snooze(tx, claire, case.reference, now() - timedelta(1), now())
        await snoozing.snooze(tx, claire, case.reference, later, now(), external_id="s1")
    assert case.reference not in await in_queue(database, claire, Queue.TEAM)
    assert case.reference in await in_queue(database, claire, Queue.SNOOZED)
    await case.writes("c'est encore moi")
    assert (await in_queue(database, claire, Queue.TEAM))[0] == case.reference
    assert (await case.kinds())[-2:] == ["snoozed", "woken"]
    async with database.transaction() as tx:
        await snoozing.snooze(tx, claire, case.reference, later, now(), external_id="s2")
    await Minder(database, COUNTER, lambda: later).look()
    ticket = await case.ticket()
    assert (ticket["snoozed_until"], ticket["woke_at"]) == (None, later)


@pytest.mark.usefixtures("alone")
async def test_an_answer_is_owed_until_it_is_given(database: Database) -> None:
    case, claire = await a_case(database), await an_agent(database)
    opened = await case.ticket()
    assert opened["near_due_at"] < opened["due_at"]
    async with database.transaction() as tx:
        late = await lists.listed(tx, claire, Queue.LATE, opened["due_at"], limit=WHOLE)
        await answering.reply(tx, claire, case.reference, "bonjour", "r1", COUNTER, now())
    assert case.reference in [row.reference for row in late.rows]
    assert (await case.ticket())["due_at"] is None
    assert case.reference in await in_queue(database, claire, Queue.CITIZEN)
    await case.writes("merci beaucoup !")
    await Minder(database, COUNTER, now).look()
    assert (await case.ticket())["due_at"] is None
    assert case.reference in await in_queue(database, claire, Queue.CITIZEN)
    assert ("citizen", "merci beaucoup !") in await case.said()
    await case.writes("et donc ?")
    assert case.reference not in await in_queue(database, claire, Queue.CITIZEN)
    await Minder(database, COUNTER, now).look()
    assert (await case.ticket())["due_at"] is not None


async def test_a_list_goes_on_where_its_page_ended(database: Database) -> None:
    claire = await an_agent(database, teams=frozenset({"voirie"}))
    cases = [await a_case(database) for _ in range(3)]
    async with database.transaction() as tx:
        for case in cases:
            await passing.transfer(tx, claire, case.reference, "voirie", COUNTER, now())
            await tickets.change(tx, case.reference, assignee=claire.id, assignee_name="Claire")
        seen: list[str] = []
        after = None
        while True:
            page = await lists.listed(tx, claire, Queue.MINE, now(), limit=2, after=after)
            seen += [row.reference for row in page.rows]
            if (after := page.next) is None:
                break
        with pytest.raises(Invalid):
            await lists.listed(tx, claire, Queue.MINE, now(), after="bm90aGluZw")
    assert seen == [case.reference for case in cases]


async def test_a_town_that_comes_later_finds_what_was_said_before(database: Database) -> None:
    """The index of words has the towns that may look: it must hear of each."""
    before, after = a_word(), a_word()
    case = await a_case(database, f"Un banc {before} sur la place")
    of_oullins = await an_agent(database)
    of_bron = await an_agent(database, communes=frozenset({BRON}))
    assert len(await found(database, of_oullins, before)) == 1  # by its ticket
    assert await found(database, of_bron, before) == []
    async with database.transaction() as tx:
        await conversations.change(tx, case.speaker.conversation_id, commune=BRON)
    await case.writes(f"Il est {after}")
    for agent in (of_oullins, of_bron):
        assert len(await found(database, agent, before)) == 1
        assert len(await found(database, agent, after)) == 1
        assert len(await found(database, agent, f"{before} état:ouvert ville:oullins")) == (
            agent is of_oullins
        )


async def test_a_kept_search_is_one_s_own_or_the_team_s(database: Database) -> None:
    claire, ali = await an_agent(database), await an_agent(database, "Ali")
    own, shared = uuid4(), uuid4()
    async with database.transaction() as tx:
        for which, team in ((own, None), (shared, "accueil")):
            await saved_filters.keep(
                tx, claire, which, "Trous", "état:ouvert trou", team, COUNTER, now()
            )
        seen = {row["id"] for row in await saved_filters.seen_by(tx, ali)}
        assert shared in seen
        assert own not in seen
        with pytest.raises(Forbidden):
            await saved_filters.remove(tx, ali, shared)
        with pytest.raises(NotFound):
            await saved_filters.rename(tx, ali, own, "x")
        await saved_filters.rename(tx, claire, own, "Nids-de-poule")
        await saved_filters.remove(tx, claire, shared)
        names = [row["name"] for row in await saved_filters.seen_by(tx, claire)]
    assert names == ["Nids-de-poule"]


async def test_a_deed_on_several_is_shown_before_and_taken_back_after(database: Database) -> None:
    mine, his, far = await a_case(database), await a_case(database), "2026-999999"
    claire, ali = await an_agent(database), await an_agent(database, "Ali")
    async with database.transaction() as tx:
        await passing.take(tx, ali, his.reference, COUNTER, now())
    references = [mine.reference, his.reference, far]
    taking = Bulk(claire, Assign(claire.id), "k1", COUNTER, now())
    shown = await taking.rehearse(database, references)
    assert [one.refused for one in shown] == [None, "taken", "not_found"]
    assert shown[1].by == "Ali"
    assert (await mine.ticket())["assignee"] is None
    done = await taking.perform(database, references)
    assert done == shown
    assert (await mine.ticket())["assignee"] == claire.id
    assert done[0].undo == Assign(None)
    tagged = await Bulk(claire, Tag(["Nuit"]), "k2", COUNTER, now()).perform(
        database, [mine.reference]
    )
    assert tagged[0].undo == Tag([], ["nuit"])
    await mine.writes("encore un mot")
    closing = Bulk(claire, Close({mine.reference: 1}), "k3", COUNTER, now())
    assert (await closing.perform(database, [mine.reference]))[0].refused == "unseen"


async def test_what_was_looked_for_is_in_the_audit_log(database: Database) -> None:
    case, claire = await a_case(database), await an_agent(database)
    word, neighbour = f"Nom{uuid4().hex}", await an_agent(database, communes=frozenset({BRON}))
    await found(database, claire, word)
    await found(database, claire, "  ")
    conversation = case.speaker.conversation_id
    async with database.transaction() as tx:
        await talk(tx, claire, conversation, COUNTER, "fr", now())
        with pytest.raises(NotFound):
            await talk(tx, neighbour, conversation, COUNTER, "fr", now())
    async with database.transaction() as tx:
        searched = await audit.entries(tx, AUDITOR, Wanted(subject=word.lower()))
        read = await audit.entries(tx, AUDITOR, Wanted(subject=str(conversation)))
    assert [(one.name, one.action) for one in searched] == [("Claire", "search.made")]
    assert [one.action for one in read] == ["conversation.seen"]


async def test_a_search_that_begins_anywhere_is_in_the_audit_log(database: Database) -> None:
    word = a_word()
    case, agent = await a_case(database, word), await an_agent(database)
    before_everything = cursor_of((datetime(9999, 1, 1, tzinfo=UTC),))
    for said in (word, case.reference):
        async with database.transaction() as tx:
            await search(tx, agent, asked.read(said), COUNTER, now(), before_everything)
        async with database.transaction() as tx:
            (line,) = await audit.entries(tx, AUDITOR, Wanted(subject=said.lower()))
        assert line.action == "search.made"
