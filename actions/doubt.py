"""Doubt is shown as choices: what a message may have meant, then a person."""

from __future__ import annotations

from actions.desk import Desk, Event
from actions.handing_over import Why, hand_over
from actions.requests import FOLLOW, REPORT
from bot.conversations.turn import Turn
from bot.errors import Unavailable
from bot.notifications.messages import HUMAN
from bot.service_requests.reading import Said
from bot.tickets.rules import Reason
from bot.words.phrases import Button, Press, say

WORTH_OFFERING = 0.1
"""Chance of an intent, from 0 to 1, below which it is not even a guess."""
MOST_READINGS = 3

SERVICE_WORTH_OFFERING = 0.12
MOST_SERVICES = 3

LONGEST_CARRIED = 2000
"""Characters of the citizen's words that a button carries on."""

HANDED_OVER_AT = 3
"""Doubts in a row from which the conversation is a person's: never a loop of automatic answers."""

OFFERED = frozenset(
    [
        "help",
        "file_request",
        "follow_request",
        "withdraw_request",
        "reopen_request",
        "follow_disability_case",
        "follow_planning_case",
        "ask_information",
        "subscribe_notifications",
        "unsubscribe_notifications",
        "sign_in",
        "account_problem",
        "my_requests",
        "complain",
        "privacy_request",
        "emergency",
        "change_language",
        "change_commune",
    ]
)
"""What makes sense as a choice. A person is always offered beside them."""

ASK = Button(say("reading.ask_information"), Press("ask_information"), lasting=True)
OTHER = Button(say("button.other"), Press("structured_input", {"other": True}))


async def unsure(turn: Turn, desk: Desk, said: Said) -> list[Event]:
    """The likeliest readings as choices; one open question when there is none; and a person
    before all else when doubt lasts, or to somebody who is angry."""
    turn.doubted = True
    if turn.unsure_in_a_row >= HANDED_OVER_AT:
        hand_over(turn, desk, said, Why(reason=Reason.UNSURE, said=say("unsure.handed")))
        return []
    choices = await _choices(turn, desk, said)
    human = person(said.text)
    is_lasting = needs_person(turn.unsure_in_a_row, has_choices=bool(choices))
    if is_lasting or desk.signals.is_angry(said.text):
        turn.say(say("unsure.human"), buttons=(human, REPORT), expects="choice")
    elif choices:
        turn.say(say("unsure.choices"), buttons=(*choices, OTHER, human), expects="choice")
    else:
        ask_openly(turn)
    return []


async def out_of_scope(turn: Turn, desk: Desk, said: Said) -> list[Event]:
    """What we are not for: said once; then a person comes first, instead of the same again."""
    turn.doubted = True
    if turn.unsure_in_a_row > 1:
        turn.say(say("unsure.human"), buttons=(person(said.text), REPORT), expects="choice")
    else:
        turn.say(say("out_of_scope"), buttons=(REPORT, FOLLOW, HUMAN))
    return []


def needs_person(in_a_row: int, *, has_choices: bool) -> bool:
    """Whether a person comes first: at the second doubt in a row that offers nothing new."""
    return in_a_row >= 2 and not has_choices


def ask_openly(turn: Turn) -> None:
    """The one open question, when no reading is worth offering."""
    turn.doubted = True
    turn.say(say("unsure.open"), buttons=(REPORT, FOLLOW, ASK, HUMAN), expects="choice")


def readings(said: Said) -> list[str]:
    """The intents worth offering, likeliest first, an emergency before all."""
    likely = [
        name
        for name, confidence in said.ranking
        if name in OFFERED and confidence >= WORTH_OFFERING
    ][:MOST_READINGS]
    return sorted(likely, key=lambda name: name != "emergency")


async def _choices(turn: Turn, desk: Desk, said: Said) -> tuple[Button, ...]:
    buttons: list[Button] = []
    for intent in readings(said):
        services = await _services(turn, desk, said.text) if intent == "file_request" else ()
        buttons += services or (_reading(intent, said.text),)
    return tuple(buttons)


def _reading(intent: str, text: str) -> Button:
    return Button(say(f"reading.{intent}"), Press(intent, {"text": text[:LONGEST_CARRIED]}))


def person(text: str) -> Button:
    """The button to a person that hands on the citizen's words."""
    return Button(HUMAN.title, Press("contact_agent", {"text": text[:LONGEST_CARRIED]}))


async def _services(turn: Turn, desk: Desk, text: str) -> tuple[Button, ...]:
    try:
        scores = await desk.matcher.match(text, turn.commune, MOST_SERVICES)
    except Unavailable:
        return ()
    return tuple(
        Button(
            desk.catalogue.service(score.code, turn.commune).label,
            Press("file_request", {"service": score.code, "text": text[:LONGEST_CARRIED]}),
        )
        for score in scores
        if score.score >= SERVICE_WORTH_OFFERING
    )
