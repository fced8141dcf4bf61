"""A call's form: decoded as aiogram sends it, held against aiogram's model, then Telegram's rules.

What depends on the chat is checked where the call is carried out.
"""

from __future__ import annotations

import json
import re
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Union, get_args, get_origin

import aiogram.methods
from aiogram.methods import TelegramMethod
from pydantic import BaseModel, ValidationError

from tests.servers.telegram.formatting import LINK, Formatted, read_html, utf16_length
from tests.servers.telegram.refusals import UNKNOWN_METHOD, Refused, bad

IDS = {"chat_id", "from_chat_id", "sender_chat_id"}
MAX_BUTTONS = 100
TEXT_LENGTH = 4096
CAPTION_LENGTH = 1024


@dataclass(frozen=True)
class Upload:
    name: str
    mime: str
    content: bytes


@dataclass(frozen=True)
class Request:
    """A call in Telegram's own name of the method, its values decoded."""

    method: str
    payload: dict[str, Any]
    files: Mapping[str, Upload]

    @property
    def chat_id(self) -> int | None:
        value = self.payload.get("chat_id")
        return value if isinstance(value, int) else None


@cache
def models() -> dict[str, type[TelegramMethod[Any]]]:
    """aiogram's models by the method's name in lower case, as Telegram compares them."""
    found = {}
    for name in aiogram.methods.__all__:
        model = getattr(aiogram.methods, name)
        if (
            isinstance(model, type)
            and issubclass(model, TelegramMethod)
            and name != "TelegramMethod"
        ):
            found[str(model.__api_method__).lower()] = model
    return found


def decoded(method: str, values: Mapping[str, Any], files: Mapping[str, Upload]) -> Request:
    """Form values are strings, lists and objects JSON in them; JSON bodies come as they are.

    Raises `Refused` (404) for a method that is none.
    """
    model = models().get(method.lower())
    if model is None:
        raise UNKNOWN_METHOD
    payload = {name: _decoded(model, name, value) for name, value in values.items()}
    return Request(str(model.__api_method__), payload, files)


def _decoded(model: type[BaseModel], name: str, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if name in IDS:
        return int(value) if re.fullmatch(r"-?[0-9]+", value) else value
    field = model.model_fields.get(name)
    if field is None or str in _choices(field.annotation):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def _choices(annotation: Any) -> tuple[Any, ...]:
    is_union = get_origin(annotation) in {Union, types.UnionType}
    return get_args(annotation) if is_union else (annotation,)


def check_form(request: Request) -> None:
    """Raises `Refused` for a field that is missing, unknown or of a wrong type."""
    model = models()[request.method.lower()]
    try:
        read = model.model_validate(request.payload)
    except ValidationError as error:
        raise _told(request, error) from None
    unknown = sorted(_unknown(read))
    if unknown:
        raise bad(f"unknown fields {', '.join(unknown)}")


def _told(request: Request, error: ValidationError) -> Refused:
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    if first["type"] != "missing":
        return bad(f"can't parse {request.method}: {place}: {first['msg']}")
    match place:
        case "chat_id":
            return bad("chat_id is empty")
        case "text" if request.method in {"sendMessage", "editMessageText"}:
            return bad("message text is empty")
        case _:
            return bad(f"parameter {place} is required")


def _unknown(value: Any) -> Iterator[str]:
    if isinstance(value, BaseModel):
        yield from value.model_extra or {}
        for name in value.model_fields_set & set(type(value).model_fields):
            yield from _unknown(getattr(value, name))
    elif isinstance(value, list):
        for item in value:
            yield from _unknown(item)


def check_markup(markup: dict[str, Any] | None, *, is_private: bool) -> None:
    """Raises `Refused` for a keyboard that Telegram would not show there."""
    if not markup:
        return
    if "inline_keyboard" in markup:
        buttons = [button for row in markup["inline_keyboard"] for button in row]
        if len(buttons) > MAX_BUTTONS:
            raise bad("REPLY_MARKUP_TOO_LONG")
        for button in buttons:
            _check_inline_button(button)
    for row in markup.get("keyboard", []):
        for button in row:
            _check_reply_button(
                button if isinstance(button, dict) else {"text": button}, is_private
            )


def _check_inline_button(button: dict[str, Any]) -> None:
    if not button["text"].strip():
        raise bad("inline keyboard button text must be non-empty")
    actions = button.keys() - {"text", "icon_custom_emoji_id", "style"}
    if len(actions) != 1:
        raise bad("text buttons are unallowed in the inline keyboard")
    if "callback_data" in button and not 1 <= len(button["callback_data"].encode()) <= 64:
        raise bad("BUTTON_DATA_INVALID")
    if "url" in button and not LINK.match(button["url"]):
        raise bad(f"inline keyboard button URL '{button['url']}' is invalid: wrong HTTP URL")


def _check_reply_button(button: dict[str, Any], is_private: bool) -> None:
    if not button["text"].strip():
        raise bad("keyboard button text must be non-empty")
    if button.get("request_location") and not is_private:
        raise bad("location can be requested in private chats only")
    if button.get("request_contact") and not is_private:
        raise bad("phone number can be requested in private chats only")


def text_of(payload: Mapping[str, Any]) -> Formatted:
    """The message's text. Raises `Refused` when it is empty, too long or badly marked up."""
    text = _formatted(payload, "text", "entities")
    if not text.text:
        raise bad("message text is empty")
    if utf16_length(text.text) > TEXT_LENGTH:
        raise bad("message is too long")
    return text


def caption_of(payload: Mapping[str, Any]) -> Formatted:
    caption = _formatted(payload, "caption", "caption_entities")
    if utf16_length(caption.text) > CAPTION_LENGTH:
        raise bad("message caption is too long")
    return caption


def _formatted(payload: Mapping[str, Any], name: str, entities: str) -> Formatted:
    source = payload.get(name) or ""
    match str(payload.get("parse_mode") or "").lower():
        case "":
            return Formatted(source, list(payload.get(entities) or [])).trimmed()
        case "html":
            return read_html(source).trimmed()
        case _:
            raise bad("unsupported parse_mode")  # nor does this stand-in read Markdown
