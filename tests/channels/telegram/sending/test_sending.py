"""Messages handed over to a real server of Telegram's protocol, through refusals and outages."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.channels.telegram.connection import WRONG_TOKEN
from bot.channels.telegram.sending import calls, rules
from bot.channels.telegram.sending import store as deliveries
from bot.conversations import store
from bot.storage.transaction import Database
from tests.channels.telegram.sending.stage import Stage, a_stage
from tests.servers.telegram import Refused, Silence, TelegramServer
from tests.turn.scripted import now


async def test_messages_of_a_chat_arrive_in_their_order(quiet: Stage) -> None:
    chats = [await quiet.chat(f"Nadia {number}") for number in range(3)]
    for number in range(3):
        for chat in chats:
            await chat.says(f"message {number}")
    quiet.start()
    await quiet.watcher.until("sent", 9)
    for chat in chats:
        assert chat.screen.texts == ["message 0", "message 1", "message 2"]
        assert await chat.deliveries() == [("sent", None)] * 3
    assert quiet.server.refused == []


async def test_what_is_stored_silently_is_not_sent(stage: Stage) -> None:
    chat = await stage.chat()
    await chat.says("rien à voir", silent=True)
    await chat.says("bonjour")
    await stage.watcher.until("sent")
    assert chat.screen.texts == ["bonjour"]


async def test_a_conversation_that_goes_on_in_telegram_speaks_there(stage: Stage) -> None:
    chat = await stage.chat()
    other = await stage.chat("Paul")
    async with stage.database.transaction() as tx:
        web = await store.conversation_of(
            tx, "web", f"w{chat.id}", chat.citizen_id, now(), commune=None, language="fr"
        )
        await store.change(
            tx, web["id"], continued_channel="telegram", continued_address=str(other.id)
        )
    other.conversation_id = web["id"]
    await other.says("la suite")
    await stage.watcher.until("sent")
    assert other.screen.texts == ["la suite"]


async def test_a_conversation_that_left_its_chat_says_nothing_there(quiet: Stage) -> None:
    chat = await quiet.chat()
    async with quiet.database.transaction() as tx:
        web = await store.conversation_of(
            tx, "web", f"w{chat.id}", chat.citizen_id, now(), commune=None, language="fr"
        )
        await store.change(
            tx, web["id"], continued_channel="telegram", continued_address=str(chat.id)
        )
    first = chat.conversation_id
    chat.conversation_id = web["id"]
    await chat.says("trop tard")
    async with quiet.database.transaction() as tx:
        await store.change(tx, web["id"], continued_channel=None, continued_address=None)
    left, chat.conversation_id = chat.conversation_id, first
    await chat.says("ici")
    quiet.start()
    await quiet.watcher.until("sent")
    await quiet.sender._see(None)  # as every two seconds
    chat.conversation_id = left
    assert (await chat.deliveries())[-1] == ("failed", rules.NO_CHAT)
    assert chat.screen.texts == ["ici"]


async def test_a_chat_that_is_refused_is_left_alone_as_long_as_it_says(stage: Stage) -> None:
    slowed, other = await stage.chat("Slow"), await stage.chat("Other")
    stage.server.faults.too_many("sendMessage", retry_after_s=1, chat_id=slowed.id)
    await slowed.says("un")
    await slowed.says("deux")
    await stage.server.wait_for(lambda made: [c for c in made if c.error])
    await other.says("tout de suite")
    await stage.watcher.until("sent", 3)
    sent = stage.server.calls_of("sendMessage", slowed.id)
    assert [call.payload["text"] for call in sent] == ["un", "un", "deux"]
    assert sent[1].at - sent[0].at >= 1
    assert stage.server.calls_of("sendMessage", other.id)[0].at < sent[1].at
    async with stage.database.transaction() as tx:
        assert (await store.pending_deliveries(tx)).get("telegram") is None


@pytest.mark.parametrize("answer", ["502 page", "500 answer"])
async def test_messages_wait_while_the_bot_api_fails(stage: Stage, answer: str) -> None:
    chat = await stage.chat()
    if answer == "502 page":
        stage.server.faults.breaks(times=2)
    else:
        stage.server.faults.fails(times=2)
    await chat.says("bonjour")
    await stage.watcher.until("put_off")
    assert stage.connection.trouble is not None
    await stage.watcher.until("sent")
    assert chat.screen.texts == ["bonjour"]
    assert stage.connection.trouble is None


async def test_while_it_fails_one_is_tried_and_then_all_follow(quiet: Stage) -> None:
    chats = [await quiet.chat(f"Nadia {number}") for number in range(8)]
    away = quiet.server.faults.fails("sendMessage", times=None)
    for chat in chats:
        await chat.says("bonjour")
    quiet.start()
    await quiet.watcher.until("put_off", 2)
    away.lift()
    await quiet.watcher.until("sent", 8)
    assert all(chat.screen.texts == ["bonjour"] for chat in chats)


async def test_an_accepted_message_whose_answer_is_lost_is_sent_again_alone(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls, "SENT_WITHIN_S", 1)
    monkeypatch.setattr(rules, "IN_DOUBT_PAUSES_S", (0.1,))
    chat = await stage.chat()
    stage.server.faults.hangs("sendMessage", takes_effect=True)
    await chat.says("un")
    await chat.says("deux")
    await stage.watcher.until("sent", 2)
    assert chat.screen.texts == ["un", "un", "deux"]


async def test_a_wrong_token_is_told_and_messages_wait(
    server: TelegramServer, database: Database, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("photos")
    async with a_stage(server, database, folder, token="123456:wrong-token-of-nobody") as stage:
        chat = await stage.chat()
        await chat.says("bonjour")
        stage.start()
        await stage.watcher.until("put_off")
        assert stage.connection.trouble == WRONG_TOKEN
        assert await chat.deliveries() == [("pending", WRONG_TOKEN)]


async def test_who_blocks_the_bot_gets_everything_in_order_when_they_return(stage: Stage) -> None:
    chat = await stage.chat()
    chat.person.blocks()
    await chat.says("un")
    await stage.watcher.until("blocked")
    assert await chat.is_blocked()
    await chat.says("deux")
    other = await stage.chat("Other")
    await other.says("les autres continuent")
    await stage.watcher.until("sent")
    assert len(stage.server.calls_of("sendMessage", chat.id)) == 1
    chat.person.unblocks()
    await chat.is_back()
    await stage.watcher.until("sent", 3)
    assert chat.screen.texts == ["un", "deux"]


async def test_what_is_too_old_after_a_block_is_dropped(stage: Stage) -> None:
    chat = await stage.chat()
    chat.person.blocks()
    await chat.says("vieille nouvelle", is_news=True, ago=timedelta(days=4))
    await chat.says("réponse d’il y a quatre jours", ago=timedelta(days=4))
    await chat.says("réponse d’il y a huit jours", ago=timedelta(days=8))
    await chat.says("nouvelle d’aujourd’hui", is_news=True)
    await stage.watcher.until("blocked")
    stage.sender.wake()
    other = await stage.chat("Other")
    await other.says("les autres continuent")
    await stage.watcher.until("sent")
    chat.person.unblocks()
    await chat.is_back()
    await stage.watcher.until("sent", 3)
    assert chat.screen.texts == ["réponse d’il y a quatre jours", "nouvelle d’aujourd’hui"]
    assert [error for _, error in await chat.deliveries()] == [rules.EXPIRED, None] * 2


async def test_old_messages_are_not_dropped_because_of_an_outage(stage: Stage) -> None:
    chat = await stage.chat()
    await chat.says("vieille nouvelle", is_news=True, ago=timedelta(days=9))
    await stage.watcher.until("sent")
    assert chat.screen.texts == ["vieille nouvelle"]


async def test_what_telegram_cannot_read_is_sent_without_markup(stage: Stage) -> None:
    chat = await stage.chat()
    refused = Refused(400, "Bad Request: can't parse entities: Unsupported start tag")
    stage.server.faults.add(refused, "sendMessage")
    await chat.says("Votre demande 2026-004217 <b> & co")
    await stage.watcher.until("sent")
    assert chat.screen.texts == ["Votre demande 2026-004217 <b> & co"]
    assert chat.screen.last.entities == ()


async def test_what_is_refused_for_good_does_not_hold_up_the_next(stage: Stage) -> None:
    chat = await stage.chat()
    stage.server.faults.add(Refused(400, "Bad Request: something is wrong"), "sendMessage")
    await chat.says("un")
    await chat.says("deux")
    await stage.watcher.until("sent")
    assert chat.screen.texts == ["deux"]
    failed, _ = await chat.deliveries()
    assert failed == ("failed", "Bad Request: something is wrong")


async def test_a_message_of_several_parts_goes_on_after_a_kill(quiet: Stage) -> None:
    chat = await quiet.chat()
    paragraphs = [f"{number} " + "mot " * 800 for number in range(3)]
    await chat.says("\n\n".join(paragraphs))
    quiet.server.faults.add(
        Silence(), "sendMessage", when=lambda asked: asked.payload["text"].startswith("1 ")
    )
    quiet.start()
    await quiet.server.wait_for(lambda made: len(made) >= 2)
    again = await quiet.replaced()
    async with quiet.database.transaction() as tx:
        await deliveries.release_all(tx)
    again.start()
    try:
        await again.watcher.until("sent")
    finally:
        await again.stop()
    assert [text[:2] for text in chat.screen.texts] == ["0 ", "1 ", "2 "]


async def test_the_lease_of_a_killed_sender_runs_out(quiet: Stage) -> None:
    chat = await quiet.chat()
    await chat.says("bonjour")
    quiet.server.faults.hangs("sendMessage")
    quiet.start()
    await quiet.server.wait_for(lambda made: len(made) >= 1)
    again = await quiet.replaced()
    again.moved(lambda: now() + rules.LEASE)
    again.start()
    try:
        await again.watcher.until("sent")
    finally:
        await again.stop()
    assert chat.screen.texts == ["bonjour"]


async def test_two_senders_do_not_send_the_same(quiet: Stage) -> None:
    chat = await quiet.chat()
    for number in range(6):
        await chat.says(f"message {number}")
    other = await quiet.replaced()
    quiet.start()
    other.start()
    try:
        await quiet.server.wait_for(lambda _: len(chat.screen.texts) >= 6)
        await chat.says("la fin")
        await quiet.server.wait_for(lambda _: chat.screen.texts[-1] == "la fin")
    finally:
        await other.stop()
    assert chat.screen.texts == [*(f"message {number}" for number in range(6)), "la fin"]
