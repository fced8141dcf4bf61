"""A conversation that people have, or have had: how the answer is wanted, what is added while
waiting, whether it was settled."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from actions.buttons import RESUME
from actions.desk import Desk
from actions.handing_over import ASSISTANT, GIVE_UP, Why, choice, choices, hand_over
from actions.requests import FOLLOW, REPORT
from bot.conversations.memory import Awaiting, AwaitingKind
from bot.conversations.turn import Turn
from bot.handover.choosing import ChooseReach, GiveUp, LookAtQueue, RateAnswer, ReopenTicket
from bot.service_requests.reading import Said
from bot.services.answers import read_contact
from bot.services.opening import OpeningHours, hours_of
from bot.services.working_days import PARIS, local_date
from bot.tickets.rules import Reach
from bot.tickets.wording import clock
from bot.words.dates import Day
from bot.words.phrases import Button, Line, Outcome, Press, say

KINDS = frozenset(
    {
        AwaitingKind.TICKET,
        AwaitingKind.WAITING,
        AwaitingKind.EMAIL,
        AwaitingKind.PHONE,
        AwaitingKind.SERVED,
        AwaitingKind.FEEDBACK,
    }
)
"""What is asked of a ticket, not of a request."""
NO_FEEDBACK = Button(say("button.no_more"), Press("contact_agent", {"choice": "nothing"}))
CALLS_OFFERED = 3
A_CALL_LATER = timedelta(hours=3)
"""Opening time between the moments at which a call is offered."""


def pressed(turn: Turn, desk: Desk, said: Said) -> bool:
    """Whether a button of this module was pressed; then all is said."""
    if "served" in said.press:
        is_settled = bool(said.press["served"])
        served(turn, desk, said, str(said.press["reference"]), is_settled=is_settled)
        return True
    if "call_at" in said.press:
        at = str(said.press["call_at"])
        call(turn, desk, str(said.press["phone"]), datetime.fromisoformat(at) if at else None)
        return True
    chosen = said.press.get("choice")
    if chosen is None:
        return False
    if chosen == "nothing":
        turn.say(say("ticket.no_feedback"))
    elif turn.error is not None:
        over(turn)
    else:
        _choose(turn, desk, said, str(chosen))
    return True


def over(turn: Turn) -> None:
    """The ticket was closed meanwhile."""
    turn.lets_go = True
    turn.say(say("reach.over"), buttons=(REPORT, FOLLOW))


def _choose(turn: Turn, desk: Desk, said: Said, chosen: str) -> None:
    match chosen:
        case "live":
            number = turn.note(ChooseReach(Reach.LIVE, desk.catalogue))
            turn.expecting = Awaiting(AwaitingKind.WAITING, "")
            turn.say(say("reach.live"), Outcome(number, "queue"), buttons=(ASSISTANT, GIVE_UP))
        case "email":
            _ask(turn, AwaitingKind.EMAIL, "reach.which_email")
        case "call":
            _ask(turn, AwaitingKind.PHONE, "reach.which_phone")
        case "give_up":
            turn.note(GiveUp())
            turn.lets_go = True
            turn.say(say("reach.given_up"), buttons=_going_on(turn))
        case _:
            turn.note(ChooseReach(Reach.WRITE, desk.catalogue))
            turn.lets_go = True
            turn.say(say("reach.write"), buttons=_going_on(turn))


def _going_on(turn: Turn) -> tuple[Button, ...]:
    """The assistant is there again: the form that waits comes first."""
    waits = turn.draft is not None and turn.draft.step is not None
    return (RESUME, FOLLOW) if waits else (REPORT, FOLLOW)


def _ask(turn: Turn, kind: AwaitingKind, key: str) -> None:
    turn.expecting = Awaiting(kind, "")
    turn.say(
        say(key),
        buttons=(choice("button.write_me_rather", "write"),),
        expects="contact",
    )


def take(turn: Turn, desk: Desk, said: Said) -> None:
    """Do what the words answer, and say it."""
    if turn.awaiting is None:
        return
    if turn.error is not None:
        over(turn)
        return
    reference = turn.awaiting.reference
    match turn.awaiting.kind:
        case AwaitingKind.EMAIL:
            _take_email(turn, desk, said)
        case AwaitingKind.PHONE:
            _take_phone(turn, desk, said)
        case AwaitingKind.FEEDBACK:
            turn.note(RateAnswer(reference, opinion=said.text))
            turn.say(say("ticket.thanks_feedback"))
        case AwaitingKind.TICKET | AwaitingKind.WAITING:
            _add(turn, desk)


def _add(turn: Turn, desk: Desk) -> None:
    """What they write while they wait is in the conversation: the agent has it."""
    number = turn.note(LookAtQueue(desk.catalogue))
    turn.expecting = turn.awaiting
    is_waiting = turn.awaiting is not None and turn.awaiting.kind is AwaitingKind.WAITING
    buttons = (ASSISTANT, GIVE_UP) if is_waiting else (*choices(desk, is_open=True), GIVE_UP)
    turn.say(
        say("reach.added", reference=Outcome(number, "reference")),
        Outcome(number, "queue"),
        buttons=buttons,
        reference=Outcome(number, "reference"),
    )


def _take_email(turn: Turn, desk: Desk, said: Said) -> None:
    address = read_contact(said.text)
    if address is None or "@" not in str(address.value):
        _ask(turn, AwaitingKind.EMAIL, "reach.no_email")
        return
    turn.note(ChooseReach(Reach.EMAIL, desk.catalogue, str(address.value)))
    turn.say(say("reach.email", address=str(address.value)), buttons=_going_on(turn))


def _take_phone(turn: Turn, desk: Desk, said: Said) -> None:
    number = read_contact(said.text)
    if number is None or "@" in str(number.value):
        _ask(turn, AwaitingKind.PHONE, "reach.no_phone")
        return
    hours = hours_of(desk.catalogue.team_for(None))
    turn.say(
        say("reach.when", number=number.display or str(number.value)),
        buttons=(
            _call_button(say("button.call_soon"), number.display or str(number.value), None),
            *(
                _call_button(_moment(at, turn.now), number.display or str(number.value), at)
                for at in moments(hours, turn.now)
            ),
        ),
        expects="choice",
    )


def _call_button(title: Line, phone: str, at: datetime | None) -> Button:
    moment = "" if at is None else at.isoformat()
    return Button(title, Press("contact_agent", {"phone": phone, "call_at": moment}), lasting=True)


def moments(hours: OpeningHours, now: datetime) -> list[datetime]:
    """When a call can be offered, on whole hours of opening time from now on."""
    found: list[datetime] = []
    at = hours.after(now, timedelta(hours=1))
    while at is not None and len(found) < CALLS_OFFERED:
        local = at.astimezone(PARIS)
        whole = local.replace(minute=0, second=0, microsecond=0)
        if whole < local:
            whole += timedelta(hours=1)
        if not hours.is_open(whole):
            opening = hours.next_opening(whole)
            if opening is None:
                return found
            whole = opening.astimezone(PARIS)
        found.append(whole)
        at = hours.after(whole, A_CALL_LATER)
    return found


def _moment(at: datetime, now: datetime) -> Line:
    hour = clock(time(at.hour, at.minute))
    match (local_date(at) - local_date(now)).days:
        case 0:
            return say("call.today", hour=hour)
        case 1:
            return say("call.tomorrow", hour=hour)
        case _:
            return say("call.later", day=Day(local_date(at), "near"), hour=hour)


def call(turn: Turn, desk: Desk, phone: str, at: datetime | None) -> None:
    """The number and the moment are known."""
    if turn.error is not None:
        over(turn)
        return
    turn.note(ChooseReach(Reach.CALL, desk.catalogue, phone, at))
    turn.lets_go = True
    when = say("call.soon") if at is None else _moment(at.astimezone(PARIS), turn.now)
    turn.say(say("reach.call", number=phone, when=when), buttons=_going_on(turn))


def served(turn: Turn, desk: Desk, said: Said, reference: str, *, is_settled: bool) -> None:
    """The ticket was closed: settled, or it goes on."""
    if is_settled:
        turn.note(RateAnswer(reference, "good"))
        turn.expecting = Awaiting(AwaitingKind.FEEDBACK, reference)
        turn.say(say("ticket.thanks"), buttons=(NO_FEEDBACK,), expects="text")
        return
    if turn.error is not None:  # closed for long, or another one is open: a new one
        hand_over(turn, desk, said, Why())
        return
    text = said.text
    number = turn.note(ReopenTicket(reference, text, desk.catalogue))
    turn.expecting = Awaiting(AwaitingKind.TICKET, "")
    turn.say(
        say("ticket.reopened" if text else "ticket.reopened_ask", reference=reference),
        Outcome(number, "queue"),
        buttons=(*choices(desk, is_open=True), GIVE_UP),
        expects="choice" if text else "text",
        reference=reference,
    )
