"""The objective is told as a day when a request is filed, again when it is followed, and once that
day has passed, that it is missed."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from actions import requests, service_form
from bot.conversations.turn import Turn
from bot.service_requests.rules import Status
from bot.service_requests.store import RequestRow
from bot.words.phrases import Reply
from tests.actions.desks import (
    NOW,
    WORDS,
    a_desk,
    a_draft,
    a_turn,
    something_said,
    titles,
    words_of,
)

REFERENCE = "2026-000012"
OBJECTIVE = "Objectif : 10 jours ouvrés, soit le mardi 8 décembre 2026."
SAME_DAY = "Notre objectif : mardi 8 décembre 2026."
DUE = datetime(2026, 12, 8, 12, 0, tzinfo=UTC)
AFTER = datetime(2026, 12, 8, 23, 30, tzinfo=UTC)
"""Half past midnight on 9 December in Paris."""


def a_request(**replaced: Any) -> RequestRow:
    """A pothole in Oullins, filed on 24 November 2026: ten working days."""
    plain: dict[str, Any] = {
        "reference": REFERENCE,
        "service": "pothole",
        "commune": "69149",
        "address": "12 rue Pasteur",
        "status": Status.NEW,
        "filed_at": NOW,
        "changed_at": NOW,
        "due_on": date(2026, 12, 8),
    }
    return RequestRow(**(plain | replaced))


async def filed(**replaced: Any) -> Turn:
    turn = a_turn("oui", draft=a_draft(**replaced))
    await service_form.file(turn, a_desk(), something_said("oui"))
    return turn


async def followed(*rows: RequestRow, now: datetime, wanted: str | None = REFERENCE) -> Reply:
    turn = a_turn("où en est-il ?", now=now)
    await requests.tell(turn, a_desk(), wanted, list(rows))
    return turn.replies[-1]


def filing_said(turn: Turn, language: str) -> str:
    """The first bubble, without its reference's line, which the commit completes."""
    lines = [WORDS.render(line, language) for line in turn.replies[0].lines[1:]]
    return "\n".join(lines).replace("\u00a0", " ")


async def test_filing_tells_the_objective_as_a_day() -> None:
    turn = await filed()
    assert OBJECTIVE in filing_said(turn, "fr")
    assert "Aim: 10 working days, that is Tuesday, 8 December 2026." in filing_said(turn, "en")


async def test_a_town_s_own_delay_is_told() -> None:
    here = await filed(service="illegal_dumping", commune="69266")
    elsewhere = await filed(service="illegal_dumping", commune="69149")
    assert "2 jours ouvrés, soit le jeudi 26 novembre 2026" in filing_said(here, "fr")
    assert "3 jours ouvrés, soit le vendredi 27 novembre 2026" in filing_said(elsewhere, "fr")


@pytest.mark.parametrize("now", [NOW, DUE])
@pytest.mark.parametrize("wanted", [REFERENCE, None])
async def test_following_tells_the_same_day(now: datetime, wanted: str | None) -> None:
    reply = await followed(a_request(), now=now, wanted=wanted)
    assert SAME_DAY in words_of(reply)
    assert "dépassé" not in words_of(reply)


@pytest.mark.parametrize("wanted", [REFERENCE, None])
async def test_a_missed_objective_is_said_with_the_way_to_a_person(wanted: str | None) -> None:
    reply = await followed(a_request(), now=AFTER, wanted=wanted)
    assert "Notre objectif, le mardi 8 décembre 2026, est dépassé." in words_of(reply)
    assert SAME_DAY not in words_of(reply)
    assert "Parler à un agent" in titles(reply)


async def test_what_is_planned_tells_its_day_and_what_is_asked_tells_none() -> None:
    day = {"status": Status.PLANNED, "planned_on": date(2026, 12, 8)}
    planned = words_of(await followed(a_request(**day), now=NOW))
    assert "C’est prévu pour le mardi 8 décembre 2026." in planned
    passed = words_of(await followed(a_request(**day), now=AFTER))
    assert "n’est pas notée comme faite" in passed
    paused = words_of(await followed(a_request(is_paused=True), now=AFTER))
    assert "bjectif" not in paused


async def test_a_closed_request_has_no_objective_any_more() -> None:
    said = words_of(await followed(a_request(status=Status.RESOLVED), now=AFTER))
    assert "bjectif" not in said


async def test_a_request_of_a_service_since_withdrawn_is_still_followed() -> None:
    said = words_of(await followed(a_request(service="tram_seats"), now=AFTER))
    assert "tram seats" in said
    assert "bjectif" not in said


async def test_a_list_tells_only_whose_objective_is_missed() -> None:
    rows = [
        a_request(reference="2026-000013", due_on=date(2026, 12, 22)),
        a_request(),
        a_request(reference="2026-000011", status=Status.RESOLVED),
    ]
    assert "bjectif" not in words_of(await followed(*rows, now=NOW, wanted=None))
    late = await followed(*rows, now=AFTER, wanted=None)
    assert f"Objectif dépassé pour {REFERENCE}." in words_of(late)
    assert "Parler à un agent" in titles(late)


async def test_filing_a_report_acknowledges_it_in_one_line() -> None:
    turn = await filed()
    received = "Reçu le mardi 24 novembre 2026 ; ce signalement n’appelle pas de décision."
    assert received in filing_said(turn, "fr").splitlines()
    assert "this report calls for no decision" in filing_said(turn, "en")


async def test_filing_a_formal_demand_does_not_call_it_a_report() -> None:
    turn = await filed(service="parking_permit")
    said = filing_said(turn, "fr").splitlines()
    assert said[0] == "Demande reçue le mardi 24 novembre 2026."
    assert "équipe accueil" in said[1]
    assert not any("n’appelle pas de décision" in line for line in said)


async def test_the_day_of_receipt_is_the_one_in_paris() -> None:
    turn = a_turn("oui", draft=a_draft(), now=AFTER)
    await service_form.file(turn, a_desk(), something_said("oui"))
    assert "Reçu le mercredi 9 décembre 2026" in filing_said(turn, "fr")
