"""Commands: certain intents, as if a button had been pressed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiogram import F, Router
from aiogram.filters import Command, CommandObject
from aiogram.types import Message

from bot.channels.telegram.arrivals import store_message
from bot.channels.telegram.taking import Taking
from bot.continuing.rules import ServiceStart, Town, start_payload
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
    intent, values = _linked(taking, said) if name == "start" else INTENTS[name]
    if name != "start":
        values = {**values, **_told(taking, intent, said)}
    press = {"intent": intent, "values": dict(values)}
    content = {"press": press, "stale": False, "command": f"/{name}"}
    await store_message(taking, message, "press", text=message.text or "", content=content)


def _linked(taking: Taking, payload: str) -> tuple[str, Mapping[str, Any]]:
    """What a link to the bot asks for: a town, a report of a service, else a greeting. Such links
    give nobody anything, and their payload is nobody's words."""
    asked = start_payload(payload)
    communes = {commune.insee for commune in taking.service.gazetteer.communes}
    if isinstance(asked, Town) and asked.insee in communes:
        return "change_commune", {"commune": asked.insee}
    if isinstance(asked, ServiceStart) and taking.service.catalogue.find(asked.code, None):
        return "file_request", {"new": True, "service": asked.code}
    return INTENTS["start"]


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
