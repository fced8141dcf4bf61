"""What was asked outside the form is answered by the next words, unless they are about something
else."""

from __future__ import annotations

import pytest

from actions import asked, filed, requests, service_form
from bot.conversations.memory import Awaiting, AwaitingKind
from bot.conversations.turn import Turn
from bot.errors import Conflict, Invalid
from bot.service_requests.operations import NO_ROOM, AddWords, ChangeOwn, Rate, SaySolved
from bot.service_requests.reading import Said
from bot.service_requests.rules import Score, Status
from tests.actions.desks import a_desk, a_draft, a_turn, something_said, titles, words_of

REFERENCE = "2026-000012"


def a_waiting_turn(kind: AwaitingKind, text: str) -> Turn:
    return a_turn(text, awaiting=Awaiting(kind, REFERENCE))


async def taken(turn: Turn, said: Said) -> bool:
    """Answer what was asked, if that is what was said."""
    if not await asked.takes(turn, a_desk(), said):
        return False
    await asked.take(turn, a_desk(), said)
    return True


async def after(kind: AwaitingKind, text: str, intent: str, *photos: str) -> Turn:
    turn = a_waiting_turn(kind, text)
    assert await taken(turn, something_said(text, intent=intent, confidence=0.9, photos=photos))
    return turn


@pytest.mark.parametrize("intent", ["emergency", "contact_agent", "complain", "stop"])
@pytest.mark.parametrize("kind", [AwaitingKind.DETAIL, AwaitingKind.REASON, AwaitingKind.VERDICT])
async def test_a_call_for_help_is_never_swallowed(intent: str, kind: AwaitingKind) -> None:
    turn = a_waiting_turn(kind, "ça brûle")
    assert not await taken(turn, something_said("ça brûle", intent=intent, confidence=0.9))
    assert not turn.replies
    assert not turn.operations


@pytest.mark.parametrize(
    ("text", "intent"),
    [("oui merci", "thank"), ("oui", "affirm"), ("c'est bien réparé", "nlu_fallback")],
)
async def test_yes_after_a_closing_is_a_good_mark(text: str, intent: str) -> None:
    turn = await after(AwaitingKind.VERDICT, text, intent)
    assert turn.operations == [Rate(REFERENCE, Score.GOOD)]


async def test_no_with_the_reason_reopens_and_asks_for_a_picture() -> None:
    """mysociety/fixmystreet #897: closed as fixed but not fixed."""
    words = "non le trou est toujours la"
    turn = await after(AwaitingKind.VERDICT, words, "file_request")
    assert turn.operations == [ChangeOwn(REFERENCE, Status.REOPENED, words)]
    assert turn.expecting == Awaiting(AwaitingKind.DETAIL, REFERENCE)
    assert turn.replies[-1].expects == "photo"


async def test_a_bare_no_asks_why_and_the_words_are_the_reason() -> None:
    turn = await after(AwaitingKind.VERDICT, "non", "deny")
    assert turn.operations == []
    assert turn.expecting == Awaiting(AwaitingKind.REASON, REFERENCE)
    assert "Rouvrir sans précision" in titles(turn.replies[-1])
    why = await after(AwaitingKind.REASON, "il reste la moitié du tas", "file_request")
    assert why.operations == [ChangeOwn(REFERENCE, Status.REOPENED, "il reste la moitié du tas")]


@pytest.mark.parametrize(
    ("text", "intent", "noted"),
    [
        ("oui merci", "thank", [SaySolved(REFERENCE)]),
        ("non", "deny", []),
        (
            "non le trou est toujours la",
            "file_request",
            [AddWords(REFERENCE, "non le trou est toujours la")],
        ),
    ],
)
async def test_who_filed_decides_whether_what_a_follower_said_is_so(
    text: str, intent: str, noted: list[object]
) -> None:
    turn = await after(AwaitingKind.SEEN_SOLVED, text, intent)
    assert turn.operations == noted
    assert turn.replies


async def test_another_subject_after_a_closing_is_another_subject() -> None:
    turn = a_waiting_turn(AwaitingKind.VERDICT, "un lampadaire éteint rue Pasteur")
    said = something_said("un lampadaire éteint rue Pasteur", intent="file_request")
    assert not await taken(turn, said)


async def test_a_detail_is_added_and_may_after_all_be_another_problem() -> None:
    turn = await after(AwaitingKind.DETAIL, "il y a aussi du verre", "file_request", "photo-1")
    assert turn.operations == [AddWords(REFERENCE, "il y a aussi du verre", ("photo-1",))]
    assert "C’est un autre problème" in titles(turn.replies[-1])


async def test_nothing_to_add_adds_nothing() -> None:
    turn = await after(AwaitingKind.DETAIL, "non c'est bon", "deny")
    assert turn.operations == []
    assert turn.expecting is None


async def test_a_bad_mark_may_say_why() -> None:
    turn = a_turn()
    filed.rate(turn, REFERENCE, Score.BAD)
    assert turn.expecting == Awaiting(AwaitingKind.OPINION, REFERENCE)
    why = await after(AwaitingKind.OPINION, "trois mois pour un lampadaire", "chitchat")
    assert why.operations == [Rate(REFERENCE, Score.BAD, "trois mois pour un lampadaire")]


async def test_what_could_not_be_done_is_said() -> None:
    turn = a_waiting_turn(AwaitingKind.DETAIL, "encore une chose")
    turn.error = Conflict("closed")
    assert await taken(turn, something_said("encore une chose"))
    assert turn.operations == []
    assert "a changé entre-temps" in words_of(turn.replies[-1])


def test_the_button_of_a_picture_carries_it() -> None:
    turn = a_turn()
    assert not filed.offer_photo(turn, [], ("p",))
    assert filed.offer_photo(turn, ["1", "2", "3", "4"], ("p",))
    presses = [button.press.values for button in turn.replies[-1].buttons[:-1]]
    assert [press["reference"] for press in presses] == ["1", "2", "3"]
    assert all(press["photos"] == ["p"] for press in presses)
    assert requests.SHOWN >= filed.MOST_OFFERED


@pytest.mark.parametrize("kind", [AwaitingKind.ANSWER, AwaitingKind.DETAIL, AwaitingKind.REASON])
@pytest.mark.parametrize("intent", ["greet", "ask_information", "follow_request"])
async def test_what_is_surely_something_else_is_no_answer(kind: AwaitingKind, intent: str) -> None:
    turn = a_waiting_turn(kind, "la déchèterie est ouverte dimanche ?")
    said = something_said("la déchèterie est ouverte dimanche ?", intent=intent, confidence=0.95)
    assert not await taken(turn, said)


async def test_a_thank_you_to_a_question_leaves_it_open() -> None:
    turn = a_waiting_turn(AwaitingKind.ANSWER, "merci")
    await asked.take(turn, a_desk(), something_said("merci", intent="thank", confidence=0.9))
    assert turn.operations == []
    assert turn.expecting == turn.awaiting
    assert "attend toujours votre réponse" in words_of(turn.replies[-1])


async def test_the_form_s_question_comes_after_the_answer_to_another() -> None:
    turn = a_turn("x", draft=a_draft(step="location"))
    filed.ask_detail(turn, REFERENCE)
    await service_form.ask(turn, a_desk(), something_said("x"))
    assert len(turn.replies) == 1


def refused_photos(text: str) -> Turn:
    turn = a_turn(text)
    turn.error = Invalid("photos", "no room for them", NO_ROOM)
    return turn


def test_words_are_kept_when_there_is_no_room_for_the_photos_beside_them() -> None:
    turn = refused_photos("le trou a grandi")
    filed.add(turn, REFERENCE, "le trou a grandi", ("photo",), is_answer=False)
    assert turn.operations == [AddWords(REFERENCE, "le trou a grandi")]
    assert "photos n’ont pas été ajoutées" in words_of(turn.replies[-1])


def test_photos_without_room_are_said_to_be_left_out() -> None:
    turn = refused_photos("")
    filed.add(turn, REFERENCE, "", ("photo",), is_answer=False)
    assert turn.operations == []
    assert "photos n’ont pas été ajoutées" in words_of(turn.replies[-1])


def test_what_is_not_solved_is_reopened_even_without_room_for_its_photo() -> None:
    turn = refused_photos("")
    filed.reopen(turn, REFERENCE, "toujours là", ("photo",))
    assert turn.operations == [ChangeOwn(REFERENCE, Status.REOPENED, "toujours là")]
    assert "photos n’ont pas été ajoutées" in words_of(turn.replies[-1])
