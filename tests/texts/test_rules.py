"""Which sentences may be written anew, and what an edition has to keep."""

from __future__ import annotations

from uuid import uuid4

import pytest

from bot.accounts.rules import Agent, Role
from bot.errors import Forbidden, NotFound
from bot.texts.rules import (
    FAMILIES,
    Text,
    Unfit,
    check,
    check_edits,
    edits,
    facts_of,
    family_of,
    is_familiar,
    is_fit,
    values_of,
)
from bot.texts.sentences import Sentences
from bot.words.phrases import say
from tests.turn.scripted import WORDS

SENTENCES = Sentences(WORDS)
KEYS = [key for keys in SENTENCES.families.values() for key in keys]
FILED = Text(("C’est envoyé. Référence {reference}.",), ("Sent. Reference {reference}.",))
GAS = Text(("Sortez, puis appelez le 0 800 47 33 33 (24 h/24) ou le 18 / 112.",))
WAITING = Text(("{n} personne attend.", "{n} personnes attendent."), ("{n} waits.", "{n} wait."))


def why(text: Text, original: Text) -> tuple[str, str | None, tuple[str, ...]]:
    with pytest.raises(Unfit) as refused:
        check(text, original)
    return refused.value.field, refused.value.reason, refused.value.named


def test_every_family_has_sentences() -> None:
    assert all(SENTENCES.families[family] for family in FAMILIES)
    assert len(KEYS) > 250


@pytest.mark.parametrize("key", KEYS)
def test_an_original_fits_in_its_own_place(key: str) -> None:
    check(SENTENCES.original(key), SENTENCES.original(key))


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_value_has_an_example(language: str) -> None:
    for key in KEYS:
        for form in SENTENCES.original(key).by_language()[language]:
            for name in set(values_of(form)) - {"n"}:
                assert WORDS.render(say(f"page.texts_sample_{name}"), language), key


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_says_where_it_is_heard(family: str, language: str) -> None:
    for what in ("family", "heard"):
        assert WORDS.render(say(f"page.texts_{what}_{family}"), language)


@pytest.mark.parametrize(
    "key",
    [
        *("page.answers_save", "mirror.closed", "button.human", "solved.button", "language.fr"),
        *("ticket.merged_note", "email.empty", "nothing.at_all"),
    ],
)
def test_what_is_pressed_or_read_by_agents_is_not_offered(key: str) -> None:
    assert key not in SENTENCES
    with pytest.raises(NotFound):
        SENTENCES.original(key)


def test_a_layout_of_values_is_no_sentence() -> None:
    assert family_of("form.place", ("{address}, {town}",)) is None
    assert family_of("form.noted", ("J’ai noté : {what}.",)) == "filing"


@pytest.mark.parametrize(
    ("french", "reason", "named"),
    [
        ("", "empty", ()),
        (" \n ", "empty", ()),
        ("C’est parti.", "lost", ("reference",)),
        ("Référence {reference}, {prenom}.", "unknown", ("prenom",)),
        ("Référence {reference!r}.", "unknown", ("reference!r",)),
        ("Référence {reference.__class__}.", "unknown", ("reference.__class__",)),
        ("Référence {reference:>9999999}.", "unknown", ("reference:>9999999",)),
        ("Référence {reference", "braces", ()),
        ("Référence {reference}}", "braces", ()),
        ("Référence {{reference}} {reference}", "braces", ()),
        ("{reference} " + "x" * 600, "too_long", ()),
        ("Référence {reference}\x07", "odd", ()),
        ("Référence \u202e{reference}", "odd", ()),
    ],
)
def test_what_does_not_fit_says_why(french: str, reason: str, named: tuple[str, ...]) -> None:
    assert why(Text((french,)), FILED) == ("fr0", reason, named)


def test_english_is_optional_and_checked_like_french() -> None:
    check(Text(("Parti : {reference}.",)), FILED)
    assert why(Text(("Parti : {reference}.",), ("Gone.",)), FILED)[:2] == ("en0", "lost")


def test_a_long_original_may_be_doubled() -> None:
    long = Text(("x" * 500,))
    check(Text(("y" * 1000,)), long)
    assert why(Text(("y" * 1001,)), long)[1] == "too_long"


def test_every_plural_form_is_written_and_keeps_its_number() -> None:
    check(Text(("{n} devant vous.", "{n} devant vous.")), WAITING)
    assert why(Text(("{n} personne", "des personnes")), WAITING) == ("fr1", "lost", ("n",))
    assert why(Text(("{n} personne", "")), WAITING)[:2] == ("fr1", "empty")
    assert why(Text(("{n} personne",)), WAITING)[1] == "forms"
    assert why(Text(WAITING.fr, ("{n} waits.", "")), WAITING)[:2] == ("en1", "empty")


@pytest.mark.parametrize(
    "text",
    [
        "Dehors. Gaz : 0800 47 33 33, jour et nuit (24 h/24). Pompiers : 18 ou 112.",
        "Dehors. 0\u00a0800\u00a047\u00a033\u00a033 (24 h sur 24), 112, 18.",
    ],
)
def test_numbers_may_be_grouped_and_ordered_otherwise(text: str) -> None:
    check(Text((text,)), GAS)


@pytest.mark.parametrize(
    ("text", "lost"),
    [
        ("Appelez le 0 800 47 33 33 (24 h/24) ou le 112.", ("18",)),
        ("Appelez le 0 800 47 33 34 (24 h/24), le 18 ou le 112.", ("0 800 47 33 33",)),
        ("Appelez le 0 800 47 33 33 (24 h/24), le 118 ou le 112.", ("18",)),
        ("Appelez le 0 800 47 33 33 (24 h/24), le 01 18 00 00 00 ou le 112.", ("18",)),
    ],
)
def test_no_number_of_the_original_is_lost(text: str, lost: tuple[str, ...]) -> None:
    assert why(Text((text,)), GAS) == ("fr0", "fact", lost)


def test_links_and_addresses_stay() -> None:
    text = "Voyez https://www.lyon.fr/aide. Écrivez à aide@lyon.fr."
    assert facts_of(text) == ["https://www.lyon.fr/aide", "aide@lyon.fr"]
    assert why(Text(("Écrivez à aide@lyon.fr.",)), Text((text,)))[1:] == (
        "fact",
        ("https://www.lyon.fr/aide",),
    )


@pytest.mark.parametrize("key", [key for key in KEYS if key.startswith("emergency.")])
def test_a_line_of_emergency_without_its_numbers_is_refused(key: str) -> None:
    original = SENTENCES.original(key)
    if facts_of(original.fr[0]):
        assert why(Text(("Appelez les secours.",)), original)[1] == "fact"


def test_an_edition_that_its_original_has_outgrown_is_known() -> None:
    edition = Text(("Parti : {reference}.",))
    assert is_fit(edition, FILED)
    assert not is_fit(edition, Text(("C’est envoyé. {reference}, le {day}.",)))


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("Dis-moi où tu es.", True),
        ("Je garde ta demande.", True),
        ("C’est pour toi.", True),
        ("Dites-moi où vous êtes, la station est proche.", False),
        ("Le {ton} est noté.", False),
    ],
)
def test_saying_tu_is_noticed(text: str, *, is_one: bool) -> None:
    assert is_familiar(Text((text,))) is is_one


def test_a_town_s_administrator_edits_their_town_and_nothing_else() -> None:
    own = Agent(uuid4(), "Odile", Role.COMMUNE_ADMINISTRATOR, frozenset({"69149"}))
    assert edits(own, "69149")
    with pytest.raises(NotFound):
        check_edits(own, "69029")
    with pytest.raises(Forbidden):
        check_edits(own, None)


def test_the_metropolis_s_administrator_edits_everything() -> None:
    ali = Agent(uuid4(), "Ali", Role.METROPOLIS_ADMINISTRATOR, None)
    assert edits(ali, None)
    assert edits(ali, "69029")


@pytest.mark.parametrize("role", [Role.AGENT, Role.SUPERVISOR])
def test_nobody_else_edits(role: Role) -> None:
    for commune in (None, "69149"):
        with pytest.raises(Forbidden):
            check_edits(Agent(uuid4(), "Claire", role, None), commune)
