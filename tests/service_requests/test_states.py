"""A request's states: random walks never leave the table, and nothing of them is lost."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import Conflict, Invalid
from bot.service_requests.rules import (
    CLOSED,
    LONGEST_REASON,
    NEEDS_REASON,
    OPEN,
    TRANSITIONS,
    Actor,
    Status,
    move,
)

steps = st.lists(
    st.tuples(st.sampled_from(Status), st.sampled_from(Actor), st.sampled_from([None, "", "vu"])),
    max_size=30,
)


@given(steps)
def test_a_walk_stays_in_the_table_and_a_refused_step_changes_nothing(
    walk: list[tuple[Status, Actor, str | None]],
) -> None:
    state, history = Status.NEW, [Status.NEW]
    for target, actor, reason in walk:
        try:
            reached = move(state, target, actor, reason)
        except (Conflict, Invalid):
            continue
        assert actor in TRANSITIONS[state][target]
        assert target not in NEEDS_REASON or reason
        assert reached is target is not state
        state = reached
        history.append(state)
    for one, next_one in pairwise(history):
        assert one is not Status.ARCHIVED
        assert one in OPEN or next_one in (Status.REOPENED, Status.ARCHIVED)


def reachable(start: Status) -> set[Status]:
    seen, waiting = {start}, [start]
    while waiting:
        for target in TRANSITIONS[waiting.pop()]:
            if target not in seen:
                seen.add(target)
                waiting.append(target)
    return seen


def test_every_state_is_reached_from_a_new_request_and_all_but_the_last_are_left() -> None:
    assert reachable(Status.NEW) == set(Status)
    assert [state for state in Status if not TRANSITIONS[state]] == [Status.ARCHIVED]
    assert all(Status.ARCHIVED in reachable(state) for state in Status)


def test_nobody_but_who_filed_takes_a_request_back() -> None:
    for current, targets in TRANSITIONS.items():
        if current in OPEN:
            assert targets[Status.WITHDRAWN] == {Actor.CITIZEN}


def test_who_filed_says_that_it_is_solved_and_a_follower_does_not() -> None:
    for current in OPEN:
        assert move(current, Status.RESOLVED, Actor.CITIZEN) is Status.RESOLVED
        with pytest.raises(Conflict):
            move(current, Status.RESOLVED, Actor.FOLLOWER)


@pytest.mark.parametrize("actor", [Actor.CITIZEN, Actor.FOLLOWER])
def test_who_is_concerned_says_that_it_is_not_solved(actor: Actor) -> None:
    for current in CLOSED - {Status.WITHDRAWN, Status.ARCHIVED}:
        assert move(current, Status.REOPENED, actor, "toujours là") is Status.REOPENED


def test_a_rejection_without_a_reason_is_refused() -> None:
    for reason in (None, "", "  \n", "x" * (LONGEST_REASON + 1)):
        with pytest.raises(Invalid):
            move(Status.NEW, Status.REJECTED, Actor.AGENT, reason)
