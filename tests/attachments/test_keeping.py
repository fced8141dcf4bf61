"""What citizens send is scanned, stored under a safe name, and not without bounds."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from bot.attachments import operations
from bot.attachments.keeping import AttachmentFiles
from bot.attachments.rules import (
    LONGEST_NAME,
    MAX_BYTES,
    MOST_BYTES,
    MOST_FILES,
    OCTETS,
    Kept,
    Sent,
    What,
    WhyNot,
    kept_in,
    not_kept,
    safe_mime,
    safe_name,
    saved_as,
)
from bot.errors import Invalid, Unavailable
from bot.files.folder import FolderStore
from bot.files.scanner import ClamdScanner
from bot.files.settings import ScannerAddress
from bot.storage.transaction import Database
from bot.tickets import store as tickets
from tests.handover.builders import Case, a_case
from tests.running import free_port
from tests.servers.clamd import EICAR, Clamd, on_a_port
from tests.turn.scripted import now

SOME_ID = UUID(int=7 << 96)
VOICE = Sent(What.VOICE, None, "audio/ogg; codecs=opus", 3)


async def test_a_file_is_stored_as_it_came_and_named_by_its_message(tmp_path: Path) -> None:
    files = AttachmentFiles(FolderStore(tmp_path))
    kept = await files.keep(b"OggS...", VOICE)
    assert await files.read(kept.id) == b"OggS..."
    assert (kept.mime, kept.size, kept.duration_s) == ("audio/ogg", 7, 3)
    assert kept_in(kept.content()) == kept
    await files.remove([kept.id])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("raw", "reason"), [(b"", "empty"), (bytes(MAX_BYTES + 1), "too_large")], ids=["none", "large"]
)
async def test_what_is_empty_or_too_large_is_refused(
    tmp_path: Path, raw: bytes, reason: str
) -> None:
    with pytest.raises(Invalid) as refused:
        await AttachmentFiles(FolderStore(tmp_path)).keep(raw, VOICE)
    assert refused.value.reason == reason
    assert list(tmp_path.iterdir()) == []


async def test_what_the_antivirus_finds_or_cannot_look_at_is_not_stored(tmp_path: Path) -> None:
    async with on_a_port(Clamd()) as port:
        files = AttachmentFiles(
            FolderStore(tmp_path), ClamdScanner(ScannerAddress(host="127.0.0.1", port=port))
        )
        with pytest.raises(Invalid) as refused:
            await files.keep(EICAR, VOICE)
    assert refused.value.reason == "infected"
    nobody = ClamdScanner(ScannerAddress(host="127.0.0.1", port=free_port()))
    with pytest.raises(Unavailable):
        await AttachmentFiles(FolderStore(tmp_path), nobody).keep(b"x", VOICE)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("facture.pdf", "facture.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\a.exe", "a.exe"),
        (".bashrc", "bashrc"),
        ("a\u202efdp.exe", "afdp.exe"),
        ("deux\nlignes\x00.pdf", "deuxlignes.pdf"),
        ('dit "ici".pdf', "dit 'ici'.pdf"),
        ("...", None),
        (None, None),
    ],
)
def test_a_name_is_safe_to_show_and_to_save_under(name: str | None, safe: str | None) -> None:
    assert safe_name(name) == safe


def test_a_long_name_keeps_its_ending() -> None:
    shown = safe_name("x" * 300 + ".pdf")
    assert shown is not None
    assert (len(shown), shown[-4:]) == (LONGEST_NAME, ".pdf")


@pytest.mark.parametrize(
    ("mime", "safe"),
    [
        ("AUDIO/OGG; codecs=opus", "audio/ogg"),
        ("text/html\r\nX: y", OCTETS),
        ("", OCTETS),
        (None, OCTETS),
    ],
)
def test_a_type_is_plain_or_that_of_bytes(mime: str | None, safe: str) -> None:
    assert safe_mime(mime) == safe


def test_a_file_without_a_name_is_saved_as_what_it_is() -> None:
    kept = Kept(SOME_ID, What.VOICE, None, "audio/ogg", 3, 2)
    assert saved_as(kept) == f"voice-{SOME_ID.hex[:8]}.ogg"


async def sends(case: Case, count: int, size: int, days_ago: float = 0) -> None:
    async with case.database.transaction() as tx:
        for _ in range(count):
            kept = Kept(uuid4(), What.DOCUMENT, None, OCTETS, size, None)
            who = case.speaker
            at = now() - timedelta(days=days_ago)
            await operations.add(tx, kept, who.citizen_id, who.conversation_id, at)


async def has_room(case: Case) -> bool:
    async with case.database.transaction() as tx:
        try:
            await operations.check_room(tx, case.speaker.citizen_id, now())
        except Invalid as full:
            return full.reason != "too_many"
    return True


@pytest.mark.parametrize(
    ("count", "size"), [(MOST_FILES, 1), (1, MOST_BYTES)], ids=["files", "bytes"]
)
async def test_a_citizen_has_room_again_after_a_month(
    database: Database, count: int, size: int
) -> None:
    case, other = await a_case(database), await a_case(database)
    await sends(case, count, size, days_ago=31)
    assert await has_room(case)
    await sends(case, count, size)
    assert not await has_room(case)
    assert await has_room(other)


async def test_what_belongs_to_a_closed_ticket_takes_no_room(database: Database) -> None:
    case = await a_case(database)
    await sends(case, MOST_FILES, 1)
    async with database.transaction() as tx:
        await tickets.change(tx, case.reference, status="closed", closed_at=now())
    assert await has_room(case)


def test_what_is_not_kept_says_why() -> None:
    content = not_kept(What.VIDEO, WhyNot.TOO_LARGE)
    assert content == {"file": None, "what": "video", "why": "too_large"}
    assert kept_in(content) is None
