"""What is told of a request: which one, where, what changed, and what comes next. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from bot.conversations.rules import RECORDED
from bot.service_requests.news import News, Topic
from bot.service_requests.rules import CLOSED, Score, Status
from bot.service_requests.wording import state
from bot.services.outsiders import Outsider
from bot.services.rules import Service
from bot.words.dates import Day
from bot.words.phrases import Button, Line, Phrase, Press, Reply, say

UNTOLD = frozenset({"open311", *RECORDED})
"""Channels where nobody reads: who posts or calls there asks for what changed."""

HUMAN = Button(say("button.human"), Press("contact_agent"), lasting=True)


_IN_THE_FORM = {"change.question_how": "change.question_button"}
_IN_A_LETTER = {
    "change.is_it_solved": "mail.is_it_solved",
    "change.question_how": "mail.question_how",
    "change.seen_solved": "mail.seen_solved",
}


@dataclass(frozen=True)
class Telling:
    """A piece of news with what is needed to say it. `service`: None when it has left the catalogue
    since; `team`: who has the request; `before`: the service that it was; `in_charge`: who is, when
    we are not."""

    reference: str
    place: Line
    news: News
    service: Service | None = None
    team: Line = ""
    before: Service | None = None
    in_charge: Outsider | None = None


def written(telling: Telling) -> tuple[Line, ...]:
    """The same for whoever filed it, read in a letter: what can be tapped in the conversation is
    put into words."""
    lines = (_heading(telling, is_own=True), *_body(telling, is_own=True))
    return _put_otherwise(lines, _IN_A_LETTER)


def _put_otherwise(lines: tuple[Line, ...], keys: Mapping[str, str]) -> tuple[Line, ...]:
    """The lines, with some phrases said by another key."""
    return tuple(
        say(keys.get(line.key, line.key), **line.values) if isinstance(line, Phrase) else line
        for line in lines
    )


def told(telling: Telling, *, is_own: bool, in_form: bool = False) -> Reply:
    """The message to whoever filed it (`is_own`) or follows it. `in_form`: the next words will be
    the form's, so an answer to a team begins with its button."""
    lines: tuple[Line, ...] = (_heading(telling, is_own=is_own), *_body(telling, is_own=is_own))
    if in_form:
        lines = _put_otherwise(lines, _IN_THE_FORM)
    return Reply(lines, buttons=_buttons(telling, is_own=is_own), reference=telling.reference)


def _heading(telling: Telling, *, is_own: bool) -> Line:
    """Which request, where."""
    what: Line = "" if telling.service is None else telling.service.short_label
    key = "change.own" if is_own else "change.followed"
    return say(key, reference=telling.reference, what=what, place=telling.place)


def _body(telling: Telling, *, is_own: bool) -> list[Line]:
    """What changed, and what comes next."""
    news, service = telling.news, telling.service
    match news.topic:
        case Topic.STATE:
            return _state(telling, is_own=is_own)
        case Topic.REROUTED:
            before: Line = "" if telling.before is None else telling.before.short_label
            lines: list[Line] = [
                say("change.rerouted", before=before, team=telling.team),
                say("change.nothing_to_do"),
            ]
            return lines + _until(news.day)
        case Topic.MOVED:
            return _moved(telling)
        case Topic.MERGED:
            return [say("change.merged", other=news.other), say("change.nothing_to_do")]
        case Topic.RELEASED:
            return [say("change.released", other=news.other)]
        case Topic.SEEN_SOLVED:
            return [say("change.seen_solved")]
        case Topic.LATE | Topic.OVERDUE:
            late: list[Line] = [say(f"change.{news.topic}", day=_day(news.day))]
            if service is not None:
                late.append(say("follow.next", steps=service.next_steps))
            return late


def _moved(telling: Telling) -> list[Line]:
    """The place that holds now; in another town, who deals with it from there on."""
    lines: list[Line] = [say("change.moved", place=telling.place)]
    if telling.news.other is not None and telling.team:
        lines.append(say("change.moved_team", team=telling.team))
    return [*lines, say("change.nothing_to_do"), *_until(telling.news.day)]


def _state(telling: Telling, *, is_own: bool) -> list[Line]:
    news, service = telling.news, telling.service
    if news.status is Status.WAITING_CITIZEN and is_own:
        return [
            say("change.question", question=news.reason or ""),
            say("change.question_how"),
        ]
    lines: list[Line] = [say("change.state", state=state(news.status, is_own=is_own))]
    if news.day is not None:
        lines.append(say("change.planned_on", day=_day(news.day)))
    if news.reason and news.status is not Status.WAITING_CITIZEN and not telling.in_charge:
        lines.append(say(_reason_key(news.status), reason=news.reason))
    if news.status is Status.RESOLVED:
        lines.append(say("change.is_it_solved"))
    elif news.status is Status.WITHDRAWN and not is_own:
        lines.append(say("change.still_there"))
    elif telling.in_charge is not None:
        lines += [say("outsider.who", who=telling.in_charge.label), telling.in_charge.contact]
    elif news.status is Status.REJECTED and service is not None and service.not_ours:
        lines.append(service.not_ours)
    elif news.status not in CLOSED and service is not None:
        lines.append(say("follow.next", steps=service.next_steps))
    return lines


def _reason_key(status: Status) -> str:
    return "change.reason" if status is Status.REJECTED else "change.detail"


def _day(day: date | None) -> Line:
    return "" if day is None else Day(day)


def _until(day: date | None) -> list[Line]:
    return [] if day is None else [say("change.new_objective", day=Day(day))]


def _buttons(telling: Telling, *, is_own: bool) -> tuple[Button, ...]:
    reference = {"reference": telling.reference}
    follow = Button(say("button.follow"), Press("follow_request", reference), lasting=True)
    news = telling.news
    if news.topic in (Topic.LATE, Topic.OVERDUE):
        return (follow, add_words(telling.reference), HUMAN)
    if news.topic is Topic.SEEN_SOLVED:
        return (solving(telling.reference), still_open(telling.reference), HUMAN)
    if news.topic is not Topic.STATE:
        return (follow, HUMAN)
    match news.status:
        case Status.RESOLVED:
            return (*rating(telling.reference), reopening(telling.reference), HUMAN)
        case Status.REJECTED:
            return (reopening(telling.reference), HUMAN)
        case Status.WAITING_CITIZEN if is_own:
            return (answering(telling.reference), HUMAN)
        case Status.WITHDRAWN if not is_own:
            again = Press("file_request", {"new": True})
            return (Button(say("button.report_again"), again, lasting=True), HUMAN)
    return (follow, HUMAN)


def add_words(reference: str) -> Button:
    """Opens the way to add words or a photo to a request."""
    press = Press("follow_request", {"do": "detail", "reference": reference})
    return Button(say("button.add_detail"), press, lasting=True)


def answering(reference: str) -> Button:
    """The same, to answer what its team asked."""
    press = Press("follow_request", {"do": "answer", "reference": reference})
    return Button(say("button.answer"), press, lasting=True)


def rating(reference: str) -> tuple[Button, ...]:
    """One tap says that it is solved, and how it went."""
    return tuple(
        Button(
            say(f"button.rate_{score}"),
            Press("follow_request", {"do": "rate", "reference": reference, "score": score.value}),
            lasting=True,
        )
        for score in Score
    )


def solving(reference: str) -> Button:
    """Says that an open request is solved."""
    press = Press("follow_request", {"do": "solved", "reference": reference})
    return Button(say("button.solved"), press, lasting=True)


def still_open(reference: str) -> Button:
    """Says that it is not."""
    press = Press("follow_request", {"do": "not_yet", "reference": reference})
    return Button(say("button.reopen"), press, lasting=True)


def reopening(reference: str) -> Button:
    """Says that it is not solved."""
    press = Press("reopen_request", {"reference": reference, "sure": True})
    return Button(say("button.reopen"), press, lasting=True)
