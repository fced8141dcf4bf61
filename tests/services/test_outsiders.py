"""Somebody else's business is recognised by its words, and never takes a report of ours away."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.services.content_files import CatalogueError
from bot.services.outsiders import load_outsiders
from nlu.evaluation.messages import messages
from tests.actions.desks import catalogue, outsiders


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Coupure de courant dans mon immeuble", "electricity"),
        ("je n'ai plus d'électricité… panne d’électricité totale", "electricity"),
        ("un poteau téléphonique penche rue Pasteur", "telecom"),
        ("on m'a volé mon vélo devant la gare", "police"),
        ("l'ascenseur de mon immeuble est en panne", "landlord"),
        ("le bus n'est jamais passé ce matin", "transport"),
        ("j’ai oublié mon sac dans le métro, perdu dans le métro A", "transport"),
        ("coupure d'eau chez moi", "water_supply"),
        ("un trou dans la chaussée", None),
        ("plaque d'égout volée", None),
    ],
)
def test_whose_business_it_is(text: str, code: str | None) -> None:
    found = outsiders().named(text)
    assert (found and found.code) == code


def test_what_is_theirs_alone_takes_none_of_our_reports() -> None:
    ours = [phrase for service in catalogue().every_variant() for phrase in service.phrases.all]
    ours += [m.text for m in (*messages("dev"), *messages("test")) if m.service]
    taken = [text for text in ours if (found := outsiders().named(text)) and found.is_theirs_alone]
    assert len(ours) > 1500
    assert taken == []


def test_a_broken_file_is_told_with_its_lines(tmp_path: Path) -> None:
    (tmp_path / "outsiders.yml").write_text(
        "- code: police\n  label: {fr: La police}\n  cues: []\n", encoding="utf-8"
    )
    with pytest.raises(CatalogueError) as caught:
        load_outsiders(tmp_path)
    assert "outsiders.yml:2" in str(caught.value)


def test_every_entry_names_a_source_and_a_day_to_look_again() -> None:
    known = outsiders().known
    assert {"police", "electricity", "transport", "other_town", "private_place"} <= set(known)
    assert all(one.review_by.year >= 2027 for one in known.values())
