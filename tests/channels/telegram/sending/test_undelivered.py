"""Whoever answers for a message sees that it did not arrive: agents, operators."""

from __future__ import annotations

from pathlib import Path

from bot.channels.telegram.sending import store as deliveries
from bot.conversations import store
from tests.channels.telegram.sending.stage import Stage
from tests.cli.test_admin import admin, run_admin
from tests.servers.telegram import Refused
from tests.turn.scripted import now


async def test_an_agent_sees_what_failed_and_what_waits_for_a_block(stage: Stage) -> None:
    chat = await stage.chat()
    await chat.says("arrivé")
    await stage.watcher.until("sent")
    stage.server.faults.add(Refused(400, "Bad Request: something is wrong"), "sendMessage")
    failed = await chat.says("refusé")
    await stage.watcher.until("failed")
    chat.person.blocks()
    waiting = await chat.says("en attente")
    await stage.watcher.until("blocked")
    async with stage.database.transaction() as tx:
        found = await store.undelivered(tx, chat.conversation_id)
        shown = await store.shown_through(tx, chat.conversation_id)
    assert found == {failed: False, waiting: True}
    assert shown == 1


async def test_an_operator_sees_it_and_sends_it_again(quiet: Stage, tmp_path: Path) -> None:
    chat = await quiet.chat()
    fault = quiet.server.faults.add(
        Refused(400, "Bad Request: something is wrong"), "sendMessage", times=None
    )
    await chat.says("refusé")
    quiet.start()
    await quiet.watcher.until("failed")
    fault.lift()
    await quiet.stop()
    await chat.says("en attente", is_news=True)
    url = quiet.database.url
    status = admin(tmp_path, url, "telegram", "status")
    assert "waiting: 1 (1 news)" in status
    assert "something is wrong" in status
    assert "refusé" not in status
    assert run_admin(tmp_path, url, "telegram", "retry").returncode != 0
    told = admin(tmp_path, url, "telegram", "retry", str(chat.conversation_id))
    assert told.strip() == "1 will be sent again"
    async with quiet.database.transaction() as tx:
        due = await deliveries.standing(tx, now(), {chat.conversation_id})
    assert [one.chat_id for one in due] == [chat.id]
