"""Reads what a citizen wrote as the answer to one question, in French and English. Pure.

A wrong answer is never taken: what cannot be read is None, and the question is put again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from bot.services.choices import read_choice
from bot.services.dates import find_date
from bot.services.quantities import read_number
from bot.services.replies import (
    is_back,
    is_no,
    is_rather_no,
    is_rather_yes,
    is_skip,
    is_unknown,
    is_yes,
    plain,
)
from bot.services.rules import FieldKind, ServiceField

__all__ = [
    "ReadAnswer",
    "find_date",
    "is_back",
    "is_no",
    "is_skip",
    "is_unknown",
    "is_yes",
    "read_answer",
    "read_contact",
]

LONGEST_TEXT = 2000
"""Characters of a text answer, where its field sets no other length."""

_EMAIL = re.compile(
    r"(?<![\w.+-])([A-Za-z0-9][\w.+-]{0,63})@((?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,24})(?![\w@-])",
    re.ASCII,
)
_PHONE = re.compile(
    r"(?<![\d+])(?:\+33|0033|0)[\s.-]?(?:\(0\)\s?)?([1-9](?:[\s.-]?\d{2}){4})(?!\d)"
)
_FIRST_WORD_YES = frozenset({"oui", "ouais", "ouep", "ouaip", "yes", "yeah", "yep"})
_FIRST_WORD_NO = frozenset({"non", "nan", "no", "nope"})
_UNDECIDED = re.compile(r"\b(?:mais|et non|ou non|ou oui|but|or no|peut etre|maybe)\b")
_LONGEST_YES_NO = 14
_LONGEST_DATE = 20


@dataclass(frozen=True)
class ReadAnswer:
    """`value` is JSON-able: text, choice code, bool, number, ISO date, e-mail or +33 number.

    `display` shows it; None where a choice's label or the words yes and no do.
    """

    value: str | bool | int | float
    display: str | None = None


def read_answer(field: ServiceField, text: str, today: date) -> ReadAnswer | None:
    """The answer that a text holds for a field; None when it holds none, or one out of bounds.

    Places and photos are not read from text.
    """
    text = text.strip()
    if not text:
        return None
    match field.kind:
        case FieldKind.TEXT:
            return _text(field, text)
        case FieldKind.YES_NO:
            return _yes_no(text)
        case FieldKind.CHOICE:
            code = read_choice(field.choices, text)
            return None if code is None else ReadAnswer(code)
        case FieldKind.DATE:
            return _date(field, text, today)
        case FieldKind.NUMBER:
            return _number(field, text)
        case FieldKind.CONTACT:
            return read_contact(text)
        case FieldKind.LOCATION | FieldKind.PHOTO:
            return None


def _text(field: ServiceField, text: str) -> ReadAnswer | None:
    if not re.search(r"\w", text):
        return None
    longest = field.max_length or LONGEST_TEXT
    kept = text if len(text) <= longest else text[: longest - 1].rstrip() + "…"
    return ReadAnswer(kept, kept)


def _yes_no(text: str) -> ReadAnswer | None:
    if is_unknown(text):
        return None
    if is_rather_no(text):
        return ReadAnswer(value=False)
    if is_rather_yes(text):
        return ReadAnswer(value=True)
    words = plain(text).split()
    if text.endswith("?") or not words or len(words) > _LONGEST_YES_NO:
        return None
    told = " ".join(words)
    if _UNDECIDED.search(told):
        return None
    rest = set(words[1:])
    if words[0] in _FIRST_WORD_YES and not rest & _FIRST_WORD_NO:
        return ReadAnswer(value=True)
    if words[0] in _FIRST_WORD_NO and not rest & _FIRST_WORD_YES:
        return ReadAnswer(value=False)
    return None


def _date(field: ServiceField, text: str, today: date) -> ReadAnswer | None:
    if text.endswith("?") or len(text.split()) > _LONGEST_DATE:
        return None
    found = find_date(text, today)
    if found is None or (field.past_only and found > today):
        return None
    return ReadAnswer(found.isoformat(), found.strftime("%d/%m/%Y"))


def _number(field: ServiceField, text: str) -> ReadAnswer | None:
    value = read_number(text, None if field.unit is None else field.unit.fr)
    if value is None:
        return None
    if field.minimum is not None and value < field.minimum:
        return None
    if field.maximum is not None and value > field.maximum:
        return None
    if value.is_integer():
        return ReadAnswer(int(value), str(int(value)))
    return ReadAnswer(value, f"{value:g}")


def read_contact(text: str) -> ReadAnswer | None:
    """An e-mail address, or a French telephone number as +33…, somewhere in a text."""
    if email := _EMAIL.search(text):
        local, domain = email.groups()
        if ".." in local or local.endswith("."):
            return None
        address = f"{local}@{domain.lower()}"
        return ReadAnswer(address, address)
    if phone := _PHONE.search(text):
        digits = re.sub(r"\D", "", phone[1])
        pairs = " ".join(digits[i : i + 2] for i in range(1, 9, 2))
        return ReadAnswer(f"+33{digits}", f"0{digits[0]} {pairs}")
    return None
