"""What a letter must be, and when it is tried again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.errors import Invalid
from bot.mail.rules import (
    LEASE,
    LONGEST_HEADER,
    MOST_ATTEMPTS,
    SENT_WITHIN,
    check_address,
    masked,
    one_line,
    tried_again_after,
)
from tests.mail.builders import a_letter


@pytest.mark.parametrize(
    "address",
    ["ada@example.org", "a.b+c-d_e@sous.domaine.example", "A@b.fr", f"{'a' * 64}@example.org"],
)
def test_a_plain_address_is_taken(address: str) -> None:
    check_address("to", address)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ada",
        "ada@",
        "@example.org",
        "ada@localhost",
        "ada@example.org\r\nBcc: all@example.org",
        "ada@example.org\nSubject: x",
        "ada@example.org, eve@example.org",
        "ada@example.org eve@example.org",
        "Ada <ada@example.org>",
        '"ada"@example.org',
        "ada(comment)@example.org",
        "ada..b@example.org",
        ".ada@example.org",
        "ada@exa\x00mple.org",
        "adé@example.org",
        f"{'a' * 65}@example.org",
        f"a@{'b' * 250}.org",
    ],
)
def test_what_is_no_single_mailbox_is_refused_without_being_repeated(address: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_address("to", address)
    assert not address or address not in str(refused.value)


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\x0b", "\x0c", "\x85", "\u2028", "\x00"])
@pytest.mark.parametrize("field", ["subject", "sender_name", "to", "reply_to"])
def test_no_header_can_hold_the_beginning_of_another(field: str, end: str) -> None:
    with pytest.raises(Invalid) as refused:
        a_letter(**{field: f"ada@example.org{end}Bcc: all@example.org"})
    assert refused.value.field == field


def test_a_citizens_words_become_one_line_that_a_header_holds() -> None:
    told = "derrière\r\nBcc: all@example.org\tla  mairie\u00a0; côté\u202f!\u2028"
    line = one_line(told)
    assert line == "derrière Bcc: all@example.org la mairie\u00a0; côté\u202f!"
    assert a_letter(subject=line).subject == line
    assert len(a_letter(subject=one_line("mot " * 400)).subject) == LONGEST_HEADER


@pytest.mark.parametrize(
    ("address", "shown"),
    [("ada.lovelace@example.org", "a…@example.org"), ("a@example.org", "a…@example.org")],
)
def test_an_address_is_shown_masked(address: str, shown: str) -> None:
    assert masked(address) == shown


def test_a_letter_is_tried_for_most_of_a_day_then_given_up() -> None:
    waits = [tried_again_after(attempts) for attempts in range(1, MOST_ATTEMPTS + 1)]
    assert waits == [
        timedelta(minutes=1),
        timedelta(minutes=5),
        timedelta(minutes=30),
        timedelta(hours=2),
        timedelta(hours=12),
        None,
    ]


def test_a_lease_outlasts_the_longest_sending() -> None:
    assert SENT_WITHIN + timedelta(seconds=10) < LEASE
