"""Mails as they come, and what is read of them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from email.message import Message

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.email import plain
from bot.channels.email.folding import folded
from bot.channels.email.headers import decoded, mailbox_in, message_ids, read_bytes
from bot.channels.email.parsing import (
    LONGEST_PARAMETERS,
    MOST_LINES,
    MOST_MULTIPARTS,
    held_in,
    taken_apart,
)
from bot.channels.email.plain import text_of
from bot.channels.email.reading import key_of, plainly, read
from tests.channels.email.mails import (
    ADA,
    AWKWARD,
    ENDLESS,
    a_mail,
    a_report,
    deeply_nested,
    lines,
)


@pytest.mark.parametrize("name", AWKWARD)
def test_the_oddest_mail_is_read_or_kept_whole(name: str) -> None:
    mail = read(AWKWARD[name], "a@b.example")
    assert "\x00" not in mail.said
    assert len(mail.subject) <= 200
    key_of(AWKWARD[name])
    assert plainly(AWKWARD[name], None).is_plain
    if mail.is_plain:
        assert mail.parts[0].data == AWKWARD[name]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("no head", "Bonjour, un trou."),
        ("unknown charset", "Réponse"),
        ("another charset than it says", "été"),
        ("utf-7", "été"),
        ("no boundary", "Bonjour"),
        ("unknown transfer encoding", "Bonjour"),
        ("nested a little", "au fond"),
        ("html without end", "au fond"),
        ("huge header", "Bonjour"),
        ("ten thousand headers", "Bonjour"),
    ],
)
def test_their_words_are_found_all_the_same(name: str, said: str) -> None:
    assert read(AWKWARD[name], None).said == said


@settings(max_examples=80, deadline=None)
@given(st.binary(max_size=400), st.sampled_from(sorted(AWKWARD)))
def test_no_bytes_stop_the_reader(noise: bytes, name: str) -> None:
    start = AWKWARD[name][:2000]
    read(start[: len(start) // 2] + noise + start[len(start) // 2 :], None)


def test_a_plain_mail() -> None:
    mail = read(a_mail(references="<a@x.example> <b@x.example>", in_reply_to="<b@x.example>"), ADA)
    assert mail.said == "Bonjour, un lampadaire est éteint devant chez moi."
    assert (mail.signs.sender, mail.sender_name) == (ADA, "Ada Lovelace")
    assert mail.subject == "Lampadaire éteint"
    assert mail.message_id == "<one@citoyenne.example>"
    assert mail.refers_to == ("<b@x.example>", "<a@x.example>")
    assert (mail.parts, mail.rest, mail.report) == ((), "", None)


def test_the_text_is_taken_before_the_page() -> None:
    assert read(a_mail("en clair", html="<p>en HTML</p>"), None).said == "en clair"
    assert read(a_mail(None, html="<p>en <b>HTML</b></p>"), None).said == "en HTML"
    assert read(a_mail(" ", html="<p>en HTML</p>"), None).said == "en HTML"


def test_files_are_found_and_a_signatures_logo_is_not_one() -> None:
    files = (("plan.pdf", "application/pdf", b"%PDF-1"), ("trou.jpg", "image/jpeg", b"\xff\xd8"))
    mail = read(a_mail(files=files), None)
    assert [(p.name, p.mime, p.is_picture) for p in mail.parts] == [
        ("plan.pdf", "application/pdf", False),
        ("trou.jpg", "image/jpeg", True),
    ]
    logo = a_mail(files=(("logo.png", "image/png", b"x" * 900),)).replace(
        b"Content-Disposition: attachment", b"Content-ID: <1@x>\r\nContent-Disposition: inline"
    )
    assert read(logo, None).parts == ()


def test_more_files_than_are_kept_are_counted() -> None:
    mail = read(a_mail(files=tuple((f"{n}.txt", "text/csv", b"1") for n in range(23))), None)
    assert (len(mail.parts), mail.left_out) == (20, 3)


def test_a_page_becomes_text_and_nothing_of_it_runs() -> None:
    page = (
        "<head><title>t</title><style>p{color:red}</style></head><script>alert(1)</script>"
        '<p onclick="x()">Bonjour<br>Ada</p><ul><li>un<li>deux</ul>'
        '<img src="https://spy.example/1.gif"><a href="https://x.example/a">ici</a>'
        '<a href="javascript:alert(1)">là</a>'
    )
    text = text_of(page)
    assert text.split("\n")[:2] == ["Bonjour", "Ada"]
    assert "- un" in text
    assert "ici (https://x.example/a)" in text
    assert "là" in text
    for gone in ("alert", "color", "spy", "onclick", "javascript"):
        assert gone not in text


@pytest.mark.parametrize(
    "history",
    [
        "Le lun. 3 nov. 2026 à 10:12, Mairie <mairie@x.example> a écrit :\n> Bonjour",
        "Le lun. 3 nov. 2026 à 10:12, Mairie d’Oullins\n<mairie@x.example> a écrit :\n> Bonjour",
        "On Mon, Nov 3, 2026 at 10:12 AM Town Hall <mairie@x.example> wrote:\n> Hello",
        "-----Message d'origine-----\nDe : Mairie\nBonjour",
        "________________________________\nDe : Mairie <m@x.example>\nEnvoyé : lundi\nObjet : x",
        "De : Mairie <m@x.example>\nEnvoyé : lundi 3 novembre\nÀ : Ada\nObjet : x\n\nBonjour",
        "> Bonjour\n> madame",
        "-- \nAda Lovelace\n06 00 00 00 00",
        "Envoyé de mon iPhone",
    ],
)
def test_history_and_signature_are_folded_and_kept(history: str) -> None:
    both = folded(f"Merci, c’est réparé.\n\n{history}")
    assert both.said == "Merci, c’est réparé."
    assert both.rest == history


@pytest.mark.parametrize(
    "text",
    [
        "De : Ada\nEnvoyé : hier\n\nje vous transfère",
        "Le 3 nov. 2026, Mairie a écrit :\n> A-t-on réparé ?\nNon.\n> Merci\nDe rien.",
        "Il y a un trou.\nDe : rien du tout",
        "> quand ?\nhier\n> où ?\nici",
    ],
)
def test_what_is_forwarded_or_answered_between_the_lines_stays_whole(text: str) -> None:
    assert folded(text).said == text


def test_the_history_of_a_page_is_folded() -> None:
    page = '<div>Non, au 14.</div><div class="gmail_quote">Le 3, X a écrit :<blockquote>Bonjour'
    mail = read(a_mail(None, html=page), None)
    assert mail.said == "Non, au 14."
    assert "Bonjour" in mail.rest


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("=?utf-8?Q?=C3=89clairage?=", "Éclairage"),
        ("=?utf-8?B?w4ljbGFpcmFnZQ==?= public", "Éclairage public"),
        ("=?utf-8?Q?=C3?= =?utf-8?Q?=89t=C3=A9?=", "Été"),
        ("=?x-unknown?Q?=E9t=E9?=", "été"),
        ("a\r\n\tb\x00c", "a b c"),
        ("=?utf-8?B?!!!?=", ""),
    ],
)
def test_coded_words(written: str, said: str) -> None:
    assert decoded(written) == said


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("Ada <Ada@X.example>", "ada@x.example"),
        ('"ada@x.example" <eve@y.example>', "eve@y.example"),
        ("ada@x.example (Ada)", "ada@x.example"),
        ("<ada@x.example>, bob@y.example", "ada@x.example"),
        ("Ada", ""),
        ("", ""),
    ],
)
def test_who_wrote(written: str, address: str) -> None:
    assert mailbox_in(written)[0] == address


def test_message_ids_are_bounded_and_plain() -> None:
    assert message_ids("<a@b> junk <c@d>\r\n <é@f> <a@b>") == ("<a@b>", "<c@d>")
    assert len(message_ids(" ".join(f"<{n}@x>" for n in range(500)))) == 30


@pytest.mark.parametrize(
    ("told", "is_final"),
    [
        ({}, True),
        ({"action": "delayed", "status": "4.4.1"}, False),
        ({"action": "failed", "status": "4.2.2"}, False),
        ({"action": "delivered", "status": "2.0.0"}, False),
    ],
)
def test_a_report_says_what_became_of_which_letter(told: dict[str, str], is_final: bool) -> None:
    report = read(a_report("<ours@metropole.example>", **told), "").report
    assert report is not None
    assert report.about == ("<ours@metropole.example>",)
    assert report.is_final is is_final
    assert told.get("status", "5.1.1") in report.why


def test_a_report_in_nobodys_form_is_looked_through() -> None:
    text = "I am sorry.\n\n550 5.7.1 refused\n\nMessage-ID: <ours@metropole.example>\n"
    report = read(a_mail(text, sender="postmaster@x.example"), "").report
    assert report is not None
    assert report.is_final
    assert "<ours@metropole.example>" in report.about


# -- work without end ---------------------------------------------------------------------------


def steps_of(work: Callable[[str], object], text: str) -> int:
    """How many calls, of Python's and of the library's functions, the work makes."""
    counted = 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal counted
        counted += event in {"call", "c_call"}

    sys.setprofile(count)
    try:
        work(text)
    finally:
        sys.setprofile(None)
    return counted


@pytest.mark.parametrize(
    "repeated",
    ["-- \n> \n", "Le 3 nov. 2026, X a écrit :\n> a\n", "De : x\n", "> a\n\n", "____________\n"],
)
def test_folding_twice_the_lines_takes_about_twice_the_steps(repeated: str) -> None:
    once, twice = (steps_of(folded, f"Bonjour\n{repeated * times}fin") for times in (300, 600))
    assert twice < 2.2 * once


@pytest.mark.parametrize("name", ENDLESS)
def test_a_mail_made_to_be_worked_at_for_ever_is_read(name: str) -> None:
    key_of(ENDLESS[name])
    read(ENDLESS[name], "a@b.example")  # the bound of a test's time is far below what it took


@pytest.mark.parametrize("name", ["Content-Type", "Content-Disposition"])
def test_only_so_much_of_a_headers_parameters_is_looked_at(name: str) -> None:
    mail = taken_apart(lines(f"{name}: text/plain; " + "a=b;" * 10_000, "", "Bonjour"))
    assert len(mail[name]) <= LONGEST_PARAMETERS
    assert read(lines("Subject: " + "é" * 3000, "", "x"), None).subject == "é" * 200


def test_parts_in_one_another_are_taken_apart_to_a_bound() -> None:
    def depth(mail: Message) -> int:
        return 1 + max(map(depth, held_in(mail))) if mail.is_multipart() else 0

    assert depth(taken_apart(deeply_nested(300))) == MOST_MULTIPARTS


def test_a_mail_of_too_many_lines_is_a_file() -> None:
    at_most = b"Subject: x\n\n" + b"\n" * (MOST_LINES - 2)
    assert not read(at_most, None).is_plain
    assert read(at_most + b"\n", None).is_plain


@pytest.mark.parametrize("charset", ["punycode", "idna", "unicode_escape", "Punycode"])
def test_what_is_no_charset_of_mails_is_not_decoded_as_one(charset: str) -> None:
    assert read_bytes(rb"bcher-kva \x41", charset) == r"bcher-kva \x41"


def test_a_bracket_begins_a_new_tag_in_what_is_only_stripped() -> None:
    assert text_of("<div>" * (plain.DEEPEST + 1) + "<a <b>dit") == "<a  dit"


def test_all_pages_of_a_mail_share_one_bound() -> None:
    page = "<p>" + "a" * (plain.MOST_CHARACTERS // 2)
    assert len("".join(plain.texts_of([page] * 5))) < plain.MOST_CHARACTERS


@pytest.mark.parametrize("opened", ["<div></x>", "<b></i>", "<div></span>"])
def test_closing_what_was_never_opened_is_no_way_out_of_a_depth(opened: str) -> None:
    assert plain.depth_of(opened * 500) == 500
    assert plain.depth_of("<div><b>x</b></div>" * 500) == 2
