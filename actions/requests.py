"""Following, withdrawing and reopening one's own requests."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from actions import filed
from actions.desk import Desk, Event
from actions.own import own_requests, own_ticket
from bot.conversations.turn import Turn
from bot.notifications.messages import HUMAN, add_words, answering, reopening, solving
from bot.service_requests import life_store
from bot.service_requests.operations import ChangeOwn
from bot.service_requests.reading import Said
from bot.service_requests.rules import CLOSED, Score, Status
from bot.service_requests.store import RequestRow
from bot.service_requests.verdicts import names_solved
from bot.service_requests.wording import state
from bot.services.working_days import local_date
from bot.words.dates import Day
from bot.words.phrases import Button, Line, Press, say

_REFERENCE = re.compile(r"\b(20\d{2})[-–\s]?(\d{6,})\b")
FOLLOW = Button(say("button.follow_mine"), Press("follow_request"), lasting=True)
REPORT = Button(say("button.report"), Press("file_request", {"new": True}), lasting=True)
SHOWN = 5
ALL = "my_requests"
"""The intent that asks for every request, whatever was pointed at."""
LONGEST_CARRIED = 2000
"""Characters of the citizen's words that a button carries on."""


def _named(said: Said) -> str | None:
    pressed = said.press.get("reference")
    if pressed:
        return str(pressed)
    found = _REFERENCE.search(said.text)
    return f"{found[1]}-{found[2]}" if found else None


def request_line(desk: Desk, row: RequestRow) -> Line:
    found = desk.catalogue.find(row.service, row.commune)
    service: Line = row.service.replace("_", " ") if found is None else found.short_label
    place: Line = desk.reader.town(row.commune)
    if row.address:
        place = say("form.place", address=row.address, town=place)
    return say(
        "follow.line",
        reference=row.reference,
        service=service,
        place=place,
        state=state(row.status, is_own=row.is_own),
        day=Day(local_date(row.changed_at), "long"),
    )


async def follow(turn: Turn, desk: Desk, said: Said) -> list[Event]:
    """The citizen's own requests, newest first; one that is not theirs looks like none."""
    if said.press.get("do"):
        await _do(turn, desk, said)
        return []
    if said.press.get("no_other"):
        turn.say(say("follow.no_other"), buttons=(FOLLOW, HUMAN))
        return []
    wanted = _named(said) or (None if said.intent == ALL else turn.pointed)
    await tell(turn, desk, wanted, await own_requests(turn, desk))
    return []


async def tell(turn: Turn, desk: Desk, wanted: str | None, rows: list[RequestRow]) -> None:
    """One of these requests, by its reference, or all of them."""
    if wanted is not None:
        row = next((r for r in rows if r.reference == wanted), None)
        if row is None:
            await _tell_asked(turn, desk, wanted)
            return
        turn.memory = turn.memory.showing([r.reference for r in rows], rows.index(row))
        question = await _question(desk, row)
        asked = [say("change.question", question=question)] if question else []
        lines = [request_line(desk, row), *asked, *_what_follows(desk, row, turn.now)]
        buttons = _choices(row, is_asked=question is not None)
        turn.say(*lines, buttons=buttons, point=_own_point(row))
        return
    if not rows:
        turn.say(say("follow.none"), buttons=(REPORT, HUMAN))
        return
    turn.memory = turn.memory.showing([r.reference for r in rows], 0 if len(rows) == 1 else -1)
    lines = [say("follow.heading", n=len(rows))]
    lines += [request_line(desk, row) for row in rows[:SHOWN]]
    missed = [row.reference for row in rows[:SHOWN] if _is_late(row, turn.now)]
    if len(rows) == 1:
        lines += _what_follows(desk, rows[0], turn.now)
    elif missed:
        lines.append(say("follow.late_among", references=", ".join(missed)))
    if len(rows) > SHOWN:
        lines.append(say("follow.more", n=len(rows) - SHOWN))
    one = [_details(row) for row in rows[:SHOWN]] if len(rows) > 1 else []
    turn.say(*lines, buttons=(*one, REPORT, HUMAN))


async def _tell_asked(turn: Turn, desk: Desk, reference: str) -> None:
    """What they asked people has a reference too, and is no report."""
    asked = await own_ticket(turn, desk, reference)
    if asked is None:
        turn.say(say("follow.not_found", reference=reference), buttons=(HUMAN,))
        return
    known = desk.catalogue.teams.get(asked["team"])
    told = {"reference": reference, "team": asked["team"] if known is None else known.label}
    if asked["closed_at"] is None:
        turn.say(say("follow.asked_open", **told))
        return
    day = Day(local_date(asked["closed_at"]), "long")
    turn.say(say("follow.asked_closed", day=day, **told), buttons=(HUMAN,))


def _own_point(row: RequestRow) -> tuple[float, float] | None:
    """Where one's own request is; of others', only words are shown."""
    if not row.is_own or row.latitude is None or row.longitude is None:
        return None
    return row.latitude, row.longitude


def _details(row: RequestRow) -> Button:
    press = Press("follow_request", {"reference": row.reference})
    return Button(say("button.see", reference=row.reference), press, lasting=True)


async def _question(desk: Desk, row: RequestRow) -> str | None:
    """What its team asked the citizen who filed it, while it waits."""
    if row.status is not Status.WAITING_CITIZEN or not row.is_own:
        return None
    async with desk.database.transaction() as tx:
        return await life_store.open_question(tx, row.reference)


def _what_follows(desk: Desk, row: RequestRow, now: datetime) -> list[Line]:
    """While it is open: the next steps and their objective, or that the objective is missed."""
    service = None if row.status in CLOSED else desk.catalogue.find(row.service, row.commune)
    if service is None:
        return []
    lines: list[Line] = [say("follow.next", steps=service.next_steps)]
    expected = row.planned_on or row.due_on
    if expected is None or row.is_paused:
        return lines
    if _is_late(row, now):
        key = "follow.late" if row.planned_on is None else "follow.plan_passed"
        return [*lines, say(key, day=Day(expected))]
    key = "follow.due" if row.planned_on is None else "change.planned_on"
    return [*lines, say(key, day=Day(expected))]


def _is_late(row: RequestRow, now: datetime) -> bool:
    """Whether the day planned for an open request, or its objective, has passed."""
    expected = row.planned_on or row.due_on
    if row.status in CLOSED or expected is None or row.is_paused:
        return False
    return local_date(now) > expected


def _choices(row: RequestRow, *, is_asked: bool) -> tuple[Button, ...]:
    reference = {"reference": row.reference}
    if row.status in CLOSED:
        return _once_closed(row)
    adding = answering(row.reference) if is_asked else add_words(row.reference)
    buttons = [adding, solving(row.reference)]
    if row.is_own:
        withdraw_it = Press("withdraw_request", reference)
        buttons.append(Button(say("button.withdraw"), withdraw_it, lasting=True))
    return (*buttons, HUMAN)


def _once_closed(row: RequestRow) -> tuple[Button, ...]:
    """What was taken back is not reopened: it is told again."""
    if row.status in (Status.RESOLVED, Status.REJECTED):
        return (reopening(row.reference), HUMAN)
    again = Press("file_request", {"new": True})
    return (Button(say("button.report_again"), again, lasting=True), HUMAN)


async def _do(turn: Turn, desk: Desk, said: Said) -> None:
    """What a button of a request does, or the words that are as good as one."""
    rows = await own_requests(turn, desk)
    match said.press["do"]:
        case "nothing":
            turn.say(say("detail.nothing"))
            return
        case "solved":
            await pick(turn, desk, said, rows, SOLVED)
            return
    wanted = str(said.press.get("reference", ""))
    row = next((r for r in rows if r.reference == wanted), None)
    if row is None:
        turn.say(say("follow.not_found", reference=wanted), buttons=(HUMAN,))
        return
    await _do_to(turn, desk, said, row)


async def _do_to(turn: Turn, desk: Desk, said: Said, row: RequestRow) -> None:
    photos = tuple(str(photo) for photo in said.press.get("photos", ()))
    match said.press["do"]:
        case "rate":
            filed.rate(turn, row.reference, Score(said.press["score"]))
        case _ if row.status in CLOSED:
            turn.say(say("detail.closed", reference=row.reference), buttons=_once_closed(row))
        case "not_yet":
            filed.not_yet(turn, row.reference)
        case "detail" if photos:
            filed.add(turn, row.reference, "", photos, is_answer=False)
        case "detail" | "answer":
            question = await _question(desk, row)
            if question is None:
                filed.ask_detail(turn, row.reference)
            else:
                filed.ask_answer(turn, row.reference, question)
        case _:
            filed.is_refused(turn, row.reference)


@dataclass(frozen=True)
class Choosing:
    """Something done to one of several requests: its words, its intent, to which it can be done,
    and how. `at_once`: without asking again, once it is clear which one: one tap undoes it."""

    word: str
    press: Press
    can_be: Callable[[RequestRow], bool]
    do: Callable[[Turn, RequestRow, str], None]
    at_once: bool


async def pick(
    turn: Turn, desk: Desk, said: Said, every: list[RequestRow], choosing: Choosing
) -> None:
    """Do it to the request that is named, or in view, or the only one; else ask which. What was
    said with it is carried on. One that it cannot be done to is shown as it stands."""
    if turn.error is not None:
        turn.say(say(f"{choosing.word}.refused"), buttons=(HUMAN,))
        return
    rows = [row for row in every if choosing.can_be(row)]
    possible = {row.reference: row for row in rows}
    wanted, words = _named(said), said.text
    if wanted is not None and wanted not in possible:
        await tell(turn, desk, wanted, every)
        return
    if wanted is None and turn.memory.in_view in possible:
        wanted = turn.memory.in_view
    if wanted is None and len(rows) == 1 and choosing is SOLVED:
        wanted = rows[0].reference
    if wanted is not None and (said.press.get("sure") or choosing.at_once):
        choosing.do(turn, possible[wanted], words)
        return
    if wanted is not None:
        rows = [possible[wanted]]
    if not rows:
        turn.say(say(f"{choosing.word}.none"), buttons=(HUMAN,))
        return
    carried = {"text": words[:LONGEST_CARRIED]} if words else {}
    turn.say(
        say(f"{choosing.word}.which"),
        *[request_line(desk, row) for row in rows[:SHOWN]],
        buttons=(
            *[
                Button(
                    say(f"{choosing.word}.button", reference=row.reference),
                    Press(
                        choosing.press.intent,
                        {
                            **choosing.press.values,
                            **carried,
                            "reference": row.reference,
                            "sure": True,
                        },
                    ),
                )
                for row in rows[:SHOWN]
            ],
            HUMAN,
        ),
        expects="choice",
    )


def _withdraw_it(turn: Turn, row: RequestRow, words: str) -> None:
    turn.note(ChangeOwn(row.reference, Status.WITHDRAWN))
    turn.say(say("withdraw.done", reference=row.reference))


def _solve_it(turn: Turn, row: RequestRow, words: str) -> None:
    filed.solved(turn, row.reference, is_own=row.is_own)


def _reopen_it(turn: Turn, row: RequestRow, words: str) -> None:
    filed.not_solved(turn, row.reference, words)


SOLVED = Choosing(
    "solved",
    Press("follow_request", {"do": "solved"}),
    lambda row: row.status not in CLOSED,
    _solve_it,
    at_once=True,
)
WITHDRAWN = Choosing(
    "withdraw",
    Press("withdraw_request"),
    lambda row: row.status not in CLOSED and row.is_own,
    _withdraw_it,
    at_once=False,
)
REOPENED = Choosing(
    "reopen",
    Press("reopen_request"),
    lambda row: row.status in (Status.RESOLVED, Status.REJECTED),
    _reopen_it,
    at_once=True,
)


async def withdraw(turn: Turn, desk: Desk, said: Said) -> list[Event]:
    """Take a request back; who says that it is because it is solved is taken at their word."""
    is_solved = names_solved(said.text) and not said.press
    rows = await own_requests(turn, desk)
    await pick(turn, desk, said, rows, SOLVED if is_solved else WITHDRAWN)
    return []


async def reopen(turn: Turn, desk: Desk, said: Said) -> list[Event]:
    """What was closed is not solved: reopened with a reason, by who filed it or follows it."""
    if said.press.get("plain") and turn.error is None:
        filed.reopen(turn, str(said.press["reference"]), "")
        return []
    await pick(turn, desk, said, await own_requests(turn, desk), REOPENED)
    return []
