"""The acknowledgement by e-mail: which report, received when, followed by whom, in one town's
name."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from bot.mail.tables import Letter
from bot.places.communes import load_gazetteer
from bot.service_requests.draft import Answer, Draft
from bot.service_requests.letters import FilingLetter, email_of
from bot.service_requests.operations import FileRequest
from bot.services.rules import FieldKind, LegalSource, Procedure, Silence, Team, Text
from bot.storage.transaction import Database
from tests.mail.builders import MAILER
from tests.open311.builders import a_service
from tests.running import ROOT
from tests.service_requests.test_twins import a_speaker
from tests.services.catalogue_builders import a_field

AT = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)  # the 25th in France
ADDRESS = "ada@citoyenne.example"
TEAM = Team("accueil", Text("équipe accueil", "reception team"), Text("04 00", "04 00"))
PERMIT = Procedure(
    Text("à la mairie", "at the town hall"),
    Silence.REFUSED,
    missing_pieces=Text("un justificatif.", "a proof of address."),
    appeal=Text("un recours gracieux.", "a review."),
    source=LegalSource("CRPA, L.231-4", AT.date()),
)
CONTACT = a_field(FieldKind.CONTACT, code="email")


async def written(
    database: Database,
    *,
    team: Team = TEAM,
    language: str = "fr",
    address: str | None = "12 rue Pasteur",
    **service: Any,
) -> Letter:
    """The letter in the outbox once a request is filed."""
    asked = a_service("permit", fields=(CONTACT,), **service)
    letter = FilingLetter(MAILER, ADDRESS, language, asked, team, "Oullins-Pierre-Bénite", address)
    draft = Draft(
        service="permit",
        commune="69149",
        description="mes mots à moi",
        address="12 rue Pasteur",
        answers={"email": Answer(ADDRESS)},
    )
    filer = await a_speaker(database)
    async with database.transaction() as tx:
        filed = await FileRequest(draft, letter=letter).perform(tx, filer, AT)
        found = await tx.execute(
            select(Letter.__table__).where(Letter.reference == filed.reference)
        )
        return Letter(**found.mappings().one())


async def test_a_formal_demand_is_acknowledged_with_all_that_the_law_wants(
    database: Database,
) -> None:
    letter = await written(database, procedure=PERMIT)
    assert letter.recipient == ADDRESS
    assert letter.created_at == AT
    for words in (letter.text, letter.html):
        assert words is not None
        for told in (
            str(letter.reference),
            "Nid-de-poule",
            "12 rue Pasteur, Oullins-Pierre-Bénite",
            "Demande reçue le mercredi 25 novembre 2026.",
            "équipe accueil, à la mairie",
            "votre demande sera refusée le lundi 25 janvier 2027",
            "un justificatif.",
            "un recours gracieux.",
        ):
            assert told in words
        assert "mes mots à moi" not in words


async def test_a_report_says_its_team_and_that_no_decision_is_due(database: Database) -> None:
    letter = await written(database, language="en")
    assert letter.text is not None
    assert "In charge: reception team, 04 00" in letter.text
    assert "this report calls for no decision" in letter.text


async def test_the_subject_says_which_report_and_where(database: Database) -> None:
    letter = await written(database)
    assert letter.subject == (
        f"Signalement reçu, {letter.reference}\u00a0: trou, 12 rue Pasteur, Oullins-Pierre-Bénite"
    )


async def test_the_subject_shows_neither_a_home_nor_anything_delicate(database: Database) -> None:
    formal = await written(database, procedure=PERMIT)
    assert formal.subject is not None
    assert "Pasteur" not in formal.subject
    assert "Oullins-Pierre-Bénite" in formal.subject
    delicate = await written(database, sensitive=True)
    assert delicate.subject == f"Bien reçu\u00a0: {delicate.reference}"


async def test_no_other_towns_name_is_in_it(database: Database) -> None:
    letter = await written(database, procedure=PERMIT)
    towns = {c.name for c in load_gazetteer(ROOT / "catalogue/places/communes.yml").communes}
    said = f"{letter.sender_name} {letter.subject} {letter.text} {letter.html}"
    assert {town for town in towns if town in said} == {"Oullins-Pierre-Bénite"}


@pytest.mark.parametrize("told", ["allez voir http://perdu.example", "chez Mme Dupont", None])
async def test_a_place_in_free_words_is_not_sent_to_whoever_has_that_address(
    database: Database, told: str | None
) -> None:
    letter = await written(database, address=told)
    said = f"{letter.subject} {letter.text} {letter.html}"
    assert "Lieu\u00a0: Oullins-Pierre-Bénite\n" in str(letter.text)
    assert not any(word in said for word in ("perdu", "Dupont", "None"))


async def test_who_reads_an_answer_is_said(database: Database) -> None:
    unread = await written(database)
    team = Team("roads", TEAM.label, TEAM.contact, "voirie@oullins.example")
    read = await written(database, team=team)
    assert (unread.reply_to, read.reply_to) == (None, "voirie@oullins.example")
    assert "ne sont pas lues" in str(unread.text)
    assert "l’équipe chargée du dossier lit les réponses" in str(read.text)


@pytest.mark.parametrize(
    ("answers", "found"),
    [
        ({"email": ADDRESS}, ADDRESS),
        ({"email": "+33612345678"}, None),
        ({"email": "ada@citoyenne.example\nBcc: x@y.example"}, None),
        ({"details": ADDRESS}, None),
        ({}, None),
    ],
)
def test_only_an_address_given_as_a_contact_is_written_to(
    answers: dict[str, Any], found: str | None
) -> None:
    service = a_service(fields=(a_field(FieldKind.TEXT, code="details"), CONTACT))
    assert email_of(service, answers) == found
