"""Following, withdrawing and reopening one's own requests."""

from __future__ import annotations

import re
from datetime import date, datetime

from actions.desk import Desk, Event
from actions.own import own_requests
from actions.service_form import HUMAN
from bot.conversations.turn import Turn
from bot.service_requests.acknowledgement import objective
from bot.service_requests.operations import ChangeOwn
from bot.service_requests.reading import Said
from bot.service_requests.rules import CLOSED, Status
from bot.service_requests.store import RequestRow
from bot.services.working_days import due_date, local_date
from bot.words.dates import Day
from bot.words.phrases import Button, Line, Press, say

_REFERENCE = re.compile(r"\b(20\d{2})[-–\s]?(\d{6,})\b")
FOLLOW = Button(say("button.follow_mine"), Press("follow_request"), lasting=True)
REPORT = Button(say("button.report"), Press("file_request", {"new": True}), lasting=True)
SHOWN = 5


def _named(said: Said) -> str | None:
    pressed = said.press.get("reference")
    if pressed:
        return str(pressed)
    found = _REFERENCE.search(said.text)
    return f"{found[1]}-{found[2]}" if found else None


def _line(desk: Desk, row: RequestRow) -> Line:
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
        state=say(f"state.{row.status}"),
        day=Day(local_date(row.changed_at), "long"),
    )


async def follow(turn: Turn, desk: Desk, said: Said) -> list[Event]:
    """The citizen's own requests, newest first; one that is not theirs looks like none."""
    if said.press.get("no_other"):
        turn.say(say("follow.no_other"), buttons=(FOLLOW, HUMAN))
        return []
    tell(turn, desk, _named(said), await own_requests(turn, desk))
    return []


def tell(turn: Turn, desk: Desk, wanted: str | None, rows: list[RequestRow]) -> None:
    """One of these requests, by its reference, or all of them."""
    if wanted is not None:
        row = next((r for r in rows if r.reference == wanted), None)
        if row is None:
            turn.say(say("follow.not_found", reference=wanted), buttons=(HUMAN,))
            return
        turn.memory = turn.memory.showing([r.reference for r in rows], rows.index(row))
        lines = [_line(desk, row), *_what_follows(desk, row, turn.now)]
        turn.say(*lines, buttons=_choices(row))
        return
    if not rows:
        turn.say(say("follow.none"), buttons=(REPORT, HUMAN))
        return
    turn.memory = turn.memory.showing([r.reference for r in rows])
    lines = [say("follow.heading", n=len(rows))]
    lines += [_line(desk, row) for row in rows[:SHOWN]]
    missed = [row.reference for row in rows[:SHOWN] if _missed(desk, row, turn.now) is not None]
    if len(rows) == 1:
        lines += _what_follows(desk, rows[0], turn.now)
    elif missed:
        lines.append(say("follow.late_among", references=", ".join(missed)))
    if len(rows) > SHOWN:
        lines.append(say("follow.more", n=len(rows) - SHOWN))
    turn.say(*lines, buttons=(REPORT, HUMAN))


def _what_follows(desk: Desk, row: RequestRow, now: datetime) -> list[Line]:
    """While it is open: the next steps and their objective, or that the objective is missed."""
    service = None if row.status in CLOSED else desk.catalogue.find(row.service, row.commune)
    if service is None:
        return []
    missed = _missed(desk, row, now)
    return [
        say("follow.next", steps=service.next_steps),
        objective(service, row.filed_at) if missed is None else say("follow.late", day=Day(missed)),
    ]


def _missed(desk: Desk, row: RequestRow, now: datetime) -> date | None:
    """The day by which an open request should have been dealt with, once it has passed."""
    service = None if row.status in CLOSED else desk.catalogue.find(row.service, row.commune)
    if service is None:
        return None
    due = due_date(row.filed_at, service.target_delay_days)
    return due if local_date(now) > due else None


def _choices(row: RequestRow) -> tuple[Button, ...]:
    if row.status in CLOSED:
        button = Button(
            say("button.reopen"),
            Press("reopen_request", {"reference": row.reference}),
            lasting=True,
        )
    elif row.is_own:
        button = Button(
            say("button.withdraw"),
            Press("withdraw_request", {"reference": row.reference}),
            lasting=True,
        )
    else:
        return (HUMAN,)
    return (button, HUMAN)


async def _change(turn: Turn, desk: Desk, said: Said, target: Status, word: str) -> list[Event]:
    """Withdraw or reopen: the citizen picks which, then it is done and said."""
    rows = [
        r
        for r in await own_requests(turn, desk)
        if (r.status in (Status.RESOLVED, Status.REJECTED)) == (target is Status.REOPENED)
        and r.status not in (Status.WITHDRAWN, Status.ARCHIVED)
        and (r.is_own or target is Status.REOPENED)
    ]
    wanted = _named(said)
    if turn.error is not None:
        turn.say(say(f"{word}.refused"), buttons=(HUMAN,))
        return []
    if wanted is not None:
        if all(r.reference != wanted for r in rows):
            turn.say(say("follow.not_found", reference=wanted), buttons=(HUMAN,))
            return []
        if said.press.get("sure"):
            turn.note(ChangeOwn(wanted, target))
            turn.say(say(f"{word}.done", reference=wanted))
            return []
        rows = [r for r in rows if r.reference == wanted]
    if not rows:
        turn.say(say(f"{word}.none"), buttons=(HUMAN,))
        return []
    intent = "reopen_request" if target is Status.REOPENED else "withdraw_request"
    turn.say(
        say(f"{word}.which"),
        *[_line(desk, row) for row in rows[:SHOWN]],
        buttons=(
            *[
                Button(
                    say(f"{word}.button", reference=row.reference),
                    Press(intent, {"reference": row.reference, "sure": True}),
                )
                for row in rows[:SHOWN]
            ],
            HUMAN,
        ),
        expects="choice",
    )
    return []


async def withdraw(turn: Turn, desk: Desk, said: Said) -> list[Event]:
    return await _change(turn, desk, said, Status.WITHDRAWN, "withdraw")


async def reopen(turn: Turn, desk: Desk, said: Said) -> list[Event]:
    return await _change(turn, desk, said, Status.REOPENED, "reopen")
