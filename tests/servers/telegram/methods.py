"""Which function carries out which method. What is not here is checked and answered `true`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.servers.telegram import chats, editing, profile, sending
from tests.servers.telegram.checking import Request, check_form
from tests.servers.telegram.reaching import chat_of
from tests.servers.telegram.state import World

METHODS: dict[str, Callable[[World, Request], Any]] = {
    "getMe": profile.get_me,
    "sendMessage": sending.send_message,
    "sendPhoto": sending.send_photo,
    "sendMediaGroup": sending.send_media_group,
    "sendDocument": sending.send_document,
    "sendVoice": sending.send_voice,
    "sendLocation": sending.send_location,
    "sendVenue": sending.send_venue,
    "sendContact": sending.send_contact,
    "sendChatAction": sending.send_chat_action,
    "copyMessage": sending.copy_message,
    "forwardMessage": sending.forward_message,
    "editMessageText": editing.edit_text,
    "editMessageCaption": editing.edit_caption,
    "editMessageReplyMarkup": editing.edit_markup,
    "deleteMessage": editing.delete_message,
    "answerCallbackQuery": editing.answer_callback_query,
    "setMessageReaction": editing.set_message_reaction,
    "pinChatMessage": editing.pin_chat_message,
    "getFile": profile.get_file,
    "getChat": chats.get_chat,
    "getChatMember": chats.get_chat_member,
    "getChatAdministrators": chats.get_chat_administrators,
    "leaveChat": chats.leave_chat,
    "createForumTopic": chats.create_topic,
    "editForumTopic": chats.edit_topic,
    "closeForumTopic": chats.close_topic,
    "reopenForumTopic": chats.reopen_topic,
    "deleteForumTopic": chats.delete_topic,
    "setMyCommands": profile.set_my_commands,
    "getMyCommands": profile.get_my_commands,
    "deleteMyCommands": profile.delete_my_commands,
    "setMyDescription": profile.set_my_description,
    "getMyDescription": profile.get_my_description,
    "setMyShortDescription": profile.set_my_short_description,
    "getMyShortDescription": profile.get_my_short_description,
    "setChatMenuButton": profile.set_chat_menu_button,
}


def carry_out(world: World, request: Request) -> Any:
    """The result of a call, which took effect. Raises `Refused`: it did not."""
    check_form(request)
    method = METHODS.get(request.method)
    if method is not None:
        return method(world, request)
    if request.payload.get("chat_id") is not None:
        chat_of(world, request.payload["chat_id"])
    return True
