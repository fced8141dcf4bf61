"""Places told by what stands there: a school, a station, a shop. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.places import street_words as words
from bot.places.streets import name_end
from bot.places.tokens import FoldedText, Token, fold_keeping_offsets

# A kind of place, with what completes it without naming it.
_KIND = (
    r"(?:ecole(?: (?:maternelle|primaire|elementaire|publique|privee))?"
    r"|groupe scolaire|college|lycee"
    r"|creche|maternelle|universite|gare(?: (?:sncf|routiere))?|mairie|gymnase|stade|piscine"
    r"|patinoire|(?:arret|station|bouche)(?: de| du)? (?:bus|tramway|tram|metro|velov)|metro|arret"
    r"|eglise"
    r"|station(?: service)?|mosquee|synagogue|cimetiere|hopital|clinique|pharmacie|boulangerie"
    r"|boucherie|la poste|poste|bureau de poste|banque|bar tabac|tabac|cafe|bar|restaurant|resto"
    r"|supermarche|superette|carrefour|auchan|lidl|casino|monoprix|intermarche|leclerc|aldi"
    r"|super u|mac ?do|mcdo"
    r"|picard|marche|parc|jardin|square|aire de jeux|terrain de (?:foot|basket|jeux)|bibliotheque"
    r"|mediatheque|mjc|theatre|cinema|musee|salle des fetes|commissariat|gendarmerie|caserne|pont"
    r"|passerelle|tunnel|rond ?point|decheterie|dechetterie|parking|centre (?:commercial|social)"
    r"|maison de retraite|ehpad|foyer|skate ?park|hotel|laverie|coiffeur|kiosque|fleuriste|tribunal"
    r"|prefecture|halle|ecluse|passage a niveau|residence|chateau|place|dojo|conservatoire"
    r"|bus stop|(?:metro|train|tram|bus) station|town hall|school|church|park|library|hospital"
    r"|supermarket|bakery|pharmacy|post office|swimming pool|bridge|cemetery|playground)\b"
)
_OF_THE = r"(?:(?:de|du|des|d'|a|au|aux|of)\s*)?(?:l['\s]|la |le |les |the )?"
_BESIDE = (
    r"(?:juste )?(?:devant|derriere|en face|face|a cote|pres|proche|a proximite|au niveau|au pied"
    r"|a hauteur|a l'entree|a la sortie|au bout|le long|aux abords|en bas|in front|next to|near"
    r"|behind|opposite|across from|outside|beside|close to|autour)"
)
_BESIDE_FIRST = re.compile(rf"{_BESIDE}\b")
_AT = r"(?:sous|dans|sur|vers|a|au|aux|at|under|by|in)"
_DEFINITE = re.compile(r"(?:l'|la |le |du |au |the )\s*$")
_BESIDE_KIND = re.compile(rf"\b{_BESIDE}\s+{_OF_THE}\s*(?={_KIND})")
_AT_KIND = re.compile(rf"\b{_AT}\s+(?:l['\s]|la |le |les |the )?\s*(?={_KIND})")
_KIND_AT = re.compile(_KIND)
_ANY_KIND = re.compile(rf"\b{_KIND}")
# A brand or a person's place: known only by its capital.
_BESIDE_CAPITAL = re.compile(
    r"\b(?:devant|derriere|en face (?:de|du)|face (?:a|au))\s+(?:l'|la |le )?"
)
# Kinds that are common in reports about something else unless a name follows a "de" or a capital.
_LOOSE = re.compile(
    r"(?:place|parking|bar|cafe|poste|marche|hotel|station|banque|square|residence)\b"
)
_ENGLISH_NAMED = re.compile(
    r"\b(?:(?:near|behind|outside|opposite|next to|in front of|at) )?the (?:[A-Z][\w’'-]+ ){1,4}"
    r"(?:(?:metro|train|tram|bus) )?(?:school|station|stop|church|park|library|hospital|bridge)\b"
)


@dataclass(frozen=True)
class Landmark:
    """The span of a landmark with the word that places it, as in `devant l’école Jean Macé`."""

    start: int
    end: int


def find_landmark(
    text: str, folded: FoldedText, tokens: Sequence[Token], town: tuple[int, int] | None
) -> Landmark | None:
    """The first place that can be found again.

    Either something is beside it (`devant la gare`) or it has a name (`gare de Vaise`).
    """
    reader = _LandmarkReader(text, folded, tokens, town)
    return (
        reader.english()
        or reader.beside()
        or reader.at()
        or reader.named()
        or reader.beside_a_name()
    )


def is_beside(landmark: str) -> bool:
    """Whether a landmark is told by what it is beside: `devant l’école`, not `gare de Vaise`."""
    return _BESIDE_FIRST.match(fold_keeping_offsets(landmark).text) is not None


class _LandmarkReader:
    def __init__(
        self,
        text: str,
        folded: FoldedText,
        tokens: Sequence[Token],
        town: tuple[int, int] | None,
    ) -> None:
        self._text = text
        self._folded = folded
        self._tokens = tokens
        self._town = town

    def english(self) -> Landmark | None:
        found = _ENGLISH_NAMED.search(self._text)
        return Landmark(*found.span()) if found else None

    def beside(self) -> Landmark | None:
        for found in _BESIDE_KIND.finditer(self._folded.text):
            kind = _KIND_AT.match(self._folded.text, found.end())
            if kind is None:
                continue
            end = self._name_end(kind)
            if end is not None or _DEFINITE.search(found[0]):
                return self._landmark(found.start(), end, kind.end())
        return None

    def at(self) -> Landmark | None:
        for found in _AT_KIND.finditer(self._folded.text):
            kind = _KIND_AT.match(self._folded.text, found.end())
            end = self._name_end(kind) if kind else None
            if kind and end is not None:
                return self._landmark(found.start(), end, kind.end())
        return None

    def named(self) -> Landmark | None:
        for kind in _ANY_KIND.finditer(self._folded.text):
            end = self._name_end(kind)
            if end is not None:
                return self._landmark(kind.start(), end, kind.end())
        return None

    def beside_a_name(self) -> Landmark | None:
        for found in _BESIDE_CAPITAL.finditer(self._folded.text):
            _, after = self._folded.original(found.start(), found.end())
            position = self._token_at(after)
            if position is None or not self._tokens[position].is_capitalised:
                continue
            if self._tokens[position].raw.isupper() and self._text.isupper():
                continue
            last = name_end(self._text, self._tokens, position, self._town, "")
            if last is not None:
                start, _ = self._folded.original(found.start(), found.end())
                return Landmark(start, self._tokens[last].end)
        return None

    def _name_end(self, kind: re.Match[str]) -> int | None:
        """Where the name that follows a kind of place ends, in the text."""
        _, after = self._folded.original(kind.start(), kind.end())
        position = self._token_at(after)
        if position is None or not self._tokens[position].follows:
            return None
        last = name_end(self._text, self._tokens, position, self._town, kind[0])
        if last is None:
            return None
        named = self._tokens[position : last + 1]
        linked = named[0].word in words.OF and len(named) > 1
        if _LOOSE.match(kind[0]) and not any(t.is_capitalised for t in named):
            return None
        if linked and not any(t.is_capitalised for t in named) and named[-1].word in words.MATTERS:
            return None
        return self._tokens[last].end

    def _token_at(self, offset: int) -> int | None:
        return next((i for i, t in enumerate(self._tokens) if t.start >= offset), None)

    def _landmark(self, start: int, end: int | None, kind_end: int) -> Landmark:
        first, last = self._folded.original(start, kind_end)
        return Landmark(first, end or last)
