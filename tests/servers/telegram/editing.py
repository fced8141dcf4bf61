"""The methods that change, remove or answer what is already in a chat."""

from __future__ import annotations

from typing import Any

from tests.servers.telegram.checking import Request, caption_of, check_markup, text_of
from tests.servers.telegram.formatting import Formatted
from tests.servers.telegram.reaching import (
    MANAGERS,
    chat_of,
    existing,
    member_of,
    my_status,
    reachable,
)
from tests.servers.telegram.refusals import NOT_MODIFIED, bad
from tests.servers.telegram.sending import formatted
from tests.servers.telegram.state import Chat, Message, World

DELETABLE_WITHIN_S = 48 * 3600
MAX_ANSWER_LENGTH = 200
CAPTIONED = {"photo", "video", "animation", "document", "audio", "voice"}
REACTIONS = {
    "❤", "👍", "👎", "🔥", "🥰", "👏", "😁", "🤔", "🤯", "😱", "🤬", "😢", "🎉", "🤩",
    "🤮", "💩", "🙏", "👌", "🕊", "🤡", "🥱", "🥴", "😍", "🐳", "❤‍🔥", "🌚", "🌭", "💯",
    "🤣", "⚡", "🍌", "🏆", "💔", "🤨", "😐", "🍓", "🍾", "💋", "🖕", "😈", "😴", "😭",
    "🤓", "👻", "👨‍💻", "👀", "🎃", "🙈", "😇", "😨", "🤝", "✍", "🤗", "🫡", "🎅", "🎄",
    "☃", "💅", "🤪", "🗿", "🆒", "💘", "🙉", "🦄", "😘", "💊", "🙊", "😎", "👾", "🤷‍♂",
    "🤷", "🤷‍♀", "😡",
}  # fmt: skip


def edit_text(world: World, request: Request) -> dict[str, Any]:
    message = _editable(world, request)
    if "text" not in message.raw:
        raise bad("there is no text in the message to edit")
    return _changed(world, message, request, "text", "entities", text_of(request.payload))


def edit_caption(world: World, request: Request) -> dict[str, Any]:
    message = _editable(world, request)
    if not CAPTIONED & message.raw.keys():
        raise bad("there is no caption in the message to edit")
    caption = caption_of(request.payload)
    return _changed(world, message, request, "caption", "caption_entities", caption)


def edit_markup(world: World, request: Request) -> dict[str, Any]:
    return _changed(world, _editable(world, request), request)


def delete_message(world: World, request: Request) -> bool:
    chat = chat_of(world, request.payload["chat_id"])
    if not chat.is_private:
        member_of(world, chat)
    message = existing(chat, request, "message to delete not found")
    is_old = world.now() - message.raw["date"] > DELETABLE_WITHIN_S
    is_manager = not chat.is_private and my_status(world, chat) in MANAGERS
    is_others = not chat.is_private and not message.is_mine
    if (is_old or is_others) and not is_manager:
        raise bad("message can't be deleted for everyone")
    del chat.messages[message.id]
    return True


def answer_callback_query(world: World, request: Request) -> bool:
    if len(request.payload.get("text") or "") > MAX_ANSWER_LENGTH:
        raise bad("MESSAGE_TOO_LONG")
    world.answer(request.payload["callback_query_id"], request.payload)
    return True


def set_message_reaction(world: World, request: Request) -> bool:
    chat = chat_of(world, request.payload["chat_id"])
    message = existing(chat, request, "message to react not found")
    reactions = request.payload.get("reaction") or []
    if len(reactions) > 1:
        raise bad("REACTIONS_TOO_MANY")
    if any(one["type"] == "emoji" and one["emoji"] not in REACTIONS for one in reactions):
        raise bad("REACTION_INVALID")
    message.reactions = reactions
    return True


def pin_chat_message(world: World, request: Request) -> bool:
    chat = reachable(world, request.payload["chat_id"])
    message = existing(chat, request, "message to pin not found")
    if not chat.is_private and my_status(world, chat) not in MANAGERS:
        raise bad("not enough rights to manage pinned messages in the chat")
    message.is_pinned = True
    return True


def _editable(world: World, request: Request) -> Message:
    if "chat_id" not in request.payload or "message_id" not in request.payload:
        raise bad("message identifier is not specified")
    chat: Chat = reachable(world, request.payload["chat_id"])
    message = existing(chat, request, "message to edit not found")
    is_plain = message.markup is None or "inline_keyboard" in message.markup
    if not message.is_mine or not is_plain or "forward_origin" in message.raw:
        raise bad("message can't be edited")
    check_markup(request.payload.get("reply_markup"), is_private=chat.is_private)
    return message


def _changed(
    world: World,
    message: Message,
    request: Request,
    name: str = "",
    entities: str = "",
    text: Formatted | None = None,
) -> dict[str, Any]:
    """The message with its new words (when there are any) and its new keyboard or none."""
    raw = dict(message.raw)
    if text is not None:
        raw.pop(name, None)
        raw.pop(entities, None)
        raw |= formatted(name, entities, text)
    markup: dict[str, Any] = request.payload.get("reply_markup") or {}
    is_shown = bool(markup.get("inline_keyboard"))
    raw.pop("reply_markup", None)
    if is_shown:
        raw["reply_markup"] = markup
    if raw == message.raw:
        raise NOT_MODIFIED
    message.raw = raw | {"edit_date": int(world.now())}
    message.markup = markup if is_shown else None
    if is_shown:
        message.keyboards.append(markup)
    return message.raw
