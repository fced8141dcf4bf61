"""Long texts as several, cut where a reader would."""

from __future__ import annotations

import pytest

from bot.channels.telegram.sending.cutting import cut, length
from bot.channels.telegram.sending.rendering import Form, Spoken, parts_of
from tests.servers.telegram.formatting import read_html, utf16_length


def test_a_short_text_stays_whole() -> None:
    assert cut("Bonjour.\n\nVoici.", 40) == ["Bonjour.\n\nVoici."]


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("un deux.\n\ntrois quatre cinq six", ["un deux.", "trois quatre cinq six"]),
        ("un deux trois\nquatre cinq six sept", ["un deux trois", "quatre cinq six sept"]),
        ("un deux trois. Quatre cinq six sept", ["un deux trois.", "Quatre cinq six sept"]),
        ("un deux trois quatre cinq six", ["un deux trois quatre", "cinq six"]),
        ("a" * 45, ["a" * 22, "a" * 22, "a"]),
    ],
    ids=["paragraph", "line", "sentence", "word", "anywhere"],
)
def test_it_is_cut_at_the_best_end_there_is(text: str, pieces: list[str]) -> None:
    assert cut(text, 22, 22) == pieces


def test_what_a_no_break_space_holds_together_stays_together() -> None:
    assert cut("réparé avant 12\u00a0h", 15, 15) == ["réparé avant", "12\u00a0h"]


@pytest.mark.parametrize(
    "sign", ["🕳", "👨‍👩‍👧", "👍🏽", "e\u0301"], ids=["plane", "family", "skin", "accent"]
)
def test_signs_are_counted_as_telegram_does_and_not_cut(sign: str) -> None:
    text = sign * 40
    pieces = cut(text, 21, 21)
    assert "".join(pieces) == text
    assert all(utf16_length(piece) <= 21 for piece in pieces)
    assert all(len(piece) % len(sign) == 0 for piece in pieces)


def test_nothing_is_lost_of_a_long_text() -> None:
    text = "\n\n".join(f"Phrase {n}. 🕳 " + "mot " * 150 for n in range(40))
    pieces = cut(text)
    assert " ".join(" ".join(pieces).split()) == " ".join(text.split())
    assert all(length(piece) == utf16_length(piece) <= 4096 for piece in pieces)


@pytest.mark.parametrize(
    "text",
    [
        "<b>gras</b> & <script>",
        "&lt; &amp; &",
        "</b></i>",
        '<a href="x">',
        "a > b < c",
        "2026-004217<",
    ],
)
def test_hostile_texts_are_words(text: str) -> None:
    author = {"name": "<i>Ève</i>", "team_fr": "A & B"}
    for sender in ("assistant", "agent", "system"):
        content = {"author": author} if sender == "agent" else {}
        (part,) = parts_of(Spoken(sender, text, content, "fr"))
        assert read_html(part.html).text == part.plain


def test_every_piece_of_an_agents_long_text_fits_with_their_name() -> None:
    author = {"name": "Camille", "team_fr": "équipe voirie"}
    parts = parts_of(Spoken("agent", "mot " * 4000, {"author": author}, "fr"))
    assert len(parts) > 3
    assert parts[0].html.startswith("<b>Camille, équipe voirie</b>\n")
    assert all(part.form is Form.TEXT and length(part.plain) <= 4096 for part in parts)
    assert [part.has_keys for part in parts] == [False] * (len(parts) - 1) + [True]
