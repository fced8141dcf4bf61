"""What cannot be read, and what is replied to, on the running service. The terminal's door takes
messages of every kind, as a channel stores them."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest

from bot.cli.running import Door
from tests.attachments.messages import a_file, lost
from tests.running import RunningService

POTHOLE = "trou dans la chaussée 12 rue de la République à Oullins"
GRAFFITI = "tag sur le mur 4 place Roger-Salengro à Oullins"
MOST_QUESTIONS = 6


@dataclass
class AtTerminal:
    """Somebody whose messages may be of any kind."""

    door: Door
    address: str = field(default_factory=lambda: uuid4().hex)
    seen: int = 0

    async def sends(
        self, kind: str, text: str = "", content: dict[str, Any] | None = None
    ) -> list[dict[str, Any]]:
        """What is answered."""
        message = {"kind": kind, "text": text, "content": content or {}}
        body = {"address": self.address, "id": uuid4().hex, **message}
        await self.door.post("terminal/messages", body)
        heard: list[dict[str, Any]] = []
        deadline = time.monotonic() + 40
        while time.monotonic() < deadline:
            query = {"address": self.address, "after": str(self.seen), "wait": "5"}
            answer = await self.door.get("terminal/events", **query)
            for event in answer["events"]:
                self.seen = event["seq"]
                heard += [event] if event["sender"] != "citizen" else []
            if not answer["thinking"] and (heard or not answer["events"]):
                return heard
        raise AssertionError("no answer")

    async def says(self, text: str, **content: Any) -> list[dict[str, Any]]:
        return await self.sends("text", text, content)

    async def files(self, report: str) -> dict[str, Any]:
        """Pass what may be passed, confirm; the acknowledgement."""
        answers = await self.says(report)
        for _ in range(MOST_QUESTIONS):
            if answers[-1]["reference"]:
                break
            answers = await self.says("oui" if answers[-1]["expects"] == "confirm" else "passer")
        assert answers[-1]["reference"], answers[-1]["text"]
        return answers[-1]


def texts(answers: list[dict[str, Any]]) -> str:
    return "\n".join(str(a["text"]) for a in answers).replace("\u00a0", " ")


@pytest.fixture
async def citizen(service: RunningService) -> AsyncIterator[AtTerminal]:
    note = json.loads((service.state / "run" / "service.door").read_text("utf-8"))
    door = Door(note["socket"], note["secret"])
    yield AtTerminal(door)
    await door.close()


async def test_a_voice_message_first_is_answered_honestly(citizen: AtTerminal) -> None:
    [answer] = await citizen.sends("file", "", a_file("voice"))
    assert "Je ne peux pas écouter les messages vocaux" in answer["text"]
    assert [button["title"] for button in answer["buttons"]] == ["Parler à un agent"]


async def test_the_form_goes_on_after_what_it_cannot_read(citizen: AtTerminal) -> None:
    before = (await citizen.says(POTHOLE))[-1]
    for content in (a_file("voice"), a_file("video"), lost("document", "too_large")):
        answers = await citizen.sends("file", "", content)
        assert len(answers) == 2
        question = texts(answers[-1:]).splitlines()[-1]
        assert question == texts([before]).splitlines()[-1]
    [_, asked] = await citizen.sends("other", "👍", {"what": "sticker"})
    assert "Parler à un agent" not in [button["title"] for button in asked["buttons"]]
    assert (await citizen.says("passer"))[-1]["expects"]


async def test_a_caption_is_read(citizen: AtTerminal) -> None:
    answers = await citizen.sends("file", POTHOLE, a_file("video", mime="video/mp4"))
    assert "Votre vidéo est gardée pour les agents" in texts(answers)
    assert "12 rue de la République, Oullins" in texts(answers)


async def test_a_reply_to_an_acknowledgement_is_about_its_request(citizen: AtTerminal) -> None:
    first = await citizen.files(POTHOLE)
    second = await citizen.files(GRAFFITI)
    heard = texts(await citizen.says("où ça en est ?", reply_to=first["seq"]))
    assert first["reference"] in heard
    assert second["reference"] not in heard
    heard = texts(await citizen.says("où ça en est ?", reply_to=second["seq"]))
    assert second["reference"] in heard
    assert first["reference"] not in heard


async def test_files_sent_while_waiting_are_the_agent_s(citizen: AtTerminal) -> None:
    [handed] = await citizen.says("je voudrais parler à un agent")
    answers = await citizen.sends("file", "", a_file("voice"))
    assert "Je ne peux pas" not in texts(answers)
    assert handed["reference"] in texts(answers)
