"""What stands where something personal stood: for whoever reviews, and for the reader. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from bot.words.personal_data import HIDDEN, Kind

PLACEHOLDERS: Mapping[Kind, str] = {
    Kind.CARD: "‹carte›",
    Kind.IBAN: "‹iban›",
    Kind.SOCIAL_SECURITY: "‹sécu›",
    Kind.EMAIL: "‹courriel›",
    Kind.LINK: "‹lien›",
    Kind.PLATE: "‹plaque›",
    Kind.DATE: "‹date›",
    Kind.PHONE: "‹téléphone›",
    Kind.ADDRESS: "‹adresse›",
    Kind.NUMBER: "‹numéro›",
    Kind.NAME: "‹nom›",
}
"""What a reviewer reads where something personal stood."""

INVENTED: Mapping[str, str] = {
    "‹carte›": "4970 0000 0000 0000",
    "‹iban›": "FR76 0000",
    "‹sécu›": "1 00 00 00 000 000 00",
    "‹courriel›": "prenom.nom@exemple.fr",
    "‹lien›": "https://exemple.fr",
    "‹plaque›": "AA-000-AA",
    "‹date›": "01/01/2000",
    "‹téléphone›": "06 00 00 00 00",
    "‹adresse›": "12 rue de la République",
    "‹numéro›": "0000",
    "‹nom›": "Martin",
}
"""What the reader learns instead, so that its sentences stay sentences; nobody's."""


def learnt(text: str) -> str:
    """A text as it is put among the examples: one line, no mark of the examples' own syntax."""
    text = text.replace(HIDDEN, "")
    for placeholder, invented in INVENTED.items():
        text = text.replace(placeholder, invented)
    plain = "".join(" " if one in "[]{}<>|#" or one.isspace() else one for one in text)
    return " ".join(plain.split()).lstrip("-* ")
