"""What somebody wrote now, apart from what they repeat: the mail that they answer, a signature.
Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

_BEGINS = re.compile(
    r"""^\s*(?:
      -{2,}\s*(?:message\s+d.origine|original\s+message|message\s+d.origine\s+original)\s*-{2,}
    | (?:le|on)\s.{4,200}\s(?:a\s+[ée]crit|wrote)\s*:
    | (?:envoy[ée]\s+(?:de|depuis)\s+mon|sent\s+from\s+my)\b.*
    | (?:obtenir\s+outlook\s+pour|get\s+outlook\s+for)\b.*
    | --\s?
    )\s*$""",
    re.IGNORECASE | re.VERBOSE,
)
_FROM = re.compile(r"^\s*\**(?:de|from|exp[ée]diteur)\s*\**\s*:\**\s*\S", re.IGNORECASE)
_AFTER_FROM = re.compile(
    r"^\s*\**(?:envoy[ée]|date|sent|à|to|objet|subject)\s*\**\s*:", re.IGNORECASE
)
_RULE = re.compile(r"^\s*_{10,}\s*$")
LONGEST_JUDGED = 300
"""Characters of a line by which it is told what it begins."""
MOST_JUDGED = 20_000
"""Lines that are looked at; who writes more repeats nothing, or a whole file."""


@dataclass(frozen=True)
class Folded:
    """`said`: what is new; `rest`: what is folded away, kept."""

    said: str
    rest: str = ""


def folded(text: str) -> Folded:
    """A mail with nothing new in it (a forwarded one) is not folded, nor is one whose answers
    stand between quoted lines."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    heads = [line[:LONGEST_JUDGED] for line in lines[:MOST_JUDGED]]
    answered = _answered(heads)
    judged = range(len(heads))
    cut = next((n for n in judged if _begins(heads, n, answered)), len(lines))
    cut = _before_quotes(lines, cut)
    said, rest = "\n".join(lines[:cut]).strip(), "\n".join(lines[cut:]).strip()
    return Folded(said, rest) if said else Folded(text.strip())


def _begins(lines: list[str], n: int, answered: list[bool]) -> bool:
    line = lines[n]
    if _BEGINS.match(line):
        return not answered[n + 1]
    two = f"{line.strip()} {lines[n + 1].strip()}" if n + 1 < len(lines) else ""
    if two and line.strip()[:3].lower() in ("le ", "on ") and _BEGINS.match(two[:LONGEST_JUDGED]):
        return not answered[n + 2]  # the line was broken
    if _RULE.match(line):
        return any(_FROM.match(one) for one in lines[n + 1 : n + 3])
    return bool(_FROM.match(line)) and any(_AFTER_FROM.match(one) for one in lines[n + 1 : n + 4])


def _answered(lines: list[str]) -> list[bool]:
    """Of each line and of the end, whether quoted lines follow from there, and words of one's own
    after them: answers between them. Told from the end, so that each line is looked at once."""
    answered = [False]
    is_quoted = has_own_words = False
    for line in reversed(lines):
        if line.strip():
            is_quoted = line.lstrip().startswith(">")
            if line == "--":
                has_own_words = False
            elif not is_quoted:
                has_own_words = has_own_words or not _BEGINS.match(line)
        answered.append(is_quoted and has_own_words)
    return answered[::-1]


def _before_quotes(lines: list[str], cut: int) -> int:
    """The same without the quoted lines that end it."""
    end = cut
    while end and (not lines[end - 1].strip() or lines[end - 1].lstrip().startswith(">")):
        end -= 1
    has_quotes = any(line.lstrip().startswith(">") for line in lines[end:cut])
    return end if has_quotes else cut
