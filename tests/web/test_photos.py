"""Photos at the doors: what is refused, and who is shown what."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from bot.accounts.store import citizen_of_session
from bot.conversations import commit, store
from bot.conversations.turn import Speaker
from bot.files.folder import FolderStore
from bot.files.links import GOOD_FOR
from bot.files.pictures import MAX_BYTES, Size
from bot.files.scanner import ClamdScanner
from bot.files.settings import ScannerAddress
from bot.parts import Service
from bot.service_requests import moderation, photo_store
from bot.service_requests.operations import FileRequest
from bot.service_requests.photos import PhotoFiles
from bot.service_requests.rules import MOST_LOOSE_PHOTOS
from bot.storage.transaction import Database
from bot.web.visitors import COOKIE
from bot.words.phrases import Reply, ShownPhoto
from tests.files.builders import OULLINS, a_photo
from tests.retention.old_things import a_photo as a_photo_s_row
from tests.running import free_port
from tests.servers.clamd import EICAR, Clamd, on_a_port
from tests.service_requests.test_twins import DRAFT
from tests.turn.scripted import WORDS, now
from tests.web.browsers import Answer, Browser, Browsers


@dataclass(frozen=True)
class Sender:
    """A visitor who has sent a photo, and their report of it."""

    browser: Browser
    speaker: Speaker
    photo: UUID
    reference: str


@pytest.fixture
async def sender(assembled: Service, browsers: Browsers) -> Sender:
    browser = await browsers()
    await browser.ask("POST", "/api/photos", data=a_photo(OULLINS))
    speaker = await speaker_of(assembled, browser)
    async with assembled.database.transaction() as tx:
        (message,) = await store.messages_after(tx, speaker.conversation_id, 0)
        draft = replace(DRAFT, photos=(str(message.content["photo"]),))
        filed = await FileRequest(draft).perform(tx, speaker, now())
    return Sender(browser, speaker, UUID(message.content["photo"]), filed.reference)


async def speaker_of(service: Service, browser: Browser) -> Speaker:
    (cookie,) = [c for c in browser.session.cookie_jar if c.key == COOKIE]
    async with service.database.transaction() as tx:
        citizen = await citizen_of_session(tx, cookie.value, now())
        assert citizen is not None
        conversation = await store.conversation_at(tx, "web", str(citizen))
    assert conversation is not None
    return Speaker(conversation["id"], citizen, "web")


async def tells(service: Service, browser: Browser, photo: UUID) -> list[dict[str, str]]:
    """The assistant shows a photo in a visitor's conversation: what the page is given of it."""
    speaker = await speaker_of(service, browser)
    shown = Reply(("voici",), photos=(ShownPhoto(str(photo), "une photo"),))
    async with service.database.transaction() as tx:
        await commit.tell(tx, speaker.conversation_id, [shown], WORDS, now())
    answer = await browser.get("/api/events")
    photos: list[dict[str, str]] = json.loads(answer.body)["events"][-1]["photos"]
    return photos


async def publish(service: Service, reference: str) -> None:
    async with service.database.transaction() as tx:
        await moderation.publish(tx, service.catalogue, reference, now())


# -- coming in ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"not a picture", "unreadable"),
        (b"\0\0\0\x18ftypheic" + bytes(40), "heic"),
        (bytes(MAX_BYTES + 1), "too_large"),
    ],
    ids=["text", "HEIC", "large"],
)
async def test_a_photo_is_refused_with_its_reason(
    browsers: Browsers, raw: bytes, reason: str
) -> None:
    answer = await (await browsers()).ask("POST", "/api/photos", data=io.BytesIO(raw))
    assert (answer.status, json.loads(answer.body)) == (
        400,
        {"error": "invalid", "field": "photo", "reason": reason},
    )


async def test_where_it_was_taken_is_kept_beside_the_photo_and_said_to_nobody(
    assembled: Service, browsers: Browsers
) -> None:
    browser = await browsers()
    await browser.ask("POST", "/api/photos", data=a_photo(OULLINS))
    speaker = await speaker_of(assembled, browser)
    async with assembled.database.transaction() as tx:
        (message,) = await store.messages_after(tx, speaker.conversation_id, 0)
        assert set(message.content) == {"photo"}
        photo = UUID(message.content["photo"])
        found = await photo_store.taken_at(tx, speaker.citizen_id, [photo])
    assert found == pytest.approx(OULLINS, abs=1e-6)


async def test_who_sends_photos_and_no_report_is_stopped(
    assembled: Service, database: Database, browsers: Browsers
) -> None:
    browser = await browsers()
    await browser.ask("POST", "/api/photos", data=a_photo())
    speaker = await speaker_of(assembled, browser)
    for _ in range(MOST_LOOSE_PHOTOS - 1):
        await a_photo_s_row(database, speaker.citizen_id, now())
    answer = await browser.ask("POST", "/api/photos", data=a_photo())
    assert (answer.status, json.loads(answer.body)["reason"]) == (400, "too_many")


async def test_a_photo_that_has_no_room_is_refused_before_it_is_read(
    assembled: Service, database: Database, browsers: Browsers
) -> None:
    browser = await browsers()
    await browser.says("bonjour")
    speaker = await speaker_of(assembled, browser)
    for _ in range(MOST_LOOSE_PHOTOS):
        await a_photo_s_row(database, speaker.citizen_id, now())
    answer = await browser.ask("POST", "/api/photos", data=b"not even a picture")
    assert json.loads(answer.body)["reason"] == "too_many"


async def test_a_new_session_a_photo_does_not_get_around_the_limit(browsers: Browsers) -> None:
    answers = [
        await (await browsers()).ask("POST", "/api/photos", data=b"no picture") for _ in range(60)
    ]
    told = [answer.status for answer in answers]  # what is let in again meanwhile takes two seconds
    assert told[:30] == [400] * 30
    assert 429 in told[30:]


async def test_what_the_antivirus_finds_is_refused_and_kept_nowhere(
    assembled: Service, browsers: Browsers, tmp_path: Path
) -> None:
    async with on_a_port(Clamd()) as port:
        scanner = ClamdScanner(ScannerAddress(host="127.0.0.1", port=port))
        assembled.photos = PhotoFiles(FolderStore(tmp_path / "scanned"), scanner)
        browser = await browsers()
        bad = await browser.ask("POST", "/api/photos", data=a_photo() + EICAR)
        assert (bad.status, json.loads(bad.body)["reason"]) == (400, "infected")
        assert not (tmp_path / "scanned").exists()
        good = await browser.ask("POST", "/api/photos", data=a_photo())
        assert good.status == 202


async def test_without_its_antivirus_no_photo_is_taken(
    assembled: Service, browsers: Browsers, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    scanner = ClamdScanner(ScannerAddress(host="127.0.0.1", port=free_port()))
    assembled.photos = PhotoFiles(FolderStore(tmp_path / "scanned"), scanner)
    answer = await (await browsers()).ask("POST", "/api/photos", data=a_photo())
    assert (answer.status, json.loads(answer.body)) == (503, {"error": "unavailable"})
    assert not (tmp_path / "scanned").exists()
    assert "antivirus" in caplog.text


# -- being shown --------------------------------------------------------------------------------


def held_tightly(answer: Answer) -> bool:
    return (
        answer.headers["X-Content-Type-Options"] == "nosniff"
        and answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        and answer.headers["Content-Disposition"].startswith("inline; filename=")
        and answer.headers["Content-Type"] == "image/jpeg"
    )


async def test_one_s_own_photo_is_shown_by_a_link_that_needs_no_session(
    assembled: Service, browsers: Browsers, sender: Sender
) -> None:
    (shown,) = await tells(assembled, sender.browser, sender.photo)
    assert shown["alt"] == "une photo"
    nobody = await browsers(with_session=False)
    sizes = {}
    for size in ("thumb", "full"):
        answer = await nobody.get(shown[size])
        assert answer.status == 200
        assert held_tightly(answer)
        assert answer.headers["Cache-Control"] == "private, no-store"
        sizes[size] = answer.body
    assert sizes["full"] == await assembled.photos.read(sender.photo)
    assert sizes["thumb"] == await assembled.photos.read(sender.photo, Size.THUMB)


async def test_somebody_else_s_photo_is_shown_once_it_is_published(
    assembled: Service, browsers: Browsers, sender: Sender
) -> None:
    other = await browsers()
    await other.says("bonjour")
    assert await tells(assembled, other, sender.photo) == []
    await publish(assembled, sender.reference)
    (shown,) = await tells(assembled, other, sender.photo)
    assert shown["full"] == f"/photos/{sender.photo}.jpg"
    for size in ("thumb", "full"):
        answer = await (await browsers(with_session=False)).get(shown[size])
        assert answer.status == 200
        assert held_tightly(answer)
        assert answer.headers["Cache-Control"].startswith("public")
    async with assembled.database.transaction() as tx:
        await moderation.hide(tx, sender.reference, now())
    assert (await other.get(shown["full"])).status == 404
    events = json.loads((await other.get("/api/events")).body)["events"]
    assert [event["photos"] for event in events] == [[], [], []]


Link = Callable[[Service, UUID], str]
DEAD: dict[str, Link] = {
    "expired": lambda service, photo: service.links.sign(photo, Size.FULL, now() - GOOD_FOR),
    "altered": lambda service, photo: service.links.sign(photo, Size.FULL, now())[:-3],
    "of a photo that is gone": lambda service, _: service.links.sign(uuid4(), Size.FULL, now()),
    "made up": lambda _, photo: str(photo),
}


@pytest.mark.parametrize("why", DEAD)
async def test_a_dead_link_is_a_page_for_people_and_a_refusal_for_the_rest(
    assembled: Service, browsers: Browsers, sender: Sender, why: str
) -> None:
    path = f"/photos/shown/{DEAD[why](assembled, sender.photo)}"
    nobody = await browsers(with_session=False)
    refused = await nobody.get(path)
    assert (refused.status, json.loads(refused.body)) == (404, {"error": "not_found"})
    page = await nobody.ask(
        "GET", path, headers={"Accept": "text/html,*/*", "Accept-Language": "fr"}
    )
    assert page.status == 404
    assert "Cette photo ne peut plus être montrée" in page.body.decode()


@pytest.mark.parametrize(
    "name", ["{photo}.jpg", "{photo}.thumb.jpg", "{photo}", "x.jpg", "{photo}.png"]
)
async def test_no_name_shows_what_is_not_published(
    browsers: Browsers, sender: Sender, name: str
) -> None:
    path = f"/photos/{name.format(photo=sender.photo)}"
    assert (await sender.browser.get(path)).status == 404


async def test_a_published_photo_is_the_media_of_its_request_in_open311(
    assembled: Service, browsers: Browsers, sender: Sender
) -> None:
    nobody = await browsers(with_session=False)
    path = f"/open311/v2/requests/{sender.reference}.json"

    async def media() -> Any:
        (listed,) = json.loads((await nobody.get(path)).body)
        return listed["media_url"]

    assert await media() is None
    await publish(assembled, sender.reference)
    url = await media()
    assert url.startswith("http://127.0.0.1:")
    async with nobody.session.get(url) as answer:
        assert await answer.read() == await assembled.photos.read(sender.photo)
