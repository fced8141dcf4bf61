"""What canned answers leave open: a closed list of variables, and how they are filled. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.errors import Invalid

VARIABLES = (
    "adresse",
    "agent",
    "citoyen",
    "commune",
    "delai",
    "demande",
    "equipe",
    "reference",
    "service",
)
"""The same names in every language: they are what administrators type."""

OPEN, SHUT = "⟦", "⟧"
"""Around what the agent must still fill: characters that nobody types by chance."""

_VARIABLE = re.compile(r"\{\{\s*([^{}\s]*)\s*\}\}")
_BLANK = re.compile(f"{OPEN}([^{OPEN}{SHUT}]*){SHUT}")


@dataclass(frozen=True)
class Filled:
    """A text as it would be sent; `blanks`: the variables that nothing was known for."""

    text: str
    blanks: Sequence[str]


def named_in(text: str) -> list[str]:
    """The variables that a text names, each once, as it names them."""
    return list(dict.fromkeys(_VARIABLE.findall(text)))


def check_known(field: str, text: str) -> None:
    """Raises `Invalid` for a variable that there is not, and for braces that make none."""
    for name in named_in(text):
        if name not in VARIABLES:
            raise Invalid(field, f"unknown variable {name}", reason="variable")
    left = _VARIABLE.sub("", text)
    if "{{" in left or "}}" in left or OPEN in left or SHUT in left:
        raise Invalid(field, "a variable that is not whole", reason="variable")


def fill(text: str, values: Mapping[str, str]) -> Filled:
    """Put values in; what has none becomes a marked blank."""
    blanks = [name for name in named_in(text) if not values.get(name)]

    def value(found: re.Match[str]) -> str:
        return values.get(found[1]) or f"{OPEN}{found[1]}{SHUT}"

    return Filled(_VARIABLE.sub(value, text), blanks)


def check_filled(text: str) -> None:
    """Raises `Invalid` for a text with a blank, or a variable, that nobody has filled."""
    if _BLANK.search(text) or any(name in VARIABLES for name in named_in(text)):
        raise Invalid("text", "a blank is left", reason="blank")
