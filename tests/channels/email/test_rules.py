"""What a mail is, and which messages are mailed."""

from __future__ import annotations

from typing import Any

import pytest

from bot.channels.email import rules
from bot.channels.email.rules import Signs, kind_of
from bot.mailbox.rules import Kind, tried_again_after

OURS = {"mairie@oullins.example"}


def kind(**signs: Any) -> Kind:
    return kind_of(
        Signs(**({"sender": "ada@x.example", "return_path": "ada@x.example"} | signs)), OURS
    )


@pytest.mark.parametrize(
    "signs",
    [
        {},
        {"return_path": None},
        {"auto_submitted": "no"},
        {"precedence": "normal"},
        {"subject": "Absence de trottoir rue Pasteur"},
    ],
)
def test_what_people_write_is_mail(signs: dict[str, Any]) -> None:
    expected = Kind.AUTOMATIC if "Absence de" in signs.get("subject", "") else Kind.MAIL
    assert kind(**signs) is expected


@pytest.mark.parametrize(
    "signs",
    [
        {"auto_submitted": "auto-replied"},
        {"auto_submitted": "auto-generated; owner=x"},
        {"precedence": "Bulk"},
        {"precedence": "list"},
        {"precedence": "junk"},
        {"is_list": True},
        {"is_auto_reply": True},
        {"return_path": ""},
        {"sender": "MAILER-DAEMON@x.example".lower(), "return_path": "x@y.example"},
        {"subject": "Réponse automatique : votre demande"},
        {"subject": "Automatic reply: request"},
        {"subject": "Out of office"},
    ],
)
def test_what_may_be_a_machine_is_never_answered(signs: dict[str, Any]) -> None:
    assert kind(**signs) is Kind.AUTOMATIC


def test_reports_and_our_own_mail_are_known() -> None:
    assert kind(is_report=True) is Kind.BOUNCE
    assert kind(sender="mailer-daemon@x.example", return_path="") is Kind.BOUNCE
    assert kind(sender="mairie@oullins.example") is Kind.OWN


@pytest.mark.parametrize(
    ("subject", "answer"),
    [
        ("Lampadaire", "Re: Lampadaire (2026-000042)"),
        ("RE: Re : TR: Lampadaire", "Re: Lampadaire (2026-000042)"),
        ("Re: Lampadaire (2026-000042)", "Re: Lampadaire (2026-000042)"),
        ("", "Re: 2026-000042"),
    ],
)
def test_the_subject_of_an_answer_names_the_reference_once(subject: str, answer: str) -> None:
    assert rules.answer_subject(subject, "2026-000042") == answer


def test_a_reference_is_found_in_a_subject() -> None:
    assert rules.reference_in("Re: trou (2026-000042)") == "2026-000042"
    assert rules.reference_in("12026-0000421-x") is None


def test_a_chain_keeps_its_beginning_and_its_end() -> None:
    chained = ""
    for number in range(40):
        chained = rules.chain(chained, f"<{number}@x>")
    ids = chained.split()
    assert (ids[0], ids[-1], len(ids)) == ("<0@x>", "<39@x>", rules.MOST_REFERENCES)
    assert rules.chain("<a@x>", None) == "<a@x>"


@pytest.mark.parametrize(
    ("sender", "content", "is_news", "is_mailed"),
    [
        ("agent", {}, False, True),
        ("system", {"reference": "2026-000042"}, False, True),
        ("system", {"reference": None}, False, False),
        ("system", {}, True, True),
    ],
)
def test_what_goes_out(
    sender: str, content: dict[str, Any], *, is_news: bool, is_mailed: bool
) -> None:
    assert rules.is_mailed(sender, content, is_news=is_news) is is_mailed


def test_thanks_after_the_end_reopen_nothing() -> None:
    assert rules.is_only_thanks("thank", 0.9, "merci")
    assert not rules.is_only_thanks("thank", 0.9, "merci, mais " + "x" * 300)
    assert not rules.is_only_thanks("file_request", 0.9, "toujours éteint")


def test_a_mail_is_tried_five_times() -> None:
    waits = [tried_again_after(n) for n in range(1, 6)]
    assert None not in waits[:4]
    assert waits[4] is None
