"""What others have already reported is shown before it is reported again, on the running service.

Named after the complaints of other tools' users: duplicates closed without news.
"""

from __future__ import annotations

import urllib.request
from typing import Any
from uuid import uuid4

from tests.conversations.test_pointing import filed, texts
from tests.files.builders import a_photo
from tests.running import RunningService, Visitor
from tests.unique import a_word


def a_pothole() -> str:
    """At a street that no other test names."""
    return f"trou dans la chaussée {uuid4().int % 900 + 1} rue {a_word().title()} à Oullins"


def titles(answer: dict[str, Any]) -> list[str]:
    return [button["title"] for button in answer["buttons"]]


def two_visitors(service: RunningService) -> tuple[Visitor, str, list[dict[str, Any]]]:
    """The second of two who report the same: them, the first's reference, what they were told."""
    told = a_pothole()
    first = Visitor(service.url)
    reference = filed(first, first.say(told))
    second = Visitor(service.url)
    return second, reference, second.say(told)


def test_me_too_takes_two_taps_and_is_followed(service: RunningService) -> None:
    second, reference, answers = two_visitors(service)
    assert "déjà signalé" in texts(answers)
    assert ["Moi aussi"] in [titles(answer) for answer in answers]
    joined = second.press("Moi aussi")
    assert joined[-1]["reference"] == reference
    where = texts(second.say(f"où en est {reference} ?"))
    assert reference in where
    assert "chaussée dégradée" in where, "it is among what they follow, not unknown"


def test_another_problem_at_the_same_place_is_reported_all_the_same(
    service: RunningService,
) -> None:
    second, reference, answers = two_visitors(service)
    assert answers[-1]["expects"], "the next question comes with it"
    own = filed(second, answers)
    assert own not in ("", "None", reference)


def test_words_do_what_the_buttons_do(service: RunningService) -> None:
    second, reference, _ = two_visitors(service)
    assert second.say("ah oui c'est le même, moi aussi")[-1]["reference"] == reference


def test_one_s_own_report_is_recalled_and_another_can_be_told_all_the_same(
    service: RunningService,
) -> None:
    told = a_pothole()
    visitor = Visitor(service.url)
    reference = filed(visitor, visitor.say(told))
    answers = visitor.say(told)
    (recalled,) = [a for a in answers if "Vous avez déjà signalé cela" in a["text"]]
    assert reference in recalled["text"]
    assert titles(recalled) == ["Suivre", "C’est autre chose"]
    answers = visitor.press("C’est autre chose")
    assert filed(visitor, answers) not in ("", "None", reference)


def test_a_photo_of_a_duplicate_is_shown_once_it_is_published(service: RunningService) -> None:
    told = a_pothole()
    first, second, third = (Visitor(service.url) for _ in range(3))
    reference = filed(first, [*first.say(told), *first.photo(a_photo())])
    (shown,) = [a for a in second.say(told) if "déjà signalé" in a["text"]]
    assert shown["photos"] == []
    service.admin("photos", "publish", reference)
    (shown,) = [a for a in third.say(told) if "déjà signalé" in a["text"]]
    (photo,) = shown["photos"]
    assert photo["alt"] == "Photo de la demande 1"
    for size in ("thumb", "full"):
        with urllib.request.urlopen(service.url + photo[size], timeout=10) as picture:
            assert picture.read(2) == b"\xff\xd8"


def test_both_hear_what_becomes_of_it_where_they_wrote(service: RunningService) -> None:
    told = a_pothole()
    first, second = Visitor(service.url), Visitor(service.url)
    reference = filed(first, first.say(told))
    second.say(told)
    second.press("Moi aussi")
    service.admin("requests", "set", reference, "planned", "--reason", "Passage jeudi.")
    for visitor, whose in ((first, "votre signalement"), (second, "que vous suivez")):
        heard = texts(visitor.hear())
        assert whose in heard
        assert "Passage jeudi." in heard


def test_what_was_closed_meanwhile_cannot_be_joined_and_the_report_goes_on(
    service: RunningService,
) -> None:
    second, reference, _ = two_visitors(service)
    service.admin("requests", "set", reference, "resolved")
    answers = second.press("Moi aussi")
    assert "vient d’être close" in texts(answers)
    assert filed(second, answers) not in ("", "None", reference)
