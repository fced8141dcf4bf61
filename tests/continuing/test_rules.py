"""What a link says, and how long it may be."""

from __future__ import annotations

import secrets

import pytest

from bot.continuing.rules import (
    LONGEST_PAYLOAD,
    TOKEN_BYTES,
    Continue,
    ServiceStart,
    Town,
    new_codes,
    payload_of,
    shown_name,
    start_payload,
)

TOKEN = "A" * 30 + "-_"


@pytest.mark.parametrize(
    ("text", "start"),
    [
        (f"w_{TOKEN}", Continue(TOKEN)),
        ("c-69149", Town("69149")),
        ("c-2A004", Town("2A004")),
        ("s-pothole", ServiceStart("pothole")),
        ("w_short", None),
        ("w_" + "A" * 63, None),
        ("c-691490", None),
        ("s-", None),
        ("s-../secret", None),
        ("bonjour", None),
        ("", None),
        (None, None),
    ],
)
def test_what_stands_behind_start(text: str | None, start: object) -> None:
    assert start_payload(text) == start


def test_a_link_fits_what_telegram_hands_over() -> None:
    payload = payload_of(secrets.token_urlsafe(TOKEN_BYTES))
    assert len(payload) <= LONGEST_PAYLOAD
    assert isinstance(start_payload(payload), Continue)
    assert TOKEN_BYTES * 8 >= 128


def test_no_number_is_taken_for_another() -> None:
    for _ in range(200):
        codes = new_codes(secrets.randbelow)
        assert len(codes) == 3
        assert all(len(code) == 2 and code.isdigit() for code in codes)
        assert len({code[0] for code in codes}) == len({code[1] for code in codes}) == 3


@pytest.mark.parametrize(
    ("named", "shown"),
    [
        (("Marie", "Leroy", None), "Marie L."),
        (("Marie", None, "marie_l"), "Marie (@marie_l)"),
        (("\u202eeiraM\u200b", "", None), "eiraM"),
        (("a\nb\t c", None, None), "a b c"),
        (("", None, None), "?"),
        (("x" * 500, "y", None), "x" * 60),
    ],
    ids=["plain", "username", "turned", "lines", "empty", "long"],
)
def test_a_name_cannot_disguise_what_stands_around_it(
    named: tuple[str, str | None, str | None], shown: str
) -> None:
    assert shown_name(*named) == shown
