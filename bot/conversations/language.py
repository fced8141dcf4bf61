"""French or English, from the words that only one of them uses. Pure.

Two languages and short chat messages: common words decide better than letter statistics, which
need sentences. Anything without a sign keeps the language of the conversation.
"""

from __future__ import annotations

import re

from bot.words.folding import fold

_WORD = re.compile(r"[a-z]+")

# The most frequent function words of each language that the other does not have.
ENGLISH = frozenset(
    [
        "the",
        "is",
        "are",
        "was",
        "were",
        "this",
        "that",
        "there",
        "here",
        "my",
        "your",
        "his",
        "her",
        "our",
        "their",
        "you",
        "he",
        "she",
        "it",
        "we",
        "they",
        "what",
        "when",
        "where",
        "who",
        "why",
        "how",
        "and",
        "with",
        "from",
        "have",
        "has",
        "had",
        "do",
        "does",
        "did",
        "not",
        "can",
        "could",
        "would",
        "should",
        "will",
        "please",
        "thanks",
        "thank",
        "hello",
        "hi",
        "broken",
        "street",
        "hole",
        "road",
        "in",
        "of",
        "to",
        "for",
        "at",
    ]
)
FRENCH = frozenset(
    [
        "le",
        "la",
        "les",
        "un",
        "une",
        "des",
        "du",
        "de",
        "et",
        "est",
        "sont",
        "ce",
        "cette",
        "il",
        "elle",
        "nous",
        "vous",
        "ils",
        "je",
        "tu",
        "mon",
        "ma",
        "mes",
        "votre",
        "notre",
        "que",
        "qui",
        "quoi",
        "quand",
        "ou",
        "comment",
        "pourquoi",
        "dans",
        "sur",
        "avec",
        "pour",
        "pas",
        "ne",
        "y",
        "au",
        "aux",
        "en",
        "svp",
        "merci",
        "bonjour",
        "rue",
        "devant",
        "depuis",
        "chez",
        "jai",
        "cest",
        "ya",
    ]
)


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
