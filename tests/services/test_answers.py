"""What citizens write, read as answers; and what must not be read as one."""

from __future__ import annotations

from datetime import date

import pytest

from bot.services import answers
from bot.services.answers import ReadAnswer, find_date, read_answer
from bot.services.replies import is_thanks
from bot.services.rules import FieldKind, ServiceField, Text
from tests.services.catalogue_builders import a_choice, a_field

TODAY = date(2026, 11, 24)  # a Tuesday

BIN = a_field(
    FieldKind.CHOICE,
    choices=(
        a_choice("grey", "Bac gris (ordures ménagères)", "Grey bin (household waste)", "ordures"),
        a_choice("yellow", "Bac jaune (emballages)", "Yellow bin (packaging)", "recyclage", "tri"),
        a_choice("glass", "Bac à verre", "Glass bin", "bouteilles"),
        a_choice("unknown", "Je ne sais pas", "I do not know"),
    ),
)
HEIGHT = a_field(FieldKind.NUMBER, unit=Text("cm", "cm"), minimum=0, maximum=300)


def value(field: ServiceField, text: str) -> object:
    answer = read_answer(field, text, TODAY)
    return None if answer is None else answer.value


@pytest.mark.parametrize(
    "text",
    ["oui", "Oui, c’est ça !", "ouais", "ouep", "ouiiii", "yes", "tout à fait", "envoyez", "c bon",
     "ok envoie", "vas-y", "parfait", "d'accord", "👍", "Oui merci", "oui envoyez le signalement",
     "ok", "go ahead", "that's right", "dac"],
)  # fmt: skip
def test_a_plain_yes(text: str) -> None:
    assert answers.is_yes(text)
    assert not answers.is_no(text)


@pytest.mark.parametrize(
    "text",
    ["merci", "le", "je crois", "oui mais pas là", "oui et non", "peut-être",
     "non", "c'est quoi ?", "ok mais au 14", "", "la", "svp", "pas parfait",
     "oui c'est au 14", "super merci"],
)  # fmt: skip
def test_not_clear_enough_to_send_something(text: str) -> None:
    assert not answers.is_yes(text)


@pytest.mark.parametrize(
    "text", ["non", "Nan", "non non", "no", "pas du tout", "non merci", "nope"]
)
def test_a_plain_no(text: str) -> None:
    assert answers.is_no(text)
    assert not answers.is_yes(text)


@pytest.mark.parametrize("text", ["non c'est au 14", "oui", "merci", "nous", "note bien"])
def test_no_plain_no(text: str) -> None:
    assert not answers.is_no(text)


@pytest.mark.parametrize(
    "text",
    ["passer", "skip", "non merci", "pas de photo", "je sais pas", "je ne sais pas", "aucune",
     "j'ai pas de photo désolé", "non désolé j'en ai pas", "passer cette question", "jsp",
     "no thanks", "I don't know", "plus tard", "je n'ai pas de photo pour l'instant"],
)  # fmt: skip
def test_nothing_to_answer(text: str) -> None:
    assert answers.is_skip(text)


@pytest.mark.parametrize(
    "text",
    ["oui", "le lampadaire", "je ne sais pas le numéro mais c'est rue Pasteur", "12", "passage",
     "pas loin de la mairie", "merci"],
)  # fmt: skip
def test_something_is_answered(text: str) -> None:
    assert not answers.is_skip(text)


@pytest.mark.parametrize(
    "text",
    ["merci", "Merci beaucoup !", "MERCI à vous, bonne journée", "merci d'être si rapide 🙏",
     "un grand merci à toute l'équipe", "merci pour votre réponse. Cordialement",
     "thank you so much", "merciiii"],
)  # fmt: skip
def test_thanks_and_nothing_else(text: str) -> None:
    assert is_thanks(text)


@pytest.mark.parametrize(
    "text",
    ["ok merci", "oui merci", "non merci", "merci mais c'est toujours cassé",
     "merci de me rappeler", "merci de passer demain", "bonne journée", "d'accord",
     "merci pour rien", ""],
)  # fmt: skip
def test_thanks_with_something_to_answer(text: str) -> None:
    assert not is_thanks(text)


@pytest.mark.parametrize(
    "text",
    ["retour", "revenir", "Précédent", "back", "go back", "je voudrais revenir en arrière",
     "retour à la question précédente"],
)  # fmt: skip
def test_back(text: str) -> None:
    assert answers.is_back(text)


@pytest.mark.parametrize("text", ["retour de vacances", "au retour du marché", "backyard", "non"])
def test_not_back(text: str) -> None:
    assert not answers.is_back(text)


@pytest.mark.parametrize("text", ["je ne sais pas", "aucune idée", "jsp", "no idea", "not sure"])
def test_a_doubt_is_unknown_and_no_yes_or_no(text: str) -> None:
    assert answers.is_unknown(text)
    assert value(a_field(FieldKind.YES_NO), text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("oui", True), ("ouais", True), ("ouep", True), ("yes", True), ("tout à fait", True),
        ("je crois", True), ("euh oui je crois", True), ("oui il est encore vivant", True),
        ("pas vraiment", False), ("nan", False), ("non non", False), ("no", False),
        ("non, il est mort", False), ("je crois pas", False), ("pas du tout", False),
        ("peut-être", None), ("oui mais non", None), ("oui et non", None), ("c'est quoi ?", None),
        ("oui ou non ?", None), ("le lampadaire", None), ("12", None), ("", None),
        ("la déchèterie est ouverte dimanche ?", None),
        ("oui alors en fait je voulais dire que hier soir en rentrant chez moi j'ai vu", None),
    ],
)  # fmt: skip
def test_yes_or_no(text: str, expected: bool | None) -> None:
    assert value(a_field(FieldKind.YES_NO), text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Bac jaune (emballages)", "yellow"), ("bac jaune", "yellow"), ("jaune", "yellow"),
        ("le jaune", "yellow"), ("c'est le bac jaune je crois", "yellow"), ("yellow", "yellow"),
        ("2", "yellow"), ("2.", "yellow"), ("le 2", "yellow"), ("n°2", "yellow"),
        ("le deuxième", "yellow"), ("la 2e", "yellow"), ("the second one", "yellow"),
        ("tri", "yellow"), ("recyclage", "yellow"), ("recylage", "yellow"), ("jaunne", "yellow"),
        ("grey bin", "grey"), ("ordures menageres", "grey"), ("les bouteilles", "glass"),
        ("bac à verre", "glass"), ("verre", "glass"), ("je sais pas", "unknown"),
        ("le dernier", "unknown"),
        ("bac", None), ("5", None), ("0", None), ("jaune ou gris", None), ("pas le jaune", None),
        ("jaune ?", None), ("oui", None), ("non", None), ("rien", None), ("bleu", None),
        ("la déchèterie d'oullins est ouverte dimanche ?", None),
        ("bonjour je voulais savoir si quelqu'un peut passer pour mon bac jaune ou bien", None),
        ("", None), ("👍", None), ("trio", None),
    ],
)  # fmt: skip
def test_a_choice(text: str, expected: str | None) -> None:
    assert value(BIN, text) == expected


def test_yes_chooses_the_only_choice_that_begins_so() -> None:
    field = a_field(
        FieldKind.CHOICE,
        choices=(
            a_choice("blocked", "Oui, on ne passe plus", "Yes, no way through"),
            a_choice("narrow", "Non, on passe encore", "No, one can pass"),
        ),
    )
    assert value(field, "ouais") == "blocked"
    assert value(field, "non merci") == "narrow"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hier", "2026-11-23"), ("avant-hier", "2026-11-22"), ("lundi", "2026-11-23"),
        ("depuis lundi", "2026-11-23"), ("lundi dernier", "2026-11-23"), ("mardi", "2026-11-17"),
        ("le 12", "2026-11-12"), ("le 30", "2026-10-30"), ("c'était le 12", "2026-11-12"),
        ("12/03", "2026-03-12"), ("12/03/2026", "2026-03-12"), ("12.03.26", "2026-03-12"),
        ("2026-03-12", "2026-03-12"), ("12 mars 2026", "2026-03-12"), ("12 mars", "2026-03-12"),
        ("le 1er mai", "2026-05-01"), ("12 sept", "2026-09-12"), ("il y a 3 jours", "2026-11-21"),
        ("ya 3 jours", "2026-11-21"), ("il y a une semaine", "2026-11-17"),
        ("depuis une quinzaine de jours", "2026-11-09"), ("ça fait 2 mois", "2026-09-25"),
        ("ce matin", "2026-11-24"), ("la semaine dernière", "2026-11-17"),
        ("tombé hier soir vers 20h", "2026-11-23"), ("ça fait 2h", "2026-11-24"),
        ("le week-end dernier", "2026-11-21"), ("yesterday", "2026-11-23"),
        ("3 days ago", "2026-11-21"), ("a week ago", None), ("one week ago", "2026-11-17"),
        ("last monday", "2026-11-23"), ("march 3rd", "2026-03-03"),
        ("the 3rd of march", "2026-03-03"), ("last week", "2026-11-17"),
        ("décembre", None), ("15 décembre", "2026-12-15"), ("15 juin 2025", "2025-06-15"),
        ("31/02", None), ("le 32", None), ("24/7", None), ("12", None), ("jamais", None),
        ("devant le 12 rue de la République", None), ("au 12/14 rue Pasteur", None),
        ("rue du 8 mai 1945", None), ("place du 11 novembre 1918", None), ("2 trous", None),
        ("lundi prochain", "2026-11-30"), ("demain", "2026-11-25"),
    ],
)  # fmt: skip
def test_the_day_of_a_text(text: str, expected: str | None) -> None:
    found = find_date(text, TODAY)
    assert (None if found is None else found.isoformat()) == expected


def test_a_day_is_stored_as_iso_and_shown_as_people_write_it() -> None:
    assert read_answer(a_field(FieldKind.DATE), "hier", TODAY) == ReadAnswer(
        "2026-11-23", "23/11/2026"
    )


@pytest.mark.parametrize("text", ["demain", "30 novembre", "lundi prochain", "quel jour, lundi ?"])
def test_a_day_to_come_is_no_answer_where_the_past_is_meant(text: str) -> None:
    assert value(a_field(FieldKind.DATE, past_only=True), text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3", 3), ("trois", 3), ("une dizaine", 10), ("environ 10", 10), ("1,5", 1.5),
        ("10cm", 10), ("dix centimètres", 10), ("1 m", 100), ("1m50", 150), ("1,5 m", 150),
        ("une vingtaine de cm", 20), ("il y en a deux", 2), ("twenty", 20), ("0", 0),
        ("2 ou 3", None), ("entre 5 et 10", None), ("beaucoup", None), ("1 500", None),
        ("301", None), ("-3", None), ("combien, 3 ?", None),
        ("une voiture est passée dessus", None),
        ("je crois que ça faisait peut-être 3 quand je suis passé hier", None),
    ],
)  # fmt: skip
def test_a_number_in_the_unit_and_bounds_of_its_field(text: str, expected: float | None) -> None:
    assert value(HEIGHT, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("moi@exemple.fr", "moi@exemple.fr"),
        ("mon mail c'est Jean.D+x@Exemple.FR.", "Jean.D+x@exemple.fr"),
        ("06 12 34 56 78", "+33612345678"), ("0612345678", "+33612345678"),
        ("06.12.34.56.78", "+33612345678"), ("+33 6 12 34 56 78", "+33612345678"),
        ("+33 (0)6 12 34 56 78", "+33612345678"), ("0033612345678", "+33612345678"),
        ("appelez-moi au 04-78-00-00-00 svp", "+33478000000"),
        ("06123456789", None), ("06 12 34 56", None), ("00 12 34 56 78", None), ("a@b", None),
        ("moi@@exemple.fr", None), ("a..b@exemple.fr", None), ("non", None), ("12345", None),
    ],
)  # fmt: skip
def test_a_contact(text: str, expected: str | None) -> None:
    assert value(a_field(FieldKind.CONTACT), text) == expected


def test_a_telephone_is_shown_as_people_write_it() -> None:
    answer = read_answer(a_field(FieldKind.CONTACT), "+33612345678", TODAY)
    assert answer is not None
    assert answer.display == "06 12 34 56 78"


def test_a_text_is_stripped_and_kept_to_its_length() -> None:
    field = a_field(FieldKind.TEXT, max_length=10)
    assert value(field, "  plaque 12 ") == "plaque 12"
    assert value(field, "une très longue description") == "une très…"
    assert len(str(value(a_field(FieldKind.TEXT), "x" * 10_000))) == answers.LONGEST_TEXT


@pytest.mark.parametrize("text", ["", "   ", "?!", "👍"])
def test_a_text_without_words_is_no_answer(text: str) -> None:
    assert value(a_field(FieldKind.TEXT), text) is None


@pytest.mark.parametrize("kind", [FieldKind.LOCATION, FieldKind.PHOTO])
def test_places_and_photos_are_not_read_from_text(kind: FieldKind) -> None:
    assert value(a_field(kind), "12 rue Pasteur") is None


@pytest.mark.parametrize("kind", list(FieldKind))
@pytest.mark.parametrize(
    "text", ["a" * 10_000, "1" * 10_000, "oui " * 2_500, "12/" * 3_000, "/restart"]
)
def test_long_and_odd_texts_are_read_without_delay(kind: FieldKind, text: str) -> None:
    field = BIN if kind is FieldKind.CHOICE else a_field(kind)
    answer = read_answer(field, text, TODAY)
    assert kind is FieldKind.TEXT or answer is None or kind is FieldKind.DATE
