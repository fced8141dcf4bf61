"""What is told on filing: received when, followed by whom, what silence means."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from bot.service_requests.acknowledgement import acknowledgement
from bot.services.rules import LegalSource, Phrases, Procedure, Service, Silence, Team, Text
from bot.words.catalogues import Words

RECEIVED = date(2026, 11, 24)
TEAM = Team("accueil", Text("équipe accueil", "reception team"), Text("ici", "here"))
WORDS = Words.load()


def a_procedure(silence: Silence | None = None, **replaced: Any) -> Procedure:
    plain: dict[str, Any] = {
        "contact": Text("à la mairie", "at the town hall"),
        "silence": silence,
        "source": LegalSource("CRPA, L.231-1", RECEIVED),
    }
    return Procedure(**(plain | replaced))


def told(procedure: Procedure | None, language: str = "fr") -> list[str]:
    text = Text("x", "x")
    service = Service(
        code="permit",
        group="autre",
        label=text,
        short_label=text,
        description=text,
        phrases=Phrases((), ()),
        team=TEAM.code,
        target_delay_days=5,
        next_steps=text,
        fields=(),
        procedure=procedure,
    )
    return [WORDS.render(line, language) for line in acknowledgement(service, TEAM, RECEIVED)]


def test_a_report_is_told_in_one_line_that_no_decision_is_due() -> None:
    assert told(None) == [
        "Reçu le mardi 24 novembre 2026 ; ce signalement n’appelle pas de décision."
    ]
    assert told(None, "en") == [
        "Received on Tuesday, 24 November 2026; this report calls for no decision."
    ]


def test_a_refusal_by_silence_is_told_line_by_line() -> None:
    procedure = a_procedure(
        Silence.REFUSED,
        missing_pieces=Text("un justificatif.", "a proof of address."),
        appeal=Text("un recours gracieux.", "a review."),
    )
    assert told(procedure) == [
        "Demande reçue le mardi 24 novembre 2026.",
        "Elle est suivie par : équipe accueil, à la mairie.",
        "Sans réponse de notre part, votre demande sera refusée le dimanche 24 janvier 2027.",
        "Pièces à fournir : un justificatif.",
        "En cas de refus : un recours gracieux.",
    ]
    assert told(procedure, "en") == [
        "Request received on Tuesday, 24 November 2026.",
        "In charge of it: reception team, at the town hall.",
        "If we do not answer, your request will be refused on Sunday, 24 January 2027.",
        "Documents to provide: a proof of address.",
        "If it is refused: a review.",
    ]


def test_an_acceptance_by_silence_tells_its_day_and_the_certificate() -> None:
    said = told(a_procedure(Silence.ACCEPTED, decided_within_days=30))[2]
    assert "sera acceptée le jeudi 24 décembre 2026" in said
    assert "attestation" in said


def test_silence_that_decides_nothing_has_no_day() -> None:
    assert told(a_procedure(Silence.NONE))[2] == (
        "Sans réponse de notre part, votre demande n’est ni acceptée ni refusée."
    )


def test_what_nobody_has_checked_is_not_promised() -> None:
    assert "Nous ne savons pas encore" in told(a_procedure())[2]


@pytest.mark.parametrize(
    ("received", "decided"),
    [
        (date(2026, 11, 24), date(2027, 1, 24)),
        (date(2026, 12, 31), date(2027, 2, 28)),
        (date(2027, 12, 30), date(2028, 2, 29)),
        (date(2026, 10, 31), date(2026, 12, 31)),
    ],
)
def test_the_law_counts_two_months_not_sixty_days(received: date, decided: date) -> None:
    assert a_procedure(Silence.ACCEPTED).decided_by(received) == decided
