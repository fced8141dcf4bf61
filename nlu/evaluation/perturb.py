"""The same messages as tired people on a phone would have sent them. Seeded by the text."""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Callable, Mapping

# Neighbours on an AZERTY keyboard.
NEIGHBOURS = {
    key: near
    for row in ("azertyuiop", "qsdfghjklm", "wxcvbn")
    for key, near in zip(
        row,
        (row[max(0, i - 1) : i] + row[i + 1 : i + 2] for i in range(len(row))),
        strict=True,
    )
}
TYPO_EVERY = 14
"""Letters between two slips of the finger."""

SMS = tuple(
    (re.compile(rf"\b{pattern}\b", re.IGNORECASE), short)
    for pattern, short in (
        ("c[’']est", "c"),
        ("est[- ]ce que", "esk"),
        ("qu[’']est[- ]ce que", "kesk"),
        ("il y a", "ya"),
        ("y a", "ya"),
        ("je ne", "jne"),
        ("je suis", "jsuis"),
        ("je vais", "jvé"),
        ("je veux", "jve"),
        ("j[’']ai", "g"),
        ("pourquoi", "pk"),
        ("parce que", "pcq"),
        ("quelqu[’']un", "qqn"),
        ("quelque chose", "qqch"),
        ("quand", "qd"),
        ("quoi", "koi"),
        ("qui", "ki"),
        ("que", "ke"),
        ("toujours", "tjs"),
        ("beaucoup", "bcp"),
        ("bonjour", "bjr"),
        ("bonsoir", "bsr"),
        ("salut", "slt"),
        ("s[’']il vous plaît", "svp"),
        ("merci", "mci"),
        ("rendez-vous", "rdv"),
        ("maintenant", "mtn"),
        ("devant", "dvt"),
        ("pour", "pr"),
        ("dans", "ds"),
        ("avec", "avc"),
        ("vous", "vs"),
        ("nous", "ns"),
        ("tout", "tt"),
        ("plus", "+"),
        ("please", "pls"),
        ("you", "u"),
        ("are", "r"),
        ("because", "cuz"),
    )
)


def without_accents(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def with_typos(text: str) -> str:
    """A slip every fourteen letters or so: a neighbour, a letter left out, two changed places."""
    chance = random.Random(text)  # noqa: S311
    letters = list(text)
    place = chance.randrange(4, TYPO_EVERY)
    while place < len(letters) - 1:
        if letters[place].isalpha() and letters[place + 1].isalpha():
            slip = chance.choice(("neighbour", "missing", "swapped"))
            near = NEIGHBOURS.get(letters[place].lower())
            if slip == "neighbour" and near:
                letters[place] = chance.choice(near)
            elif slip == "missing":
                letters[place] = ""
            else:
                letters[place], letters[place + 1] = letters[place + 1], letters[place]
        place += chance.randrange(TYPO_EVERY // 2, TYPO_EVERY * 3 // 2)
    return "".join(letters)


def without_punctuation(text: str) -> str:
    return " ".join(re.sub(r"[^\w\s’'-]", " ", text).split()).lower()


def as_sms(text: str) -> str:
    for pattern, short in SMS:
        text = pattern.sub(short, text)
    return without_punctuation(without_accents(text)) or text


PERTURBATIONS: Mapping[str, Callable[[str], str]] = {
    "accents dropped": without_accents,
    "keyboard typos": with_typos,
    "no punctuation": without_punctuation,
    "SMS": as_sms,
}
