"""`./guichet chat`: the assistant in the terminal, through the same turn as every channel."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import uuid
from pathlib import Path
from typing import Any

from bot.cli.failures import CommandFailed
from bot.cli.lines import lines
from bot.cli.running import Door, Refused, door, run_async
from bot.settings import Settings
from bot.words.catalogues import Words
from bot.words.phrases import say


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


class Terminal:
    """One visitor: a line is a message, and what is answered is printed as it comes."""

    def __init__(self, found: Door, arguments: argparse.Namespace) -> None:
        self._door = found
        self._json = bool(arguments.json)
        self._commune = arguments.commune
        self._address = arguments.who or f"visitor-{uuid.uuid4()}"
        self._seen = 0
        self._sent = 0
        self._answered = asyncio.Condition()
        self._buttons: list[dict[str, Any]] = []
        self._pending = 0

    async def talk(self) -> None:
        if not self._json:
            print("Écrivez votre message, ou le numéro d’un choix (Ctrl-D pour finir).", flush=True)
            if (await self._door.get("state"))["assistant"] != "ready":
                print("L’assistant démarre ; vos messages sont déjà gardés.", flush=True)
        before = await self._door.get("terminal/events", address=self._address, after="0", wait="0")
        self._seen = max((e["seq"] for e in before["events"]), default=0)
        listener = asyncio.create_task(self._listen())
        try:
            async for line in lines():
                if listener.done():
                    break
                await self._send(line)
            async with asyncio.timeout(60):
                async with self._answered:
                    await self._answered.wait_for(lambda: self._pending == 0)
        except TimeoutError:
            print("no answer came; the messages are kept", file=sys.stderr)
        finally:
            listener.cancel()
            await asyncio.gather(listener, return_exceptions=True)

    async def _send(self, line: str) -> None:
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
        except (CommandFailed, OSError, ValueError) as error:  # said, and the conversation goes on
            print(f"guichet: {_told(error)}", file=sys.stderr, flush=True)
            if self._json:
                self._print({"turn_done": True, "error": str(error)})

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
        if not self._json and line.strip().isdigit() and self._buttons:
            number = int(line) - 1
            if 0 <= number < len(self._buttons):
                return {"kind": "press", "content": {"payload": self._buttons[number]["payload"]}}
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
        if event["buttons"]:
            self._buttons = event["buttons"]
            for number, button in enumerate(self._buttons, start=1):
                print(f"  [{number}] {button['title']}")
        print(flush=True)

    def _print(self, line: dict[str, Any]) -> None:
        print(json.dumps(line, ensure_ascii=False), flush=True)


def _told(error: Exception) -> str:
    """A refusal with its reason is for the citizen, in the words of the page."""
    if isinstance(error, Refused) and error.reason is not None:
        return Words.load().render(say(f"page.photo_{error.reason}"), "fr")
    return str(error)
