"""Variables, what suits a ticket, rights and differences: rules without a database."""

from __future__ import annotations

from uuid import uuid4

import pytest

from bot.accounts.rules import Agent, Role
from bot.answers.deeds import Macro, check_macro
from bot.answers.differences import differences
from bot.answers.rules import Answer, Situation, Words, check_answer, fitness, may_edit
from bot.answers.variables import check_filled, check_known, fill
from bot.errors import Invalid

OULLINS, BRON = "69149", "69029"


def an_answer(**parts: object) -> Answer:
    values: dict[str, object] = {"title": Words("Titre"), "body": Words("Bonjour."), **parts}
    return Answer(**values)  # type: ignore[arg-type]


def an_admin(role: Role, communes: frozenset[str] | None) -> Agent:
    return Agent(uuid4(), "Claire", role, communes)


def test_what_is_known_is_filled_and_what_is_not_becomes_a_blank() -> None:
    filled = fill("{{citoyen}}, {{ agent }} regarde {{reference}}.", {"agent": "Claire"})
    assert filled.text == "⟦citoyen⟧, Claire regarde ⟦reference⟧."
    assert filled.blanks == ["citoyen", "reference"]


def test_a_value_is_not_read_for_variables_again() -> None:
    assert fill("{{agent}}", {"agent": "{{equipe}}", "equipe": "x"}).text == "{{equipe}}"


@pytest.mark.parametrize("text", ["{{prenom}}", "{{agent", "agent}}", "{{}}", "⟦agent⟧"])
def test_a_variable_that_there_is_not_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        check_known("body_fr", text)


@pytest.mark.parametrize("text", ["Bonjour ⟦citoyen⟧", "Bonjour {{citoyen}}"])
def test_a_text_with_a_blank_is_not_ready(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_filled(text)
    assert refused.value.reason == "blank"


def test_braces_that_citizens_paste_are_no_blanks() -> None:
    check_filled("Votre code {{ 12 }} est bon.")


@pytest.mark.parametrize(
    ("parts", "field"),
    [
        ({"title": Words(" ")}, "title_fr"),
        ({"title": Words("{{agent}}")}, "title_fr"),
        ({"body": Words("x" * 5001)}, "body_fr"),
        ({"body": Words("x", "{{name}}")}, "body_en"),
        ({"team": "nobody"}, "team"),
        ({"services": ("nothing",)}, "services"),
        ({"subjects": ("nothing",)}, "subjects"),
    ],
)
def test_an_answer_that_cannot_be_is_refused_with_its_field(
    parts: dict[str, object], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        check_answer(an_answer(**parts), ["voirie"], ["pothole"])
    assert refused.value.field == field


def test_an_answer_for_the_service_comes_before_one_for_the_subject_and_others_last() -> None:
    here = Situation(OULLINS, "voirie", "complaint", "pothole")
    ranked = [
        an_answer(services=("pothole",)),
        an_answer(subjects=("complaint",)),
        an_answer(),
        an_answer(services=("graffiti",)),
    ]
    scores = [fitness(answer, here) for answer in ranked]
    assert scores == sorted(scores, reverse=True)
    assert len(set(scores)) == 4


def test_english_that_is_missing_falls_back_to_french() -> None:
    assert Words("Bonjour").in_("en") == "Bonjour"


def test_a_town_s_administrator_edits_what_is_their_town_s_alone() -> None:
    town = an_admin(Role.COMMUNE_ADMINISTRATOR, frozenset({OULLINS}))
    assert [may_edit(town, commune) for commune in (OULLINS, BRON, None)] == [True, False, False]


def test_the_metropolis_edits_all_and_agents_nothing() -> None:
    for role, may in ((Role.METROPOLIS_ADMINISTRATOR, True), (Role.SUPERVISOR, False)):
        assert [may_edit(an_admin(role, None), commune) for commune in (OULLINS, None)] == [may] * 2


def test_a_macro_is_kept_and_read_as_it_was() -> None:
    macro = Macro(Words("Fin"), None, True, "settled", "vu", "high", None, closes=True)
    assert Macro.from_json(macro.to_json()) == macro


@pytest.mark.parametrize(
    "macro",
    [
        Macro(Words("Rien")),
        Macro(Words("Quoi"), reply="unknown"),
        Macro(Words("Quoi"), priority="never"),
        Macro(Words("Quoi"), transfer="voirie", closes=True),
        Macro(Words("Quoi"), note="{{rien}}"),
    ],
)
def test_a_macro_that_cannot_be_is_refused(macro: Macro) -> None:
    with pytest.raises(Invalid):
        check_macro(macro, ["voirie"], ["settled"])


def test_differences_say_what_went_and_what_came_word_by_word() -> None:
    (found,) = differences({"body": {"fr": "un mot ici"}}, {"body": {"fr": "un autre ici"}})
    assert found.field == "body.fr"
    assert found.parts == [("same", "un "), ("gone", "mot"), ("new", "autre"), ("same", " ici")]


def test_a_deed_that_a_macro_lost_is_a_difference() -> None:
    before = Macro(Words("Fin"), takes=True, closes=True).to_json()
    after = Macro(Words("Fin"), takes=True).to_json()
    assert [one.field for one in differences(before, after)] == ["deeds.close"]
