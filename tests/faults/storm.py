"""A storm of updates: more than two hundred chats, half of them filing a report, each as fast as
its answers come. The same storm every time: who says what depends on the chat's number only, and
but for numbers of houses it comes again every `PERIOD` chats.

Updates are posted by the stand-in Bot API as Telegram does it: several at once, and again until
they are acknowledged. Some come twice, some pairs the wrong way round.
"""

from __future__ import annotations

import asyncio
import io
import random
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from PIL import Image

from tests.servers.telegram import Person, TelegramServer

CHATS = 202
PERIOD = 30
"""Of two kinds of chats, five streets and three questions."""

FIRST_ID = 2**40
"""Beyond 32 bits."""

PAIRS = 5
REPEATED = 0.42
"""The share of updates that come twice."""

ANSWERED_WITHIN_S = 500
STREETS = (
    ("rue de la République", "Oullins"),
    ("avenue Berthelot", "Lyon"),
    ("rue Paul-Bert", "Lyon"),
    ("avenue Franklin-Roosevelt", "Bron"),
    ("rue Émile-Zola", "Vaulx-en-Velin"),
)
QUESTIONS = (
    "la déchèterie est ouverte dimanche ?",
    "où trouver un composteur ?",
    "quels sont les horaires de la mairie ?",
)


def picture() -> bytes:
    raw = io.BytesIO()
    Image.new("RGB", (32, 24), "grey").save(raw, "JPEG")
    return raw.getvalue()


@dataclass
class Storm:
    """All its chats. `agent` answers the citizen of a chat; `busy` tells in which chats something
    waits; `made`: how many updates there were, repeats included; `calm` is set while no pair and no
    album is on its way, and a process may be killed."""

    server: TelegramServer
    agent: Callable[[int], Awaitable[None]]
    busy: Callable[[], Awaitable[set[int]]]
    chats: int = CHATS
    made: int = 0
    _looks: int = 0
    _looked: tuple[int, set[int]] = field(default_factory=lambda: (0, set()))
    _on_their_way: int = 0
    calm: asyncio.Event = field(default_factory=asyncio.Event)

    async def blows(self) -> None:
        """Until every chat has said all it had to say and heard what it waited for."""
        self.calm.set()
        async with asyncio.TaskGroup() as group:
            looking = group.create_task(self._look())
            async with asyncio.TaskGroup() as talks:
                for number in range(self.chats):
                    talks.create_task(Talk(self, number).goes_on())
            looking.cancel()

    async def _look(self) -> None:
        """One look for all chats: two hundred that ask for themselves would be a storm too."""
        while True:
            self._looks += 1
            self._looked = self._looks, await self.busy()
            await asyncio.sleep(0.4)

    async def becomes_quiet(self, chat_id: int) -> None:
        """Wait for a look, begun from now on, that finds nothing waiting in a chat."""
        begun = self._looks
        while self._looked[0] <= begun or chat_id in self._looked[1]:  # noqa: ASYNC110
            await asyncio.sleep(0.1)  # another process answers

    @contextmanager
    def together(self) -> Iterator[None]:
        """What is sent inside is to arrive within one window: no kill between."""
        self._on_their_way += 1
        self.calm.clear()
        try:
            yield
        finally:
            self._on_their_way -= 1
            if not self._on_their_way:
                self.calm.set()


class Talk:
    """One chat's part."""

    def __init__(self, storm: Storm, number: int) -> None:
        self._storm = storm
        self._number = number
        self._server = storm.server
        self._chance = random.Random(number)
        self._seen = 0
        self.person: Person = storm.server.person(
            f"Camille {number}", id=FIRST_ID + number, has_started=True
        )

    async def goes_on(self) -> None:
        if self._number % 2:
            await self._reports()
        else:
            await self._wonders()
        await self._asks_for_a_person()

    # -- what is said -----------------------------------------------------------------------------

    async def _reports(self) -> None:
        me = self.person
        street, town = STREETS[self._number // 2 % len(STREETS)]
        told = f"il y a un nid de poule devant le {{}} {street} à {town}"
        house = 10 + self._number
        said = await self._does(lambda: me.says(told.format(house)), "Passer")
        message_id = said[0]["message"]["message_id"]
        await self._does(lambda: me.edits(message_id, told.format(house + 1000)), "Passer")
        await self._does(lambda: me.sends_photo(picture()), "Passer")
        while "Envoyer" not in self._shown():
            await self._does(lambda: me.presses("Passer"), "Passer", "Envoyer")
        await self._does(lambda: [me.presses("Envoyer"), me.presses("Envoyer")], "Suivre")

    async def _wonders(self) -> None:
        me = self.person
        said = await self._does(lambda: me.says(QUESTIONS[self._number % len(QUESTIONS)]))
        self._sends(lambda: me.edits(said[0]["message"]["message_id"], "et samedi ?"))
        await self._does(lambda: me.shares_live_location(45.7333, 4.9086, 900))
        for latitude in (45.7343, 45.7353, 45.7363):
            self._sends(partial(me.moves_live, latitude, 4.9086))
        with self._storm.together():
            await self._does(lambda: me.sends_album([picture(), picture()]))

    async def _asks_for_a_person(self) -> None:
        """Once an agent has answered, the assistant says nothing, and what is written only has to
        be kept."""
        me = self.person
        await self._does(lambda: me.says("/agent"))
        self._seen = self._last()
        await self._storm.agent(me.id)
        await self._heard(())
        for pair in range(PAIRS):
            with self._storm.together():
                with self._server.holding() as held:
                    me.says(f"première chose {pair} de {self._number}")
                    me.says(f"deuxième chose {pair} de {self._number}")
                for update in reversed(held):
                    self._deliver(update)
                await self._taken(held)

    # -- how --------------------------------------------------------------------------------------

    async def _does(self, act: Callable[[], object], *titles: str) -> list[dict[str, Any]]:
        """Act, and wait for an answer: one with a button of such a title, or any. Returns the
        updates that this was."""
        self._seen = self._last()
        held = self._sends(act)
        await self._heard(titles)
        return held

    async def _heard(self, titles: tuple[str, ...]) -> None:
        async with asyncio.timeout(ANSWERED_WITHIN_S):
            while not self._is_answered(titles):  # noqa: ASYNC110  (another process answers)
                await asyncio.sleep(0.25)
            await self._storm.becomes_quiet(self.person.id)

    def _sends(self, act: Callable[[], object]) -> list[dict[str, Any]]:
        with self._server.holding() as held:
            act()
        for update in held:
            self._deliver(update)
        return list(held)

    def _deliver(self, update: dict[str, Any]) -> None:
        for _ in range(2 if self._chance.random() < REPEATED else 1):
            self._server.deliver(update)
            self._storm.made += 1

    async def _taken(self, held: list[dict[str, Any]]) -> None:
        ids = {update["update_id"] for update in held}
        async with asyncio.timeout(ANSWERED_WITHIN_S):
            while ids & self._on_their_way():  # noqa: ASYNC110  (another process takes them)
                await asyncio.sleep(0.2)

    def _on_their_way(self) -> set[int]:
        with self._server.lock:
            return {update["update_id"] for update in self._server.doors.delivery.pending}

    def _last(self) -> int:
        with self._server.lock:
            return max(self.person.chat.messages, default=0)

    def _is_answered(self, titles: tuple[str, ...]) -> bool:
        with self._server.lock:
            new = [m for n, m in self.person.chat.messages.items() if n > self._seen]
        answers = [m for m in new if m.raw["from"]["is_bot"]]
        if not titles:
            return bool(answers)
        return any(_titles(m.inline_keyboard) & set(titles) for m in answers)

    def _shown(self) -> set[str]:
        """The buttons that the last answers show."""
        with self._server.lock:
            new = [m for n, m in self.person.chat.messages.items() if n > self._seen]
        return {title for m in new for title in _titles(m.inline_keyboard)}


def _titles(keyboard: Any) -> set[str]:
    rows = (keyboard or {}).get("inline_keyboard", ())
    return {button["text"] for row in rows for button in row}
