"""What cannot be read is said to be so, once, and what was asked waits."""

from __future__ import annotations

from typing import Any

import pytest

from actions.door import run_action
from bot.conversations.memory import Awaiting, AwaitingKind
from bot.conversations.turn import Incoming, Turn
from tests.actions.desks import NOW, a_desk, a_draft, a_turn, titles, words_of
from tests.attachments.messages import a_file, lost

OUTSIDE = {
    "next_action": "action_structured_input",
    "tracker": {"latest_message": {"intent": {"name": "structured_input", "confidence": 1.0}}},
}
IN_FORM = {**OUTSIDE, "next_action": "validate_service_form"}


def sent(kind: str, content: dict[str, Any], text: str = "") -> Incoming:
    return Incoming(1, kind, text, content, NOW)


async def said(turn: Turn, *bodies: dict[str, Any]) -> list[str]:
    for body in bodies or (OUTSIDE,):
        await run_action(turn, a_desk(), body)
    return [words_of(reply) for reply in turn.replies]


@pytest.mark.parametrize(
    ("kind", "content", "words"),
    [
        ("file", a_file("voice"), "Je ne peux pas écouter les messages vocaux. Le vôtre est gardé"),
        ("file", a_file("audio"), "Je ne peux pas écouter"),
        ("file", a_file("video_note"), "Je ne peux pas regarder les vidéos"),
        ("file", a_file("animation"), "animations"),
        ("file", a_file("document"), "Je ne peux pas lire les documents"),
        ("file", lost("video", "too_large"), "trop lourd pour être gardé (20 Mo au plus)"),
        ("file", lost("video", "too_many"), "beaucoup de fichiers"),
        ("file", lost("document", "infected"), "L’antivirus a refusé ce fichier"),
        ("file", lost("document", "empty"), "vide"),
        ("file", lost("voice", "unavailable"), "n’a pas pu être gardé"),
        ("other", {"what": "sticker"}, "autocollants"),
        ("other", {"what": "poll"}, "sondages"),
        ("other", {"what": "dice"}, "répondre aux jeux"),
        ("other", {"what": "game"}, "répondre aux jeux"),
        ("other", {"what": "story"}, "stories"),
        ("other", {"what": "contact_of_other"}, "Je ne garde pas le numéro de quelqu’un d’autre"),
        ("other", {"what": "unsupported"}, "ce genre de message"),
        ("other", {"what": "of_tomorrow"}, "ce genre de message"),
    ],
    ids=str,
)
async def test_each_kind_has_its_honest_answer(
    kind: str, content: dict[str, Any], words: str
) -> None:
    turn = a_turn(incoming=(sent(kind, content),))
    [answer] = await said(turn)
    assert words in answer
    assert titles(turn.replies[0]) == ["Parler à un agent"]
    assert not turn.doubted


async def test_the_assistant_says_what_it_is_when_a_voice_message_comes_first() -> None:
    turn = a_turn(incoming=(sent("file", a_file("voice")),), introduced=False)
    [answer] = await said(turn)
    assert answer.startswith("Bonjour, je suis l’assistant automatique")
    assert turn.introduced


async def test_several_of_a_kind_are_said_once() -> None:
    turn = a_turn(incoming=(sent("file", a_file("voice")), sent("file", a_file("voice"))))
    [answer] = await said(turn)
    assert answer.count("vocaux") == 1


async def test_in_the_form_it_is_said_once_and_nothing_is_missed() -> None:
    draft = a_draft(step="size", noted=True)
    turn = a_turn(incoming=(sent("file", a_file("voice")),), draft=draft)
    [answer] = await said(turn, IN_FORM, IN_FORM)
    assert "messages vocaux" in answer
    assert turn.draft == draft
    assert not turn.doubted


async def test_what_was_asked_outside_the_form_waits() -> None:
    awaiting = Awaiting(AwaitingKind.DETAIL, "2026-000001")
    turn = a_turn(incoming=(sent("file", a_file("voice")),), awaiting=awaiting)
    await said(turn)
    assert turn.expecting == awaiting


async def test_whoever_waits_for_an_agent_adds_it_to_their_ticket() -> None:
    awaiting = Awaiting(AwaitingKind.WAITING, "")
    turn = a_turn(incoming=(sent("file", a_file("voice")),), awaiting=awaiting)
    await run_action(turn, a_desk(), OUTSIDE)
    assert len(turn.replies) == 1
    assert not turn.owned_up
    assert [type(one).__name__ for one in turn.operations] == ["LookAtQueue"]


async def test_words_are_answered_and_one_line_says_what_of_the_file() -> None:
    voice = sent("file", a_file("voice"), "bonjour")
    turn = a_turn(incoming=(voice,))
    first, second = await said(turn, {**OUTSIDE, "next_action": "action_greet"})
    assert first == "Votre message vocal est gardé pour les agents : je ne peux pas l’écouter."
    assert second.startswith("Bonjour")


async def test_an_emergency_beside_a_file_is_only_an_emergency() -> None:
    voice = sent("file", a_file("voice"), "je veux en finir avec la vie")
    turn = a_turn(incoming=(voice,))
    answers = await said(turn, {**OUTSIDE, "next_action": "action_emergency"})
    assert "message vocal" not in "".join(answers)
