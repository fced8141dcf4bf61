"""What full text search compares: French stems of words without accents, as SQL.

PostgreSQL's `unaccent` is not on every server, and is not immutable: accents are taken off by what
a generated column may call.
"""

from __future__ import annotations

_FROM = "ÀÁÂÃÄÅàáâãäåÇçÈÉÊËèéêëÌÍÎÏìíîïÑñÒÓÔÕÖòóôõöÙÚÛÜùúûüÝýÿ’"
_TO = "AAAAAAaaaaaaCcEEEEeeeeIIIIiiiiNnOOOOOoooooUUUUuuuuYyy'"
_COMBINING = "\u0300\u0301\u0302\u0303\u0308\u030a\u0327"  # deleted: nothing stands for them
LONGEST = 20_000
"""Characters of a text that are searched."""
_PLAIN = str.maketrans(_FROM, _TO, _COMBINING)


def plain(text: str) -> str:
    """`"Œuvre, l’Été"` -> `"oeuvre, l'ete"`: as `folded` does."""
    return text.replace("œ", "oe").replace("Œ", "OE").translate(_PLAIN).lower()


def folded(column: str) -> str:
    """The SQL of a text without accents and case."""
    whole = f"replace(replace(left({column}, {LONGEST}), 'œ', 'oe'), 'Œ', 'OE')"
    frm, to = _FROM + _COMBINING, _TO.replace("'", "''")
    return f"lower(translate({whole}, '{frm}', '{to}'))"


def terms(*columns: str) -> str:
    """The SQL of what a row is found by; columns may be null."""
    joined = " || ' ' || ".join(f"coalesce({column}, '')" for column in columns)
    return f"to_tsvector('french'::regconfig, {folded(f'({joined})')})"
