"""Everything that ends with a person: a ticket is stored, and only that is promised."""

from __future__ import annotations

from actions.desk import Action, Desk, Event
from actions.own import own_requests
from actions.service_form import RESUME
from bot.conversations.turn import Turn
from bot.service_requests.reading import Said
from bot.service_requests.rules import CLOSED
from bot.tickets.operations import OpenTicket
from bot.tickets.rules import Subject
from bot.words.phrases import Button, Line, Outcome, Press, say

LONGEST_SUMMARY = 1000
"""Characters of the citizen's words that a ticket repeats; the conversation holds them all."""


def _ticket(turn: Turn, desk: Desk, said: Said, subject: Subject) -> Outcome:
    number = turn.note(OpenTicket(subject, summary(desk, said.text), turn.commune))
    return Outcome(number, "reference")


def summary(desk: Desk, text: str) -> str:
    """The citizen's words under the signals that say how soon they should be read:
    `[angry repeated] …`."""
    marks = desk.signals.marks(text)
    said = text[:LONGEST_SUMMARY]
    return f"[{' '.join(marks)}] {said}" if marks else said


def open_ticket_button(key: str, subject: Subject, text: str = "") -> Button:
    """A button that stores a ticket about a subject, with the words that brought it up."""
    words = {"text": text[:LONGEST_SUMMARY]} if text else {}
    values = {"subject": subject.value, **words}
    return Button(say(key), Press("contact_agent", values), lasting=True)


async def contact_agent(turn: Turn, desk: Desk, said: Said) -> list[Event]:
    """A human is asked for: never argued with."""
    subject = Subject(said.press.get("subject", Subject.HUMAN))
    reference = _ticket(turn, desk, said, subject)
    waiting = turn.draft is not None and turn.draft.step is not None
    turn.say(
        say("human.recorded", reference=reference),
        buttons=(RESUME,) if waiting else (),
        reference=reference,
    )
    return []


async def complain(turn: Turn, desk: Desk, said: Said) -> list[Event]:
    """Anger: the facts we have, and a person."""
    rows = [r for r in await own_requests(turn, desk) if r.status not in CLOSED]
    lines: list[Line] = [say("complain.sorry")]
    if rows:
        lines.append(say("complain.open_requests", n=len(rows), reference=rows[0].reference))
    turn.say(
        *lines,
        say("complain.offer"),
        buttons=(
            open_ticket_button("button.pass_on", Subject.COMPLAINT, said.text),
            Button(say("button.show_requests"), Press("my_requests"), lasting=True),
        ),
        expects="choice",
    )
    return []


def offering(key: str, button: str, subject: Subject) -> Action:
    """An honest answer that cannot do more yet, with the way to a person beside it."""

    async def answer(turn: Turn, desk: Desk, said: Said) -> list[Event]:
        turn.say(say(key), buttons=(open_ticket_button(button, subject, said.text),))
        return []

    return answer
