"""Reads which choice of a question a short text means. Pure.

From the surest reading to the loosest; the first that finds anything decides, and it decides
nothing when it finds two.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from rapidfuzz.distance import OSA

from bot.services.replies import is_no, is_unknown, is_yes, plain
from bot.services.rules import Choice

_LONGEST = 12
"""Words: a longer text is a story, not a choice."""

_ORDINALS = {
    "premier": 1, "premiere": 1, "1er": 1, "1ere": 1, "first": 1, "deuxieme": 2, "second": 2,
    "seconde": 2, "troisieme": 3, "third": 3, "quatrieme": 4, "fourth": 4, "cinquieme": 5,
    "fifth": 5, "sixieme": 6, "sixth": 6, "dernier": -1, "derniere": -1, "last": -1,
    "un": 1, "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "six": 6, "one": 1, "two": 2,
    "three": 3, "four": 4, "five": 5,
}  # fmt: skip
_POSITION = re.compile(
    r"(?:(?:je dirais|plutot|c est) )?(?:(?:le|la|l|the|choix|option|numero|reponse|n|no|number) )*"
    rf"(?:(\d{{1,2}})(?:e|eme|nd|rd|th|st)?|({'|'.join(_ORDINALS)}))"
    r"(?: (?:choix|option|reponse|one))?(?: (?:svp|merci|please))?"
)
_NEGATION = re.compile(r"\b(?:pas|non|ni|sans|aucune?|jamais|not|no|neither|never|without|plus)\b")
_EMPTY_WORDS = frozenset(  # articles, pronouns, hedges: they choose nothing
    """le la les l un une des de du d et ou a au aux en y il elle on je c ce cet cette est sont
    ca ces mon ma mes dans sur par pour avec qui que j ai the an of is it its i to in on and or
    plutot je crois pense dirais voila oui euh alors donc bien tout juste seulement surtout
    that this there think rather s""".split()  # noqa: SIM905
)


def read_choice(choices: Sequence[Choice], text: str) -> str | None:
    """The code of the choice meant, or None: a question, a story, a doubt."""
    said = plain(text)
    words = said.split()
    if not words or len(words) > _LONGEST or text.rstrip().endswith("?"):
        return None
    readings: tuple[Callable[[], set[str]], ...] = (
        lambda: {c.code for c in choices if said in _names(c)},
        lambda: _by_position(choices, said),
        lambda: _by_reply(choices, text),
        lambda: _named_in(choices, said),
        lambda: _spelled_in(choices, words),
        lambda: _part_of_label(choices, words),
    )
    for reading in readings:
        found = reading()
        if found:
            return found.pop() if len(found) == 1 else None
    return None


def _names(choice: Choice) -> list[str]:
    names = (choice.label.fr, choice.label.en, choice.code.replace("_", " "), *choice.synonyms)
    return [name for name in map(plain, names) if name]


def _by_position(choices: Sequence[Choice], said: str) -> set[str]:
    found = _POSITION.fullmatch(said)
    if found is None:
        return set()
    position = int(found[1]) if found[1] else _ORDINALS[found[2]]
    if position == -1:
        return {choices[-1].code}
    return {choices[position - 1].code} if 1 <= position <= len(choices) else set()


def _by_reply(choices: Sequence[Choice], text: str) -> set[str]:
    """A yes, a no or a "je ne sais pas" where one choice alone begins so."""
    if is_unknown(text):
        return {c.code for c in choices if any(is_unknown(name) for name in _names(c))}
    for is_reply, first_words in ((is_yes, ("oui", "yes")), (is_no, ("non", "no"))):
        if is_reply(text):
            return {c.code for c in choices if any(n.split()[0] in first_words for n in _names(c))}
    return set()


def _named_in(choices: Sequence[Choice], said: str) -> set[str]:
    """Choices one of whose names stands in the text, not under a negation."""
    hits: list[tuple[str, str]] = []
    for choice in choices:
        for name in _names(choice):
            at = re.search(rf"\b{re.escape(name)}\b", said)
            if at and _is_meant(said[: at.start()], name):
                hits.append((name, choice.code))
    # "bac à verre" is said, so "verre" is not said by itself
    return {
        code
        for name, code in hits
        if not any(name != other and re.search(rf"\b{name}\b", other) for other, _ in hits)
    }


def _is_meant(before: str, name: str) -> bool:
    return not _NEGATION.search(before) or bool(_NEGATION.search(name))


def _content(words: Sequence[str]) -> list[str]:
    return [word for word in words if word not in _EMPTY_WORDS]


def _is_same(written: str, meant: str) -> bool:
    """The same word, a plural or a slip of the keyboard aside."""
    if written == meant:
        return True
    if min(len(written), len(meant)) < 4 or written[0] != meant[0]:
        return False
    return OSA.distance(written, meant, score_cutoff=2) <= (1 if len(meant) < 7 else 2)


def _spelled_in(choices: Sequence[Choice], words: Sequence[str]) -> set[str]:
    """The same with slips: every word of a name is in the text, each nearly."""
    if _NEGATION.search(" ".join(words)):
        return set()
    hits: list[tuple[int, str]] = []
    for choice in choices:
        for name in _names(choice):
            wanted = _content(name.split())
            if wanted and all(any(_is_same(word, w) for word in words) for w in wanted):
                hits.append((len(wanted), choice.code))
    most = max((count for count, _ in hits), default=0)
    return {code for count, code in hits if count == most}


def _part_of_label(choices: Sequence[Choice], words: Sequence[str]) -> set[str]:
    """A piece of a label: every word of the text is one of its words, nearly."""
    said = _content(words)
    if not said or _NEGATION.search(" ".join(words)):
        return set()
    return {
        choice.code
        for choice in choices
        for name in _names(choice)
        if all(any(_is_same(word, w) for w in _content(name.split())) for word in said)
    }
