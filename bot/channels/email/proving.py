"""Whether a mail comes from where its From says, in the words of the town's own mail server: its
`Authentication-Results` (RFC 8601). The server writes them above the line of its receipt; what
stands below that line whoever sent the mail may have written, and is not believed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message

from bot.channels.email.headers import LONGEST

MOST_BELIEVED = 10
"""Headers: a server writes one for each of its filters."""
_QUOTED = r'"(?:[^"\\]|\\.)*"'
_OUTSIDE = re.compile(rf"{_QUOTED}|[^\"]", re.DOTALL)
_IN_COMMENT = re.compile(r"\\?.", re.DOTALL)
_PIECE = re.compile(rf"{_QUOTED}|[^;\"]", re.DOTALL)
_PAIR = re.compile(rf'\s*([\w./-]+)\s*=\s*((?:{_QUOTED}|[^\s;"])+)(?=\s|$)')


@dataclass(frozen=True)
class Result:
    """What one check found: `dkim`, `pass`, and of whom (`header.d`)."""

    method: str
    result: str
    properties: dict[str, str]

    def domain(self, *names: str) -> str:
        """The domain of the first of these properties that is told; "" without one."""
        told = next((self.properties[name] for name in names if name in self.properties), "")
        return told.strip('"').rpartition("@")[2].lower().rstrip(".")


def is_proven(message: Message, authserv: str, sender: str) -> bool:
    """Whether the server `authserv` vouches for the domain of `sender`: by DMARC (RFC 7489), or,
    where that domain has none, by SPF or DKIM of it. What cannot be read proves nothing."""
    domain = sender.rpartition("@")[2].lower().rstrip(".")
    try:
        results = [one for text in _believed(message, authserv) for one in _results(text)]
    except ValueError:
        return False
    dmarc = [one for one in results if one.method == "dmarc"]
    if not domain or any(one.result == "fail" for one in dmarc):
        return False
    if any(one.result == "pass" and one.domain("header.from") == domain for one in dmarc):
        return True
    return any(one.result == "pass" and _is_akin(_proves(one), domain) for one in results)


def _proves(found: Result) -> str:
    """The domain that a check was about, where it can stand for a sender."""
    if found.method == "dkim":
        return found.domain("header.d", "header.i")
    return found.domain("smtp.mailfrom") if found.method == "spf" else ""


def _is_akin(one: str, other: str) -> bool:
    """Whether two domains are the same, or one is part of the other: nearly what RFC 7489 (3.1)
    calls relaxed, without a list of where domains are sold."""
    short, long = sorted((one, other), key=len)
    return "." in short and (long == short or long.endswith(f".{short}"))


def _believed(message: Message, authserv: str) -> list[str]:
    """What the server wrote: its headers down to the first line of a receipt below them."""
    found: list[str] = []
    for name, value in message.raw_items():
        known = name.lower()
        if found and (known == "received" or len(found) >= MOST_BELIEVED):
            break
        if known == "authentication-results":
            text = str(value)[:LONGEST]
            if re.split(r"[\s;(]", text.strip(), maxsplit=1)[0].lower() == authserv.lower():
                found.append(text)
    return found


def _results(text: str) -> Iterator[Result]:
    """What a header tells. Raises `ValueError` for what is not written as RFC 8601 has it: a
    server that leaves a sender's own words unquoted lets them say anything."""
    _, *clauses = _clauses(_without_comments(text))
    for clause in clauses:
        if clause.strip().lower() in ("", "none"):
            continue
        (method, result), *told = _pairs(clause)
        properties = dict(told)
        if len(properties) != len(told):
            raise ValueError("told twice")
        yield Result(method.partition("/")[0], result.lower(), properties)


def _clauses(text: str) -> list[str]:
    clauses, after = [""], 0
    while after < len(text):
        if text[after] == ";":
            clauses.append("")
            after += 1
            continue
        piece = _PIECE.match(text, after)
        if piece is None:
            raise ValueError("a quotation without end")
        clauses[-1] += piece[0]
        after = piece.end()
    return clauses


def _pairs(clause: str) -> list[tuple[str, str]]:
    pairs, after, text = [], 0, clause.rstrip()
    while after < len(text):
        pair = _PAIR.match(text, after)
        if pair is None:
            raise ValueError("no pair")
        pairs.append((pair[1].lower(), pair[2]))
        after = pair.end()
    return pairs


def _without_comments(text: str) -> str:
    """Comments stand in parentheses, also in one another; what is quoted is none."""
    kept, depth, after = [], 0, 0
    while after < len(text):
        piece = (_IN_COMMENT if depth else _OUTSIDE).match(text, after)
        if piece is None:
            raise ValueError("a quotation without end")
        depth += {"(": 1, ")": -1}.get(piece[0], 0)
        if depth < 0:
            raise ValueError("a comment without beginning")
        kept.append(" " if depth or piece[0] == ")" else piece[0])
        after = piece.end()
    if depth:
        raise ValueError("a comment without end")
    return "".join(kept)
