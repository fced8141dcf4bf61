"""Commands: certain intents, as if a button had been pressed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiogram import F, Router
from aiogram.filters import Command, CommandObject
from aiogram.types import Message

from bot.channels.telegram.arrivals import language_of, message_key
from bot.channels.telegram.taking import Taking
from bot.words.catalogues import LANGUAGES

INTENTS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "start": ("greet", {}),
    "aide": ("help", {}),
    "help": ("help", {}),
    "signaler": ("file_request", {"new": True}),
    "report": ("file_request", {"new": True}),
    "suivi": ("my_requests", {}),
    "track": ("my_requests", {}),
    "agent": ("contact_agent", {}),
    "langue": ("change_language", {}),
    "language": ("change_language", {}),
    "commune": ("change_commune", {}),
    "town": ("change_commune", {}),
    "mesdonnees": ("privacy_request", {}),
    "mydata": ("privacy_request", {}),
    "stop": ("stop", {}),
}
"""What each command means; the English names are for whoever reads Telegram in English."""
LONGEST_SAID = 500


def router() -> Router:
    made = Router(name="commands")
    made.message.register(command, Command(*INTENTS), F.text)
    return made


async def command(message: Message, command: CommandObject, taking: Taking) -> None:
    """Store a command as the press that it is."""
    name = command.command.lower()
    said = " ".join((command.args or "").split())[:LONGEST_SAID]
    intent, values = INTENTS[name]
    press = {"intent": intent, "values": {**values, **_told(taking, intent, said)}}
    async with taking.transaction() as tx:
        accepted = await taking.receive(
            tx,
            "press",
            message_key(message),
            text=message.text or "",
            content={"press": press, "stale": False, "command": f"/{name}"},
            language=language_of(message.from_user),
            message_ids=[message.message_id],
        )
    taking.expect_answer(accepted)


def _told(taking: Taking, intent: str, said: str) -> dict[str, Any]:
    """What stands behind a command: `/commune Bron`, `/langue en`, `/signaler un trou…`."""
    if not said:
        return {}
    if intent == "change_language":
        code = said[:2].lower()
        return {"language": code} if code in LANGUAGES else {"text": said}
    if intent == "change_commune":
        found = taking.service.gazetteer.mention(said)
        if found is not None and found.commune is not None:
            return {"commune": found.commune.insee}
    return {"text": said}
