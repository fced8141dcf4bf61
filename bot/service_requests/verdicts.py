"""Words that say that a problem is solved, or that it is not. Pure."""

from __future__ import annotations

import re

from bot.services.replies import plain

_DONE = (
    r"(?:regle|resolu|repare|reparee|nettoye|nettoyee|enleve|enlevee|ramasse|rebouche|debouche"
    r"|evacue|retire|remis en etat|rentre dans l ordre|bon"
    r"|solved|fixed|repaired|sorted|cleaned up|removed|gone)e?s?"
)
_IS = (
    r"(?:c est|ca y est(?: c est)?|ca a ete|ca s est|tout est|est|a ete|ont ete|sont|a bien ete"
    r"|ils l ont|elles? l ont|vous l avez|it s|it is|it has been|has been|is|was|they)"
)
_BESIDE = r"(?: (?:bien|enfin|deja|tout|finalement|maintenant|now|already|finally|been))*"
_SOLVED = re.compile(rf"\b{_IS}{_BESIDE} {_DONE}\b|\bplus de probleme\b|\bno more problem\b")
_NOT = re.compile(
    r"\b(?:pas|jamais|non|n est|toujours en panne|toujours la|encore la|pareil|aucun|rien|not|isn t"
    r"|hasn t|never|still|no)\b"
)
_STILL = re.compile(
    rf"\b(?:pas|jamais|not|never)(?: (?:du tout|encore|vraiment|bien|been|yet))* {_DONE}\b"
    r"|\b(?:toujours|encore) (?:la|pareil|cassee?|en panne|eteinte?|au meme endroit|pas)\b"
    r"|\bpas (?:encore|du tout)\b|\b(?:rien n|rien|n a pas) ?(?:a )?(?:change|bouge|ete fait)\b"
    r"|\bstill (?:there|broken|not|the same|out)\b|\bnothing (?:changed|was done)\b"
)
_ASKS = re.compile(
    r"\?|\b(?:est ce que|quand|si|pourquoi|comment|bientot|when|whether|if|will|sera|serait)\b"
)
LONGEST = 90
"""Characters: who says more tells something else as well."""


def says_solved(text: str) -> bool:
    """`"c'est bon, c'est réparé"`; not a question, nor `"ce n'est pas réglé"`."""
    words = plain(text)
    if len(text) > LONGEST or "?" in text or _ASKS.search(words) or _NOT.search(words):
        return False
    return _SOLVED.search(words) is not None


def names_solved(text: str) -> bool:
    """The same, and what is solved is named: `"c'est bon"` alone may be said of anything."""
    words = plain(text)
    return says_solved(text) and re.search(r"\bc est bon$", words) is None


def says_not_solved(text: str) -> bool:
    """`"c'est toujours pas réparé"`, `"le trou est encore là"`."""
    words = plain(text)
    if "?" in text or _ASKS.search(words):
        return False
    return _STILL.search(words) is not None
