"""A dozen streets for the address server of the tests: made up, each inside its town."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Town:
    insee: str
    postcode: str
    name: str
    former: str | None = None


OULLINS = Town("69149", "69600", "Oullins-Pierre-Bénite", "Oullins")
PIERRE_BENITE = Town("69149", "69310", "Oullins-Pierre-Bénite", "Pierre-Bénite")
LYON_2 = Town("69382", "69002", "Lyon")
LYON_3 = Town("69383", "69003", "Lyon")
BRON = Town("69029", "69500", "Bron")
VILLEURBANNE = Town("69266", "69100", "Villeurbanne")
BRINDAS = Town("69028", "69126", "Brindas")  # not in the metropolis


@dataclass(frozen=True)
class Street:
    """A street from its first number, at a point, on; the next numbers are a few metres north."""

    name: str
    town: Town
    latitude: float
    longitude: float
    numbers: tuple[str, ...] = field(default=("1", "2", "12", "14", "27"))


STREETS = (
    Street("Rue de la République", OULLINS, 45.7160, 4.8080),
    Street("Rue de la République", LYON_2, 45.7605, 4.8355),
    Street("Rue de la République", BRON, 45.7370, 4.9110),
    Street("Rue Pasteur", OULLINS, 45.7135, 4.8050, ("3", "5", "12bis")),
    Street("Rue Pasteur", PIERRE_BENITE, 45.7030, 4.8240),
    Street("Avenue Jean Jaurès", OULLINS, 45.7120, 4.8120),
    Street("Cours Lafayette", LYON_3, 45.7640, 4.8560),
    Street("Rue Garibaldi", LYON_3, 45.7600, 4.8530),
    Street("Place Bellecour", LYON_2, 45.7578, 4.8320, ()),
    Street("Rue Anatole France", VILLEURBANNE, 45.7700, 4.8830),
    Street("Chemin des Pivoines", BRON, 45.7330, 4.9060),
    Street("Montée des Bruyères", BRINDAS, 45.7215, 4.6935),
)
STEP = 0.00012
"""Degrees of latitude from one number to the next: about 13 m."""


def documents() -> list[dict[str, Any]]:
    """The streets as addok reads them."""
    return [
        {
            "_id": f"street-{position}",
            "type": "street",
            "name": street.name,
            "postcode": street.town.postcode,
            "citycode": street.town.insee,
            "city": street.town.name,
            **({"oldcity": street.town.former} if street.town.former else {}),
            "context": "69, Rhône, Auvergne-Rhône-Alpes",
            "importance": 0.5,
            "lat": street.latitude,
            "lon": street.longitude,
            "housenumbers": {
                number: {"lat": street.latitude + STEP * (place + 1), "lon": street.longitude}
                for place, number in enumerate(street.numbers)
            },
        }
        for position, street in enumerate(STREETS)
    ]
