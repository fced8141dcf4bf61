"""What in a text names a person for certain: numbers whose check digits are right, and what has the
form of a way to reach somebody. Health, opinions and the like are not guessed. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What was found."""

    CARD = "card"
    IBAN = "iban"
    SOCIAL_SECURITY = "social_security"
    EMAIL = "email"
    LINK = "link"
    PLATE = "plate"
    DATE = "date"
    PHONE = "phone"
    ADDRESS = "address"
    NUMBER = "number"
    NAME = "name"


CHECKED = frozenset({Kind.CARD, Kind.IBAN, Kind.SOCIAL_SECURITY})
"""Kinds whose numbers prove themselves: worth proposing to hide."""


@dataclass(frozen=True)
class Found:
    """A span of a text, in characters, end not included."""

    start: int
    end: int
    kind: Kind


def is_card(number: str) -> bool:
    """Luhn's check of 13 to 19 digits (ISO/IEC 7812-1, annex B)."""
    if not (13 <= len(number) <= 19) or len(set(number)) == 1:
        return False
    digits = [int(digit) for digit in reversed(number)]
    doubled = [digit * 2 - 9 * (digit > 4) for digit in digits[1::2]]
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0


def is_iban(text: str) -> bool:
    """The check of ISO 7064 (mod 97-10) over an account number without spaces (ISO 13616)."""
    number = text.upper()
    if not (15 <= len(number) <= 34):
        return False
    moved = number[4:] + number[:4]
    return int("".join(str(int(one, 36)) for one in moved)) % 97 == 1


def is_social_security(text: str) -> bool:
    """The key of a French number of registration (NIR): 97 less the number modulo 97; the two
    departments of Corsica count as 19 and 18 (INSEE, decree 82-103)."""
    number = text.upper()
    plain = number.replace("2A", "19").replace("2B", "18") if number[5:7] in _CORSICA else number
    if len(plain) != 15 or not plain.isdecimal():
        return False
    return 97 - int(plain[:13]) % 97 == int(plain[13:])


_CORSICA = ("2A", "2B")
_GAP = r"[ .\u00a0\u202f-]?"
_SPACES = re.compile(r"[ .\u00a0\u202f-]")
_CHECKED: tuple[tuple[Kind, re.Pattern[str], Callable[[str], bool]], ...] = (
    (
        Kind.SOCIAL_SECURITY,
        re.compile(
            rf"(?<!\d)[12]{_GAP}\d{{2}}{_GAP}\d{{2}}{_GAP}(?:\d{{2}}|2[ABab]){_GAP}\d{{3}}{_GAP}"
            rf"\d{{3}}{_GAP}\d{{2}}(?!\d)"
        ),
        is_social_security,
    ),
    (
        Kind.IBAN,
        re.compile(rf"(?<!\w)[A-Za-z]{{2}}\d{{2}}(?:{_GAP}[A-Za-z0-9]){{11,30}}(?!\w)"),
        is_iban,
    ),
    (Kind.CARD, re.compile(rf"(?<!\d)\d(?:{_GAP}\d){{12,18}}(?!\d)"), is_card),
)
_FORMED: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    (Kind.EMAIL, re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")),
    (Kind.LINK, re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)),
    (
        Kind.PLATE,
        re.compile(
            r"(?<!\w)(?:[A-Z]{2}[ -]?\d{3}[ -]?[A-Z]{2}|\d{2,4} ?[A-Z]{2,3} ?\d{2})(?!\w)",
            re.IGNORECASE,
        ),
    ),
    (Kind.DATE, re.compile(r"(?<!\d)\d{1,2}[/.-]\d{1,2}[/.-](?:19|20)?\d{2}(?!\d)")),
    (
        Kind.PHONE,
        re.compile(
            rf"(?<!\d)(?:(?:\+|00)\d{{1,3}}{_GAP}(?:\(0\){_GAP})?\d|0[1-9])(?:{_GAP}\d){{7,11}}(?!\d)"
        ),
    ),
)


def checked(text: str) -> list[Found]:
    """Card, account and social security numbers whose check digits are right, in order."""
    found: list[Found] = []
    for kind, pattern, is_right in _CHECKED:
        for match in pattern.finditer(text):
            end = _right_end(match[0], is_right)
            if end:
                found.append(Found(match.start(), match.start() + end, kind))
    return _apart(found)


def _right_end(text: str, is_right: Callable[[str], bool]) -> int:
    """How much of it, from its beginning, is such a number: what follows may be other words."""
    for end in range(len(text), 12, -1):
        is_whole = text[end - 1].isalnum() and not text[end : end + 1].isalnum()
        if is_whole and is_right(_SPACES.sub("", text[:end])):
            return end
    return 0


def formed(text: str) -> list[Found]:
    """The same, and what has the form of an address of mail, a link, a plate, a date or a telephone
    number."""
    found = checked(text)
    for kind, pattern in _FORMED:
        found += [Found(*match.span(), kind) for match in pattern.finditer(text)]
    return _apart(found)


def _apart(found: list[Found]) -> list[Found]:
    """In order, without what lies in another: the surest comes first, as it was found."""
    kept: list[Found] = []
    for one in found:
        if all(one.end <= other.start or one.start >= other.end for other in kept):
            kept.append(one)
    return sorted(kept, key=lambda one: one.start)


HIDDEN = "▇▇▇"
"""What stands in a text in the place of words that were hidden."""


def without(text: str, words: tuple[str, ...]) -> str:
    """A text in which those words are hidden, wherever they stand."""
    for word in sorted(words, key=len, reverse=True):
        text = text.replace(word, HIDDEN)
    return text


def replaced(text: str, found: list[Found], said: Callable[[Kind], str]) -> str:
    """A text in which each span says only of which kind it was. The spans do not meet."""
    parts, at = list[str](), 0
    for span in sorted(found, key=lambda one: one.start):
        parts += [text[at : span.start], said(span.kind)]
        at = span.end
    return "".join([*parts, text[at:]])
