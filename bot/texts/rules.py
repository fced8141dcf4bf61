"""Sentences of the program that may be written anew, and what an edition must keep. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from string import Formatter
from typing import Any

from bot.accounts.rules import Agent, Role
from bot.errors import Forbidden, Invalid, NotFound

FAMILIES: Mapping[str, tuple[str, ...]] = {
    "greeting": (
        *("greeting", "help", "bot_challenge", "chitchat", "thanks", "goodbye", "affirm", "deny"),
        *("stop", "out_of_scope", "language", "commune"),
    ),
    "emergency": ("emergency", "sensitive"),
    "filing": ("form", "structured", "report", "summary", "also", "photo", "duplicate"),
    "acknowledgement": ("acknowledgement",),
    "follow": ("follow", "detail", "withdraw"),
    "change": ("change", "answer", "state"),
    "solved": ("solved", "reopen", "rate"),
    "information": ("information", "outsider"),
    "human": ("human", "agent", "reach", "unsure", "complain"),
    "queue": ("queue", "hours", "call"),
    "ticket": ("ticket", "contact"),
    "absence": ("absence", "failure", "filed"),
    "letters": ("mail", "email"),
    "files": ("unread",),
    "privacy": ("privacy", "account", "case", "notifications"),
}
"""Family → the first words of the keys of its sentences, in the order of the page."""

NOT_SAID = frozenset(
    {
        *("solved.button", "reopen.button", "reopen.without", "withdraw.button"),  # pressed
        *("language.fr", "language.en"),
        *("email.empty", "email.unreadable"),  # stand for what a citizen wrote
        *("ticket.joined_note", "ticket.merged_note", "ticket.place_note", "ticket.split_summary"),
        "ticket.unmerged_note",  # read by agents
    }
)
"""Keys of these families that no citizen is told."""

SHORTEST_LIMIT = 600
LONGEST_KEY = 80
"""Characters."""

_WORD = re.compile(r"[^\W\d_]{2,}")
_NUMBER = re.compile(r"\d(?:[ .\u00a0\u202f]?\d)*")
_LINK = re.compile(r"https?://[^\s)»]+|www\.[^\s)»]+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_FAMILIAR = re.compile(r"\b(?:tu|ton|ta|tes|toi)\b", re.IGNORECASE)
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters that turn the direction of what follows: text that is not what it seems."""


@dataclass(frozen=True)
class Text:
    """A sentence: in each language one text for each plural form. `en` is None where the
    catalogue's English holds."""

    fr: tuple[str, ...]
    en: tuple[str, ...] | None = None

    def to_json(self) -> dict[str, Any]:
        return {"fr": list(self.fr), "en": None if self.en is None else list(self.en)}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Text:
        return cls(tuple(kept["fr"]), None if kept["en"] is None else tuple(kept["en"]))

    def by_language(self) -> Mapping[str, tuple[str, ...]]:
        return {"fr": self.fr} if self.en is None else {"fr": self.fr, "en": self.en}


class Unfit(Invalid):
    """A text that may not stand in the place of the original. `field`: language and number of the
    form (`fr0`); `named`: what it lost, or holds too much."""

    def __init__(self, field: str, reason: str, named: Sequence[str] = ()) -> None:
        super().__init__(field, f"{reason} {', '.join(named)}".strip(), reason)
        self.named = tuple(named)


def family_of(key: str, forms: Sequence[str]) -> str | None:
    """The family of a sentence that may be written anew; None for what is no sentence (a layout of
    values, `{address}, {town}`) and what citizens are not told."""
    if key in NOT_SAID or not any(_WORD.search(_without_values(form)) for form in forms):
        return None
    first = key.partition(".")[0]
    return next((family for family, firsts in FAMILIES.items() if first in firsts), None)


def longest(original: Sequence[str]) -> int:
    """How many characters an edition may have."""
    return max(SHORTEST_LIMIT, *(2 * len(form) for form in original))


def check(text: Text, original: Text) -> None:
    """Raises `Unfit` for the first thing that is wrong."""
    _check_language("fr", text.fr, original.fr)
    if text.en is not None and original.en is not None:
        _check_language("en", text.en, original.en)


def is_fit(text: Text, original: Text) -> bool:
    """Whether it may still be said: the original may have changed since it was written."""
    try:
        check(text, original)
    except Unfit:
        return False
    return True


def is_familiar(text: Text) -> bool:
    """Whether the French seems to say « tu » to citizens: worth a word, not a refusal."""
    return any(_FAMILIAR.search(_without_values(form)) for form in text.fr)


def _check_language(language: str, forms: Sequence[str], original: Sequence[str]) -> None:
    if len(forms) != len(original):
        raise Unfit(f"{language}0", "forms")
    known = {value for form in original for value in values_of(form)}
    for number, (form, was) in enumerate(zip(forms, original, strict=True)):
        field = f"{language}{number}"
        if not form.strip():
            raise Unfit(field, "empty")
        if len(form) > longest(original):
            raise Unfit(field, "too_long")
        if any(_is_odd(character) for character in form):
            raise Unfit(field, "odd")
        try:
            values = values_of(form)
        except ValueError as error:
            raise Unfit(field, "braces") from error
        if unknown := [value for value in values if value not in known]:
            raise Unfit(field, "unknown", unknown)
        if lost := [value for value in values_of(was) if value not in values]:
            raise Unfit(field, "lost", lost)
        if lost := [one for one in facts_of(was) if not _holds(form, one)]:
            raise Unfit(field, "fact", lost)


def _is_odd(character: str) -> bool:
    return (unicodedata.category(character) == "Cc" and character != "\n") or character in _TURNING


def _pieces(text: str) -> Iterator[tuple[str, str | None]]:
    """Literal text and the value that follows it, as it is written between its braces. Raises
    `ValueError` for braces that make no value."""
    for literal, name, layout, conversion in Formatter().parse(text):
        if "{" in literal or "}" in literal:
            raise ValueError("a brace")
        if name is None:
            yield literal, None
            continue
        whole = name + (f"!{conversion}" if conversion else "") + (f":{layout}" if layout else "")
        yield literal, whole


def values_of(text: str) -> list[str]:
    """The values that a sentence names, each once. Raises `ValueError` for unbalanced braces."""
    return list(dict.fromkeys(name for _, name in _pieces(text) if name is not None))


def _without_values(text: str) -> str:
    try:
        return " ".join(literal for literal, _ in _pieces(text))
    except ValueError:
        return text


def facts_of(text: str) -> list[str]:
    """Telephone and other numbers, links and addresses that a sentence tells, as it writes them."""
    plain = _without_values(text)
    links = [link.rstrip(".,;:") for link in _LINK.findall(plain)]
    return [*links, *dict.fromkeys(_NUMBER.findall(_LINK.sub(" ", plain)))]


def _holds(text: str, fact: str) -> bool:
    """A number counts however its digits are grouped, and only by itself: 15 is not in 115."""
    plain = _without_values(text)
    if not fact[0].isdigit() or not _NUMBER.fullmatch(fact):
        return fact in plain
    digits = re.sub(r"\D", "", fact)
    return any(re.sub(r"\D", "", number) == digits for number in _NUMBER.findall(plain))


def edits(agent: Agent, commune: str | None) -> bool:
    """A town's administrators edit what their town says; the metropolis', what is said everywhere
    as well."""
    if agent.role is Role.METROPOLIS_ADMINISTRATOR:
        return agent.sees(commune)
    return agent.role is Role.COMMUNE_ADMINISTRATOR and commune is not None and agent.sees(commune)


def check_edits(agent: Agent, commune: str | None) -> None:
    """Raises `Forbidden` for who edits nothing, or not that; `NotFound` for another's town."""
    if edits(agent, commune):
        return
    if commune is not None and agent.audits:
        raise NotFound("town")
    raise Forbidden("texts")
