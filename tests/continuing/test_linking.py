"""From the website to Telegram: nothing is joined without a proof from both ends."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import select

from bot.accounts.store import citizen_of_session
from bot.continuing.rules import LASTS, Why
from bot.continuing.tables import Continuation
from bot.conversations import store as conversations
from bot.conversations.commit import tell_in
from bot.conversations.tables import Delivery
from bot.errors import Conflict
from bot.storage.transaction import Database
from bot.words.phrases import Button, Press, Reply
from tests.continuing.builders import START, a_chat, a_page, after, joined
from tests.turn.scripted import WORDS


async def test_a_chat_that_knows_the_number_is_joined_once_the_page_says_so(
    database: Database,
) -> None:
    page, chat = await a_page(database), a_chat(database)
    link = await page.asks()
    await chat.opens(link.token)
    assert "Oullins" in (await chat.told()).text
    await chat.presses(link.code)
    assert (await page.row())["continued_channel"] is None
    standing = await page.standing()
    assert (standing.step, standing.name) == ("matched", "Marie L.")
    await page.answers()
    assert (await chat.conversation())["id"] == page.conversation
    assert (await page.standing()).step == "joined"
    assert await chat.says("ici") == page.conversation


async def test_the_page_alone_joins_nothing(database: Database) -> None:
    page, chat = await a_page(database), a_chat(database)
    link = await page.asks()
    with pytest.raises(Conflict):
        await page.answers()
    await chat.opens(link.token)
    with pytest.raises(Conflict):
        await page.answers()
    assert (await chat.conversation())["id"] != page.conversation


async def test_whoever_has_the_page_can_refuse(database: Database) -> None:
    page, chat = await a_page(database), a_chat(database, "Marie L. (@mallory)")
    link = await page.asks()
    await chat.opens(link.token)
    await chat.presses(link.code)
    await page.answers(is_me=False)
    assert (await page.standing()).step == "void"
    with pytest.raises(Conflict):
        await page.answers()
    await chat.opens(link.token)
    assert not (await chat.told()).content["buttons"]
    assert (await chat.conversation())["id"] != page.conversation


async def test_one_wrong_number_ends_the_link(database: Database) -> None:
    page, chat = await a_page(database), a_chat(database)
    link = await page.asks()
    await chat.opens(link.token)
    deeds = await chat.deeds()
    wrong = next(title for title in deeds if title.isdigit() and title != link.code)
    await chat.presses(wrong)
    await chat.does(deeds[link.code])
    standing = await page.standing()
    assert (standing.step, standing.why) == ("void", Why.WRONG_CODE)
    with pytest.raises(Conflict):
        await page.answers()


async def test_who_was_sent_the_link_can_say_that_they_asked_for_nothing(
    database: Database,
) -> None:
    page, victim = await a_page(database), a_chat(database)
    link = await page.asks()
    await victim.opens(link.token)
    assert "lira ce que vous écrivez" in (await victim.told()).text
    await victim.presses("Ce n’est pas moi")
    assert (await page.standing()).why == Why.DENIED
    with pytest.raises(Conflict):
        await page.answers()


async def test_the_victim_of_a_link_is_told_what_would_be_seen(database: Database) -> None:
    page, victim = await a_page(database), a_chat(database)
    await victim.files()
    await victim.files()
    await victim.opens((await page.asks()).token)
    assert "Vos 2 demandes" in (await victim.told()).text


async def test_a_link_that_two_chats_have_is_nobody_s(database: Database) -> None:
    page, first, second = await a_page(database), a_chat(database), a_chat(database)
    link = await page.asks()
    await first.opens(link.token)
    deeds = await first.deeds()
    await second.opens(link.token)
    await first.does(deeds[link.code])
    assert (await page.standing()).why == Why.TWO_CHATS
    with pytest.raises(Conflict):
        await page.answers()


async def test_two_chats_at_once_are_not_both_asked(database: Database) -> None:
    page, chats = await a_page(database), [a_chat(database), a_chat(database)]
    link = await page.asks()
    await asyncio.gather(*(chat.opens(link.token) for chat in chats))
    asked = [bool((await chat.told()).content["buttons"]) for chat in chats]
    assert sorted(asked) == [False, True]
    assert (await page.standing()).why == Why.TWO_CHATS


async def test_another_chat_cannot_press_the_buttons(database: Database) -> None:
    page, chat, other = await a_page(database), a_chat(database), a_chat(database)
    link = await page.asks()
    await chat.opens(link.token)
    await other.conversation()
    await other.does((await chat.deeds())[link.code])
    assert (await page.standing()).step == "opened"


async def test_a_chat_may_open_its_link_again_while_it_lasts(database: Database) -> None:
    page, chat = await a_page(database), a_chat(database)
    link = await page.asks()
    await chat.opens(link.token)
    await chat.opens(link.token)
    await chat.presses(link.code)
    await page.answers()
    assert (await page.standing()).step == "joined"


async def test_a_link_is_used_once(database: Database) -> None:
    page, chat = await a_page(database), a_chat(database)
    link = await page.asks()
    await chat.opens(link.token)
    await chat.presses(link.code)
    await page.answers()
    await page.stops()
    await chat.opens(link.token)
    assert "n’est plus valable" in (await chat.told()).text
    with pytest.raises(Conflict):
        await page.answers()


async def test_joining_at_once_joins_once(database: Database) -> None:
    page, chat = await a_page(database), a_chat(database)
    link = await page.asks()
    await chat.opens(link.token)
    await chat.presses(link.code)
    done = await asyncio.gather(page.answers(), page.answers(), return_exceptions=True)
    assert sorted(type(one) is Conflict for one in done) == [False, True]
    assert sum("continue aussi" in m.text for m in await page.heard()) == 1


@pytest.mark.parametrize("step", ["offered", "opened", "matched"])
async def test_a_link_lasts_ten_minutes_at_every_step(database: Database, step: str) -> None:
    page, chat = await a_page(database), a_chat(database)
    link = await page.asks()
    late = START + LASTS
    if step != "offered":
        await chat.opens(link.token, after(minutes=9))
    if step == "matched":
        await chat.presses(link.code, after(minutes=9))
    match step:
        case "offered":
            await chat.opens(link.token, late)
            assert "n’est plus valable" in (await chat.told()).text
        case "opened":
            await chat.presses(link.code, late)
            assert "n’est plus valable" in (await chat.told()).text
        case _:
            with pytest.raises(Conflict):
                await page.answers(at=late)
    assert (await page.standing(late)).step == "expired"


async def test_a_new_link_replaces_the_former(database: Database) -> None:
    page, chat = await a_page(database), a_chat(database)
    former = await page.asks()
    await page.asks(after(seconds=1))
    await chat.opens(former.token)
    assert "n’est plus valable" in (await chat.told()).text


async def test_links_asked_for_at_once_leave_one(database: Database) -> None:
    page = await a_page(database)
    await asyncio.gather(*(page.asks() for _ in range(4)))
    async with database.transaction() as tx:
        steps = await tx.execute(
            select(Continuation.step).where(Continuation.citizen_id == page.citizen)
        )
        assert sorted(steps.scalars()) == ["offered", "void", "void", "void"]


async def test_a_token_is_not_kept(database: Database) -> None:
    page = await a_page(database)
    link = await page.asks()
    async with database.transaction() as tx:
        rows = await tx.execute(
            select(Continuation.__table__).where(Continuation.citizen_id == page.citizen)
        )
        assert link.token not in str(rows.all())


async def test_a_guessed_token_opens_nothing(database: Database) -> None:
    await (await a_page(database)).asks()
    chat = a_chat(database)
    await chat.opens("A" * 32)
    assert not (await chat.told()).content["buttons"]


async def test_a_chat_whose_agent_is_at_work_stays_with_them(database: Database) -> None:
    page, chat = await a_page(database), a_chat(database)
    await chat.says("bonjour")
    await chat.asks_for_a_human()
    link = await page.asks()
    await chat.opens(link.token)
    assert "agent" in (await chat.told()).text
    assert (await page.standing()).step == "offered"


async def test_a_ticket_opened_meanwhile_is_not_lost(database: Database) -> None:
    page, chat = await a_page(database), a_chat(database)
    link = await page.asks()
    await chat.opens(link.token)
    await chat.presses(link.code)
    await chat.asks_for_a_human()
    with pytest.raises(Conflict):
        await page.answers()
    assert (await chat.conversation())["id"] != page.conversation


async def test_a_chat_follows_one_page_at_a_time(database: Database) -> None:
    _, chat = await joined(database)
    other = await a_page(database)
    await chat.opens((await other.asks()).token)
    assert "Quitter ici" in await chat.deeds()
    assert (await other.standing()).step == "offered"


async def test_an_agent_s_conversation_goes_on_as_well(database: Database) -> None:
    page, chat = await a_page(database), a_chat(database)
    async with database.transaction() as tx:
        await conversations.change(tx, page.conversation, owner="agent")
    link = await page.asks()
    await chat.opens(link.token)
    await chat.presses(link.code)
    await page.answers()
    assert (await page.row())["owner"] == "agent"
    assert await chat.says("bonjour") == page.conversation


async def test_the_chat_is_told_where_they_were_and_the_question_is_put_again(
    database: Database,
) -> None:
    page, chat = await a_page(database, "un trou rue Neuve"), a_chat(database)
    async with database.transaction() as tx:
        row = await conversations.locked(tx, page.conversation)
        question = Reply(("Une photo ?",), (Button("Passer", Press("skip")),), expects="photo")
        await tell_in(tx, row, [question], WORDS, START, question_seq=row["last_seq"] + 1)
    link = await page.asks()
    await chat.opens(link.token)
    await chat.presses(link.code)
    await page.answers()
    *_, lines, again = await page.heard()
    assert "un trou rue Neuve" in lines.text
    assert again.text == "Une photo ?"
    assert again.content["expects"] == "photo"
    (button,) = again.content["buttons"]
    async with database.transaction() as tx:
        offered = await conversations.offered(tx, page.conversation, button["payload"])
        row = await conversations.by_id(tx, page.conversation)
        assert offered is not None
        assert offered["seq"] == row["question_seq"]
        seqs = [lines.seq, again.seq]
        channels = await tx.execute(
            select(Delivery.channel).where(
                Delivery.conversation_id == page.conversation, Delivery.seq.in_(seqs)
            )
        )
        assert list(channels.scalars()) == ["telegram", "telegram"]


async def test_what_is_said_afterwards_goes_to_both(database: Database) -> None:
    page, _ = await joined(database)
    async with database.transaction() as tx:
        row = await conversations.locked(tx, page.conversation)
        await tell_in(tx, row, [Reply(("Bonjour",))], WORDS, START)
        channels = await tx.execute(
            select(Delivery.channel).where(
                Delivery.conversation_id == page.conversation,
                Delivery.seq == row["last_seq"] + 1,
            )
        )
        assert sorted(channels.scalars()) == ["telegram", "web"]


@pytest.mark.parametrize("who", ["page", "chat"])
async def test_they_part_again(database: Database, who: str) -> None:
    page, chat = await joined(database)
    if who == "page":
        await page.stops()
    else:
        await chat.does({"does": "stop"})
    assert (await page.row())["continued_channel"] is None
    assert (await chat.conversation())["id"] != page.conversation
    assert (await chat.conversation())["citizen_id"] == page.citizen
    assert "ne suit plus" in (await chat.told()).text
    async with database.transaction() as tx:
        left = await tx.execute(
            select(Delivery.channel).where(
                Delivery.conversation_id == page.conversation,
                Delivery.channel == "telegram",
                Delivery.status == "pending",
            )
        )
        assert not left.all()
    assert (await page.standing()).step == "none"


async def test_a_chat_that_was_never_the_page_s_becomes_a_stranger(database: Database) -> None:
    page, mallory = await joined(database)
    await page.files()
    await page.stops(disown=True)
    stranger = await mallory.conversation()
    assert stranger["citizen_id"] != page.citizen


async def test_a_chat_that_never_meant_it_shuts_the_page_out(database: Database) -> None:
    page, victim = await joined(database)
    await victim.does({"does": "disown"})
    async with database.transaction() as tx:
        assert await citizen_of_session(tx, page.session, START) is None


async def test_nothing_is_said_aside_to_the_page(database: Database) -> None:
    page, chat = await joined(database)
    asides = [m for m in await page.heard() if m.content.get("only")]
    assert asides
    assert all(m.content["only"] == "telegram" for m in asides)
    assert chat.name in " ".join(m.text for m in await page.heard() if not m.content.get("only"))
