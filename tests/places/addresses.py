"""Builders of addresses as an address service gives them, and a service that says what a test
wants."""

from __future__ import annotations

from typing import Any

from bot.errors import Unavailable
from bot.places.rules import Candidate

BRON: dict[str, Any] = {"city": "Bron", "commune": "69029"}
LYON_2: dict[str, Any] = {"city": "Lyon", "commune": "69123", "arrondissement": 2}
LYON_3: dict[str, Any] = {"city": "Lyon", "commune": "69123", "arrondissement": 3}
OULLINS: dict[str, Any] = {
    "city": "Oullins-Pierre-Bénite",
    "commune": "69149",
    "district": "Oullins",
}
PIERRE_BENITE: dict[str, Any] = {
    "city": "Oullins-Pierre-Bénite",
    "commune": "69149",
    "district": "Pierre-Bénite",
}
BRINDAS: dict[str, Any] = {"city": "Brindas", "commune": None}


def an_address(
    street: str = "Rue de la République", number: str | None = "12", **replaced: Any
) -> Candidate:
    """A house of Bron."""
    plain: dict[str, Any] = {
        "name": f"{number} {street}" if number else street,
        "street": street,
        "number": number,
        "kind": "housenumber" if number else "street",
        "arrondissement": None,
        "district": None,
        "latitude": 45.7370,
        "longitude": 4.9110,
        "score": 0.8,
        **BRON,
    }
    return Candidate(**(plain | replaced))


class ScriptedGeocoder:
    """Answers every search with these addresses, of the town asked for; counts the questions."""

    def __init__(self, *found: Candidate, nearest: Candidate | None = None) -> None:
        self.found = found
        self.nearest = nearest
        self.is_away = False
        self.asked: list[tuple[str, str | None, int | None]] = []

    async def search(
        self,
        text: str,
        *,
        near: tuple[float, float] | None = None,
        insee: str | None = None,
        arrondissement: int | None = None,
    ) -> tuple[Candidate, ...]:
        self.asked.append((text, insee, arrondissement))
        if self.is_away:
            raise Unavailable("away")
        return tuple(c for c in self.found if insee in (None, c.commune))

    async def reverse(self, latitude: float, longitude: float) -> Candidate | None:
        self.asked.append((f"{latitude} {longitude}", None, None))
        if self.is_away:
            raise Unavailable("away")
        return self.nearest
