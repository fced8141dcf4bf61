"""The methods about chats: what they are, who is in them, their topics."""

from __future__ import annotations

from typing import Any

from tests.servers.telegram.checking import Request
from tests.servers.telegram.reaching import (
    GONE,
    MANAGERS,
    chat_of,
    member_of,
    my_status,
    reachable,
    topic_of,
)
from tests.servers.telegram.refusals import bad
from tests.servers.telegram.state import FIRST_TOPIC_COLOUR, Chat, Topic, World

MAX_TOPIC_NAME = 128
TOPIC_COLOURS = {7322096, 16766590, 13338331, 9367192, 16749490, 16478047}
GIFTS = dict.fromkeys(
    (
        "unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription",
        "gifts_from_channels",
    ),
    False,
)  # fmt: skip


def get_chat(world: World, request: Request) -> dict[str, Any]:
    chat = chat_of(world, request.payload["chat_id"])
    if not chat.is_private:
        member_of(world, chat)
    full = {"accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": GIFTS}
    return {**chat.raw, **full}


def get_chat_member(world: World, request: Request) -> dict[str, Any]:
    chat = chat_of(world, request.payload["chat_id"])
    if chat.is_private:
        raise bad("there are no members in the private chat")
    if request.payload["user_id"] != world.bot["id"]:
        member_of(world, chat)
    member = chat.members.get(request.payload["user_id"])
    if member is None:
        raise bad("PARTICIPANT_ID_INVALID")
    return member


def get_chat_administrators(world: World, request: Request) -> list[dict[str, Any]]:
    chat = chat_of(world, request.payload["chat_id"])
    if chat.is_private:
        raise bad("there are no administrators in the private chat")
    member_of(world, chat)
    return [
        member
        for member in chat.members.values()
        if member["status"] in MANAGERS
        and (not member["user"]["is_bot"] or member["user"]["id"] == world.bot["id"])
    ]


def leave_chat(world: World, request: Request) -> bool:
    chat = chat_of(world, request.payload["chat_id"])
    if chat.is_private:
        raise bad("chat member status can't be changed in private chats")
    member_of(world, chat)
    chat.members[world.bot["id"]] = member(world.bot, "left")
    return True


def create_topic(world: World, request: Request) -> dict[str, Any]:
    chat = _forum(world, request)
    colour = request.payload.get("icon_color") or FIRST_TOPIC_COLOUR
    if colour not in TOPIC_COLOURS:
        raise bad("wrong topic icon color specified")
    name, icon = _topic_name(request.payload["name"]), request.payload.get("icon_custom_emoji_id")
    said = {"name": name, "icon_color": colour} | ({"icon_custom_emoji_id": icon} if icon else {})
    posted = world.post(chat, world.bot, {"forum_topic_created": said})
    topic = Topic(posted.id, name, colour, icon)
    chat.topics[topic.id] = topic
    _note(world, chat, topic, {})
    return {"message_thread_id": topic.id, **said}


def edit_topic(world: World, request: Request) -> bool:
    chat = _forum(world, request)
    topic = topic_of(chat, request.payload["message_thread_id"])
    name = _topic_name(request.payload.get("name") or topic.name)
    icon = request.payload.get("icon_custom_emoji_id", topic.icon_custom_emoji_id)
    if (name, icon) == (topic.name, topic.icon_custom_emoji_id):
        raise bad("TOPIC_NOT_MODIFIED")
    topic.name, topic.icon_custom_emoji_id = name, icon
    _note(world, chat, topic, {"forum_topic_edited": {"name": name}})
    return True


def close_topic(world: World, request: Request) -> bool:
    return _closed(world, request, is_closed=True)


def reopen_topic(world: World, request: Request) -> bool:
    return _closed(world, request, is_closed=False)


def delete_topic(world: World, request: Request) -> bool:
    chat = _forum(world, request)
    topic = topic_of(chat, request.payload["message_thread_id"])
    del chat.topics[topic.id]
    for message in list(chat.messages.values()):
        if topic.id in {message.id, message.raw.get("message_thread_id")}:
            del chat.messages[message.id]
    return True


def _closed(world: World, request: Request, *, is_closed: bool) -> bool:
    chat = _forum(world, request)
    topic = topic_of(chat, request.payload["message_thread_id"])
    if topic.is_closed == is_closed:
        raise bad("TOPIC_NOT_MODIFIED")
    topic.is_closed = is_closed
    _note(world, chat, topic, {"forum_topic_closed" if is_closed else "forum_topic_reopened": {}})
    return True


def _forum(world: World, request: Request) -> Chat:
    chat = reachable(world, request.payload["chat_id"])
    if not chat.is_forum:
        raise bad("the chat is not a forum")
    mine = chat.members[world.bot["id"]]
    if my_status(world, chat) not in MANAGERS or not mine.get("can_manage_topics", True):
        raise bad("not enough rights to create a topic")
    return chat


def _topic_name(name: str) -> str:
    if not 1 <= len(name.strip()) <= MAX_TOPIC_NAME:
        raise bad("TOPIC_TITLE_EMPTY" if not name.strip() else "topic name is too long")
    return name.strip()


def _note(world: World, chat: Chat, topic: Topic, said: dict[str, Any]) -> None:
    """The service message that members see in the topic."""
    place = {"message_thread_id": topic.id, "is_topic_message": True}
    if said:
        world.post(chat, world.bot, place | said)
    else:
        chat.messages[topic.id].raw |= place


def member(user: dict[str, Any], status: str, **rights: bool) -> dict[str, Any]:
    """A member of a chat in Telegram's form, with the rights that come with the status."""
    said: dict[str, Any] = {"user": dict(user), "status": status}
    match status:
        case "creator":
            said["is_anonymous"] = False
        case "administrator":
            said |= dict.fromkeys(ADMINISTRATOR, True) | {
                "can_be_edited": False,
                "is_anonymous": False,
            }
        case "restricted":
            said |= dict.fromkeys(RESTRICTED, False) | {"is_member": True, "until_date": 0}
        case "kicked":
            said["until_date"] = 0
    return said | rights


def is_in(member: dict[str, Any] | None) -> bool:
    return member is not None and member["status"] not in GONE


ADMINISTRATOR = (
    "can_manage_chat", "can_delete_messages", "can_manage_video_chats", "can_restrict_members",
    "can_promote_members", "can_change_info", "can_invite_users", "can_post_stories",
    "can_edit_stories", "can_delete_stories", "can_pin_messages", "can_manage_topics",
    "can_send_welcome_messages",
)  # fmt: skip
RESTRICTED = (
    "can_send_messages", "can_send_audios", "can_send_documents", "can_send_photos",
    "can_send_videos", "can_send_video_notes", "can_send_voice_notes", "can_send_polls",
    "can_send_other_messages", "can_add_web_page_previews", "can_react_to_messages",
    "can_edit_tag", "can_change_info", "can_invite_users", "can_pin_messages",
    "can_manage_topics",
)  # fmt: skip
