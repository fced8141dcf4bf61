"""How long somebody waits, in the team's opening hours, and what they are told of it."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import pytest

from bot.services.opening import OpeningHours, hours_of
from bot.services.rules import Team, Text
from bot.services.working_days import PARIS
from bot.tickets.waiting import Answered, Wait, likely_wait
from bot.tickets.wording import hours, minutes, queue_line
from tests.handover.builders import RECEPTION
from tests.turn.scripted import WORDS

OFFICE = hours_of(RECEPTION)
TUESDAY = datetime(2026, 11, 24, 10, 0, tzinfo=PARIS)
FRIDAY_EVENING = datetime(2026, 11, 27, 18, 0, tzinfo=PARIS)
CHRISTMAS_EVE = datetime(2026, 12, 24, 16, 30, tzinfo=PARIS)
SPLIT = OpeningHours(
    {
        **dict.fromkeys(range(4), ((time(9), time(12)), (time(13, 30), time(17)))),
        5: ((time(9), time(12)),),
    }
)


def told(wait: Wait, now: datetime = TUESDAY, opening: OpeningHours = OFFICE) -> str:
    team = Team(
        "accueil", Text("équipe accueil", "reception"), Text("ici", "here"), week=opening.week
    )
    return WORDS.render(queue_line(wait, team, now), "fr").replace("\u00a0", " ")


def test_a_night_a_week_end_and_a_holiday_are_no_opening_time() -> None:
    assert OFFICE.is_open(TUESDAY)
    assert not OFFICE.is_open(FRIDAY_EVENING)
    assert OFFICE.next_opening(FRIDAY_EVENING) == datetime(2026, 11, 30, 8, 30, tzinfo=PARIS)
    assert OFFICE.next_opening(TUESDAY) == TUESDAY
    monday = datetime(2026, 12, 28, 9, 0, tzinfo=PARIS)  # the 25th is a holiday, then a week-end
    assert OFFICE.open_between(CHRISTMAS_EVE, monday) == timedelta(hours=1)
    assert OFFICE.after(CHRISTMAS_EVE, timedelta(hours=1)) == monday


def test_a_team_that_never_answers_promises_nothing() -> None:
    never = OpeningHours({})
    assert never.next_opening(TUESDAY) is None
    assert never.after(TUESDAY, timedelta(minutes=1)) is None


def test_the_wait_comes_from_recent_answers_and_the_place() -> None:
    # Each place took five minutes; a ticket forgotten for hours frightens nobody.
    recent = [Answered(timedelta(minutes=5 * (n + 1)), n) for n in range(5)]
    recent.append(Answered(timedelta(hours=9), 0))
    assert likely_wait(recent, 0) == timedelta(minutes=5)
    assert likely_wait(recent, 3) == timedelta(minutes=20)


def test_too_little_known_and_too_long_are_said_as_unknown() -> None:
    assert likely_wait([Answered(timedelta(minutes=5), 0)] * 2, 0) is None
    assert likely_wait([Answered(timedelta(hours=2), 0)] * 5, 3) is None


@pytest.mark.parametrize(("seconds", "said"), [(5, 1), (340, 6), (600, 10), (660, 15), (1500, 25)])
def test_minutes_are_rounded_up_to_what_can_be_kept(seconds: int, said: int) -> None:
    assert minutes(seconds) == said


def test_the_place_and_the_wait_are_said() -> None:
    assert told(Wait(2, timedelta(minutes=6))) == (
        "2 personnes attendent avant vous. Réponse probable dans environ 6 minutes."
    )
    assert told(Wait(0)) == (
        "Vous êtes la prochaine personne à qui répondre. "
        "Nous ne savons pas encore dire dans combien de temps."
    )


def test_out_of_hours_the_hours_and_the_next_opening_are_said() -> None:
    opens_at = datetime(2026, 11, 30, 8, 30, tzinfo=PARIS)
    assert told(Wait(4, None, opens_at), FRIDAY_EVENING) == (
        "Horaires de réponse (équipe accueil) : du lundi au vendredi, 8 h 30 – 17 h. "
        "Un agent vous répondra à partir de lundi 30 novembre, 8 h 30."
    )
    tomorrow = datetime(2026, 11, 25, 8, 30, tzinfo=PARIS)
    assert "demain à partir de 8 h 30" in told(Wait(0, None, tomorrow), TUESDAY)


def test_a_week_of_several_hours_is_said_in_runs_of_days() -> None:
    assert WORDS.render(hours(SPLIT), "fr").replace("\u00a0", " ") == (
        "du lundi au jeudi, 9 h – 12 h, 13 h 30 – 17 h ; samedi, 9 h – 12 h"
    )
