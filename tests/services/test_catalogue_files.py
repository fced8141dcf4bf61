"""The catalogue's files: what is read, and what is said when they are wrong."""

from __future__ import annotations

import time
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.errors import NotFound
from bot.services.catalogue_files import load_catalogue
from bot.services.content_files import CatalogueError
from bot.services.opening import hours_of
from bot.services.rules import LegalSource, Procedure, Silence, Text
from bot.services.working_days import PARIS
from tests.services.catalogue_builders import LOCATION, service, write, write_catalogue

A_FILE = """\
code: pothole
group: voirie
label: {fr: Nid-de-poule, en: Pothole}
short_label: {fr: nid-de-poule, en: pothole}
description: {fr: Un trou., en: A hole.}
phrases:
  fr: [un, deux, trois, quatre, cinq]
  en: [one]
team: voirie
target_delay_days: 10
next_steps: {fr: On répare., en: We repair.}
fields:
  - code: location
    kind: location
    required: true
    question: {fr: "Où ?", en: "Where?"}
  - code: depth
    kind: choice
    question: {fr: "Profond ?", en: "Deep?"}
    choices:
      - {code: deep, label: {fr: Oui, en: Deep}}
      - {code: flat, label: {fr: Non, en: Flat}}
"""


def problems_of(root: Path) -> list[str]:
    with pytest.raises(CatalogueError) as raised:
        load_catalogue(root)
    return [str(problem) for problem in raised.value.problems]


def problems_with(tmp_path: Path, old: str, new: str) -> list[str]:
    """The problems of `A_FILE` once `old` is replaced."""
    assert old in A_FILE
    root = write_catalogue(tmp_path)
    write(root / "services/pothole.yml", A_FILE.replace(old, new))
    return problems_of(root)


def test_a_right_file_is_read_whole(tmp_path: Path) -> None:
    root = write_catalogue(tmp_path)
    write(root / "services/pothole.yml", A_FILE)
    pothole = load_catalogue(root).service("pothole")
    assert pothole.label.in_("fr") == "Nid-de-poule"
    assert pothole.label.in_("en") == "Pothole"
    assert pothole.phrases.fr == ("un", "deux", "trois", "quatre", "cinq")
    assert [field.code for field in pothole.fields] == ["location", "depth"]
    assert pothole.field("depth").choice("flat").label.fr == "Non"
    assert pothole.commune is None


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("team: voirie", "team: roads", "9: team: 'roads' is not a team of teams.yml"),
        ("code: pothole", "code: trou", "1: code: 'trou' is in a file named 'pothole'"),
        ("group: voirie\n", "", "1: group: is missing"),
        ("group: voirie", "group: voirie\nagree: true", "3: agree: is not a key we know here"),
        (", en: Pothole}", "}", "3: label.en: is missing"),
        ("en: Pothole", 'en: " "', "3: label.en: is empty"),
        ("fr: Nid-de-poule", "fr: yes", "3: label.fr: must be text"),
        ("target_delay_days: 10", "target_delay_days: ten", "10: target_delay_days: must be a wh"),
        ("target_delay_days: 10", "target_delay_days: 0", "10: target_delay_days: must be at lea"),
        (", quatre, cinq]", "]", "7: phrases.fr: at least 5 phrases are needed"),
        ("quatre, cinq", "quatre, un", "7: phrases.fr[4]: 'un' is there twice"),
        ("en: [one]", "en: []", "8: phrases.en: at least one phrase is needed"),
        ("kind: location", "kind: place", "14: fields[0].kind: must be one of text, choice"),
        ("kind: location", "kind: text", "12: fields: exactly one location field is needed"),
        ("code: depth", "code: location", "17: fields[1].code: 'location' is there twice"),
        ("kind: choice", "kind: text", "20: fields[1].choices: a text field has no choices"),
        ("code: flat", "code: deep", "22: fields[1].choices[1].code: 'deep' is there twice"),
        ("kind: choice", "kind: choice\n    unit: cm", "19: fields[1].unit: a choice field has no"),
        ("fr: Un trou.", "fr: Cliquez.", "5: description.fr: 'Cliquez' supposes a chat"),
        ("en: We repair.", "en: The bot., x: y", "11: next_steps.x: is not a key we know"),
        ("team: voirie", "team: voirie\nteam: voirie", "10: team: is there twice"),
        ("code: pothole", "code: [pothole", "2: this is not YAML:"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_line(tmp_path: Path, old: str, new: str, expected: str) -> None:
    found = problems_with(tmp_path, old, new)
    assert any(one.startswith(f"catalogue/services/pothole.yml:{expected}") for one in found), found


A_PROCEDURE = """\
procedure:
  formal: true
  contact: {fr: À l’accueil., en: At the desk.}
  silence: refused
  decided_within_days: 90
  missing_pieces: {fr: Un justificatif., en: A proof of address.}
  appeal: {fr: Un recours gracieux., en: Ask for a review.}
  source: {name: "CRPA, L.231-4", read: 2026-11-24}
fields:
"""


def with_a_procedure(tmp_path: Path, old: str = "", new: str = "") -> Path:
    """A catalogue of `A_FILE` as a formal demand, whose procedure starts at line 12."""
    assert old in A_PROCEDURE
    root = write_catalogue(tmp_path)
    block = A_PROCEDURE.replace(old, new) if old else A_PROCEDURE
    write(root / "services/pothole.yml", A_FILE.replace("fields:\n", block))
    return root


def test_a_procedure_is_read_whole(tmp_path: Path) -> None:
    assert load_catalogue(with_a_procedure(tmp_path)).service("pothole").procedure == Procedure(
        contact=Text("À l’accueil.", "At the desk."),
        silence=Silence.REFUSED,
        decided_within_days=90,
        missing_pieces=Text("Un justificatif.", "A proof of address."),
        appeal=Text("Un recours gracieux.", "Ask for a review."),
        source=LegalSource("CRPA, L.231-4", date(2026, 11, 24)),
    )


def test_a_procedure_of_which_silence_is_unknown_needs_only_a_contact(tmp_path: Path) -> None:
    contact = {"fr": "À l’accueil.", "en": "At the desk."}
    formal = service("permit", procedure={"formal": True, "contact": contact})
    procedure = load_catalogue(write_catalogue(tmp_path, [formal])).service("permit").procedure
    assert procedure == Procedure(Text(**contact))


def test_most_services_have_no_procedure(tmp_path: Path) -> None:
    root = write_catalogue(tmp_path, [service("pothole")])
    assert load_catalogue(root).service("pothole").procedure is None


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("  formal: true\n", "", "12: procedure.formal: is missing"),
        ("formal: true", "formal: false", "13: procedure.formal: must be true"),
        ("  contact: {fr: À l’accueil., en: At the desk.}\n", "", "12: procedure.contact: is miss"),
        (", en: At the desk.", "", "14: procedure.contact.en: is missing"),
        ("At the desk.", "Tell me.", "14: procedure.contact.en: 'Tell me' supposes a chat"),
        ("refused", "maybe", "15: procedure.silence: must be 'accepted', 'refused' or 'none'"),
        ("refused", "none", "16: procedure.decided_within_days: needs silence: accepted or"),
        ("  silence: refused\n", "", "15: procedure.decided_within_days: needs silence: accepted"),
        ("90", "0", "16: procedure.decided_within_days: must be at least 1 day"),
        ("90", "ninety", "16: procedure.decided_within_days: must be a whole number"),
        ("  appeal: {fr: Un", "  appeals: {fr: Un", "18: procedure.appeals: is not a key we know"),
        (
            "  appeal: {fr: Un recours gracieux., en: Ask for a review.}\n",
            "",
            "12: procedure.appeal: is needed when silence is refused",
        ),
        (
            '  source: {name: "CRPA, L.231-4", read: 2026-11-24}\n',
            "",
            "12: procedure.source: is needed: where was it read",
        ),
        (", read: 2026-11-24", "", "19: procedure.source.read: is missing"),
        ("read: 2026-11-24", "read: soon", "19: procedure.source.read: must be a date"),
    ],
)  # fmt: skip
def test_a_mistake_of_a_procedure_is_told_with_its_line(
    tmp_path: Path, old: str, new: str, expected: str
) -> None:
    found = problems_of(with_a_procedure(tmp_path, old, new))
    assert any(one.startswith(f"catalogue/services/pothole.yml:{expected}") for one in found), found


def test_a_commune_replaces_the_whole_procedure(tmp_path: Path) -> None:
    contact = {"fr": "À la mairie.", "en": "At the town hall."}
    changed = {"code": "pothole", "procedure": {"formal": True, "contact": contact}}
    root = with_a_procedure(tmp_path)
    write(root / "communes/69149/services/pothole.yml", changed)
    here = load_catalogue(root).service("pothole", "69149").procedure
    assert here == Procedure(Text(**contact))


def test_a_team_may_have_an_address_for_answers_to_letters(tmp_path: Path) -> None:
    words = {"fr": "Équipe", "en": "Team"}
    team = {"code": "voirie", "label": words, "contact": words, "email": "voirie@oullins.example"}
    reception = {"code": "accueil", "label": words, "contact": words}
    root = write_catalogue(tmp_path, [service("pothole")])
    write(root / "teams.yml", [team, reception])
    assert load_catalogue(root).team("voirie").email == "voirie@oullins.example"
    write(root / "teams.yml", [{**team, "email": "voirie at oullins"}, reception])
    expected = "[0].email: must be an e-mail address, its domain in lower case"
    assert any(problem.endswith(expected) for problem in problems_of(root))


def test_a_team_has_hours_and_a_delay_of_its_own(tmp_path: Path) -> None:
    words = {"fr": "Équipe", "en": "Team"}
    team = {"code": "accueil", "label": words, "contact": words, "answer_within_minutes": 30}
    root = write_catalogue(tmp_path, [service("pothole", team="accueil")])
    write(root / "teams.yml", [{**team, "hours": {"saturday": ["09:00-12:00", "13:30-17:00"]}}])
    reception = load_catalogue(root).team("accueil")
    assert reception.answer_within == timedelta(minutes=30)
    assert hours_of(reception).is_open(datetime(2026, 11, 28, 10, 0, tzinfo=PARIS))
    assert not hours_of(reception).is_open(datetime(2026, 11, 27, 10, 0, tzinfo=PARIS))
    write(root / "teams.yml", [{**team, "hours": {"saturday": ["09:00-12:00", "11:30-17:00"]}}])
    expected = "each span must end after it begins, and before the next one"
    assert any(problem.endswith(expected) for problem in problems_of(root))


def test_a_catalogue_needs_a_reception(tmp_path: Path) -> None:
    root = write_catalogue(tmp_path, [service("pothole")])
    words = {"fr": "Équipe", "en": "Team"}
    write(root / "teams.yml", [{"code": "voirie", "label": words, "contact": words}])
    assert problems_of(root) == ["catalogue/teams.yml:1: there is no team 'accueil'"]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"field": "nothing", "answers": ["x"]}, "must be a choice or yes_no field"),
        ({"field": "place", "answers": ["x"]}, "must be a choice or yes_no field"),
        ({"always": True, "field": "place", "answers": ["x"]}, "needs `always: true`, or"),
        ({}, "needs `always: true`, or"),
    ],
)
def test_a_rule_of_handing_over_names_an_answer(
    tmp_path: Path, rule: dict[str, object], expected: str
) -> None:
    root = write_catalogue(tmp_path, [service("pothole", hand_over=rule)])
    (problem,) = problems_of(root)
    assert expected in problem


def test_a_choice_needs_two_choices(tmp_path: Path) -> None:
    one_choice = "      - {code: flat, label: {fr: Non, en: Flat}}\n"
    expected = "fields[1].choices: a choice field needs at least two choices"
    assert problems_with(tmp_path, one_choice, "") == [
        f"catalogue/services/pothole.yml:20: {expected}"
    ]


def test_every_problem_of_every_file_is_told(tmp_path: Path) -> None:
    root = write_catalogue(
        tmp_path,
        [service("one", team="nobody", target_delay_days=0), service("two", label=None)],
    )
    found = problems_of(root)
    assert [one.split(": ", 1)[1].split(":")[0] for one in found] == [
        "team",
        "target_delay_days",
        "label",
    ]


def test_an_empty_catalogue_is_refused(tmp_path: Path) -> None:
    assert problems_of(tmp_path / "catalogue") == [
        "catalogue/services:1: there is no service here",
        "catalogue/teams.yml:1: there is no such file",
    ]


@pytest.mark.parametrize("content", ["", "- a\n- b\n", "just words"])
def test_a_file_that_is_no_service_is_refused(tmp_path: Path, content: str) -> None:
    root = write_catalogue(tmp_path, [service("one")])
    write(root / "services/odd.yml", content)
    assert problems_of(root) == ["catalogue/services/odd.yml:1: must be a group of keys"]


def test_a_commune_changes_what_it_gives_and_keeps_the_rest(tmp_path: Path) -> None:
    changed = {"code": "pothole", "target_delay_days": 2}
    root = write_catalogue(tmp_path, [service("pothole")], {"69149": [changed]})
    catalogue = load_catalogue(root)
    here = catalogue.service("pothole", "69149")
    assert (here.target_delay_days, here.commune) == (2, "69149")
    assert here.phrases == catalogue.service("pothole").phrases
    assert catalogue.service("pothole", "69266").target_delay_days == 5


def test_a_commune_adds_a_service_that_others_do_not_have(tmp_path: Path) -> None:
    root = write_catalogue(tmp_path, [service("pothole")], {"69149": [service("ferry", fields=[])]})
    catalogue = load_catalogue(root)
    assert [s.code for s in catalogue.offered("69149")] == ["pothole", "ferry"]
    assert [s.code for s in catalogue.offered(None)] == ["pothole"]
    assert catalogue.has("ferry", "69149")
    assert not catalogue.has("ferry", "69266")
    with pytest.raises(NotFound):
        catalogue.service("ferry", "69266")


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ({"code": "ferry", "team": "voirie"}, "1: code: the metropolis has no service 'ferry'"),
        ({"code": "pothole", "team": "nobody"}, "2: team: 'nobody' is not a team"),
        ({"code": "pothole", "fields": []}, "2: fields: exactly one location field"),
        ({"code": "pothole", "colour": "red"}, "2: colour: is not a key we know here"),
    ],
)
def test_a_wrong_change_is_told_with_its_line(
    tmp_path: Path, own: dict[str, Any], expected: str
) -> None:
    root = write_catalogue(tmp_path, [service("pothole")], {"69149": [own]})
    path = f"catalogue/communes/69149/services/{own['code']}.yml"
    assert any(one.startswith(f"{path}:{expected}") for one in problems_of(root))


def test_a_wrong_field_of_a_metropolis_service_is_not_told_again_by_communes(
    tmp_path: Path,
) -> None:
    broken = service("pothole", fields=[LOCATION, LOCATION])
    changed = {"code": "pothole", "target_delay_days": 2}
    root = write_catalogue(tmp_path, [broken], {"69149": [changed]})
    assert all("communes" not in one for one in problems_of(root))


def test_forty_five_services_load_quickly(tmp_path: Path) -> None:
    root = write_catalogue(tmp_path, [service(f"service_{n}") for n in range(45)])
    started = time.process_time()
    assert len(load_catalogue(root).services) == 45
    assert time.process_time() - started < 0.5  # 0.05 s alone on a laptop
