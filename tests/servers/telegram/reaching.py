"""Whether the bot may write where it wants to: the chat, the topic, the message replied to."""

from __future__ import annotations

from typing import Any

from tests.servers.telegram.checking import Request
from tests.servers.telegram.refusals import BLOCKED, bad, forbidden
from tests.servers.telegram.state import Chat, Message, Topic, World

GONE = {"left", "kicked"}
MANAGERS = {"creator", "administrator"}


def chat_of(world: World, chat_id: object) -> Chat:
    """A chat that the bot knows of. Raises `Refused`."""
    if isinstance(chat_id, str) and chat_id.startswith("@"):
        for chat in world.chats.values():
            if chat.raw.get("username") == chat_id[1:]:
                return chat
    if not isinstance(chat_id, int) or chat_id not in world.chats:
        raise bad("chat not found")
    return world.chats[chat_id]


def reachable(world: World, chat_id: object) -> Chat:
    """A chat that the bot can write in now. Raises `Refused`."""
    chat = chat_of(world, chat_id)
    if chat.is_private:
        if chat.is_deactivated:
            raise forbidden("user is deactivated")
        if chat.has_blocked:
            raise BLOCKED
        if not chat.has_started:
            raise forbidden("bot can't initiate conversation with a user")
        return chat
    member_of(world, chat)
    if chat.kind == "channel" and my_status(world, chat) not in MANAGERS:
        raise bad("need administrator rights in the channel chat")
    return chat


def member_of(world: World, chat: Chat) -> None:
    """Raises `Refused` when the bot is in the chat no more."""
    match my_status(world, chat):
        case "kicked":
            raise forbidden(f"bot was kicked from the {chat.kind} chat")
        case "left":
            raise forbidden(f"bot is not a member of the {chat.kind} chat")


def my_status(world: World, chat: Chat) -> str:
    return str(chat.members.get(world.bot["id"], {"status": "left"})["status"])


def topic_of(chat: Chat, thread_id: object) -> Topic:
    """Raises `Refused` when there is none such in the chat."""
    topic = chat.topics.get(thread_id) if isinstance(thread_id, int) else None
    if topic is None or not chat.is_forum:
        raise bad("message thread not found")
    return topic


def placed(world: World, chat: Chat, payload: dict[str, Any]) -> dict[str, Any]:
    """The fields of a message that say its topic and what it replies to. Raises `Refused`."""
    said: dict[str, Any] = {}
    replied = _replied(world, chat, payload.get("reply_parameters"))
    if replied is not None:
        raw = dict(replied.raw)
        raw.pop("reply_to_message", None)
        said["reply_to_message"] = raw
        if "message_thread_id" in raw:
            said |= {"message_thread_id": raw["message_thread_id"], "is_topic_message": True}
    if payload.get("message_thread_id") is not None:
        topic = topic_of(chat, payload["message_thread_id"])
        if topic.is_closed and my_status(world, chat) not in MANAGERS:
            raise bad("TOPIC_CLOSED")
        said |= {"message_thread_id": topic.id, "is_topic_message": True}
    return said


def _replied(world: World, chat: Chat, reply: dict[str, Any] | None) -> Message | None:
    if not reply:
        return None
    place = chat_of(world, reply["chat_id"]) if reply.get("chat_id") else chat
    message = place.message(reply["message_id"])
    if message is None and not reply.get("allow_sending_without_reply"):
        raise bad("message to be replied not found")
    return message


def existing(chat: Chat, request: Request, told: str, name: str = "message_id") -> Message:
    """The message a call is about. Raises `Refused`, with `told`."""
    message = chat.message(request.payload.get(name))
    if message is None:
        raise bad(told)
    return message
