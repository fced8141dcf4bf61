"""The methods about the bot itself: who it is, its commands and descriptions; and files."""

from __future__ import annotations

import json
import re
from typing import Any

from tests.servers.telegram.checking import Request
from tests.servers.telegram.reaching import chat_of
from tests.servers.telegram.refusals import bad
from tests.servers.telegram.state import World

MAX_COMMANDS = 100
MAX_DESCRIPTION = 512
MAX_SHORT_DESCRIPTION = 120
MAX_DOWNLOAD_BYTES = 20 * 1024 * 1024


def get_me(world: World, request: Request) -> dict[str, Any]:
    del request
    can = {"can_join_groups": True, "can_read_all_group_messages": True}
    return {**world.bot, **can, "supports_inline_queries": False}


def set_my_commands(world: World, request: Request) -> bool:
    commands = request.payload["commands"]
    if len(commands) > MAX_COMMANDS:
        raise bad("BOT_COMMANDS_TOO_MUCH")
    for command in commands:
        if not re.fullmatch(r"/?[a-z0-9_]{1,32}", command["command"]):
            raise bad("BOT_COMMAND_INVALID")
        if not 1 <= len(command["description"].strip()) <= 256:
            raise bad("BOT_COMMAND_DESCRIPTION_INVALID")
    world.commands[commands_key(world, request)] = [
        {**command, "command": command["command"].removeprefix("/")} for command in commands
    ]
    return True


def get_my_commands(world: World, request: Request) -> list[dict[str, Any]]:
    return world.commands.get(commands_key(world, request), [])


def delete_my_commands(world: World, request: Request) -> bool:
    world.commands.pop(commands_key(world, request), None)
    return True


def commands_key(world: World, request: Request) -> tuple[str, str]:
    """For which scope (as sorted JSON) and which language."""
    scope = request.payload.get("scope") or {"type": "default"}
    if "chat_id" in scope:
        chat_of(world, scope["chat_id"])
    return json.dumps(scope, sort_keys=True), _language(request)


def set_my_description(world: World, request: Request) -> bool:
    return _describe(world, request, "description", MAX_DESCRIPTION)


def set_my_short_description(world: World, request: Request) -> bool:
    return _describe(world, request, "short_description", MAX_SHORT_DESCRIPTION)


def get_my_description(world: World, request: Request) -> dict[str, Any]:
    return {"description": _described(world, request, "description")}


def get_my_short_description(world: World, request: Request) -> dict[str, Any]:
    return {"short_description": _described(world, request, "short_description")}


def set_chat_menu_button(world: World, request: Request) -> bool:
    button = request.payload.get("menu_button") or {"type": "default"}
    if request.payload.get("chat_id") is None:
        world.menu_button = button
        return True
    chat = chat_of(world, request.payload["chat_id"])
    if not chat.is_private:
        raise bad("chat menu button can be changed in private chats only")
    chat.menu_button = button
    return True


def get_file(world: World, request: Request) -> dict[str, Any]:
    file = world.files.get(request.payload["file_id"])
    if file is None:
        raise bad("wrong file_id or the file is temporarily unavailable")
    if file.size > MAX_DOWNLOAD_BYTES:
        raise bad("file is too big")
    return {**file.told(), "file_path": file.path}


def _language(request: Request) -> str:
    language = request.payload.get("language_code") or ""
    if language and not re.fullmatch(r"[a-z]{2}", language):
        raise bad(
            "BOT_COMMAND_LANGUAGE_INVALID" if "ommands" in request.method else "LANG_CODE_INVALID"
        )
    return str(language)


def _describe(world: World, request: Request, name: str, max_length: int) -> bool:
    text = request.payload.get(name) or ""
    if len(text) > max_length:
        raise bad(f"BOT_{'ABOUT' if name.startswith('short') else 'DESCRIPTION'}_INVALID")
    world.descriptions[name, _language(request)] = text
    return True


def _described(world: World, request: Request, name: str) -> str:
    language = _language(request)
    return world.descriptions.get((name, language)) or world.descriptions.get((name, ""), "")
