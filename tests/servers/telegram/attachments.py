"""What else than words a person sends: photos, files, places, contacts, and what no bot expects."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tests.servers.telegram.groups import Group
from tests.servers.telegram.sending import shown_file
from tests.servers.telegram.state import Chat, Message

if TYPE_CHECKING:
    from tests.servers.telegram.server import TelegramServer

Raw = dict[str, Any]


class Sender:
    """The half of a person that sends things. `place`, `topic`, `reply_to` as in `says`;
    `size` tells a greater size than the content has."""

    _server: TelegramServer
    user: Raw
    chat: Chat

    def sends_photo(
        self, content: bytes, caption: str = "", *, size: int | None = None, **where: Any
    ) -> Raw:
        file = self._file("photo", content, "photo.jpg", "image/jpeg", size)
        return self._sends(file | _caption(caption), **where)

    def sends_album(self, photos: Sequence[bytes], caption: str = "", **where: Any) -> list[Raw]:
        """One update each, held together by their `media_group_id`; the first has the caption."""
        album = {"media_group_id": str(secrets.randbits(60))}
        return [
            self._sends(
                album
                | self._file("photo", content, "photo.jpg", "image/jpeg")
                | _caption("" if position else caption),
                **where,
            )
            for position, content in enumerate(photos)
        ]

    def sends_document(
        self,
        name: str,
        mime: str,
        content: bytes,
        caption: str = "",
        *,
        size: int | None = None,
        **where: Any,
    ) -> Raw:
        file = self._file("document", content, name, mime, size)
        return self._sends(file | _caption(caption), **where)

    def sends_voice(self, content: bytes, seconds: int = 3, **where: Any) -> Raw:
        said = self._file("voice", content, "voice.oga", "audio/ogg")
        said["voice"]["duration"] = seconds
        return self._sends(said, **where)

    def sends_video(self, content: bytes, caption: str = "", **where: Any) -> Raw:
        file = self._file("video", content, "video.mp4", "video/mp4")
        return self._sends(file | _caption(caption), **where)

    def sends_video_note(self, content: bytes, seconds: int = 5, **where: Any) -> Raw:
        told = self._told("video_note", content, "note.mp4", "video/mp4")
        note = {**told, "length": 240, "duration": seconds}
        return self._sends({"video_note": note}, **where)

    def sends_animation(self, content: bytes, caption: str = "", **where: Any) -> Raw:
        told = self._told("animation", content, "animation.mp4", "video/mp4")
        shown = {**told, "file_name": "animation.mp4", "mime_type": "video/mp4"}
        animation = {**shown, "width": 320, "height": 240, "duration": 2}
        # Telegram repeats an animation as a document, for old bots
        return self._sends({"animation": animation, "document": shown} | _caption(caption), **where)

    def sends_sticker(self, emoji: str = "👍", **where: Any) -> Raw:
        told = self._told("sticker", b"RIFF", "sticker.webp", "image/webp")
        shape = {"width": 512, "height": 512, "is_animated": False, "is_video": False}
        sticker = {**told, "type": "regular", "emoji": emoji, **shape}
        return self._sends({"sticker": sticker}, **where)

    def sends_poll(self, question: str, options: Sequence[str], **where: Any) -> Raw:
        choices = [
            {"persistent_id": str(at), "text": option, "voter_count": 0}
            for at, option in enumerate(options)
        ]
        poll: Raw = {"id": str(secrets.randbits(60)), "question": question, "options": choices}
        poll |= {"total_voter_count": 0, "is_closed": False, "is_anonymous": True}
        poll |= {"type": "regular", "allows_multiple_answers": False, "allows_revoting": True}
        return self._sends({"poll": poll | {"members_only": False}}, **where)

    def sends_dice(self, emoji: str = "🎲", value: int = 4, **where: Any) -> Raw:
        return self._sends({"dice": {"emoji": emoji, "value": value}}, **where)

    # -- places and people ------------------------------------------------------------------------

    def shares_location(self, latitude: float, longitude: float, **where: Any) -> Raw:
        return self._sends({"location": _place(latitude, longitude)}, **where)

    def shares_live_location(
        self, latitude: float, longitude: float, period_s: int = 900, **where: Any
    ) -> Raw:
        place = _place(latitude, longitude) | {"live_period": period_s}
        return self._sends({"location": place}, **where)

    def moves_live(self, latitude: float, longitude: float, *, place: Group | None = None) -> Raw:
        """Their newest live location goes elsewhere."""
        with self._server.lock:
            message = self._live(place)
            period = {"live_period": message.raw["location"]["live_period"]}
            return self._edited(message, {"location": _place(latitude, longitude) | period})

    def stops_live(self, *, place: Group | None = None) -> Raw:
        """Telegram then tells the last place, no longer live."""
        with self._server.lock:
            message = self._live(place)
            last = message.raw["location"]
            return self._edited(message, {"location": _place(last["latitude"], last["longitude"])})

    def sends_venue(
        self, title: str, address: str, latitude: float, longitude: float, **where: Any
    ) -> Raw:
        place = _place(latitude, longitude)
        venue = {"location": place, "title": title, "address": address}
        return self._sends({"venue": venue, "location": place}, **where)

    def shares_contact(
        self, phone: str, *, of: int | None = None, first_name: str = "", **where: Any
    ) -> Raw:
        """Their own, or with `of` that of another's id."""
        name = first_name or ("Autre" if of is not None else self.user["first_name"])
        contact = {"phone_number": phone, "first_name": name}
        contact["user_id"] = self.user["id"] if of is None else of
        return self._sends({"contact": contact}, **where)

    def _live(self, place: Group | None) -> Message:
        chat = self.chat if place is None else place.chat
        for _, message in sorted(chat.messages.items(), reverse=True):
            is_theirs = message.raw.get("from", {}).get("id") == self.user["id"]
            if is_theirs and "live_period" in message.raw.get("location", {}):
                return message
        raise AssertionError("no live location")

    # -- files ------------------------------------------------------------------------------------

    def _file(
        self, kind: str, content: bytes, name: str, mime: str, size: int | None = None
    ) -> Raw:
        with self._server.lock:
            world = self._server.world
            return shown_file(world, world.add_file(content, name, mime, kind, size), kind)

    def _told(self, kind: str, content: bytes, name: str, mime: str) -> Raw:
        with self._server.lock:
            return self._server.world.add_file(content, name, mime, kind).told()

    def _sends(
        self,
        content: Raw,
        *,
        reply_to: int | None = None,
        place: Group | None = None,
        topic: int | None = None,
    ) -> Raw:
        raise NotImplementedError

    def _edited(self, message: Message, content: Raw) -> Raw:
        raise NotImplementedError


def _caption(caption: str) -> Raw:
    return {"caption": caption} if caption else {}


def _place(latitude: float, longitude: float) -> Raw:
    return {"latitude": latitude, "longitude": longitude}
