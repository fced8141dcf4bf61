"""What fails for one chat is that chat's; what fails for all makes all wait. Nothing is lost."""

from __future__ import annotations

import asyncio
import threading

import pytest

from bot.channels.telegram.sending import report_store, rules
from tests.channels.telegram.sending.stage import Stage
from tests.servers.telegram.checking import Request
from tests.servers.telegram.faults import Answer


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "IN_DOUBT_PAUSES_S", (0.1,))
    monkeypatch.setattr(rules, "PROBE_EVERY_S", 1.0)


async def test_chats_that_fail_keep_nobody_else_waiting(quiet: Stage) -> None:
    bad = [await quiet.chat(f"Bad {number}") for number in range(12)]
    for chat in bad:
        quiet.server.faults.hangs("sendMessage", chat_id=chat.id, times=None)
        await chat.says("jamais")
    quiet.start()
    await quiet.server.wait_for(lambda made: len(made) >= 12)
    well = [await quiet.chat(f"Well {number}") for number in range(3)]
    for chat in well:
        await chat.says("un")
        await chat.says("deux")
    await quiet.watcher.until("sent", 6)  # while the others still hang
    assert all(chat.screen.texts == ["un", "deux"] for chat in well)


async def test_many_chats_refused_by_a_server_that_works_leave_others_alone(
    quiet: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    bad = [await quiet.chat(f"Bad {number}") for number in range(12)]
    for chat in bad:
        quiet.server.faults.fails("sendMessage", chat_id=chat.id, times=None)
        await chat.says("jamais")
    quiet.start()
    await quiet.watcher.until("put_off", 12)
    assert quiet.connection.trouble is not None
    for number in range(4):
        chat = await quiet.chat(f"Well {number}")
        await chat.says("bonjour")
        await quiet.watcher.until("sent", number + 1)
        assert quiet.connection.trouble is None
    await quiet.watcher.until("put_off", 16)
    told = [one for one in caplog.records if one.name.endswith("connection")]
    assert len(told) == 2
    assert [status for status, _ in await bad[0].deliveries()] == ["pending"]


async def test_an_outage_is_told_once_and_over_within_seconds(
    quiet: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    chats = [await quiet.chat(f"Nadia {number}") for number in range(10)]
    away = quiet.server.faults.cuts(times=None)
    for chat in chats:
        await chat.says("bonjour")
    quiet.start()
    await quiet.watcher.until("put_off")
    assert [quiet.connection.trouble] == ["the Bot API cannot be reached"]
    await quiet.server.wait_for(lambda _: len(quiet.server.calls_of("getMe")) >= 4)
    sent_meanwhile = len(quiet.server.calls_of("sendMessage"))
    assert sent_meanwhile <= 10
    away.lift()
    asked = len(quiet.server.calls_of("getMe"))
    await quiet.watcher.until("sent", 10)
    assert len(quiet.server.calls_of("getMe")) <= asked + 2  # the next look finds it there
    assert all(chat.screen.texts == ["bonjour"] for chat in chats)
    assert [quiet.connection.trouble] == [None]
    told = [one for one in caplog.records if one.name.endswith("connection")]
    assert len(told) == 2


async def test_a_message_whose_answer_never_comes_is_sent_three_times_and_no_more(
    stage: Stage,
) -> None:
    chat = await stage.chat()
    stage.server.faults.loses_answer("sendMessage", chat_id=chat.id, times=3)
    await chat.says("un")
    await chat.says("deux")
    await stage.watcher.until("sent")
    assert chat.screen.texts == ["un", "un", "un", "deux"]
    assert await chat.deliveries() == [("failed", rules.MAY_BE_THERE), ("sent", None)]
    async with stage.database.transaction() as tx:
        assert (await report_store.summary(tx, 5)).in_doubt == 1


async def test_an_outage_of_everything_gives_nothing_up(stage: Stage) -> None:
    chat = await stage.chat()
    away = stage.server.faults.cuts(times=None)
    await chat.says("bonjour")
    for number in range(5):
        await stage.watcher.until("put_off", number + 1)
        stage.sender._outage.works(0)  # as if it had answered for a moment
        stage.sender._moved.set()
    away.lift()
    await stage.watcher.until("sent")
    assert chat.screen.texts == ["bonjour"]


@pytest.mark.parametrize(
    ("answer", "texts", "status"),
    [
        ('{"ok": true, "result": {"message_id": 4711, "new": 1}}', ["un", "deux"], "sent"),
        ('{"ok": true, "result": "new"}', ["un", "un", "deux"], "failed"),
    ],
    ids=["a message of an unknown form", "something else"],
)
async def test_an_answer_that_cannot_be_read_is_an_answer(
    stage: Stage, answer: str, texts: list[str], status: str
) -> None:
    chat = await stage.chat()
    fault = Answer(200, answer, takes_effect=True)
    stage.server.faults.add(
        fault, "sendMessage", times=None, when=lambda asked: asked.payload["text"] == "un"
    )
    await chat.says("un")
    await chat.says("deux")
    await stage.server.wait_for(lambda _: "deux" in chat.screen.texts)
    assert chat.screen.texts == texts
    assert (await chat.deliveries())[0][0] == status


async def test_a_stop_lets_what_is_in_hand_end_and_calls_nobody_up(quiet: Stage) -> None:
    chat = await quiet.chat()
    asked, answers = threading.Event(), threading.Event()

    def holds(_: Request) -> bool:
        asked.set()
        answers.wait(10)
        return False

    quiet.server.faults.cuts("sendMessage", times=None).when = holds
    await chat.says("un")
    await chat.says("deux")
    quiet.start()
    assert await asyncio.to_thread(asked.wait, 10)
    ending = asyncio.create_task(quiet.ends())
    await asyncio.sleep(0)
    answers.set()
    await ending
    assert chat.screen.texts == ["un"]
    assert await chat.deliveries() == [("sent", None), ("pending", None)]
    again = await quiet.replaced()
    again.start()
    try:
        await again.watcher.until("sent")
    finally:
        await again.stop()
    assert chat.screen.texts == ["un", "deux"]
