"""A link shows what it was made for, for ten minutes, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from bot.errors import NotFound
from bot.files import store
from bot.files.links import GOOD_FOR, Links
from bot.files.pictures import Size
from bot.storage.transaction import Database

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
PHOTO = uuid4()
LINKS = Links("s" * 32)


@pytest.mark.parametrize("size", Size)
def test_a_link_shows_one_size_of_one_picture_for_ten_minutes(size: Size) -> None:
    signed = LINKS.sign(PHOTO, size, NOW)
    for later in (timedelta(0), GOOD_FOR - timedelta(seconds=1)):
        assert LINKS.read(signed, NOW + later) == (PHOTO, size)
    with pytest.raises(NotFound):
        LINKS.read(signed, NOW + GOOD_FOR)


def test_a_link_that_was_altered_or_signed_by_another_shows_nothing() -> None:
    signed = LINKS.sign(PHOTO, Size.THUMB, NOW)
    payload, _, signature = signed.rpartition(".")
    another = LINKS.sign(uuid4(), Size.FULL, NOW).rpartition(".")[0]
    for wrong in (
        Links("t" * 32).sign(PHOTO, Size.THUMB, NOW),
        f"{another}.{signature}",
        f"{payload}.{signature[:-2]}",
        payload,
        "",
        "é",
    ):
        with pytest.raises(NotFound):
            LINKS.read(wrong, NOW)


async def test_all_services_of_a_database_sign_with_one_secret(database: Database) -> None:
    secrets = set()
    for _ in range(2):
        async with database.transaction() as tx:
            secrets.add(await store.signing_secret(tx, NOW))
    (secret,) = secrets
    assert len(secret) >= 32
