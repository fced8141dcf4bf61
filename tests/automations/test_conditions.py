"""What sets an automation off, which tickets it means, and what it may be."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.accounts.rules import Agent, Role
from bot.automations.conditions import (
    Automation,
    Closing,
    Conditions,
    Deeds,
    Known,
    Seen,
    When,
    check,
    fires,
    goes_on,
    is_theirs,
    means,
    would_have,
)
from bot.automations.written import automation_of, to_json
from bot.errors import Invalid
from bot.services.opening import OpeningHours
from bot.services.rules import Text
from bot.services.working_days import PARIS
from bot.tickets.rules import Priority

HOURS = OpeningHours({day: ((time(9), time(17)),) for day in range(5)})
OPENED = datetime(2026, 11, 23, 10, tzinfo=PARIS)
BEFORE = OPENED - timedelta(days=1)
HIGH = Deeds(priority=Priority.HIGH)
KNOWN = Known(
    frozenset({"69149"}),
    frozenset({"voirie"}),
    frozenset({"pothole"}),
    frozenset({"web"}),
    frozenset({"fr", "en"}),
)


def hours(n: float) -> timedelta:
    return timedelta(hours=n)


def a_ticket(**parts: Any) -> Seen:
    return replace(
        Seen(
            "2026-000001",
            "69149",
            "voirie",
            "pothole",
            "web",
            "Un énorme trou",
            "normal",
            "fr",
            is_open=True,
            opened_at=OPENED,
            waits_since=OPENED,
        ),
        **parts,
    )


def an_automation(when: When = When.OPENED, amount: int = 0, **only: Any) -> Automation:
    return Automation("Essai", when, amount, Conditions(**only), HIGH)


def does(
    automation: Automation,
    seen: Seen,
    now: datetime,
    since: datetime = BEFORE,
    touched: datetime | None = None,
) -> bool:
    return fires(automation, seen, HOURS, since, touched, now)


def test_what_was_opened_or_written_before_it_was_switched_on_is_left_alone() -> None:
    opened, wrote = an_automation(), an_automation(When.WROTE)
    assert does(opened, a_ticket(), OPENED)
    assert not does(opened, a_ticket(), OPENED, since=OPENED + hours(1))
    assert not does(wrote, a_ticket(), OPENED)
    written = a_ticket(wrote_at=OPENED + hours(1))
    assert does(wrote, written, OPENED + hours(2))
    assert not does(wrote, written, OPENED + hours(2), since=OPENED + hours(2))
    assert not does(wrote, replace(written, is_open=False), OPENED + hours(2))


def test_only_opening_hours_count_for_an_answer() -> None:
    late = an_automation(When.UNANSWERED, 8)
    assert not does(late, a_ticket(), OPENED + hours(20))
    assert does(late, a_ticket(), OPENED + hours(24))
    assert not does(late, a_ticket(waits_since=None), OPENED + hours(99))


def test_a_citizen_is_silent_after_an_answer_only() -> None:
    silent = an_automation(When.SILENT, 3)
    answered = a_ticket(replied_at=OPENED, waits_since=None)
    assert not does(silent, answered, OPENED + hours(71))
    assert does(silent, answered, OPENED + hours(72))
    assert not does(silent, replace(answered, wrote_at=OPENED + hours(1)), OPENED + hours(99))
    assert not does(silent, a_ticket(), OPENED + hours(99))


def test_a_bad_rating_counts_after_the_end_too() -> None:
    rated = a_ticket(is_open=False, rated_at=OPENED + hours(3))
    assert does(an_automation(When.RATED_BADLY), rated, OPENED + hours(4))
    assert not does(an_automation(When.RATED_BADLY), a_ticket(), OPENED)


def test_what_an_automation_did_sets_off_no_other() -> None:
    opened = an_automation(priorities=frozenset({"high"}))
    raised = a_ticket(priority="high")
    assert does(opened, raised, OPENED)
    assert not does(opened, raised, OPENED + hours(1), touched=OPENED + hours(0.5))
    wrote = an_automation(When.WROTE, priorities=frozenset({"high"}))
    later = replace(raised, wrote_at=OPENED + hours(1))
    assert does(wrote, later, OPENED + hours(2), touched=OPENED + hours(0.5))


@pytest.mark.parametrize(
    ("only", "is_meant"),
    [
        ({}, True),
        ({"towns": frozenset({"69149"})}, True),
        ({"towns": frozenset({"69029"})}, False),
        ({"services": frozenset({"street_light"})}, False),
        ({"words": ("ENORME",)}, True),
        ({"words": ("roue", "trou")}, True),
        ({"words": ("rou",)}, False),
        ({"languages": frozenset({"en"})}, False),
        ({"teams": frozenset({"voirie"}), "channels": frozenset({"telegram"})}, False),
    ],
)
def test_every_condition_must_hold(only: dict[str, Any], is_meant: bool) -> None:
    assert means(Conditions(**only), a_ticket()) == is_meant


def test_a_dry_run_says_what_would_have_been() -> None:
    now = OPENED + timedelta(days=20)
    start = now - timedelta(days=30)

    def would(automation: Automation, seen: Seen) -> bool:
        return would_have(automation, seen, HOURS, start, now)

    quick = a_ticket(answered_at=OPENED + hours(1), replied_at=OPENED + hours(1))
    assert would(an_automation(), quick)
    assert not would(an_automation(), a_ticket(opened_at=start - hours(1)))
    assert not would(an_automation(When.UNANSWERED, 4), quick)
    assert would(an_automation(When.UNANSWERED, 4), a_ticket())
    assert would(an_automation(When.SILENT, 5), quick)
    assert not would(an_automation(When.SILENT, 5), replace(quick, closed_at=OPENED + hours(9)))
    assert not would(an_automation(When.WROTE), quick)
    assert would(an_automation(When.WROTE), a_ticket(wrote_at=OPENED + hours(1)))
    assert would(an_automation(When.RATED_BADLY), a_ticket(rated_at=OPENED))


def test_nothing_is_closed_once_anybody_has_said_something() -> None:
    assert not goes_on(OPENED, a_ticket())
    assert goes_on(OPENED, a_ticket(wrote_at=OPENED + hours(1)))
    assert goes_on(OPENED, a_ticket(replied_at=OPENED + hours(1)))
    assert goes_on(OPENED, a_ticket(is_open=False))


def test_an_administrator_has_what_concerns_only_their_towns() -> None:
    def of(role: Role, communes: set[str] | None) -> Agent:
        towns = None if communes is None else frozenset(communes)
        return Agent(UUID(int=1), "Nadia", role, towns)

    oullins, everywhere = Conditions(towns=frozenset({"69149"})), Conditions()
    local = of(Role.COMMUNE_ADMINISTRATOR, {"69149"})
    assert is_theirs(local, oullins)
    assert not is_theirs(local, everywhere)
    assert not is_theirs(of(Role.COMMUNE_ADMINISTRATOR, {"69029"}), oullins)
    assert is_theirs(of(Role.METROPOLIS_ADMINISTRATOR, None), everywhere)
    assert not is_theirs(of(Role.SUPERVISOR, None), oullins)


CLOSING = Closing(3, Text("a", "b"), Text("c", "d"))


@pytest.mark.parametrize(
    "wrong",
    [
        replace(an_automation(), title=""),
        replace(an_automation(), title="x" * 81),
        replace(an_automation(), amount=3),
        an_automation(When.UNANSWERED),
        an_automation(When.SILENT, 401),
        an_automation(towns=frozenset({"00000"})),
        an_automation(words=("mot",) * 31),
        an_automation(words=("-",)),
        replace(an_automation(), then=Deeds()),
        replace(an_automation(), then=Deeds(team="unknown")),
        replace(an_automation(), then=Deeds(assign="nobody")),
        replace(an_automation(), then=Deeds(note="x" * 2001)),
        replace(an_automation(), then=Deeds(closing=replace(CLOSING, after_days=0))),
        replace(an_automation(), then=Deeds(closing=replace(CLOSING, warning=Text("a", " ")))),
    ],
)
def test_what_cannot_be_is_refused(wrong: Automation) -> None:
    with pytest.raises(Invalid):
        check(wrong, KNOWN)


some = st.frozensets(st.sampled_from(["a", "b"]))
texts = st.builds(Text, st.text("xyz", min_size=1), st.text("xyz", min_size=1))
automations = st.builds(
    Automation,
    st.text("abc", min_size=1),
    st.sampled_from(When),
    st.integers(0, 9),
    st.builds(Conditions, some, some, some, some, st.just(("trou",)), some, some),
    st.builds(
        Deeds,
        st.none() | st.sampled_from(Priority),
        st.none() | st.just("voirie"),
        st.none() | st.just("auto"),
        st.sampled_from([(), ("urgent", "voirie")]),
        st.none() | st.text("xyz", min_size=1),
        st.none() | st.builds(Closing, st.integers(1, 9), texts, texts),
    ),
)


@given(automations)
def test_what_is_kept_is_read_back(automation: Automation) -> None:
    check_kept = automation_of(to_json(automation))
    assert check_kept == automation


@pytest.mark.parametrize(
    "kept",
    [
        {},
        {"title": "x", "when": {"kind": "never"}, "then": {}},
        {"title": "x", "when": {"kind": "opened"}, "then": {"mood": "x"}},
        {"title": "x", "when": {"kind": "opened"}, "if": {"mood": []}, "then": {}},
    ],
)
def test_what_cannot_be_read_is_refused(kept: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        automation_of(kept)
