"""What users of other tools complain of, played by a citizen on the running service. One test a
complaint, named after it; `tests/notifications` and `tests/forwarding` hold the finer ones."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from tests.conversations.test_dialogue import picture
from tests.conversations.test_pointing import filed, texts
from tests.running import RunningService, Visitor
from tests.unique import a_word


def a_street() -> str:
    """A street that no other test names."""
    return f"{uuid4().int % 900 + 1} rue {a_word().title()}"


def a_pothole(where: str | None = None) -> str:
    return f"trou dans la chaussée {where or a_street()} à Oullins"


def reported(visitor: Visitor, where: str | None = None) -> str:
    """A pothole is reported; its reference."""
    return filed(visitor, visitor.say(a_pothole(where)))


def titles(answers: list[dict[str, Any]]) -> list[str]:
    return [button["title"] for answer in answers for button in answer["buttons"]]


def a_follower(service: RunningService, where: str) -> Visitor:
    """Somebody else who has the same problem."""
    other = Visitor(service.url)
    other.say(a_pothole(where))
    other.press("Moi aussi")
    return other


def test_closed_as_fixed_but_not_fixed_is_reopened_in_words(
    service: RunningService, visitor: Visitor
) -> None:
    """mysociety/fixmystreet #897, #29."""
    reference = reported(visitor)
    service.admin("requests", "set", reference, "resolved", "--reason", "Rebouché ce matin.")
    closed = visitor.hear()
    assert "Est-ce bien réglé ?" in texts(closed)
    answers = visitor.say("non le trou est toujours la")
    assert f"{reference} est rouvert" in texts(answers)
    assert answers[-1]["expects"] == "photo"
    shown = service.admin("requests", "show", reference)
    assert "reopened: non le trou est toujours la" in shown


def test_others_than_who_filed_it_can_reopen(service: RunningService, visitor: Visitor) -> None:
    """mysociety/fixmystreet #897: only the original reporter can."""
    where = a_street()
    reference = reported(visitor, where)
    other = a_follower(service, where)
    service.admin("requests", "set", reference, "resolved")
    for one in (visitor, other):
        assert reference in texts(one.hear())
    other.press("Ce n’est pas réglé")
    assert "est rouvert" in texts(other.say("il a été rebouché à moitié seulement"))
    assert "rouvert" in texts(visitor.hear()), "who filed it hears of it"


def test_updates_reach_everybody_where_they_wrote(
    service: RunningService, visitor: Visitor
) -> None:
    """mysociety/fixmystreet #3610, #1659: updates not forwarded; which report is it?"""
    where = a_street()
    reference = reported(visitor, where)
    other = a_follower(service, where)
    service.admin("requests", "set", reference, "planned", "--on", "2100-12-01")
    street = where.split(" ", 1)[1]  # who follows sees no house number
    for one, place in ((visitor, where), (other, street)):
        news = texts(one.hear())
        for part in (
            reference,
            "chaussée dégradée",
            place,
            "Oullins",
            "1er décembre 2100",
            "Ensuite",
        ):
            assert part in news


def test_a_wrong_category_does_not_mean_starting_again(
    service: RunningService, visitor: Visitor
) -> None:
    """mysociety/fixmystreet #1114, #1544."""
    reference = reported(visitor)
    service.admin("requests", "route", reference, "sidewalk_damage")
    news = texts(visitor.hear())
    assert reference in news
    assert "rien à refaire" in news
    assert reference in texts(visitor.say(f"où en est {reference} ?"))


def test_what_is_not_ours_is_guided_at_the_first_message(visitor: Visitor) -> None:
    """mysociety/fixmystreet #878, #877: no fitting category, misdirected reports."""
    answers = visitor.say("coupure de courant dans tout mon immeuble depuis ce matin")
    assert "Enedis" in texts(answers)
    assert "09 726 750 69" in texts(answers)
    assert titles(answers) == ["Le signaler quand même", "Parler à un agent"]
    again = visitor.press("Le signaler quand même")
    assert again[-1]["expects"], "and a report is still possible"


def test_a_misdirected_report_is_answered_with_who_is_in_charge(
    service: RunningService, visitor: Visitor
) -> None:
    """mysociety/fixmystreet #877."""
    reference = reported(visitor)
    service.admin("requests", "set", reference, "rejected", "--not-ours", "private_place")
    assert "le propriétaire du terrain" in texts(visitor.hear())


def test_what_is_confirmed_is_stored(service: RunningService, visitor: Visitor) -> None:
    """mysociety/fixmystreet #1210: confirmed although the authority never received it."""
    reference = reported(visitor)
    assert "pothole" in service.admin("requests", "show", reference)


def test_silence_is_broken_before_a_delay_is_missed(
    service: RunningService, visitor: Visitor
) -> None:
    """mysociety/fixmystreet #358: silence; want reminders."""
    answers = visitor.say(f"feu tricolore en panne {a_street()} à Oullins")
    reference = filed(visitor, answers)  # its objective is a day
    next_week = datetime.now(UTC).date() + timedelta(days=7)  # whatever day the suite runs on
    service.admin("requests", "warn", "--until", next_week.isoformat())
    late = visitor.hear()
    assert "prend du retard" in texts(late)
    assert reference in texts(late)
    assert "Parler à un agent" in titles(late)


def test_who_was_told_is_stored(service: RunningService, visitor: Visitor) -> None:
    """GeotrekCE/Geotrek-rando #699: "administrators were told" and nothing was stored."""
    answers = visitor.say("je veux parler à quelqu'un")
    reference = str(answers[-1]["reference"])
    assert reference in service.admin("tickets")


def test_there_is_always_a_human_and_never_a_loop(visitor: Visitor) -> None:
    """demarche-numerique #13295: loops of automatic answers, never a human."""
    visitor.say("blorp")
    answers = visitor.say("fzzt grmbl")
    assert any("agent" in title for title in titles(answers))


def test_who_reported_it_can_mark_it_solved(service: RunningService, visitor: Visitor) -> None:
    """jesuisundesdeux/vigilo-webapp #64."""
    reference = reported(visitor)
    answers = visitor.say("c'est bon le trou a été rebouché")
    if "Lequel" in texts(answers):
        answers = visitor.press(f"Réglé : {reference}")
    assert f"{reference} est noté comme réglé" in texts(answers)
    assert "resolved" in service.admin("requests", "show", reference)


def test_no_other_town_is_named(service: RunningService, visitor: Visitor) -> None:
    """Signalen/frontend #56, #72, #81: another town's name in the text."""
    said = ""
    answers = visitor.say("trou dans la chaussée 8 rue des Lilas à Bron")
    reference = filed(visitor, answers)
    service.admin("requests", "set", reference, "in_progress")
    said = texts(answers) + texts(visitor.hear()) + texts(visitor.say(f"où en est {reference} ?"))
    assert "Bron" in said
    for other in ("Lyon", "Oullins", "Villeurbanne", "Amsterdam"):
        assert other not in said.replace("Métropole de Lyon", "")


def test_duplicates_are_answered_when_their_parent_is(
    service: RunningService, visitor: Visitor
) -> None:
    """DansMaRue's own help page: duplicates closed without news."""
    parent = reported(visitor)
    other = Visitor(service.url)
    child = reported(other)
    service.admin("requests", "merge", child, parent)
    assert parent in texts(other.hear())
    service.admin("requests", "set", parent, "resolved", "--reason", "Rebouché.")
    news = texts(other.hear())
    assert child in news
    assert "Rebouché." in news


def test_a_question_back_is_answered_in_the_same_conversation(
    service: RunningService, visitor: Visitor
) -> None:
    """The answer lands on the request, and the clock stands still meanwhile."""
    reference = reported(visitor)
    question = ("--reason", "Est-ce devant le garage ou sur le trottoir ?")
    service.admin("requests", "set", reference, "waiting_citizen", *question)
    assert "Est-ce devant le garage" in texts(visitor.hear())
    assert "votre réponse est ajoutée" in texts(visitor.say("juste devant le garage bleu"))
    shown = service.admin("requests", "show", reference)
    assert "answer: juste devant le garage bleu" in shown
    assert "in_progress" in shown


def test_a_paused_conversation_still_hears_and_is_bounded(
    service: RunningService, visitor: Visitor
) -> None:
    """RasaHQ/rasa #8119, #6334: a paused conversation ignores everything. News still arrive while
    a form is set aside, and the next words are understood."""
    reference = reported(visitor)
    visitor.say(a_pothole())
    visitor.say("stop")
    service.admin("requests", "set", reference, "in_progress")
    assert reference in texts(visitor.hear())
    assert reference in texts(visitor.say(f"où en est {reference} ?"))


def test_one_tap_rates_and_a_bad_mark_may_say_why(
    service: RunningService, visitor: Visitor
) -> None:
    reference = reported(visitor)
    service.admin("requests", "set", reference, "resolved")
    visitor.hear()
    assert "s’est mal passé" in texts(visitor.press("Réglé, mais mal"))
    visitor.say("six semaines d'attente")
    assert "rated: six semaines d'attente" in service.admin("requests", "show", reference)


def test_a_photo_and_a_detail_are_added_after_filing(
    service: RunningService, visitor: Visitor
) -> None:
    reference = reported(visitor)
    visitor.say(f"où en est {reference} ?")
    visitor.press("Ajouter un détail")
    assert f"ajouté à {reference}" in texts(visitor.say("il y a maintenant deux trous"))
    assert "detail: il y a maintenant deux trous" in service.admin("requests", "show", reference)


def test_a_photo_sent_first_belongs_to_the_report_that_follows(visitor: Visitor) -> None:
    """An SMS guide of FixMyStreet warns: pictures arrive without their report."""
    assert "Que montre-t-elle" in texts(visitor.photo(picture(exif=False)))
    answers = visitor.say(a_pothole())
    for _ in range(3):
        if answers[-1]["expects"] == "confirm":
            break
        assert answers[-1]["expects"] != "photo", "it has one"
        answers = visitor.say("passer")
    assert "1 photo jointe" in texts(answers)
