"""What was asked outside the form: a team's question, a detail, a verdict. The next words answer
it, unless they are clearly about something else."""

from __future__ import annotations

from actions import filed, handed, service_form
from actions.desk import Action, Desk, Event, slot
from bot.conversations.memory import Awaiting, AwaitingKind
from bot.conversations.turn import Turn
from bot.service_requests import life_store
from bot.service_requests.reading import Said
from bot.service_requests.rules import Score
from bot.service_requests.verdicts import says_not_solved, says_solved
from bot.services.answers import read_contact
from bot.services.replies import plain
from bot.words.phrases import say

ABOUT_SOMETHING_ELSE = frozenset(
    [
        "account_problem",
        "change_language",
        "complain",
        "contact_agent",
        "emergency",
        "my_requests",
        "privacy_request",
        "sign_in",
        "stop",
        "unsubscribe_notifications",
        "withdraw_request",
    ]
)
"""What is never swallowed as an answer."""

PROBABLY = frozenset(["ask_information", "change_commune", "follow_request", "greet", "help"])
"""The same, when the reader is sure: an answer may hold a greeting or a place."""
SURE = 0.85

OTHER_MATTERS = PROBABLY | {
    "file_request",
    "follow_disability_case",
    "follow_planning_case",
    "subscribe_notifications",
    "bot_challenge",
}
"""What goes on with the assistant, where words may belong to a ticket."""

ANOTHER_REPORT = frozenset(
    ["file_request", "follow_request", "follow_disability_case", "follow_planning_case"]
)
"""What does so just after a person was asked for: anything else is said to that person."""

NEVER_WAITING = frozenset(["emergency", "stop", "change_language", "contact_agent"])
"""What does not go to the ticket by itself, even of those who wait for its agent."""

NOTHING_TO_ADD = frozenset(["deny", "goodbye", "thank"])
NO = (["non"], ["no"], ["nope"], ["nan"])


async def takes(turn: Turn, desk: Desk, said: Said) -> bool:
    """Whether a turn's words or photos answer what was asked."""
    awaiting = turn.awaiting
    if awaiting is None or turn.press:
        return False
    sends_file = awaiting.lasts and any(m.content.get("file") for m in turn.incoming)
    holds_something = said.text or said.photos or said.location or sends_file
    if not holds_something or desk.signals.is_despair(said.text):
        return False
    if awaiting.lasts:
        return _is_for_person(awaiting.kind, said)
    if said.intent in ABOUT_SOMETHING_ELSE:
        return False
    if awaiting.kind in handed.KINDS:
        return _is_for_ticket(awaiting.kind, said)
    if said.intent in PROBABLY and said.confidence >= SURE and not said.photos:
        return False
    if awaiting.kind in (AwaitingKind.VERDICT, AwaitingKind.SEEN_SOLVED):
        return verdict(said) is not None
    if awaiting.kind is AwaitingKind.ANSWER and turn.error is None:
        async with desk.database.transaction() as tx:  # it may have gone on without an answer
            return await life_store.open_question(tx, awaiting.reference) is not None
    return True


def is_for_person(turn: Turn) -> bool:
    """Whether what was taken went to a person's ticket."""
    return turn.awaiting is not None and turn.awaiting.lasts


def _is_for_person(kind: AwaitingKind, said: Said) -> bool:
    """Whether words said after a person was asked for, or while waiting for one, are for them."""
    if said.intent in NEVER_WAITING:
        return False
    is_another = said.intent in ANOTHER_REPORT and said.confidence >= SURE and not said.photos
    return kind is AwaitingKind.WAITING or not is_another


def _is_for_ticket(kind: AwaitingKind, said: Said) -> bool:
    if kind in (AwaitingKind.EMAIL, AwaitingKind.PHONE):
        return read_contact(said.text) is not None or said.intent not in OTHER_MATTERS
    return not (said.intent in OTHER_MATTERS and said.confidence >= SURE) or bool(said.photos)


def verdict(said: Said) -> bool | None:
    """Whether these words say that it is solved, or that it is not; None for neither."""
    is_short = len(said.text.split()) <= filed.FULL_WORDS
    if said.intent == "reopen_request" or says_not_solved(said.text):
        return False
    if says_solved(said.text):
        return True
    if plain(said.text).split()[:1] in NO:
        return False
    if said.intent in ("affirm", "thank") and is_short:
        return True
    return False if said.intent == "deny" and is_short else None


async def take(turn: Turn, desk: Desk, said: Said) -> None:
    """Do what the words answer, and say it."""
    if turn.awaiting is not None and turn.awaiting.kind in handed.KINDS:
        _take_of_ticket(turn, desk, said, turn.awaiting)
    elif turn.awaiting is not None:
        _take_of_request(turn, said, turn.awaiting)


def _take_of_request(turn: Turn, said: Said, awaiting: Awaiting) -> None:
    reference = awaiting.reference
    match awaiting.kind:
        case AwaitingKind.VERDICT if verdict(said):
            filed.rate(turn, reference, Score.GOOD)
        case AwaitingKind.VERDICT:
            filed.not_solved(turn, reference, said.text, said.photos)
        case AwaitingKind.SEEN_SOLVED if verdict(said):
            filed.solved(turn, reference, is_own=True)
        case AwaitingKind.SEEN_SOLVED:
            filed.not_yet(turn, reference, said.text, said.photos)
        case AwaitingKind.ANSWER if said.intent in ("goodbye", "thank") and _adds_nothing(said):
            turn.expecting = awaiting
            turn.say(say("answer.waits", reference=reference))
        case AwaitingKind.ANSWER:
            filed.add(turn, reference, said.text, said.photos, is_answer=True)
        case _ if _adds_nothing(said):
            turn.say(say("detail.nothing"))
        case AwaitingKind.REASON:
            filed.reopen(turn, reference, said.text, said.photos)
        case AwaitingKind.OPINION:
            filed.opinion(turn, reference, said.text)
        case AwaitingKind.DETAIL:
            filed.add(turn, reference, said.text, said.photos, is_answer=False)


def _take_of_ticket(turn: Turn, desk: Desk, said: Said, awaiting: Awaiting) -> None:
    if awaiting.kind is AwaitingKind.SERVED:
        settled = verdict(said)
        is_settled = _adds_nothing(said) if settled is None else settled
        handed.served(turn, desk, said, awaiting.reference, is_settled=is_settled)
    elif awaiting.kind is AwaitingKind.FEEDBACK and _adds_nothing(said):
        turn.say(say("ticket.no_feedback"))
    else:
        handed.take(turn, desk, said)


def _adds_nothing(said: Said) -> bool:
    is_short = len(said.text.split()) <= filed.FULL_WORDS
    return is_short and not said.photos and said.intent in NOTHING_TO_ADD


async def after(turn: Turn, desk: Desk, said: Said, action: Action) -> list[Event]:
    """What an action does once the words were taken: the form's pending question comes back, and
    nothing else happens."""
    if turn.in_form and action in (service_form.validate, service_form.ask):
        turn.message_read = True
        return await action(turn, desk, said)
    if action is service_form.validate:  # the words' intent had begun a form
        return [slot(service_form.FIELD, "dropped"), slot("requested_slot", None)]
    return []
