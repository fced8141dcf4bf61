"""The stand-in for Telegram delivers, keeps files, fails and limits as the real one does."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from io import BytesIO
from typing import Any

import pytest
from aiogram import Bot
from aiogram.exceptions import (
    ClientDecodeError,
    TelegramBadRequest,
    TelegramConflictError,
    TelegramForbiddenError,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
)
from aiogram.methods import SendMessage
from aiogram.types import (
    BotCommand,
    BotCommandScopeAllPrivateChats,
    BufferedInputFile,
    InputMediaPhoto,
)
from aiogram.webhook.aiohttp_server import SimpleRequestHandler
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from tests.servers.telegram import Person, TelegramServer, running_telegram_server
from tests.servers.telegram.bots import bot_of
from tests.servers.telegram.delivery import SECRET_HEADER

Answer = Callable[[dict[str, Any]], web.Response]


@pytest.fixture
def server() -> Iterator[TelegramServer]:
    with running_telegram_server() as running:
        yield running


@pytest.fixture
async def bot(server: TelegramServer) -> AsyncIterator[Bot]:
    async with bot_of(server) as bot:
        yield bot


@pytest.fixture
def camille(server: TelegramServer) -> Person:
    return server.person("Camille", has_started=True)


@asynccontextmanager
async def hook(answer: Answer) -> AsyncIterator[tuple[str, list[dict[str, Any]]]]:
    """A webhook's address, and what it was sent (with the secret)."""
    came: list[dict[str, Any]] = []

    async def take(request: web.Request) -> web.Response:
        update = await request.json()
        came.append(update | {"secret": request.headers.get(SECRET_HEADER)})
        return answer(update)

    app = web.Application()
    app.router.add_post("/hook", take)
    async with TestServer(app) as running:
        yield str(running.make_url("/hook")), came


async def delivered(server: TelegramServer) -> None:
    await asyncio.to_thread(server.wait_delivered)


# -- getUpdates -----------------------------------------------------------------------------------


async def test_an_offset_confirms_what_came_before_it(bot: Bot, camille: Person) -> None:
    for text in "abc":
        camille.says(text)
    first = await bot.get_updates(limit=2)
    assert [update.message.text for update in first if update.message] == ["a", "b"]
    assert len(await bot.get_updates()) == 3
    assert len(await bot.get_updates(offset=first[-1].update_id + 1)) == 1
    assert len(await bot.get_updates()) == 1


async def test_a_negative_offset_keeps_only_the_newest(bot: Bot, camille: Person) -> None:
    for text in "abc":
        camille.says(text)
    kept = await bot.get_updates(offset=-1)
    assert [update.message.text for update in kept if update.message] == ["c"]
    assert len(await bot.get_updates()) == 1


async def test_a_long_poll_ends_when_something_comes(
    bot: Bot, server: TelegramServer, camille: Person
) -> None:
    poll = asyncio.create_task(bot.get_updates(timeout=30))
    await bot.get_me()
    camille.says("enfin")
    assert len(await asyncio.wait_for(poll, 5)) == 1


async def test_another_poll_ends_the_first(bot: Bot, server: TelegramServer) -> None:
    first = asyncio.create_task(bot.get_updates(timeout=30))
    while server.doors.delivery._poll is None:
        await bot.get_me()
    assert await bot.get_updates() == []
    with pytest.raises(TelegramConflictError, match="terminated by other getUpdates request"):
        await first


async def test_only_allowed_updates_come_and_members_only_when_asked(
    bot: Bot, server: TelegramServer, camille: Person
) -> None:
    group = server.group("Voirie", members={camille: "member"})
    group.sets(camille, "restricted")
    assert await bot.get_updates() == []
    await bot.get_updates(allowed_updates=["chat_member"])
    group.sets(camille, "left")
    camille.says("x")
    (told,) = await bot.get_updates()
    assert told.chat_member
    assert told.chat_member.new_chat_member.status == "left"


# -- the webhook ----------------------------------------------------------------------------------


async def test_polling_is_refused_while_a_webhook_is_set(bot: Bot) -> None:
    async with hook(lambda _: web.Response()) as (url, _):
        await bot.set_webhook(url, max_connections=3, allowed_updates=["message"])
        with pytest.raises(TelegramConflictError, match="webhook is active"):
            await bot.get_updates()
        info = await bot.get_webhook_info()
        assert (info.url, info.max_connections) == (url, 3)
        assert info.allowed_updates == ["message"]
        await bot.delete_webhook()
        assert await bot.get_updates() == []


async def test_a_webhook_is_sent_the_same_update_until_it_takes_it(
    bot: Bot, server: TelegramServer, camille: Person
) -> None:
    statuses = [500, 302, 200]
    answer: Answer = lambda _: web.Response(status=statuses.pop(0))  # noqa: E731
    async with hook(answer) as (url, came):
        await bot.set_webhook(url, secret_token="s3cret")
        update = camille.says("x")
        await delivered(server)
        assert [one["update_id"] for one in came] == [update["update_id"]] * 3
        assert {one["secret"] for one in came} == {"s3cret"}
        told = (await bot.get_webhook_info()).last_error_message or ""
        assert told.startswith("Wrong response from the webhook: 302")


async def test_a_webhook_that_was_away_is_sent_what_it_missed(
    bot: Bot, server: TelegramServer, camille: Person
) -> None:
    async with hook(lambda _: web.Response()) as (url, came):
        await bot.set_webhook(url.replace("/hook", "/nowhere"))
        camille.says("a")
        camille.says("b")
        await bot.set_webhook(url)
        await delivered(server)
        assert sorted(one["message"]["text"] for one in came) == ["a", "b"]


async def test_what_waits_can_be_dropped(bot: Bot, server: TelegramServer, camille: Person) -> None:
    camille.says("x")
    await bot.delete_webhook(drop_pending_updates=True)
    assert server.pending == []


async def test_no_more_posts_at_once_than_the_webhook_allows(
    bot: Bot, server: TelegramServer, camille: Person
) -> None:
    together: list[int] = []
    most = 0
    released = asyncio.Event()

    async def take(request: web.Request) -> web.Response:
        nonlocal most
        together.append((await request.json())["update_id"])
        most = max(most, len(together))
        if len(together) == 2:
            released.set()
        await released.wait()
        together.pop()
        return web.Response()

    app = web.Application()
    app.router.add_post("/", take)
    async with TestServer(app) as running:
        await bot.set_webhook(str(running.make_url("/")), max_connections=2)
        for text in "abcdef":
            camille.says(text)
        await delivered(server)
    assert most == 2


@pytest.mark.parametrize("form", ["json", "aiogram"])
async def test_a_webhook_may_answer_with_a_method(
    bot: Bot, server: TelegramServer, camille: Person, form: str
) -> None:
    said = SendMessage(chat_id=camille.id, text="<b>Bonjour</b>", parse_mode="HTML")

    def as_aiogram(_: Any) -> web.Response:
        handler = SimpleRequestHandler.__new__(SimpleRequestHandler)
        return web.Response(body=handler._build_response_writer(bot, said))

    def as_json(_: Any) -> web.Response:
        body = {"method": "sendMessage"} | said.model_dump(
            include={"chat_id", "text", "parse_mode"}
        )
        return web.json_response(body)

    async with hook(as_json if form == "json" else as_aiogram) as (url, _):
        await bot.set_webhook(url)
        camille.says("x")
        await server.wait_for(lambda calls: calls[-1].is_webhook_answer)
    assert camille.screen.last.html == "<b>Bonjour</b>"
    assert server.refused == []


async def test_updates_can_be_held_reordered_and_repeated(
    bot: Bot, server: TelegramServer, camille: Person
) -> None:
    async with hook(lambda _: web.Response()) as (url, came):
        await bot.set_webhook(url, max_connections=1)
        with server.holding() as held:
            camille.says("a")
            camille.says("b")
        for update in [held[1], held[0], held[0]]:
            server.deliver(update)
        await delivered(server)
        assert [one["message"]["text"] for one in came] == ["b", "a", "a"]


# -- files ----------------------------------------------------------------------------------------


async def test_a_photo_comes_back_as_it_was_sent(bot: Bot, camille: Person) -> None:
    camille.sends_photo(b"jpeg", "un trou")
    (update,) = await bot.get_updates()
    assert update.message
    assert update.message.photo
    file = await bot.get_file(update.message.photo[-1].file_id)
    content = BytesIO()
    await bot.download_file(file.file_path or "", content)
    assert content.getvalue() == b"jpeg"
    again = await bot.send_photo(camille.id, update.message.photo[-1].file_id)
    assert again.photo
    assert again.photo[-1].file_id == update.message.photo[-1].file_id


async def test_a_file_over_20_megabytes_is_not_given(bot: Bot, camille: Person) -> None:
    big = camille.sends_document("plan.pdf", "application/pdf", b"%PDF", size=21_000_000)
    with pytest.raises(TelegramBadRequest, match="Bad Request: file is too big"):
        await bot.get_file(big["message"]["document"]["file_id"])


async def test_uploads_are_kept_with_the_call(
    bot: Bot, server: TelegramServer, camille: Person
) -> None:
    media = [
        InputMediaPhoto(media=BufferedInputFile(b"un", "1.jpg"), caption="<i>x</i>"),
        InputMediaPhoto(media=BufferedInputFile(b"deux", "2.jpg")),
    ]
    sent = await bot.send_media_group(camille.id, list(media))
    assert len({message.media_group_id for message in sent}) == 1
    (call,) = server.calls_of("sendMediaGroup", camille.id)
    assert sorted(upload.content for upload in call.files.values()) == [b"deux", b"un"]
    assert server.refused == []


# -- faults ---------------------------------------------------------------------------------------


async def test_each_fault_reaches_the_client_as_its_own_error(
    bot: Bot, server: TelegramServer, camille: Person
) -> None:
    faults = server.faults
    faults.too_many("sendMessage", retry_after_s=7)
    faults.breaks("sendMessage")
    faults.fails("sendMessage", status=502, description="Bad Gateway")
    faults.cuts("sendMessage")
    faults.blocked("sendMessage", chat_id=camille.id)
    with pytest.raises(TelegramRetryAfter) as caught:
        await bot.send_message(camille.id, "x")
    assert caught.value.retry_after == 7
    for error in (
        ClientDecodeError,
        TelegramServerError,
        TelegramNetworkError,
        TelegramForbiddenError,
    ):
        with pytest.raises(error):
            await bot.send_message(camille.id, "x")
    assert camille.screen.texts == []
    assert server.refused == []
    await bot.send_message(camille.id, "x")


async def test_an_answer_can_be_lost_after_the_call_took_effect(
    bot: Bot, server: TelegramServer, camille: Person
) -> None:
    server.faults.loses_answer("sendMessage")
    with pytest.raises(TelegramNetworkError):
        await bot.send_message(camille.id, "x")
    assert camille.screen.texts == ["x"]
    assert server.calls[-1].took_effect


async def test_a_server_may_never_answer(server: TelegramServer, camille: Person) -> None:
    fault = server.faults.hangs(times=None)
    async with bot_of(server, timeout_s=0.1) as bot:
        with pytest.raises(TelegramNetworkError, match="timeout"):
            await bot.send_message(camille.id, "x")
        fault.lift()
        await bot.send_message(camille.id, "y")
    assert fault.met == 1
    assert camille.screen.texts == ["y"]


async def test_a_fault_may_choose_its_calls(
    bot: Bot, server: TelegramServer, camille: Person
) -> None:
    other = server.person("Sacha", has_started=True)
    server.faults.blocked(chat_id=other.id, times=None)
    await bot.send_message(camille.id, "x")
    for _ in range(2):
        with pytest.raises(TelegramForbiddenError):
            await bot.send_message(other.id, "x")


# -- limits ---------------------------------------------------------------------------------------


async def test_a_person_is_written_to_once_a_second(
    bot: Bot, server: TelegramServer, camille: Person
) -> None:
    server.stop_time()
    server.keep_limits()
    for _ in range(3):
        await bot.send_message(camille.id, "x")
    for _ in range(2):
        with pytest.raises(TelegramRetryAfter) as caught:
            await bot.send_message(camille.id, "x")
        assert caught.value.retry_after == 1
        server.passes(1)
        await bot.send_message(camille.id, "x")
    assert server.refused == []


async def test_a_group_is_written_to_20_times_a_minute(bot: Bot, server: TelegramServer) -> None:
    group = server.group("Voirie")
    server.stop_time()
    server.keep_limits()
    for _ in range(20):
        await bot.send_message(group.id, "x")
    with pytest.raises(TelegramRetryAfter) as caught:
        await bot.send_message(group.id, "x")
    assert caught.value.retry_after == 60
    server.passes(60)
    await bot.send_message(group.id, "x")


async def test_all_together_are_written_to_30_times_a_second(
    bot: Bot, server: TelegramServer
) -> None:
    people = [server.person(f"P{at}", has_started=True) for at in range(31)]
    server.stop_time()
    server.keep_limits()
    for person in people[:30]:
        await bot.send_message(person.id, "x")
    with pytest.raises(TelegramRetryAfter):
        await bot.send_message(people[30].id, "x")
    await bot.send_chat_action(people[30].id, "typing")  # not a message
    server.passes(1)
    await bot.send_message(people[30].id, "x")


# -- the rest -------------------------------------------------------------------------------------


async def test_commands_are_kept_by_scope_and_language(bot: Bot, server: TelegramServer) -> None:
    commands = [BotCommand(command="aide", description="De l’aide")]
    scope = BotCommandScopeAllPrivateChats()
    await bot.set_my_commands(commands, scope=scope, language_code="fr")
    (kept,) = await bot.get_my_commands(scope=scope, language_code="fr")
    assert (kept.command, kept.description) == ("aide", "De l’aide")
    assert await bot.get_my_commands() == []
    await bot.delete_my_commands(scope=scope, language_code="fr")
    assert await bot.get_my_commands(scope=scope, language_code="fr") == []
    assert server.refused == []


@pytest.mark.parametrize("form", ["query", "json", "form"])
async def test_calls_may_come_in_every_form(
    server: TelegramServer, camille: Person, form: str
) -> None:
    keyboard = {"inline_keyboard": [[{"text": "A", "callback_data": "a"}]]}
    fields = {"chat_id": str(camille.id), "text": "x", "reply_markup": json.dumps(keyboard)}
    url = f"{server.url}/bot{server.token}/SENDmessage"
    async with ClientSession() as session:
        match form:
            case "query":
                asked = session.get(url, params=fields)
            case "json":
                body = {"chat_id": camille.id, "text": "x", "reply_markup": keyboard}
                asked = session.post(url, json=body)
            case _:
                asked = session.post(url, data=fields)
        async with asked as answer:
            assert (await answer.json())["ok"]
    assert camille.screen.last.buttons == (("A",),)


def test_a_synchronous_test_waits_for_calls(server: TelegramServer, camille: Person) -> None:
    async def greet() -> None:
        async with bot_of(server) as bot:
            await bot.send_message(camille.id, "Bonjour")

    asyncio.run(greet())
    (call,) = server.wait(lambda calls: [one for one in calls if one.chat_id == camille.id])
    assert call.payload["text"] == "Bonjour"
    with pytest.raises(AssertionError, match="it did not come"):
        server.wait(lambda calls: len(calls) > 5, timeout_s=0.01)
