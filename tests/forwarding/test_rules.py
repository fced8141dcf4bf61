"""When a sending is tried again, and what a town's word changes: in milliseconds."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.forwarding.rules import (
    BACK_OFF,
    DAYS_TRIED,
    Heard,
    Known,
    Ours,
    Verdict,
    is_shown,
    judge,
    meaning,
    names,
    not_ahead,
    tried_again_after,
)
from bot.service_requests.rules import CLOSED, OPEN, Status
from tests.forwarding.builders import NOW, a_system

SYSTEM = a_system()
HOUR = timedelta(hours=1)
FORWARDED = Ours(Status.FORWARDED)


def heard(status: str, note: str | None = None, *, hours: float | None = 0) -> Heard:
    return Heard("V-1", status, note, None if hours is None else NOW + HOUR * hours)


def test_a_sending_is_tried_ever_less_often_and_given_up_after_two_weeks() -> None:
    waits = [tried_again_after(n) for n in range(1, len(BACK_OFF) + DAYS_TRIED + 1)]
    assert [w.total_seconds() / 60 for w in waits if w][:6] == [1, 5, 30, 120, 360, 1440]
    assert all(waits)
    assert waits == sorted(waits, key=lambda wait: wait or HOUR)
    assert tried_again_after(len(waits) + 1) is None


def test_a_request_says_that_it_did_not_arrive_after_the_third_failure() -> None:
    assert [is_shown(n, has_token=False) for n in (1, 2, 3)] == [False, False, True]
    assert [is_shown(n, has_token=True) for n in (3, 4, 5)] == [False, False, True]


@pytest.mark.parametrize(
    ("text", "is_named"),
    [
        ("Référence Guichet : 2026-000123", True),
        ("(2026-000123)", True),
        ("2026-0001234", False),
        ("12026-000123", False),
        ("2026-000124", False),
    ],
)
def test_our_reference_is_found_whole(text: str, is_named: bool) -> None:
    assert names("2026-000123", text) == is_named


@pytest.mark.parametrize(
    ("status", "note", "becomes"),
    [
        ("open", None, None),
        ("OPEN ", "vu", None),
        ("closed", "réparé", Status.RESOLVED),
        ("Closed", "Hors COMPÉTENCE de la commune", Status.REJECTED),
        ("planned", None, Status.PLANNED),
    ],
)
def test_a_word_means_what_their_file_says_then_what_the_standard_says(
    status: str, note: str | None, becomes: Status | None
) -> None:
    means = meaning(SYSTEM, status, note)
    assert means is not None
    assert means.becomes is becomes


def test_a_closing_resolves_with_their_note() -> None:
    verdict, step = judge(SYSTEM, Known("open"), heard("closed", "rebouché"), FORWARDED)
    assert verdict is Verdict.CHANGED
    assert step is not None
    assert (step.target, step.reason) == (Status.RESOLVED, "rebouché")


def test_a_rejection_always_has_a_reason() -> None:
    quiet = replace(
        SYSTEM, meanings=(replace(SYSTEM.meanings[0], status="void", note="", reason="Doublon."),)
    )
    _, step = judge(quiet, Known(), heard("void"), FORWARDED)
    assert step is not None
    assert (step.target, step.reason) == (Status.REJECTED, "Doublon.")


def test_an_unknown_word_changes_nothing_and_is_told_apart() -> None:
    assert judge(SYSTEM, Known("open"), heard("zurückgestellt"), FORWARDED) == (
        Verdict.UNKNOWN,
        None,
    )


def test_older_than_what_they_had_said_is_stale() -> None:
    later = Known("open", "vu", NOW + HOUR)
    assert judge(SYSTEM, later, heard("closed"), FORWARDED) == (Verdict.STALE, None)


@pytest.mark.parametrize("hours", [-1.0, None])
def test_their_old_word_does_not_overrule_a_closing_of_ours(hours: float | None) -> None:
    closed_here = Ours(Status.RESOLVED, NOW, is_last_by_people=True)
    for status in ("open", "investigating", "planned"):
        said = heard(status, hours=hours)
        assert judge(SYSTEM, Known("closed"), said, closed_here) == (Verdict.KEPT, None)


def test_a_closing_of_theirs_before_a_citizen_reopened_is_overtaken() -> None:
    reopened = Ours(Status.REOPENED, NOW, is_last_by_people=True)
    assert judge(SYSTEM, Known("open"), heard("closed", hours=-1), reopened)[0] is Verdict.KEPT
    assert judge(SYSTEM, Known("open"), heard("closed", hours=1), reopened)[0] is Verdict.CHANGED


def test_they_reopen_what_they_had_closed_and_only_that() -> None:
    closed = Ours(Status.RESOLVED)
    _, step = judge(SYSTEM, Known("closed"), heard("open", "à refaire", hours=1), closed)
    assert step is not None
    assert (step.target, step.reason) == (Status.REOPENED, "à refaire")
    behind = judge(SYSTEM, Known("open"), heard("investigating", hours=1), closed)
    assert behind == (Verdict.KEPT, None)


def test_a_date_that_has_not_come_counts_as_now() -> None:
    assert not_ahead(NOW + timedelta(days=400), NOW) == NOW
    assert not_ahead(NOW - HOUR, NOW) == NOW - HOUR
    assert not_ahead(None, NOW) is None


words = st.sampled_from(["open", "closed", "planned", "investigating", "???"])
notes = st.none() | st.sampled_from(["vu", "hors compétence"])
hours = st.none() | st.integers(-5, 5)
ours = st.builds(
    Ours, st.sampled_from(Status), st.none() | st.just(NOW), is_last_by_people=st.booleans()
)


@given(words, notes, hours, words, notes, hours, ours)
def test_the_same_word_twice_changes_once_and_no_step_leads_back(
    before: str,
    before_note: str | None,
    before_hours: int | None,
    now: str,
    note: str | None,
    now_hours: int | None,
    request: Ours,
) -> None:
    known = Known(before, before_note, heard("x", hours=before_hours).at)
    said = heard(now, note, hours=now_hours)
    verdict, step = judge(SYSTEM, known, said, request)
    assert (step is not None) == (verdict is Verdict.CHANGED)
    if step is not None:
        assert step.target is not request.status
        assert (step.target in OPEN) == (step.target is Status.REOPENED) or request.status in OPEN
        assert request.status not in (Status.WITHDRAWN, Status.ARCHIVED)
        assert step.target is not Status.REJECTED or step.reason
        assert request.status not in CLOSED or step.target is Status.REOPENED
    if verdict is not Verdict.STALE:
        again = Known(said.status, said.note, said.at or known.at)
        assert judge(SYSTEM, again, said, request)[1] is None
