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


@dataclass(frozen=True)
class Folded:
    """`said`: what is new; `rest`: what is folded away, kept."""

    said: str
    rest: str = ""


def folded(text: str) -> Folded:
    """A mail with nothing new in it (a forwarded one) is not folded, nor is one whose answers
    stand between quoted lines."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    cut = next((n for n in range(len(lines)) if _begins(lines, n)), len(lines))
    cut = _before_quotes(lines, cut)
    said, rest = "\n".join(lines[:cut]).strip(), "\n".join(lines[cut:]).strip()
    return Folded(said, rest) if said else Folded(text.strip())


def _begins(lines: list[str], n: int) -> bool:
    line = lines[n][:300]
    if _BEGINS.match(line):
        return not _is_answered_below(lines, n)
    two = f"{line.strip()} {lines[n + 1].strip()}"[:300] if n + 1 < len(lines) else ""
    if two and line.strip()[:3].lower() in ("le ", "on ") and _BEGINS.match(two):
        return not _is_answered_below(lines, n + 1)  # the line was broken
    if _RULE.match(line):
        return any(_FROM.match(one) for one in lines[n + 1 : n + 3])
    return bool(_FROM.match(line)) and any(_AFTER_FROM.match(one) for one in lines[n + 1 : n + 4])


def _is_answered_below(lines: list[str], n: int) -> bool:
    """Whether quoted lines follow, and words of one's own after them: answers between them."""
    after = [line for line in lines[n + 1 :] if line.strip()]
    if not after or not after[0].lstrip().startswith(">"):
        return False
    own = [line for line in after if not line.lstrip().startswith(">")]
    before_signature = own[: own.index("--")] if "--" in own else own
    return any(not _BEGINS.match(line[:300]) for line in before_signature)


def _before_quotes(lines: list[str], cut: int) -> int:
    """The same without the quoted lines that end it."""
    end = cut
    while end and (not lines[end - 1].strip() or lines[end - 1].lstrip().startswith(">")):
        end -= 1
    has_quotes = any(line.lstrip().startswith(">") for line in lines[end:cut])
    return end if has_quotes else cut
