"""When a conversation goes to people, and what the citizen may choose then."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from actions import asked, doubt, handed, humans, service_form
from actions.door import run_action
from bot.conversations.escalation import HandOver
from bot.conversations.memory import Awaiting, AwaitingKind, Memory
from bot.conversations.turn import Turn
from bot.errors import Conflict
from bot.handover.choosing import ChooseReach, GiveUp, LookAtQueue, RateAnswer, ReopenTicket
from bot.services.opening import OpeningHours, hours_of
from bot.services.rules import HandOver as Rule
from bot.tickets.rules import Priority, Reach, Reason, Subject
from bot.words.phrases import Phrase
from tests.actions.desks import (
    a_desk,
    a_draft,
    a_turn,
    button,
    catalogue,
    something_said,
    titles,
    words_of,
)

OFFICE = hours_of(catalogue().team_for(None))
AT_NIGHT = datetime(2026, 11, 24, 21, 0, tzinfo=UTC)
WAITING = Awaiting(AwaitingKind.WAITING, "")
ASKED = Awaiting(AwaitingKind.TICKET, "")


def handed_over(turn: Turn) -> HandOver:
    (noted,) = turn.operations
    assert isinstance(noted, HandOver)
    return noted


def keys(turn: Turn) -> list[str]:
    return [line.key for reply in turn.replies for line in reply.lines if isinstance(line, Phrase)]


async def test_a_person_is_asked_for_and_the_ways_to_be_answered_are_offered() -> None:
    turn = a_turn("un agent svp", commune="69149")
    await humans.contact_agent(turn, a_desk(), something_said("un agent svp"))
    noted = handed_over(turn).asked
    assert (noted.reason, noted.team.code, noted.commune) == (Reason.ASKED, "accueil", "69149")
    assert titles(turn.replies[0]) == [
        "J’attends ici",
        "Qu’on m’écrive ici",
        "Qu’on me rappelle",
        "Je n’ai plus besoin d’aide",
    ]
    assert turn.expecting == ASKED


async def test_at_night_nobody_is_left_in_front_of_a_closed_counter() -> None:
    turn = a_turn("un agent svp", now=AT_NIGHT)
    await humans.contact_agent(turn, a_desk(), something_said("un agent svp"))
    assert handed_over(turn).asked.reason is Reason.ASKED
    assert "J’attends ici" not in titles(turn.replies[0])


async def test_the_team_of_the_report_in_hand_gets_it_with_what_was_understood() -> None:
    draft = a_draft(address=None, step="location")
    turn = a_turn("un agent", draft=draft, in_form=True, memory=Memory(unsure=1))
    said = something_said("un agent", intent="contact_agent", confidence=0.91)
    await humans.contact_agent(turn, a_desk(), said)
    noted = handed_over(turn).asked
    assert noted.team.code == "voirie"
    assert noted.packet["understood"]["intent"] == "contact_agent"
    assert noted.packet["understood"]["confidence"] == 0.91
    assert "Reprendre mon signalement" in titles(turn.replies[0])
    assert turn.expecting is None  # the next words answer the form


async def test_danger_in_the_words_puts_the_ticket_before_others() -> None:
    turn = a_turn("un agent, c'est dangereux")
    await humans.contact_agent(turn, a_desk(), something_said("un agent, c'est dangereux"))
    assert handed_over(turn).asked.priority is Priority.HIGH


async def test_anger_is_offered_a_person_and_anger_that_goes_on_gets_one() -> None:
    desk, said = a_desk(), something_said("bande d'incapables", intent="complain")
    again = a_turn("bande d'incapables", memory=Memory(angry=1))
    await humans.complain(again, desk, said)
    noted = handed_over(again).asked
    assert (noted.reason, noted.subject) == (Reason.ANGER, Subject.COMPLAINT)
    assert Memory().after(doubted=False, angered=True).angry == 1
    assert Memory(angry=1).after(doubted=False).angry == 0


@pytest.mark.parametrize("action", ["action_unsure", "action_complain", "action_chitchat"])
async def test_a_wrong_done_to_somebody_is_heard_by_a_person(action: str) -> None:
    text = "mon chef me harcèle tous les jours"
    turn = a_turn(text)
    called = {"next_action": action, "tracker": {"latest_message": {"intent": {"name": "x"}}}}
    await run_action(turn, a_desk(), called)
    noted = handed_over(turn).asked
    assert noted.reason is Reason.SENSITIVE
    assert "sensitive" in noted.packet["marks"]
    assert keys(turn)[0] == "sensitive.handed"


async def test_what_we_are_not_for_is_not_said_twice() -> None:
    turn = a_turn("qsdf", memory=Memory(unsure=1))
    await doubt.out_of_scope(turn, a_desk(), something_said("qsdf"))
    assert titles(turn.replies[0])[0] == "Parler à un agent"


async def test_a_form_that_cannot_be_completed_goes_to_a_person_and_keeps_what_was_told() -> None:
    draft = a_draft(address=None, step="location", misses=4, noted=True)
    turn = a_turn("hm", draft=draft, in_form=True)
    await service_form.ask(turn, a_desk(), something_said("hm"))
    assert handed_over(turn).asked.reason is Reason.FORM
    assert turn.draft == replace(draft, misses=0)


async def test_a_service_may_want_a_person_by_a_rule_of_its_file() -> None:
    desk = a_desk()
    service = catalogue().service("pothole")
    with_rule = replace(service, hand_over=Rule())
    changed = replace(catalogue(), services={**catalogue().services, "pothole": with_rule})
    desk = replace(desk, catalogue=changed)
    desk.reader._catalogue = changed
    turn = a_turn("un trou", draft=a_draft(address=None, step="location"), in_form=True)
    await service_form.ask(turn, desk, something_said("un trou"))
    assert handed_over(turn).asked.reason is Reason.SERVICE
    assert turn.draft is not None
    assert turn.draft.is_handed
    again = a_turn("encore", draft=turn.draft, in_form=True)
    await service_form.ask(again, desk, something_said("encore"))
    assert again.operations == []  # once: the form may go on after it


def test_a_rule_holds_for_its_answers_only() -> None:
    rule = Rule("size", ("large", True))
    assert rule.holds({"size": "large"})
    assert not rule.holds({"size": "small"})
    assert not rule.holds({})


async def press(**values: object) -> Turn:
    turn = a_turn()
    await humans.contact_agent(turn, a_desk(), something_said(press=values))
    return turn


async def test_who_waits_here_is_told_so_and_may_go_back() -> None:
    turn = await press(choice="live")
    (noted,) = turn.operations
    assert isinstance(noted, ChooseReach)
    assert (noted.reach, turn.expecting) == (Reach.LIVE, WAITING)
    assert titles(turn.replies[0]) == ["Revenir à l’assistant", "Je n’ai plus besoin d’aide"]


async def test_who_is_written_to_later_has_the_assistant_meanwhile() -> None:
    turn = await press(choice="write")
    (noted,) = turn.operations
    assert isinstance(noted, ChooseReach)
    assert (noted.reach, turn.lets_go) == (Reach.WRITE, True)


async def test_who_needs_nothing_any_more_gives_the_place_up() -> None:
    turn = await press(choice="give_up")
    assert isinstance(turn.operations[0], GiveUp)
    assert turn.lets_go


async def test_an_address_is_asked_until_one_is_read() -> None:
    turn = await press(choice="email")
    assert turn.expecting == Awaiting(AwaitingKind.EMAIL, "")
    wrong = await answered(turn.expecting, "euh")
    assert keys(wrong) == ["reach.no_email"]
    assert wrong.expecting == turn.expecting
    right = await answered(turn.expecting, "c'est lea@example.org")
    (noted,) = right.operations
    assert isinstance(noted, ChooseReach)
    assert (noted.reach, noted.contact) == (Reach.EMAIL, "lea@example.org")


async def test_a_call_needs_a_number_and_a_moment() -> None:
    turn = await answered(Awaiting(AwaitingKind.PHONE, ""), "06 12 34 56 78")
    assert titles(turn.replies[0]) == [
        "Dès que possible",
        "aujourd’hui à 12 h",
        "aujourd’hui à 15 h",
        "demain à 10 h",
    ]
    chosen = button(turn.replies[0], "aujourd’hui à 15 h").press.values
    called = await press(**chosen)
    (noted,) = called.operations
    assert isinstance(noted, ChooseReach)
    assert (noted.reach, noted.contact) == (Reach.CALL, "06 12 34 56 78")
    assert noted.call_at == datetime(2026, 11, 24, 14, 0, tzinfo=UTC)
    assert "aujourd’hui à 15 h" in words_of(called.replies[0])


def test_calls_are_offered_in_opening_hours_only() -> None:
    friday = datetime(2026, 11, 27, 15, 30, tzinfo=UTC)  # half past four in Lyon
    offered = handed.moments(OFFICE, friday)
    assert all(OFFICE.is_open(at) for at in offered)
    assert [at.strftime("%a") for at in offered] == ["Mon"] * len(offered)
    assert handed.moments(OpeningHours({}), friday) == []


async def answered(
    awaiting: Awaiting, text: str, intent: str = "nlu_fallback", confidence: float = 0.3
) -> Turn:
    turn = a_turn(text, awaiting=awaiting)
    said = something_said(text, intent=intent, confidence=confidence)
    if await asked.takes(turn, a_desk(), said):
        await asked.take(turn, a_desk(), said)
    return turn


@pytest.mark.parametrize("intent", ["ask_information", "greet", "file_request", "chitchat"])
async def test_all_that_is_written_while_waiting_goes_to_the_ticket(intent: str) -> None:
    turn = await answered(WAITING, "j'ai aussi perdu mon passeport", intent, 0.95)
    assert isinstance(turn.operations[0], LookAtQueue)
    assert turn.expecting == WAITING


@pytest.mark.parametrize(
    ("text", "intent"), [("ça sent le gaz", "emergency"), ("je veux mourir", "chitchat")]
)
async def test_an_emergency_is_answered_first_even_while_waiting(text: str, intent: str) -> None:
    assert (await answered(WAITING, text, intent, 0.99)).operations == []


async def test_after_asking_for_a_person_another_report_is_still_taken() -> None:
    assert (await answered(ASKED, "un trou rue Orsel", "file_request", 0.95)).operations == []
    question = await answered(ASKED, "c'est pour ma carte d'identité", "ask_information", 0.95)
    assert isinstance(question.operations[0], LookAtQueue)


async def test_one_tap_says_that_it_is_settled_and_a_word_may_follow() -> None:
    turn = await press(served=True, reference="2026-000001")
    (noted,) = turn.operations
    assert isinstance(noted, RateAnswer)
    assert (noted.score, turn.expecting) == (
        "good",
        Awaiting(AwaitingKind.FEEDBACK, "2026-000001"),
    )
    assert turn.expecting is not None
    comment = await answered(turn.expecting, "très aimable, merci beaucoup à Claire")
    (noted,) = comment.operations
    assert isinstance(noted, RateAnswer)
    assert noted.opinion == "très aimable, merci beaucoup à Claire"


@pytest.mark.parametrize("text", ["non, pas du tout", "il me manque toujours le papier bleu"])
async def test_answering_that_it_is_not_settled_reopens(text: str) -> None:
    turn = await answered(Awaiting(AwaitingKind.SERVED, "2026-000001"), text)
    (noted,) = turn.operations
    assert isinstance(noted, ReopenTicket)
    assert noted.text == text


async def test_a_short_no_reopens_however_it_is_read() -> None:
    served = Awaiting(AwaitingKind.SERVED, "2026-000001")
    assert isinstance((await answered(served, "non", "deny", 0.99)).operations[0], ReopenTicket)


@pytest.mark.parametrize("kind", [AwaitingKind.SERVED, AwaitingKind.FEEDBACK, AwaitingKind.DETAIL])
async def test_despair_is_never_taken_for_an_answer(kind: AwaitingKind) -> None:
    assert (await answered(Awaiting(kind, "r"), "je veux mourir", "chitchat")).operations == []


async def test_a_merci_after_the_end_settles_it() -> None:
    served = Awaiting(AwaitingKind.SERVED, "2026-000001")
    turn = await answered(served, "merci", "thank", 0.99)
    assert isinstance(turn.operations[0], RateAnswer)


async def test_a_choice_of_a_ticket_that_was_closed_meanwhile_says_so() -> None:
    turn = a_turn(error=Conflict("closed"))
    await humans.contact_agent(turn, a_desk(), something_said(press={"choice": "live"}))
    assert turn.operations == []
    assert keys(turn) == ["reach.over"]


async def test_a_ticket_too_old_to_be_reopened_becomes_a_new_one() -> None:
    turn = a_turn("non", error=Conflict("old"), awaiting=Awaiting(AwaitingKind.SERVED, "r"))
    await asked.take(turn, a_desk(), something_said("non"))
    assert handed_over(turn).asked.reason is Reason.ASKED
