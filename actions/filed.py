"""What a citizen does to a request once it is filed: add to it, answer, say that it is solved or
not, rate it. Each says what it did; what needs words asks for them and waits for the next turn."""

from __future__ import annotations

from bot.conversations.memory import Awaiting, AwaitingKind
from bot.conversations.turn import Turn
from bot.errors import Invalid
from bot.notifications.messages import HUMAN, add_words, reopening
from bot.service_requests.operations import NO_ROOM, AddWords, ChangeOwn, Rate, SaySolved
from bot.service_requests.rules import MOST_PHOTOS, Score, Status
from bot.words.phrases import Button, Line, Press, say

NO_MORE = Button(say("button.no_more"), Press("follow_request", {"do": "nothing"}))
MOST_OFFERED = 3
FULL_WORDS = 4
"""More words than that tell something: "non" asks for a reason, "non, le trou est là" gives it."""


def offer_photo(turn: Turn, references: list[str], photos: tuple[str, ...]) -> bool:
    """A picture that nothing asked for may belong to a request of theirs. False without one."""
    if not references:
        return False
    buttons = [
        Button(
            say("button.add_to", reference=reference),
            Press(
                "follow_request",
                {"do": "detail", "reference": reference, "photos": list(photos)},
            ),
            lasting=True,
        )
        for reference in references[:MOST_OFFERED]
    ]
    turn.say(say("photo.for_which"), buttons=(*buttons, HUMAN), expects="choice")
    return True


def is_refused(turn: Turn, reference: str) -> bool:
    """Whether it could not be done; then that is said."""
    if turn.error is None:
        return False
    turn.say(say("filed.refused", reference=reference), buttons=(HUMAN,))
    return True


def is_full(turn: Turn) -> bool:
    """Whether the request had no room for the photos that came with the words."""
    return isinstance(turn.error, Invalid) and turn.error.reason == NO_ROOM


def no_room(reference: str) -> Line:
    return say("photo.no_room", reference=reference, most=MOST_PHOTOS)


def ask_detail(turn: Turn, reference: str) -> None:
    """What is to be added to a request."""
    turn.expecting = Awaiting(AwaitingKind.DETAIL, reference)
    turn.say(say("detail.ask", reference=reference), buttons=(NO_MORE,), expects="text")


def ask_answer(turn: Turn, reference: str, question: str) -> None:
    """What a team asked, once more."""
    turn.expecting = Awaiting(AwaitingKind.ANSWER, reference)
    turn.say(
        say("answer.ask", reference=reference, question=question),
        buttons=(HUMAN,),
        expects="text",
    )


def add(
    turn: Turn, reference: str, words: str, photos: tuple[str, ...], *, is_answer: bool
) -> None:
    """Add words and photos; the words may after all be about another problem: one tap."""
    told: list[Line] = []
    if is_full(turn):
        told = [no_room(reference)]
        if not words:
            turn.say(*told, buttons=(HUMAN,))
            return
        photos = ()
    elif is_refused(turn, reference):
        return
    turn.note(AddWords(reference, words, photos))
    buttons = [add_words(reference)]
    if words:
        press = Press("file_request", {"text": words})
        buttons.append(Button(say("button.other_problem"), press, lasting=True))
    turn.say(
        say("answer.done" if is_answer else "detail.done", reference=reference),
        *told,
        buttons=tuple(buttons),
        reference=reference,
    )


def solved(turn: Turn, reference: str, *, is_own: bool) -> None:
    """The citizen says so of an open request. A follower's word alone closes nothing."""
    if is_refused(turn, reference):
        return
    turn.note(SaySolved(reference))
    if not is_own:
        turn.say(say("solved.seen", reference=reference), buttons=(add_words(reference),))
        return
    turn.say(
        say("solved.done", reference=reference),
        buttons=(reopening(reference),),
        reference=reference,
    )


def not_yet(turn: Turn, reference: str, words: str = "", photos: tuple[str, ...] = ()) -> None:
    """It is not solved, whatever a follower says: it stays open, with what is said of it."""
    if photos or len(words.split()) > FULL_WORDS:
        add(turn, reference, words, photos, is_answer=False)
    else:
        turn.say(say("solved.not_yet", reference=reference), buttons=(add_words(reference),))


def rate(turn: Turn, reference: str, score: Score) -> None:
    """Keep the score; who is not pleased may say why."""
    if is_refused(turn, reference):
        return
    turn.note(Rate(reference, score))
    if score is Score.GOOD:
        turn.say(say("rate.good", reference=reference))
        return
    turn.expecting = Awaiting(AwaitingKind.OPINION, reference)
    turn.say(say("rate.bad", reference=reference), buttons=(NO_MORE,), expects="text")


def opinion(turn: Turn, reference: str, words: str) -> None:
    """Why they are not pleased."""
    if is_refused(turn, reference):
        return
    turn.note(Rate(reference, Score.BAD, words))
    turn.say(say("rate.why_done"), buttons=(HUMAN,))


def ask_reason(turn: Turn, reference: str) -> None:
    """Why a request is to be reopened; it can be left out."""
    turn.expecting = Awaiting(AwaitingKind.REASON, reference)
    press = Press("reopen_request", {"reference": reference, "sure": True, "plain": True})
    turn.say(
        say("reopen.why", reference=reference),
        buttons=(Button(say("reopen.without"), press),),
        expects="text",
    )


def reopen(turn: Turn, reference: str, reason: str, photos: tuple[str, ...] = ()) -> None:
    """Reopen a request with a reason, and ask for a picture of how it is now."""
    full = is_full(turn)
    if not full and is_refused(turn, reference):
        return
    turn.note(ChangeOwn(reference, Status.REOPENED, reason or None))
    done = say("reopen.done", reference=reference)
    if full:
        turn.say(done, no_room(reference), reference=reference)
        return
    if photos:
        turn.note(AddWords(reference, "", photos))
        turn.say(done, reference=reference)
        return
    turn.expecting = Awaiting(AwaitingKind.DETAIL, reference)
    turn.say(done, say("reopen.photo"), buttons=(NO_MORE,), expects="photo", reference=reference)


def not_solved(turn: Turn, reference: str, words: str, photos: tuple[str, ...] = ()) -> None:
    """It was closed but is not solved: reopened with what was said, else the reason is asked."""
    if photos or len(words.split()) > FULL_WORDS:
        reopen(turn, reference, words, photos)
    else:
        ask_reason(turn, reference)
