"""A Telegram Bot API server for tests: real HTTP on loopback, in a thread of its own.

with running_telegram_server() as server:
    session = AiohttpSession(api=TelegramAPIServer.from_base(server.url))
    bot = Bot(server.token, session=session)
    camille = server.person("Camille")
    camille.start()
    ...
    assert camille.screen.texts == ["Bonjour"]
    assert server.refused == []
"""

from __future__ import annotations

import asyncio
import itertools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from aiogram.types import Update
from aiohttp import web

from tests.servers.telegram.calls import Call
from tests.servers.telegram.chats import member
from tests.servers.telegram.doors import Doors
from tests.servers.telegram.faults import Faults
from tests.servers.telegram.groups import Group
from tests.servers.telegram.people import Person
from tests.servers.telegram.state import World

BOT_ID = 7_000_000_001
TOKEN = f"{BOT_ID}:AAH-only-for-tests-x0123456789abcdef"
FIRST_PERSON = 5_000_000_001  # Telegram's ids passed 32 bits in 2021
FIRST_GROUP = -1_002_000_000_001
STARTS_WITHIN_S = 10
WAIT_S = 5.0


@dataclass
class TelegramServer:
    """What a test holds; everything here may be called from any thread.

    Its people and groups act at once and never wait for the bot.
    """

    token: str
    world: World
    doors: Doors
    faults: Faults
    lock: threading.Condition
    loop: asyncio.AbstractEventLoop
    url: str = ""
    _held: list[dict[str, Any]] | None = None
    _update_ids: Iterator[int] = field(default_factory=lambda: itertools.count(880_000_001))
    _people_ids: Iterator[int] = field(default_factory=lambda: itertools.count(FIRST_PERSON))
    _group_ids: Iterator[int] = field(default_factory=lambda: itertools.count(FIRST_GROUP, -1))

    # -- what the bot did -------------------------------------------------------------------------

    @property
    def calls(self) -> list[Call]:
        return self.doors.calls.all()

    @property
    def refused(self) -> list[Call]:
        """The calls that Telegram itself would refuse, not those that met a fault or a limit."""
        return [
            call
            for call in self.calls
            if call.error is not None and call.fault is None and call.error.code != 429
        ]

    def calls_of(self, method: str, chat_id: int | None = None) -> list[Call]:
        return [
            call for call in self.calls if call.method == method and chat_id in {None, call.chat_id}
        ]

    def wait[T](self, found: Callable[[list[Call]], T], timeout_s: float = WAIT_S) -> T:
        """Block until `found(calls)` is true, and give it. Raises `AssertionError`."""
        return self.doors.calls.wait(found, timeout_s)

    async def wait_for[T](self, found: Callable[[list[Call]], T], timeout_s: float = WAIT_S) -> T:
        """As `wait`, in a test's own loop."""
        return await self.doors.calls.wait_for(found, timeout_s)

    @property
    def pending(self) -> list[dict[str, Any]]:
        """The updates that nobody has confirmed or taken yet."""
        with self.lock:
            return list(self.doors.delivery.pending)

    def wait_delivered(self, timeout_s: float = WAIT_S) -> None:
        """Block until every update was taken."""
        with self.lock:
            if not self.lock.wait_for(lambda: not self.doors.delivery.pending, timeout_s):
                raise AssertionError(f"not taken: {self.doors.delivery.pending}")

    # -- what a test sets -------------------------------------------------------------------------

    def passes(self, seconds: float) -> None:
        """Let time go by: pressed buttons, messages and the limits grow older."""
        with self.lock:
            self.world.passes(seconds)

    def stop_time(self) -> None:
        """From now on only `passes` moves it: limits and ages do not depend on the machine."""
        with self.lock:
            self.world.stop_time()

    def keep_limits(self, *, is_strict: bool = True) -> None:
        """30 calls a second, 1 a second for a person (3 at once), 20 a minute for a group."""
        with self.lock:
            self.doors.limits.is_strict = is_strict

    # -- updates ----------------------------------------------------------------------------------

    def make_update(self, kind: str, body: dict[str, Any]) -> dict[str, Any]:
        """The next update in Telegram's form, not delivered."""
        update = {"update_id": next(self._update_ids), kind: body}
        Update.model_validate(update)
        return update

    def deliver(self, update: dict[str, Any]) -> dict[str, Any]:
        """Send one, in whatever order and as often as a test likes."""
        with self.lock:
            self.doors.delivery.add(update, self.loop)
        return update

    def happens(self, kind: str, body: dict[str, Any]) -> dict[str, Any]:
        """Make an update, and deliver it unless updates are held."""
        with self.lock:
            update = self.make_update(kind, body)
            if self._held is None:
                return self.deliver(update)
            self._held.append(update)
            return update

    @contextmanager
    def holding(self) -> Iterator[list[dict[str, Any]]]:
        """Updates made inside are gathered in the list, not delivered."""
        before, self._held = self._held, []
        try:
            yield self._held
        finally:
            self._held = before

    # -- who is there -----------------------------------------------------------------------------

    def person(
        self,
        name: str,
        language: str = "fr",
        *,
        id: int | None = None,  # noqa: A002
        has_started: bool = False,
    ) -> Person:
        first, _, last = name.partition(" ")
        names = {"first_name": first} | ({"last_name": last} if last else {})
        user: dict[str, Any] = {"id": next(self._people_ids) if id is None else id}
        user |= {"is_bot": False, "language_code": language, **names}
        with self.lock:
            chat = self.world.add_chat({"id": user["id"], "type": "private", **names})
            chat.has_started = has_started
        return Person(self, user, chat)

    def group(
        self,
        title: str,
        *,
        forum: bool = False,
        members: dict[Person, str] | None = None,
        bot_status: str = "administrator",
        kind: str = "supergroup",
        id: int | None = None,  # noqa: A002
        **bot_rights: bool,
    ) -> Group:
        """A group that the bot is in already: no update tells of it."""
        raw = {"id": next(self._group_ids) if id is None else id, "type": kind, "title": title}
        with self.lock:
            chat = self.world.add_chat(raw | ({"is_forum": True} if forum else {}))
            chat.members[self.world.bot["id"]] = member(self.world.bot, bot_status, **bot_rights)
            for person, status in (members or {}).items():
                chat.members[person.id] = member(person.user, status)
        return Group(self, chat)

    def channel(self, title: str, *, bot_status: str = "administrator") -> Group:
        return self.group(title, kind="channel", bot_status=bot_status)


@contextmanager
def running_telegram_server(token: str = TOKEN, *, port: int = 0) -> Iterator[TelegramServer]:
    """Open it on loopback until the end of the block."""
    ready = threading.Event()
    opened: list[TelegramServer] = []
    stop: list[Callable[[], object]] = []

    async def serve() -> None:
        ending = asyncio.Event()
        loop = asyncio.get_running_loop()
        server = _made(token, loop)
        runner = web.AppRunner(
            server.doors.application(), handler_cancellation=True, shutdown_timeout=0.1
        )
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", port)
        await site.start()
        server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        stop.append(lambda: loop.call_soon_threadsafe(ending.set))
        opened.append(server)
        ready.set()
        try:
            await ending.wait()
        finally:
            await server.doors.close()
            await runner.cleanup()

    thread = threading.Thread(target=asyncio.run, args=(serve(),), name="telegram", daemon=True)
    thread.start()
    if not ready.wait(STARTS_WITHIN_S):
        raise AssertionError("the Telegram stand-in did not start")
    try:
        yield opened[0]
    finally:
        stop[0]()
        thread.join(STARTS_WITHIN_S)


def _made(token: str, loop: asyncio.AbstractEventLoop) -> TelegramServer:
    lock = threading.Condition()
    world = World(int(token.split(":", 1)[0]))
    faults = Faults(lock)
    return TelegramServer(token, world, Doors(token, world, lock, faults), faults, lock, loop)
