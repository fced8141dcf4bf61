"""Hands the conversation to people: a ticket is noted, and the citizen says how they want the
answer."""

from __future__ import annotations

from dataclasses import dataclass

from actions.buttons import RESUME
from actions.desk import Desk
from bot.conversations.escalation import HandOver
from bot.conversations.memory import Awaiting, AwaitingKind
from bot.conversations.turn import Turn
from bot.service_requests.reading import Said
from bot.services.opening import hours_of
from bot.services.rules import Team
from bot.tickets.operations import Asked
from bot.tickets.rules import Priority, Reason, Subject
from bot.words.phrases import Button, Line, Outcome, Press, say

LONGEST_SUMMARY = 1000
"""Characters of the citizen's words that a ticket repeats; the conversation holds them all."""

OF_URGENCY = frozenset({"despair", "dangerous"})


@dataclass(frozen=True)
class Why:
    """What a ticket is about, and why a person is needed. `said`: said before all else."""

    subject: Subject = Subject.HUMAN
    reason: Reason = Reason.ASKED
    said: Line | None = None


def hand_over(turn: Turn, desk: Desk, said: Said, why: Why) -> None:
    """Note the ticket; say its reference, the place in the queue, and the choices."""
    team = team_of(turn, desk)
    number = turn.note(HandOver(asked(turn, desk, said, why, team)))
    before = () if why.said is None else (why.said,)
    is_waiting = turn.draft is not None and turn.draft.step is not None
    turn.say(
        *before,
        Outcome(number, "line"),
        Outcome(number, "queue"),
        buttons=(
            *choices(desk, is_open=hours_of(team).is_open(turn.now)),
            *((RESUME,) if is_waiting else ()),
            GIVE_UP,
        ),
        expects="choice",
        reference=Outcome(number, "reference"),
    )
    if not turn.in_form:  # else the next words answer the form, until they choose
        turn.expecting = Awaiting(AwaitingKind.TICKET, "")


def team_of(turn: Turn, desk: Desk) -> Team:
    """Who answers: whoever handles the service in hand, else the reception."""
    draft = turn.draft
    if draft is None or draft.step is None:
        return desk.catalogue.team_for(None)
    return desk.catalogue.team_for(desk.reader.service_of(draft))


def asked(turn: Turn, desk: Desk, said: Said, why: Why, team: Team) -> Asked:
    """The ticket, with what was understood."""
    marks = desk.signals.marks(said.text)
    commune = turn.commune or (turn.draft.commune if turn.draft is not None else None)
    return Asked(
        why.subject,
        summary(said.text, marks),
        commune,
        team,
        why.reason,
        Priority.HIGH if OF_URGENCY.intersection(marks) else Priority.NORMAL,
        {
            "understood": {
                "intent": said.intent,
                "confidence": round(said.confidence, 3),
                "readings": [[name, round(score, 3)] for name, score in said.ranking[:3]],
            },
            "marks": list(marks),
            "doubts": turn.unsure_in_a_row,
        },
        desk.catalogue.teams,
    )


def summary(text: str, marks: tuple[str, ...]) -> str:
    """The citizen's words under the signals that say how soon they should be read:
    `[angry repeated] …`."""
    said = text[:LONGEST_SUMMARY]
    return f"[{' '.join(marks)}] {said}" if marks else said


def choice(key: str, name: str) -> Button:
    return Button(say(key), Press("contact_agent", {"choice": name}), lasting=True)


GIVE_UP = choice("button.give_up", "give_up")
ASSISTANT = choice("button.assistant", "write")
"""Back to the assistant, keeping the place in the queue."""


def choices(desk: Desk, *, is_open: bool) -> tuple[Button, ...]:
    """How the answer may reach them. Nobody waits in front of a closed counter."""
    here = choice("button.wait_here", "live") if is_open else None
    letter = choice("button.write_email", "email") if desk.mailer is not None else None
    offered = (here, choice("button.write_me", "write"), letter, choice("button.call_me", "call"))
    return tuple(button for button in offered if button is not None)
