"""Small catalogues written to disk, with plain defaults."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from bot.services.rules import Choice, FieldKind, ServiceField, Text

LOCATION = {
    "code": "location",
    "kind": "location",
    "required": True,
    "question": {"fr": "Où ?", "en": "Where?"},
}

POTHOLE = (
    "nid de poule",
    "trou dans la chaussée",
    "la route est défoncée",
    "gros trou sur la route",
    "chaussée abîmée",
)
NOISE = (
    "tapage nocturne",
    "musique trop forte",
    "bruit de chantier",
    "les voisins font du bruit",
    "moteurs bruyants la nuit",
)
TREE = (
    "branche qui menace de tomber",
    "arbre penché",
    "arbre mort dangereux",
    "un arbre est tombé",
    "grosse branche cassée",
)


def service(code: str, phrases: Sequence[str] = POTHOLE, **replaced: Any) -> dict[str, Any]:
    """A valid service, with some keys replaced; None takes a key away."""
    whole: dict[str, Any] = {
        "code": code,
        "group": "voirie",
        "label": {"fr": f"Service {code}", "en": f"Service {code}"},
        "short_label": {"fr": code, "en": code},
        "description": {"fr": "Ce que c’est.", "en": "What it is."},
        "phrases": {"fr": list(phrases), "en": [f"{code} in English"]},
        "team": "voirie",
        "target_delay_days": 5,
        "next_steps": {"fr": "L’équipe passe.", "en": "The team comes."},
        "fields": [LOCATION],
    }
    whole |= replaced
    return {key: value for key, value in whole.items() if value is not None}


def write_catalogue(
    root: Path,
    services: Sequence[Mapping[str, Any]] = (),
    of_communes: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
) -> Path:
    """Write `root`/catalogue with one team, and return it."""
    catalogue = root / "catalogue"
    words = {"fr": "Équipe voirie", "en": "Roads team"}
    teams = [{"code": code, "label": words, "contact": words} for code in ("voirie", "accueil")]
    write(catalogue / "teams.yml", teams)
    for one in services:
        write(catalogue / "services" / f"{one['code']}.yml", one)
    for insee, own in (of_communes or {}).items():
        for one in own:
            write(catalogue / "communes" / insee / "services" / f"{one['code']}.yml", one)
    return catalogue


def write(path: Path, content: Any) -> None:
    """Write data as YAML, or text as it is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = (
        content
        if isinstance(content, str)
        else yaml.safe_dump(content, allow_unicode=True, sort_keys=False)
    )
    path.write_text(text, encoding="utf-8")


def a_field(kind: FieldKind, **replaced: Any) -> ServiceField:
    """A question of that kind."""
    plain: dict[str, Any] = {"code": "asked", "required": False, "question": Text("?", "?")}
    return ServiceField(kind=kind, **(plain | replaced))


def a_choice(code: str, fr: str, en: str, *synonyms: str) -> Choice:
    return Choice(code, Text(fr, en), synonyms)
