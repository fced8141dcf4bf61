"""From the assistant to people, as a citizen lives it on the running service."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from tests.running import RunningService, Visitor


def ticket(service: RunningService, reference: str) -> dict[str, Any]:
    listed = service.admin("tickets", "--json").splitlines()
    rows = {row["reference"]: row for row in map(json.loads, listed)}
    found: dict[str, Any] = rows[reference]
    return found


def is_open(service: RunningService, reference: str) -> bool:
    return reference in service.admin("tickets", "--json")


def reference_of(heard: list[dict[str, Any]]) -> str:
    return next(str(event["reference"]) for event in heard if event["reference"])


def text_of(heard: list[dict[str, Any]]) -> str:
    return "\n".join(event["text"] for event in heard)


@pytest.mark.parametrize(
    "words",
    [
        "je voudrais parler à quelqu'un",
        "laissez tomber, je veux un humain",
        "passez moi un conseiller svp",
        "can I talk to a real person?",
    ],
)
def test_asking_for_a_person_in_any_words_stores_a_ticket(
    service: RunningService, visitor: Visitor, words: str
) -> None:
    heard = visitor.say(words)
    assert words in ticket(service, reference_of(heard))["summary"]
    assert "vous n’aurez rien à répéter" in text_of(heard) or "repeat" in text_of(heard)


def test_asking_twice_keeps_one_ticket_and_adds_the_words(
    service: RunningService, visitor: Visitor
) -> None:
    first = reference_of(visitor.say("je veux parler à un agent"))
    heard = visitor.say("un agent, c'est pour mon passeport perdu")
    assert f"Votre demande {first} est déjà transmise" in text_of(heard)
    assert "passeport perdu" in ticket(service, first)["summary"]


def test_what_was_asked_of_people_is_followed_by_its_reference(service: RunningService) -> None:
    visitor, other = Visitor(service.url), Visitor(service.url)
    reference = reference_of(visitor.say("je veux parler à un agent"))
    question = f"où en est ma demande {reference} ?"
    assert f"{reference} est en cours (équipe" in text_of(visitor.say(question))
    assert f"Je ne trouve pas {reference}" in text_of(other.say(question))
    claire = f"{uuid.uuid4().hex}@oullins.example"
    who = ("--name", "Claire", "--role", "agent", "--all-communes", "--generate")
    service.admin("users", "add", claire, *who)
    service.admin("tickets", "close", reference, "--as", claire)
    visitor.hear()
    assert f"{reference} est terminée depuis le" in text_of(visitor.say(question))


def test_nobody_turns_in_circles_with_the_assistant(
    service: RunningService, visitor: Visitor
) -> None:
    """RIVALS: loops of automatic answers, never a human."""
    heard = [text_of(visitor.say(words)) for words in ("le machin", "le truc là", "bah le bidule")]
    assert len(set(heard)) == 3, "no answer is said again"
    last = visitor.hear() if not visitor.buttons else []
    assert last == []
    assert "Parler à un agent" in visitor.buttons or "Qu’on m’écrive ici" in visitor.buttons


def test_anger_is_offered_a_person_then_gets_one(service: RunningService, visitor: Visitor) -> None:
    visitor.say("4e fois que j'écris pour ce lampadaire bande d'incapables")
    assert "Oui, transmettez" in visitor.buttons
    heard = visitor.press("Oui, transmettez")
    assert ticket(service, reference_of(heard))["subject"] == "complaint"


def test_a_wrong_done_to_somebody_goes_to_a_person_at_once(
    service: RunningService, visitor: Visitor
) -> None:
    heard = visitor.say("mon voisin me harcèle tous les jours et personne ne fait rien")
    assert "mérite l’attention d’une personne" in text_of(heard)
    assert "sensitive" in ticket(service, reference_of(heard))["summary"]


def test_a_form_that_cannot_be_completed_goes_to_a_person_and_is_kept(
    service: RunningService, visitor: Visitor
) -> None:
    visitor.say("il y a un nid de poule énorme")
    heard: list[dict[str, Any]] = []
    for words in ("euh", "hm hm", "ben", "pff", "zut alors", "aaah"):
        heard = visitor.say(words)
        if any(event["reference"] for event in heard):
            break
    assert is_open(service, reference_of(heard))
    assert "à partir de ce que vous avez déjà dit" in text_of(heard)
    heard = visitor.press("Reprendre mon signalement")
    assert heard[-1]["expects"] is not None


def test_whoever_is_called_back_says_where_and_when(
    service: RunningService, visitor: Visitor
) -> None:
    reference = reference_of(visitor.say("je veux parler à un agent"))
    visitor.press("Qu’on me rappelle")
    assert "numéro de téléphone français" in text_of(visitor.say("je ne l'ai pas sous la main"))
    visitor.say("06 12 34 56 78")
    heard = visitor.press("Dès que possible")
    assert "Un agent appellera le 06 12 34 56 78, dès que possible." in text_of(heard)
    assert is_open(service, reference)


def test_whoever_is_written_to_later_goes_on_with_the_assistant_and_keeps_the_place(
    service: RunningService, visitor: Visitor
) -> None:
    reference = reference_of(visitor.say("je veux parler à un agent"))
    visitor.press("Qu’on m’écrive ici")
    heard = visitor.say("un lampadaire est éteint 4 rue Paul Bert à Lyon")
    assert "J’ai noté" in text_of(heard)
    assert is_open(service, reference)


def test_what_is_written_after_asking_is_added_and_the_place_said_again(
    service: RunningService, visitor: Visitor
) -> None:
    reference = reference_of(visitor.say("je veux parler à un agent"))
    heard = visitor.say("c'est au sujet du courrier que j'ai reçu de la mairie hier")
    assert f"C’est ajouté à votre demande {reference}." in text_of(heard)


def test_whoever_needs_nothing_any_more_leaves_the_queue(
    service: RunningService, visitor: Visitor
) -> None:
    reference = reference_of(visitor.say("je veux parler à un agent"))
    visitor.press("Je n’ai plus besoin d’aide")
    assert not is_open(service, reference)
    heard = visitor.press("Qu’on m’écrive ici")  # an old button
    assert "n’attend plus de réponse" in text_of(heard)


def test_an_emergency_is_answered_first_even_in_the_queue(
    service: RunningService, visitor: Visitor
) -> None:
    visitor.say("je veux parler à un agent")
    assert "0 800 47 33 33" in text_of(visitor.say("ça sent le gaz dans l'escalier"))
