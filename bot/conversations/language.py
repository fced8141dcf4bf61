"""French or English, from the words that only one of them uses; and whether it is neither. Pure.

Two languages and short chat messages: common words decide better than letter statistics, which
need sentences. Anything without a sign keeps the language of the conversation.
"""

from __future__ import annotations

import re

from bot.conversations.function_words import ENGLISH, FRENCH, GREETINGS, OTHERS, SCRIPTS
from bot.words.folding import fold

_WORD = re.compile(r"[a-z]+")

LONGEST = 600
"""Characters that are looked at."""
SIGNS_NEEDED = 2
"""Different words of another language that a message must hold."""
SHARE_NEEDED = 0.3
"""Part of a message's words that must be of that language."""
SHORT = 3
"""Words up to which a greeting alone tells."""


def detect_language(text: str, current: str = "fr") -> str:
    """`fr` or `en`; `current` when the text does not say."""
    words = _WORD.findall(fold(text))
    english = sum(word in ENGLISH for word in words)
    french = sum(word in FRENCH for word in words)
    if english > french and (english >= 2 or len(words) <= 2):
        return "en"
    if french > english:
        return "fr"
    return current


def foreign_language(text: str) -> str | None:
    """The language or the script of a text that is surely neither French nor English, else None.

    Never of one word that is not a greeting: it may be a name, a street, or a slip of the finger.
    """
    script = _script(text[:LONGEST])
    if script is not None:
        return script
    words = _WORD.findall(fold(text[:LONGEST].replace("ß", "ss").replace("ı", "i")))
    said = " ".join(words)
    if len(words) <= SHORT and said in GREETINGS:
        return GREETINGS[said]
    ours = sum(word in FRENCH or word in ENGLISH for word in words)
    best, signs, share = None, 0, 0.0
    for language, listed in OTHERS.items():
        theirs = [word for word in words if word in listed]
        alone = {word for word in theirs if word not in FRENCH and word not in ENGLISH}
        if (len(alone), len(theirs)) > (signs, share * len(words)):
            best, signs, share = language, len(alone), len(theirs) / len(words)
    if signs < SIGNS_NEEDED or share < SHARE_NEEDED or share * len(words) <= ours:
        return None
    return best


def _script(text: str) -> str | None:
    """The script that most letters of a text are in, when it is none of ours."""
    letters = [c for c in text if c.isalpha()]
    found = [name for c in letters for first, last, name in SCRIPTS if first <= c <= last]
    return max(set(found), key=found.count) if len(found) * 2 > len(letters) else None
