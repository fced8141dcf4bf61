"""`./guichet chat`: the assistant in the terminal, through the same turn as every channel."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shlex
import sys
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bot.cli.failures import CommandFailed
from bot.cli.lines import lines
from bot.cli.running import Door, Refused, door, run_async
from bot.settings import Settings
from bot.words.catalogues import Words
from bot.words.phrases import Phrase, say

LONGEST_NUMBER = 4


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--commune", default=None, metavar="NAME", help="the town you write from")
    parser.add_argument("--as", dest="who", default=None, metavar="NAME", help="come back as NAME")
    parser.add_argument("--json", action="store_true", help="one JSON object a line, for scripts")


def main(arguments: argparse.Namespace) -> int:
    settings = Settings.from_environment(os.environ)

    async def work() -> int:
        async with door(settings, wait=False) as found:
            await Terminal(found, arguments).talk()
        return 0

    return run_async(work)


class Choices:
    """What may be chosen by its number: all that was offered since the citizen last spoke, counted
    through, since one answer may bring several lists."""

    def __init__(self) -> None:
        self._payloads: list[str] = []
        self._are_past = False

    def age(self) -> None:
        """The citizen spoke: the next question has choices of its own, or none."""
        self._are_past = True

    def offered(self, event: Mapping[str, Any]) -> list[tuple[int, str]]:
        """The choices of something that was said, with their numbers."""
        if self._are_past and (event["buttons"] or event["expects"]):
            self._payloads, self._are_past = [], False
        first = len(self._payloads) + 1
        self._payloads += [button["payload"] for button in event["buttons"]]
        return [(first + n, button["title"]) for n, button in enumerate(event["buttons"])]

    def meant_by(self, line: str) -> str | None:
        """The payload of the choice whose number was typed; None where it is no such number."""
        typed = line.strip()
        if not (typed.isascii() and typed.isdigit() and len(typed) < LONGEST_NUMBER):
            return None
        number = int(typed)
        return self._payloads[number - 1] if 1 <= number <= len(self._payloads) else None


class Terminal:
    """One visitor: a line is a message, and what is answered is printed as it comes."""

    def __init__(self, found: Door, arguments: argparse.Namespace) -> None:
        self._door = found
        self._json = bool(arguments.json)
        self._commune = arguments.commune
        self._address = arguments.who or f"visitor-{uuid.uuid4().hex[:12]}"
        self._seen = 0
        self._sent = 0
        self._answered = asyncio.Condition()
        self._choices = Choices()
        self._is_told = False  # how to come back
        self._pending = 0

    async def talk(self) -> None:
        if not self._json:
            print(_french(say("terminal.hello")), flush=True)
            if await self._is_warming():
                print(_french(say("terminal.warming")), flush=True)
        before = await self._door.get("terminal/events", address=self._address, after="0", wait="0")
        self._seen = max((e["seq"] for e in before["events"]), default=0)
        listener = asyncio.create_task(self._listen())
        try:
            async for line in lines():
                if listener.done():
                    break
                await self.send(line)
            async with asyncio.timeout(60):
                async with self._answered:
                    await self._answered.wait_for(lambda: self._pending == 0)
        except TimeoutError:
            later = say("terminal.no_answer", name=shlex.quote(self._address))
            print(f"\n{_french(later)}", file=sys.stderr)
        finally:
            listener.cancel()
            await asyncio.gather(listener, return_exceptions=True)

    async def send(self, line: str) -> None:
        """Take a line of the citizen: a message, or the number of a choice."""
        message = self._message(line)
        if message is None:
            return
        try:
            accepted = await self._door.post(
                "terminal/messages",
                {
                    "id": str(uuid.uuid4()),
                    "address": self._address,
                    "commune": self._commune,
                    **message,
                },
            )
            self._sent = max(self._sent, accepted["accepted"])
            self._pending += 1
            self._choices.age()
            if not self._json and not self._is_told and await self._is_warming():
                self._is_told = True
                later = say("terminal.come_back", name=shlex.quote(self._address))
                print(f"\n{_french(later)}", flush=True)
        except (CommandFailed, OSError, ValueError) as error:  # said, and the conversation goes on
            print(f"guichet: {_told(error)}", file=sys.stderr, flush=True)
            if self._json:
                self._print({"turn_done": True, "error": str(error)})

    async def _is_warming(self) -> bool:
        return bool((await self._door.get("state"))["assistant"] == "warming")

    def _message(self, line: str) -> dict[str, Any] | None:
        if self._json and line.startswith("{"):
            try:
                given = json.loads(line)
            except json.JSONDecodeError:
                return {"kind": "text", "text": line}
            if not isinstance(given, dict):
                return {"kind": "text", "text": line}
            if "payload" in given:
                return {"kind": "press", "content": {"payload": str(given["payload"])}}
            if "location" in given:
                latitude, longitude = map(float, given["location"])
                return {
                    "kind": "location",
                    "content": {"latitude": latitude, "longitude": longitude},
                }
            if "photo" in given:
                return {"kind": "photo", "photo": Path(str(given["photo"])).read_bytes().hex()}
            if "contact" in given:
                return {"kind": "contact", "text": str(given["contact"])}
            return {"kind": "text", "text": str(given.get("text", ""))}
        payload = None if self._json else self._choices.meant_by(line)
        if payload is not None:
            return {"kind": "press", "content": {"payload": payload}}
        if not self._json and not line.strip():
            return None
        return {"kind": "text", "text": line}

    async def _listen(self) -> None:
        while True:
            answer = await self._door.get(
                "terminal/events", address=self._address, after=str(self._seen)
            )
            for event in answer["events"]:
                self._seen = event["seq"]
                if event["sender"] != "citizen":
                    self._show(event)
            done = not answer.get("thinking") and self._seen >= self._sent
            waiting = answer.get("waiting")
            if self._pending and (done or waiting):
                self._pending = 0
                if self._json:
                    line: dict[str, Any] = {"turn_done": True}
                    if waiting:
                        line["waiting"] = waiting
                    self._print(line)
                async with self._answered:
                    self._answered.notify_all()
            if not answer["events"] and answer.get("waiting") is None and not answer.get("owner"):
                await asyncio.sleep(0.05)

    def _show(self, event: dict[str, Any]) -> None:
        if self._json:
            self._print(
                {
                    "text": event["text"],
                    "buttons": event["buttons"],
                    "expects": event["expects"],
                    "reference": event["reference"],
                    "photos": event["photos"],
                    "sender": event["sender"],
                }
            )
            return
        print(f"\n{event['text']}")
        for photo in event["photos"]:  # without a public port there is no address to open
            where = f" : {self._door.url}{photo['full']}" if self._door.url else ""
            print(f"  📷 {photo['alt']}{where}")
        for number, title in self._choices.offered(event):
            print(f"  [{number}] {title}")
        sys.stdout.flush()

    def _print(self, line: dict[str, Any]) -> None:
        print(json.dumps(line, ensure_ascii=False), flush=True)


def _french(phrase: Phrase) -> str:
    return Words.load().render(phrase, "fr")


def _told(error: Exception) -> str:
    """A refusal with its reason is for the citizen, in the words of the page."""
    if isinstance(error, Refused) and error.reason is not None:
        return _french(say(f"page.photo_{error.reason}"))
    return str(error)
