"""What is kept how long."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.retention.operations import FORGET
from bot.retention.rules import KEPT, Kind, kept_since

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "days"),
    [
        (Kind.DRAFT, 7),
        (Kind.CONVERSATION_TEXT, 90),
        (Kind.WEB_SESSION, 0),
        (Kind.AGENT_SESSION, 0),
        (Kind.LINK, 30),
        (Kind.SIGN_IN_ATTEMPT, 1),
        (Kind.PHOTO_PLACE, 1),
        (Kind.LOOSE_PHOTO, 7),
        (Kind.LETTER, 90),
        (Kind.ORIGINAL, 30),
        (Kind.TRAINING_REFUSED, 30),
        (Kind.TRAINING, 365),
        (Kind.MAIL, 30),
        (Kind.STRAY_FILE, 1),
    ],
)
def test_each_kind_is_kept_its_time(kind: Kind, days: int) -> None:
    assert kept_since(kind, NOON) == NOON - timedelta(days=days)


def test_every_kind_says_what_it_counts_from_and_why() -> None:
    assert list(KEPT) == list(Kind)
    assert all(kept.counted_from and kept.source for kept in KEPT.values())


def test_every_kind_is_swept_in_the_order_of_the_table() -> None:
    assert [*FORGET, Kind.STRAY_FILE] == list(KEPT)
