"""Who gets a ticket by itself, and what settings may be."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.accounts.rules import Agent, Role
from bot.errors import Forbidden, Invalid
from bot.services.opening import OpeningHours, hours_of
from bot.services.rules import Team, Text
from bot.services.working_days import PARIS
from bot.teams.rules import (
    Candidate,
    Needed,
    Skills,
    TeamSettings,
    check_absence,
    check_sets_team,
    check_settings,
    check_skills,
    choose,
    leads_member,
    said,
    settings_of,
    spans_of,
)

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
FRENCH = Needed(None, "fr")


def a_candidate(number: int, open_tickets: int = 0, **parts: object) -> Candidate:
    last_at = parts.pop("last_at", None)
    skills = Skills(**parts)  # type: ignore[arg-type]
    return Candidate(UUID(int=number), f"n{number}", skills, open_tickets, last_at)  # type: ignore[arg-type]


def chosen(*candidates: Candidate, needed: Needed = FRENCH) -> int | None:
    one = choose(candidates, needed)
    return None if one is None else one.id.int


def test_the_least_busy_of_those_who_can_gets_it() -> None:
    assert chosen(a_candidate(1, 3), a_candidate(2, 1), a_candidate(3, 2)) == 2
    assert chosen(a_candidate(1, 3, capacity=12), a_candidate(2, 1, capacity=2)) == 1


def test_among_equals_the_one_who_has_waited_longest_then_the_same_every_time() -> None:
    early, late = NOON - timedelta(hours=2), NOON
    assert chosen(a_candidate(1, last_at=late), a_candidate(2, last_at=early)) == 2
    assert chosen(a_candidate(1, last_at=early), a_candidate(2)) == 2
    assert chosen(a_candidate(2), a_candidate(1)) == 1


def test_skill_language_and_capacity_are_held() -> None:
    pothole = Needed("pothole", "en")
    lamps = a_candidate(1, services=frozenset({"street_light"}))
    french = a_candidate(2, languages=frozenset({"fr"}))
    full = a_candidate(3, 12)
    none = a_candidate(4, capacity=0)
    assert chosen(lamps, french, full, none, needed=pothole) is None
    fits = a_candidate(5, 11, services=frozenset({"pothole"}), languages=frozenset({"en"}))
    assert chosen(lamps, french, full, none, fits, needed=pothole) == 5
    assert chosen(lamps, needed=FRENCH) == 1  # what names no service is everybody's


candidates = st.builds(
    Candidate,
    st.uuids(),
    st.just("n"),
    st.builds(
        Skills,
        st.frozensets(st.sampled_from(["a", "b"])),
        st.frozensets(st.sampled_from(["fr", "en"])),
        st.integers(0, 4),
    ),
    st.integers(0, 5),
    st.none() | st.datetimes(timezones=st.just(UTC)),
)
needs = st.builds(Needed, st.sampled_from([None, "a", "b"]), st.sampled_from(["fr", "en"]))


@given(st.lists(candidates, unique_by=lambda one: one.id), needs, st.randoms())
def test_whoever_is_chosen_can_and_the_order_of_asking_decides_nothing(
    there: list[Candidate], needed: Needed, random: object
) -> None:
    one = choose(there, needed)
    able = [c for c in there if c.skills.fit(needed) and c.open_tickets < c.skills.capacity]
    assert (one is None) == (not able)
    if one is not None:
        assert one in able
        load = one.open_tickets * 1.0 / one.skills.capacity
        assert all(load <= c.open_tickets / c.skills.capacity for c in able)
    shuffled = list(there)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert choose(shuffled, needed) == one


@given(st.integers(1, 6), st.integers(0, 40))
def test_tickets_are_spread_evenly_and_stop_at_capacity(people: int, tickets: int) -> None:
    there = {n: a_candidate(n, capacity=4) for n in range(people)}
    given_out = 0
    for _ in range(tickets):
        one = choose(there.values(), FRENCH)
        if one is None:
            break
        given_out += 1
        there[one.id.int] = replace(
            one, open_tickets=one.open_tickets + 1, last_at=NOON + timedelta(seconds=given_out)
        )
    held = [one.open_tickets for one in there.values()]
    assert given_out == min(tickets, 4 * people)
    assert max(held) - min(held) <= 1


def test_settings_hold_over_the_file_and_survive_being_kept() -> None:
    team = Team("voirie", Text("v", "v"), Text("c", "c"))
    chosen_ = TeamSettings(
        {0: spans_of("8:30-12:00, 13h30-17:00")},
        frozenset({date(2026, 11, 30)}),
        45,
        assigns=True,
        offers_after_hours=3,
        delays={"pothole": 4},
    )
    now = chosen_.team(team)
    assert now.answer_within == timedelta(minutes=45)
    assert settings_of(chosen_.to_json()) == chosen_
    assert settings_of({}) == TeamSettings()
    assert TeamSettings().team(team) == team
    assert said(now.week[0]) == "08:30-12:00, 13:30-17:00"
    monday = datetime(2026, 11, 23, 10, tzinfo=PARIS)
    assert hours_of(now).is_open(monday)
    assert not hours_of(now).is_open(monday + timedelta(days=7))  # closed that day


@pytest.mark.parametrize("text", ["8-12", "12:00-08:00", "08:00-12:00, 11:00-14:00", "25:00-26:00"])
def test_hours_that_cannot_be_are_refused(text: str) -> None:
    with pytest.raises(Invalid):
        spans_of(text)


@pytest.mark.parametrize(
    "wrong",
    [
        TeamSettings(week={0: ()}),
        TeamSettings(answer_within_minutes=1),
        TeamSettings(gives_back_after_minutes=0),
        TeamSettings(offers_after_hours=0),
        TeamSettings(delays={"unknown": 3}),
        TeamSettings(delays={"pothole": 900}),
        TeamSettings(closed=frozenset(date(2026, 1, 1) + timedelta(days=n) for n in range(101))),
    ],
)
def test_settings_that_cannot_be_are_refused(wrong: TeamSettings) -> None:
    with pytest.raises(Invalid):
        check_settings(wrong, ["pothole"])


def test_skills_and_absences_that_cannot_be_are_refused() -> None:
    every = frozenset({"pothole"}), frozenset({"fr", "en"})
    for wrong in (
        Skills(capacity=201),
        Skills(services=frozenset({"unknown"})),
        Skills(languages=frozenset({"de"})),
    ):
        with pytest.raises(Invalid):
            check_skills(wrong, *every)
    day = timedelta(days=1)
    for start, end in ((NOON, NOON), (NOON - 2 * day, NOON - day), (NOON, NOON + 400 * day)):
        with pytest.raises(Invalid):
            check_absence(start, end, NOON)


def test_who_leads_whom() -> None:
    def lead(communes: set[str] | None, teams: set[str], role: Role = Role.SUPERVISOR) -> Agent:
        towns = None if communes is None else frozenset(communes)
        return Agent(UUID(int=9), "Chantal", role, towns, frozenset(teams))

    own = frozenset({"69149"}), frozenset({"voirie"})
    assert leads_member(lead({"69149", "69029"}, set()), *own)
    assert not leads_member(lead({"69029"}, set()), *own)
    assert not leads_member(lead(None, {"eau"}), *own)
    assert not leads_member(lead(None, set(), Role.AGENT), *own)
    assert not leads_member(lead({"69149"}, set()), None, own[1])
    check_sets_team(lead(None, {"voirie"}), "voirie")
    for other in (lead({"69149"}, set()), lead(None, {"eau"}), lead(None, set(), Role.AGENT)):
        with pytest.raises(Forbidden):
            check_sets_team(other, "voirie")


def test_a_closed_day_counts_for_no_delay() -> None:
    week = {day: ((time(9), time(17)),) for day in range(5)}
    hours = OpeningHours(week, frozenset({date(2026, 11, 24)}))
    start = datetime(2026, 11, 23, 16, tzinfo=PARIS)
    assert hours.open_between(start, start + timedelta(days=2)) == timedelta(hours=8)
