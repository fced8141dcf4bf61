"""The methods that put messages into chats."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from tests.servers.telegram.checking import (
    Request,
    Upload,
    caption_of,
    check_markup,
    text_of,
)
from tests.servers.telegram.formatting import Formatted
from tests.servers.telegram.reaching import chat_of, existing, placed, reachable
from tests.servers.telegram.refusals import TOO_LARGE, bad
from tests.servers.telegram.state import Chat, File, Message, World

MAX_UPLOAD_BYTES = 50 * 1024 * 1024
MAX_PHOTO_BYTES = 10 * 1024 * 1024
ACTIONS = {
    "typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice",
    "upload_document", "choose_sticker", "find_location", "record_video_note",
    "upload_video_note",
}  # fmt: skip
ALBUM_KINDS = {"photo", "video", "document", "audio"}


def send_message(world: World, request: Request) -> dict[str, Any]:
    return _sent(world, request, formatted("text", "entities", text_of(request.payload)))


def send_photo(world: World, request: Request) -> dict[str, Any]:
    return _sent_file(world, request, "photo")


def send_document(world: World, request: Request) -> dict[str, Any]:
    return _sent_file(world, request, "document")


def send_voice(world: World, request: Request) -> dict[str, Any]:
    return _sent_file(world, request, "voice")


def send_location(world: World, request: Request) -> dict[str, Any]:
    return _sent(world, request, {"location": _place(request.payload)})


def send_venue(world: World, request: Request) -> dict[str, Any]:
    names = request.payload["title"], request.payload["address"]
    place = _place(request.payload)
    venue = {"location": place, "title": names[0], "address": names[1]}
    return _sent(world, request, {"venue": venue, "location": place})


def send_contact(world: World, request: Request) -> dict[str, Any]:
    kept = ("phone_number", "first_name", "last_name")
    contact = {name: request.payload[name] for name in kept if request.payload.get(name)}
    if not all(contact.get(name) for name in kept[:2]):
        raise bad("phone number and first name must be non-empty")
    return _sent(world, request, {"contact": contact})


def send_media_group(world: World, request: Request) -> list[dict[str, Any]]:
    chat = reachable(world, request.payload["chat_id"])
    media = request.payload["media"]
    if not 2 <= len(media) <= 10:
        raise bad("wrong number of messages to send as an album")
    kinds = {item["type"] for item in media}
    if not kinds <= ALBUM_KINDS or (kinds & {"document", "audio"} and len(kinds) > 1):
        raise bad("media of these types can't be grouped")
    place = placed(world, chat, request.payload)
    contents = []
    for item in media:
        file = taken_file(world, item["media"], item["type"], request.files)
        told = formatted("caption", "caption_entities", caption_of(item))
        contents.append(shown_file(world, file, item["type"]) | told)
    album = {"media_group_id": str(secrets.randbits(60))}
    return [world.post(chat, world.bot, place | album | content).raw for content in contents]


def send_chat_action(world: World, request: Request) -> bool:
    chat = reachable(world, request.payload["chat_id"])
    if request.payload["action"] not in ACTIONS:
        raise bad("wrong parameter action in request")
    placed(world, chat, request.payload)
    chat.action = request.payload["action"]
    return True


def copy_message(world: World, request: Request) -> dict[str, Any]:
    chat = reachable(world, request.payload["chat_id"])
    content = _content(_source(world, request, "message to copy not found"))
    if request.payload.get("caption") is not None and "text" not in content:
        content.pop("caption_entities", None)
        content |= formatted("caption", "caption_entities", caption_of(request.payload))
    return {"message_id": _put(world, chat, request, content).id}


def forward_message(world: World, request: Request) -> dict[str, Any]:
    chat = reachable(world, request.payload["chat_id"])
    source = _source(world, request, "message to forward not found")
    origin: dict[str, Any] = {"date": source.raw["date"]}
    if "from" in source.raw:
        origin |= {"type": "user", "sender_user": source.raw["from"]}
    else:
        origin |= {"type": "channel", "chat": source.raw["chat"], "message_id": source.id}
    return _put(world, chat, request, _content(source) | {"forward_origin": origin}).raw


def formatted(name: str, entities: str, text: Formatted) -> dict[str, Any]:
    """The message's fields for a text or a caption; none for an empty one."""
    if not text.text:
        return {}
    return {name: text.text, entities: text.entities} if text.entities else {name: text.text}


def taken_file(world: World, told: str, kind: str, files: Mapping[str, Upload]) -> File:
    """The file a call brings or names. Raises `Refused`."""
    upload = files.get(told.removeprefix("attach://"))
    if upload is None:
        known = world.files.get(told)
        if known is None:
            raise bad("wrong file identifier/HTTP URL specified")
        if known.kind != kind:
            raise bad(f"can't use file of type {known.kind} as {kind}")
        return known
    size = len(upload.content)
    if not size:
        raise bad("file must be non-empty")
    if size > MAX_UPLOAD_BYTES:
        raise TOO_LARGE
    if kind == "photo" and size > MAX_PHOTO_BYTES:
        raise bad(f"file of size {size} bytes is too big for a photo")
    return world.add_file(upload.content, upload.name, upload.mime, kind)


def shown_file(world: World, file: File, kind: str) -> dict[str, Any]:
    """The field of a message that shows a file."""
    told = file.told()
    match kind:
        case "photo":
            small = world.files.get(f"{file.id}-s") or File(
                f"{file.id}-s", file.content, file.name, file.mime, f"s/{file.path}",
                file.size, kind,
            )  # fmt: skip
            world.files[small.id] = small
            sizes = [(small, 90, 67), (file, 1280, 960)]
            return {"photo": [{**one.told(), "width": w, "height": h} for one, w, h in sizes]}
        case "voice" | "audio":
            return {kind: {**told, "duration": 1, "mime_type": file.mime}}
        case "video":
            size = {"width": 640, "height": 480, "duration": 1}
            return {kind: {**told, **size, "mime_type": file.mime}}
        case _:
            return {"document": {**told, "file_name": file.name, "mime_type": file.mime}}


def _sent_file(world: World, request: Request, kind: str) -> dict[str, Any]:
    chat = reachable(world, request.payload["chat_id"])
    caption = formatted("caption", "caption_entities", caption_of(request.payload))
    file = taken_file(world, request.payload[kind], kind, request.files)
    return _put(world, chat, request, shown_file(world, file, kind) | caption).raw


def _sent(world: World, request: Request, content: dict[str, Any]) -> dict[str, Any]:
    chat = reachable(world, request.payload["chat_id"])
    return _put(world, chat, request, content).raw


def _put(world: World, chat: Chat, request: Request, content: dict[str, Any]) -> Message:
    markup = request.payload.get("reply_markup")
    check_markup(markup, is_private=chat.is_private)
    place = placed(world, chat, request.payload)
    chat.action = None
    return world.post(chat, world.bot, place | content, markup)


def _source(world: World, request: Request, told: str) -> Message:
    source = chat_of(world, request.payload["from_chat_id"])
    return existing(source, request, told)


def _content(message: Message) -> dict[str, Any]:
    """What a message says, without where and by whom."""
    around = {
        "message_id", "date", "chat", "from", "sender_chat", "reply_markup", "reply_to_message",
        "message_thread_id", "is_topic_message", "edit_date", "media_group_id", "forward_origin",
    }  # fmt: skip
    return {name: value for name, value in message.raw.items() if name not in around}


def _place(payload: dict[str, Any]) -> dict[str, Any]:
    latitude, longitude = payload["latitude"], payload["longitude"]
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise bad("wrong location specified")
    place = {"latitude": latitude, "longitude": longitude}
    return place | ({"live_period": payload["live_period"]} if payload.get("live_period") else {})
