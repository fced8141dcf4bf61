"""Everything that ends with a person: a ticket is stored, and only that is promised."""

from __future__ import annotations

from actions import handed
from actions.desk import Action, Desk, Event
from actions.handing_over import LONGEST_SUMMARY, Why, hand_over
from actions.own import own_requests
from bot.conversations.turn import Turn
from bot.service_requests.reading import Said
from bot.service_requests.rules import CLOSED
from bot.tickets.rules import Reason, Subject
from bot.words.phrases import Button, Line, Press, say


def open_ticket_button(key: str, subject: Subject, text: str = "") -> Button:
    """A button that stores a ticket about a subject, with the words that brought it up."""
    words = {"text": text[:LONGEST_SUMMARY]} if text else {}
    values = {"subject": subject.value, **words}
    return Button(say(key), Press("contact_agent", values), lasting=True)


async def contact_agent(turn: Turn, desk: Desk, said: Said) -> list[Event]:
    """A human is asked for: never argued with. Its buttons say how the answer is wanted."""
    if handed.pressed(turn, desk, said):
        return []
    subject = Subject(said.press.get("subject", Subject.HUMAN))
    reason = Reason.ANGER if subject is Subject.COMPLAINT else Reason.ASKED
    hand_over(turn, desk, said, Why(subject, reason))
    return []


async def complain(turn: Turn, desk: Desk, said: Said) -> list[Event]:
    """Anger: the facts we have, and a person; the person at once when it goes on."""
    turn.angered = True
    if turn.memory.angry:
        hand_over(turn, desk, said, Why(Subject.COMPLAINT, Reason.ANGER, say("complain.sorry")))
        return []
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
