"""Reads what a citizen wrote as the answer to one question, in French and English. Pure.

A wrong answer is never taken: what cannot be read is None, and the question is put again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from rapidfuzz import fuzz

from bot.services.rules import FieldKind, ServiceField
from bot.words.folding import fold

_YES = re.compile(
    r"(?:(?:oui|ouais|ouep|ouaip|yep|yes|yeah|yup|ok|okay|dac|d accord|dacc|exact|exactement|absolument|"
    r"tout a fait|c est ca|cest ca|c ca|parfait|go|vas y|allez y|allez|envoie|envoyez|envoyer|valide|je valide|"
    r"je confirme|confirme|confirmer|merci|svp|c est bon|cest bon|c bon|correct|sure|of course|send|send it|"
    r"that s right|bien sur|evidemment|affirmatif|carrement|je crois|je pense|que oui|it is|please|le|la|ca|nickel|super|tres bien|voila)\s*)+"
)
_NO = re.compile(
    r"(?:(?:non|nan|nope|no|nah|pas vraiment|pas du tout|absolument pas|surtout pas|jamais|negatif|aucun|aucune|"
    r"je ne crois pas|je crois pas|je pense pas|pas la peine|not really|it is not|merci|thanks|thank you)\s*)+"
)
_SKIP = re.compile(
    r"(?:(?:passer?|passe|passez|skip|next|suivant|suite|pas de photo|j ai pas de photo|je n ai pas de photo|"
    r"pas de photos?|no photo|sans photo|je (?:ne )?sais pas|jsp|sais pas|j sais pas|chais pas|aucune idee|i don t know|dont know|"
    r"rien|aucune?|non|non merci|no thanks|no|nan|plus tard|pas maintenant|pas besoin|c est bon|merci|je prefere pas|peu importe|"
    r"pas la|desole|j en ai pas|j ai pas|je n en ai pas|on|cette question|la question)\s*)+"
)
_BACK = re.compile(r"(?:retour|revenir|reviens|precedente?|question precedente|en arriere|back|go back|revenir en arriere|retour en arriere)")
_WORD_NUMBERS = {
    "zero": 0, "un": 1, "une": 1, "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "six": 6, "sept": 7,
    "huit": 8, "neuf": 9, "dix": 10, "dizaine": 10, "douzaine": 12, "quinzaine": 15, "vingtaine": 20,
    "vingt": 20, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5,
}  # fmt: skip
_ORDINALS = {"premier": 1, "premiere": 1, "1er": 1, "deuxieme": 2, "second": 2, "seconde": 2, "troisieme": 3,
             "quatrieme": 4, "first": 1, "third": 3, "dernier": -1, "derniere": -1}  # fmt: skip
_MONTHS = ["janvier", "fevrier", "mars", "avril", "mai", "juin", "juillet", "aout", "septembre", "octobre",
           "novembre", "decembre"]  # fmt: skip
_DAYS = ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"]
_EN_DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+\w")
_PHONE = re.compile(r"(?:\+33\s?|0)[1-9](?:[\s.-]?\d{2}){4}")


@dataclass(frozen=True)
class ReadAnswer:
    """`value` is JSON-able; `display` shows what a choice or a yes/no cannot show by itself."""

    value: Any
    display: str | None = None


def is_yes(text: str) -> bool:
    return bool(_YES.fullmatch(_plain(text)))


def is_no(text: str) -> bool:
    return bool(_NO.fullmatch(_plain(text)))


def is_skip(text: str) -> bool:
    return bool(_SKIP.fullmatch(_plain(text)))


def is_back(text: str) -> bool:
    return bool(_BACK.fullmatch(_plain(text)))


def _plain(text: str) -> str:
    return re.sub(r"[^\w\s]", " ", fold(text)).strip().replace("  ", " ")


def read_answer(field: ServiceField, text: str, today: date) -> ReadAnswer | None:
    """The answer that a text holds for a field, or None."""
    text = text.strip()
    match field.kind:
        case FieldKind.TEXT:
            return ReadAnswer(text[: field.max_length], text[: field.max_length]) if text else None
        case FieldKind.YES_NO:
            return _yes_no(text)
        case FieldKind.CHOICE:
            return _choice(field, text)
        case FieldKind.DATE:
            found = find_date(text, today)
            if found is None or (field.past_only and found > today):
                return None
            return ReadAnswer(found.isoformat(), found.strftime("%d/%m/%Y"))
        case FieldKind.NUMBER:
            return _number(field, text)
        case FieldKind.CONTACT:
            found_contact = _EMAIL.search(text) or _PHONE.search(text)
            return ReadAnswer(found_contact[0], found_contact[0]) if found_contact else None
        case _:
            return None


def _yes_no(text: str) -> ReadAnswer | None:
    plain = _plain(text)
    words = plain.split()
    if is_no(text) or (words and words[0] in ("non", "nan", "no", "nope") and len(words) <= 8):
        return ReadAnswer(value=False)
    if is_yes(text) or (words and words[0] in ("oui", "ouais", "yes", "ouep") and len(words) <= 10):
        return ReadAnswer(value=True)
    return None


def _choice(field: ServiceField, text: str) -> ReadAnswer | None:
    plain = _plain(text)
    words = plain.split()
    if not words or len(words) > 14 or text.rstrip().endswith("?"):
        return None
    position = next((_ORDINALS[w] for w in words if w in _ORDINALS), None)
    if position is None and re.fullmatch(r"(?:le |la |numero |choix )?\d", plain):
        position = int(plain[-1])
    if position is not None and len(words) <= 3:
        if position == -1 or 1 <= position <= len(field.choices):
            return ReadAnswer(field.choices[position - 1 if position > 0 else -1].code)
        return None
    scored: list[tuple[float, str]] = []
    for choice in field.choices:
        names = [choice.label.fr, choice.label.en, choice.code.replace("_", " "), *choice.synonyms]
        best = 0.0
        for name in map(_plain, names):
            if name and re.search(rf"\b{re.escape(name)}\b", plain):
                best = max(best, 100.0)
            elif len(plain) >= 4:
                best = max(best, fuzz.token_set_ratio(plain, name) * 0.97, fuzz.ratio(plain, name))
        scored.append((best, choice.code))
    scored.sort(reverse=True)
    if scored[0][0] >= 82 and (len(scored) == 1 or scored[0][0] - scored[1][0] >= 6):
        return ReadAnswer(scored[0][1])
    return None


def _number(field: ServiceField, text: str) -> ReadAnswer | None:
    plain = fold(text)
    found = re.search(r"(?<![\d.])(\d{1,7}(?:[.,]\d+)?)(?![\d])", plain)
    if found:
        value = float(found[1].replace(",", "."))
    else:
        word = next((w for w in re.findall(r"[a-z]+", plain) if w in _WORD_NUMBERS), None)
        if word is None:
            return None
        value = float(_WORD_NUMBERS[word])
    if (field.minimum is not None and value < field.minimum) or (
        field.maximum is not None and value > field.maximum
    ):
        return None
    shown = str(int(value)) if value.is_integer() else str(value)
    return ReadAnswer(int(value) if value.is_integer() else value, shown)


def find_date(text: str, today: date) -> date | None:
    """The day a text speaks of; past days are meant unless a year says otherwise."""
    plain = _plain(text.replace("/", " / ")).replace(" / ", "/")
    plain = re.sub(r"\s*/\s*", "/", fold(text)) if "/" in text else plain
    for words, days in (
        (("avant hier", "day before yesterday"), 2),
        (("hier", "yesterday", "cette nuit", "last night"), 1),
        (("aujourd hui", "ce matin", "ce soir", "cet apres midi", "today", "this morning"), 0),
        (("semaine derniere", "last week"), 7),
        (("mois dernier", "last month"), 30),
    ):
        if any(re.search(rf"\b{w}\b", plain) for w in words):
            return today - timedelta(days=days)
    ago = re.search(r"\b(?:il y a|ya|depuis|ca fait)\s+(\d+|[a-z]+)\s+(jours?|semaines?|mois)\b", plain) or re.search(
        r"\b(\d+|[a-z]+)\s+(days?|weeks?|months?)\s+ago\b", plain
    )
    if ago:
        count = int(ago[1]) if ago[1].isdigit() else _WORD_NUMBERS.get(ago[1])
        if count is not None:
            unit = 1 if ago[2][0] in "jd" else 7 if ago[2][0] in "sw" else 30
            return today - timedelta(days=count * unit)
    numeric = re.search(r"\b(\d{1,2})/(\d{1,2})(?:/(\d{2,4}))?\b", plain)
    named = re.search(rf"\b(\d{{1,2}})(?:er)? ({'|'.join(_MONTHS)})(?: (\d{{4}}))?\b", plain)
    if numeric or named:
        month = int(numeric[2]) if numeric else _MONTHS.index(named[2]) + 1 if named else 0
        found = numeric or named
        if found is None:
            return None
        year = int(found[3]) if found[3] else today.year
        year += 2000 if year < 100 else 0
        try:
            read = date(year, month, int(found[1]))
        except ValueError:
            return None
        return read if found[3] or read <= today else read.replace(year=year - 1)
    for names in (_DAYS, _EN_DAYS):
        day = next((i for i, n in enumerate(names) if re.search(rf"\b{n}\b", plain)), None)
        if day is not None:
            return today - timedelta(days=(today.weekday() - day) % 7 or 7)
    of_month = re.search(r"\ble (\d{1,2})\b(?! [a-z]*rue)", plain)
    if of_month and 1 <= int(of_month[1]) <= today.day and len(plain) < 25:
        return today.replace(day=int(of_month[1]))
    return None
