"""One open page on its socket: it says what the visitor says, and is told what it does not have."""

from __future__ import annotations

import asyncio
import json
import logging
from contextlib import suppress
from dataclasses import replace
from uuid import UUID

from aiohttp import WSMessage, WSMsgType, web
from sqlalchemy.exc import SQLAlchemyError

from bot.accounts.widget_sessions import Visit
from bot.conversations.live import Reader
from bot.errors import DomainError, SignedOut, Unavailable
from bot.parts import Service
from bot.web.rate import TooMany
from bot.web.shapes import refusing
from bot.web.widget.feed import Feed, Reading
from bot.web.widget.gate import Gate, retry_after_s
from bot.web.widget.room import Reason, Room
from bot.web.widget.shapes import Frame, Hello, MessageFrame, SeenFrame, State
from bot.web.widget.speech import Speech

logger = logging.getLogger(__name__)
READS_WITHIN_S = 20.0
"""A page that takes nothing for so long, its buffers full, is closed: meanwhile nothing more is
read for it."""
LAST_WORDS_WITHIN_S = 1.0
DATABASE_AGAIN_S = 1.0
FRAMES_AT_ONCE, FRAMES_A_S = 60, 2
"""Of one socket: far more than a person types, presses and sees."""

ASK_A_SESSION, REPLACED, TOO_MANY_FRAMES, WENT_WRONG = 4401, 4409, 4429, 1011


class OpenPage:
    """`woken` by whatever may be news, it reads and tells; nothing of the conversation is kept but
    the number that was told last. Five thousand of these are open at once: they are small."""

    __slots__ = (
        "_address",
        "_after",
        "_asked_at",
        "_epoch",
        "_feed",
        "_frames",
        "_gate",
        "_has_left",
        "_reader",
        "_room",
        "_service",
        "_speech",
        "_state",
        "_transport",
        "_visit",
        "_ws",
        "is_queued",
        "origin",
        "phase",
    )

    def __init__(
        self,
        service: Service,
        gate: Gate,
        speech: Speech,
        room: Room,
        ws: web.WebSocketResponse,
        origin: str,
        address: str,
        transport: asyncio.Transport | None,
    ) -> None:
        self.origin = origin
        self._address = address
        self._transport = transport
        self._service = service
        self._gate = gate
        self._speech = speech
        self._room = room
        self._ws = ws
        self._visit: Visit | None = None
        self._feed: Feed | None = None
        self._reader: Reader | None = None
        self._after = 0
        self._epoch = ""
        self._state = ""
        self._has_left = False
        self._frames = float(FRAMES_AT_ONCE)
        self._asked_at = asyncio.get_running_loop().time()
        self.phase: str | None = None
        self.is_queued = False

    @property
    def visit_id(self) -> UUID | None:
        return None if self._visit is None else self._visit.id

    async def run(self, visit: Visit, hello: Hello, conversation_id: UUID | None) -> None:
        """Until the socket is closed, by whomever. `conversation_id`: None before it begins."""
        self._visit, self._after, self._epoch = visit, hello.after, hello.epoch
        feed = self._feed = Feed(self._service, visit.id, hello.language)
        telling = asyncio.create_task(self._tell(feed, conversation_id or visit.citizen_id))
        try:
            async for frame in self._ws:
                if not self._is_within_bounds():
                    await self._ws.close(code=TOO_MANY_FRAMES)
                elif frame.type is WSMsgType.PING:
                    await self._pong(frame.data)
                elif frame.type in (WSMsgType.TEXT, WSMsgType.BINARY):
                    await self._hear(frame, hello.language)
        except ConnectionError:
            pass  # the page is gone
        except TimeoutError:
            await self.leave("slow", WENT_WRONG)
        finally:
            telling.cancel()
            await asyncio.gather(telling, return_exceptions=True)

    # -- what comes in --------------------------------------------------------------------------

    def _is_within_bounds(self) -> bool:
        now = asyncio.get_running_loop().time()
        self._frames = min(
            float(FRAMES_AT_ONCE), self._frames + (now - self._asked_at) * FRAMES_A_S
        )
        self._asked_at = now
        self._frames -= 1
        return self._frames >= 0

    async def _hear(self, frame: WSMessage, language: str) -> None:
        try:
            with refusing():
                kind = Frame.model_validate_json(frame.data).type
            match kind:
                case "message":
                    await self._take(frame.data, language)
                case "typing":
                    await self._speech.types(self._known.citizen_id)
                case "seen":
                    with refusing():
                        seq = SeenFrame.model_validate_json(frame.data).seq
                    await self._speech.has_seen(self._known.citizen_id, seq)
                case "ping":
                    await self._send("pong")
                case _:
                    pass  # of a later version, or a hello too many
        except TooMany:
            pass  # of what needs no answer
        except DomainError as error:
            await self._refuse(None, error)
        except (SQLAlchemyError, OSError) as error:
            if isinstance(error, (ConnectionError, TimeoutError)):
                raise
            logger.warning("widget: %s", type(error).__name__)

    @property
    def _known(self) -> Visit:
        if self._visit is None:
            raise SignedOut("session")
        return self._visit

    async def _take(self, data: str, language: str) -> None:
        """A message: stored and confirmed, or refused under its own id."""
        try:
            with refusing():
                message = MessageFrame.model_validate_json(data)
            taken = await self._speech.take(self._known, message, language, self._address)
        except SignedOut as error:
            await self._refuse(_id_in(data), error)
            await self.leave("signed_out", ASK_A_SESSION)
        except DomainError as error:
            await self._refuse(_id_in(data), error)
        except SQLAlchemyError as error:
            logger.warning("widget: %s", type(error).__name__)
            await self._refuse(_id_in(data), Unavailable("database"))
        else:
            await self._send("accepted", taken.model_dump_json())

    async def _refuse(self, message_id: str | None, error: DomainError) -> None:
        told = {
            "id": message_id,
            **self._gate.refusal(error),
            "retry_after_s": retry_after_s(error),
        }
        await self._send("refused", json.dumps(told))

    # -- what goes out --------------------------------------------------------------------------

    async def _tell(self, feed: Feed, listens_for: UUID) -> None:
        """Until cancelled, or until the page has to leave."""
        try:
            following: UUID | None = listens_for
            while following is not None:
                following = await self._tell_of(feed, following)
        except SignedOut:
            await self.leave("signed_out", ASK_A_SESSION)
        except ConnectionError:
            pass  # the page is gone: whoever listens to it notices
        except TimeoutError:
            await self.leave("slow", WENT_WRONG)
        except Exception:  # a task's edge: the page comes back
            logger.exception("widget")
            await self._ws.close(code=WENT_WRONG)

    async def _tell_of(self, feed: Feed, listens_for: UUID) -> UUID | None:
        """Tell what happens in a conversation, or to a citizen who has none yet. Returns what to
        listen for instead, None when it is over."""
        live = self._service.live
        reader = self._reader = live.subscribe(listens_for)
        try:
            while True:
                reader.woken.clear()
                if reader.has_to_leave:
                    await self.leave("replaced", REPLACED)
                    return None
                reading = await self._read(feed)
                if reading is None:
                    await asyncio.sleep(DATABASE_AGAIN_S)
                    continue
                await self._pass_on(reading)
                if reading.conversation_id not in (None, listens_for):
                    return reading.conversation_id
                if not reading.is_whole:
                    continue
                try:
                    async with asyncio.timeout(live.typing.ends_in_s(listens_for)):
                        await reader.woken.wait()
                except TimeoutError:
                    pass  # somebody has stopped typing
        finally:
            live.unsubscribe(listens_for, reader)

    async def _read(self, feed: Feed) -> Reading | None:
        """None while the database does not answer: the page waits with us."""
        try:
            async with self._room.readings:
                return await feed.read(self._after, self._epoch)
        except (SQLAlchemyError, OSError) as error:
            logger.warning("widget: %s", type(error).__name__)
            return None

    async def _pass_on(self, reading: Reading) -> None:
        if self._visit is not None and reading.citizen_id != self._visit.citizen_id:
            self._visit = replace(self._visit, citizen_id=reading.citizen_id)
        is_other = reading.epoch != self._epoch or reading.start < self._after
        self._after, self._epoch = reading.start, reading.epoch
        if is_other or self.phase is None:
            told = {"last": reading.last, "after": reading.start, "epoch": reading.epoch}
            await self._send("welcome", json.dumps(told))
        async with asyncio.timeout(READS_WITHIN_S):  # for all of them, not for each
            for event in reading.events:
                await self._send("event", event.model_dump_json())
                self._after = event.seq
        self._after = reading.through
        if reading.is_whole:
            await self._tell_state(reading.state)
        elif self.phase is None:
            self.phase = reading.state.assistant

    async def _tell_state(self, state: State) -> None:
        """Unless it is known."""
        self.phase, self.is_queued = state.assistant, state.queue is not None
        told = state.model_dump_json()
        if told != self._state:
            self._state = told
            await self._send("state", told)

    async def _pong(self, told: bytes) -> None:
        async with asyncio.timeout(READS_WITHIN_S):
            await self._ws.pong(told)

    async def _send(self, kind: str, body: str = "{}") -> None:
        """Raises `TimeoutError` for a page that does not read, `ConnectionError` for none."""
        fields = body[1:-1]
        text = f'{{"type":"{kind}"{"," if fields else ""}{fields}}}'
        async with asyncio.timeout(READS_WITHIN_S):
            await self._ws.send_str(text)

    # -- what concerns all pages ----------------------------------------------------------------

    def look_again(self) -> None:
        if self._reader is not None:
            self._reader.woken.set()

    async def hear_phase(self, phase: str) -> None:
        if not self._state:
            self.phase = phase  # the reading that is under way says the same
            return
        state = State.model_validate_json(self._state)
        waiting = state.waiting
        if state.thinking:
            waiting = None if self._service.is_ready() else "engine"
        heard = {**state.model_dump(), "assistant": phase, "waiting": waiting}
        with suppress(ConnectionError, TimeoutError):  # whoever tells it the next thing notices
            await self._tell_state(State.model_validate(heard))

    async def leave(self, reason: Reason, code: int) -> None:
        """Say why and close, without waiting for a page that does not read."""
        if self._has_left:
            return
        self._has_left = True
        try:
            async with asyncio.timeout(LAST_WORDS_WITHIN_S):
                await self._ws.send_str(json.dumps({"type": "bye", "reason": reason}))
                await self._ws.close(code=code)
        except (TimeoutError, ConnectionError, RuntimeError):
            pass  # RuntimeError: it was never opened
        finally:
            self._cut()

    def _cut(self) -> None:
        """What is still to be sent to a page that does not read is dropped."""
        if self._transport is not None:
            self._transport.abort()


def _id_in(data: str) -> str | None:
    """What a client called a message that may be none."""
    try:
        known = json.loads(data).get("id")
    except (ValueError, AttributeError):
        return None
    return known if isinstance(known, str) else None
