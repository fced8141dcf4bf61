"""The communes of the metropolis, found in what people write. Pure but for `load_gazetteer`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import yaml

from bot.places.arrondissements import ArrondissementReader
from bot.places.gazetteer_data import GazetteerData, read_gazetteer
from bot.places.misspellings import Misspellings
from bot.places.rules import Commune, CommuneMention, distance_km
from bot.places.street_words import ARTICLES
from bot.places.tokens import FoldedText, Token, fold_keeping_offsets, tokens_of, word_set, words_of

NEAR_A_CENTRE_KM = 12.0
IN_PASSING = 1
DENIED = 0
# An answer that is only a town has little around it, in characters.
LONGEST_ANSWER = 80

_IN_A_STREET = re.compile(
    r"\b(?:rue|avenue|av|cours|place|quai|route|chemin|boulevard|bd|pont)\s*$"
)
_POSTCODE = re.compile(r"(?<![\w-])(\d{2} ?\d{3})(?![\w-])")
_PLACED = re.compile(r"(?:\ba|\bcp|postal|,)\s*:?\s*$")
_NUMBERED = re.compile(r"(?:\bn°|\bno\.?|\bnumero|\bref(?:erence)?|\bpoteau|\bdossier|\bmat)\W*$")
_STREETS = word_set(
    "rue avenue av ave boulevard bd bld blvd place pl quai cours chemin route rte montee",
    "allee impasse square pont porte faubourg passage esplanade ruelle road street",
)
_OF = word_set("d de des du la le l les")
_OWN = word_set("cette la ma mon notre une votre")
# Names larger than the town: "Grand Lyon", "métropole de Lyon", "université Lyon 2".
_LARGER = word_set("grand metropole universite univ fac iut")
_HERE = word_set("a au in at sur commune ville mairie city town")
_DENIED = word_set("not pas plus")
_ELSEWHERE = word_set("direction from proche pres vers near venant")
_AT_HOME = word_set("habite habitant vis vit loge reside travaille live")
_ASIDE = word_set(
    "a au bonjour bonsoir c dans de est euh habite in is it j je la le ma mairie me oui on",
    "reste sur suis svp trouve ville commune merci the town city of i m se situe situee cp",
    "code postal habitons nous plutot non pardon live at hello",
)


@dataclass(frozen=True)
class _Name:
    """A name and the towns that bear it; none when it is of the outside."""

    codes: tuple[str, ...]
    is_word: bool


@dataclass(frozen=True)
class _Found:
    codes: tuple[str, ...]
    first: int
    last: int
    rank: int


class Gazetteer:
    """Finds communes by name, former name, short name, postcode or arrondissement."""

    def __init__(self, data: GazetteerData) -> None:
        self.communes = data.communes
        self._by_insee = {c.insee: c for c in data.communes}
        self._names = _names(data)
        self._lengths: dict[str, list[int]] = {}
        for words in sorted(self._names, key=len, reverse=True):
            lengths = self._lengths.setdefault(words[0], [])
            if len(words) not in lengths:
                lengths.append(len(words))
        inside = [words for words, name in self._names.items() if name.codes and not name.is_word]
        self._glued: dict[str, set[str]] = {}
        for words in inside:
            self._glued.setdefault("".join(words), set()).update(self._names[words].codes)
        self._misspellings = Misspellings(inside, data.words_near_names)
        self._postcodes: dict[str, tuple[str, ...]] = {}
        for commune in data.communes:
            for postcode in commune.postcodes:
                known = self._postcodes.get(postcode, ())
                self._postcodes[postcode] = (*known, commune.insee)
        self._numbered = {a.postcode: a.number for a in data.arrondissements}
        self._part_codes = {(a.commune, a.number): a.postcode for a in data.arrondissements}
        for part in data.arrondissements:
            # The statistical code of a part is sometimes given for its postcode.
            self._postcodes.setdefault(part.insee, (part.commune,))
            self._numbered[part.insee] = part.number
        self._divided = next((a.commune for a in data.arrondissements), None)
        self._parts = ArrondissementReader(
            " ".join(words) for words, name in self._names.items() if name.codes == (self._divided,)
        )

    def by_insee(self, insee: str) -> Commune:
        """Raises `KeyError` when no commune has that code."""
        return self._by_insee[insee]

    def by_code(self, code: str) -> tuple[Commune, int | None] | None:
        """The town of an INSEE code and, for the code of an arrondissement, its number; None for
        a code that is not of the metropolis."""
        if code in self._by_insee:
            return self._by_insee[code], None
        number, codes = self._numbered.get(code), self._postcodes.get(code)
        return (self._by_insee[codes[0]], number) if number and codes else None

    def part_postcode(self, insee: str, arrondissement: int) -> str | None:
        """The postcode of an arrondissement; None when the town has no such part."""
        return self._part_codes.get((insee, arrondissement))

    def is_divided(self, insee: str) -> bool:
        """Whether a town has arrondissements with codes of their own."""
        return insee == self._divided

    @property
    def heart(self) -> tuple[float, float]:
        """The centre of the most populous town: (latitude, longitude), what is near it first."""
        return max(self.communes, key=lambda c: c.population).centre

    def mention(self, text: str) -> CommuneMention | None:
        """The town that a message is about; None when it names none.

        A town given as the place ("à Bron") wins over one named in passing ("vers Bron"); two
        that are equally likely are both candidates. A street's name is not a town.
        """
        folded = fold_keeping_offsets(text)
        tokens = tokens_of(text, folded)
        named = self._named_in(text, tokens)
        coded = self._postcode_in(text, folded)
        if coded is not None and (coded.candidates or named is None):
            return self._agreed(text, coded, named)
        return self._with_arrondissement(text, folded, named)

    def named(self, text: str) -> tuple[Commune, ...]:
        """The towns that a whole answer names ("fontaines": both); none when it says more."""
        tokens = tokens_of(text, fold_keeping_offsets(text))
        mention = self.mention(text)
        if mention is not None:
            start, end = mention.span
            rest = [t for t in tokens if t.end <= start or t.start >= end]
            is_whole = all(t.word in _ASIDE or t.word.isdigit() for t in rest)
            return mention.candidates if is_whole else ()
        words = tuple(t.word for t in tokens if t.word not in _ASIDE)
        return tuple(self._by_insee[code] for code in self._codes_near("".join(words)))

    def nearest(self, latitude: float, longitude: float, count: int = 3) -> tuple[Commune, ...]:
        """The communes whose centres are nearest: candidates to ask about, not an answer."""
        return tuple(commune for commune, _ in self.distances(latitude, longitude)[:count])

    def distances(self, latitude: float, longitude: float) -> tuple[tuple[Commune, float], ...]:
        """Every commune with the distance to its centre in kilometres, nearest first."""
        measured = ((c, distance_km((latitude, longitude), c.centre)) for c in self.communes)
        return tuple(sorted(measured, key=lambda pair: pair[1]))

    def is_around(self, latitude: float, longitude: float) -> bool:
        """Whether a point may be in the metropolis at all: coarse, by the centres."""
        return self.distances(latitude, longitude)[0][1] <= NEAR_A_CENTRE_KM

    # -- names --------------------------------------------------------------------------------

    def _named_in(self, text: str, tokens: Sequence[Token]) -> CommuneMention | None:
        found = self._exact(text, tokens)
        if not any(f.rank > IN_PASSING for f in found):
            found += self._misspelt(tokens)
        if not found:
            return None
        rank = max(f.rank for f in found)
        best = [f for f in found if f.rank == rank]
        inside = [f for f in best if f.codes] or best
        # Ambiguous names give way to a full one that says which: "Fontaines, Fontaines-sur-Saône".
        codes = set(inside[0].codes)
        for other in inside[1:]:
            codes = codes & set(other.codes) or codes | set(other.codes)
        start = tokens[inside[0].first].start
        end = tokens[inside[0].last].end
        return self._mention_of(text, codes, (start, end))

    def _exact(self, text: str, tokens: Sequence[Token]) -> list[_Found]:
        found: list[_Found] = []
        position = 0
        while position < len(tokens):
            match = self._name_at(tokens, position)
            if match is None:
                position += 1
                continue
            name, length = match
            last = position + length - 1
            if self._is_meant(text, tokens, position, last, name):
                found.append(_Found(name.codes, position, last, _rank(tokens, position)))
            position += length
        return found

    def _misspelt(self, tokens: Sequence[Token]) -> list[_Found]:
        near = self._misspellings.find(tokens, lambda first: not _is_of_a_street(tokens, first))
        if near is None:
            return []
        codes = {code for name in near.names for code in self._glued[name]}
        return [_Found(tuple(sorted(codes)), near.first, near.last, _rank(tokens, near.first))]

    def _name_at(self, tokens: Sequence[Token], position: int) -> tuple[_Name, int] | None:
        for length in self._lengths.get(tokens[position].word, ()):
            run = tokens[position : position + length]
            if len(run) == length and all(t.follows for t in run[1:]):
                name = self._names.get(tuple(t.word for t in run))
                if name is not None:
                    return name, length
        return None

    def _is_meant(
        self, text: str, tokens: Sequence[Token], first: int, last: int, name: _Name
    ) -> bool:
        if _is_of_a_street(tokens, first) or _is_of_something_larger(tokens, first):
            return False
        if not name.codes and first and tokens[first - 1].word in ARTICLES:
            # A river or a hill of that name: "au bord de l’Yzeron".
            return False
        if not name.is_word:
            return True
        aside = (*tokens[:first], *tokens[last + 1 :])
        if all(t.word in _ASIDE or t.word.isdigit() for t in aside):
            return True
        capitalised = tokens[first].is_capitalised
        if first == 0:
            return capitalised and last + 1 < len(tokens) and not tokens[last + 1].follows
        before = tokens[first - 1]
        if not tokens[first].follows:
            between = text[before.end : tokens[first].start]
            return capitalised and between.strip() == ","
        placed = before.word in _HERE or before.word.isdigit()
        return before.raw in ("à", "À") or (capitalised and placed)

    def _codes_near(self, whole: str) -> tuple[str, ...]:
        """For an answer to "which town": one slip is forgiven in short names too."""
        _, names = self._misspellings.nearest(whole)
        codes = {code for name in names for code in self._glued[name]}
        return tuple(sorted(codes))

    # -- codes and parts ----------------------------------------------------------------------

    def _postcode_in(self, text: str, folded: FoldedText) -> CommuneMention | None:
        unknown: CommuneMention | None = None
        for match in _POSTCODE.finditer(folded.text):
            if _NUMBERED.search(folded.text, max(0, match.start() - 20), match.start()):
                continue
            code = match[1].replace(" ", "")
            span = folded.original(*match.span())
            codes = self._postcodes.get(code)
            if codes:
                mention = self._mention_of(text, set(codes), span)
                return replace(mention, arrondissement=self._numbered.get(code))
            rest = f"{text[: span[0]]} {text[span[1] :]}"
            is_whole = len(rest) <= LONGEST_ANSWER and all(w in _ASIDE for w in words_of(rest))
            placed = _PLACED.search(folded.text, max(0, match.start() - 20), match.start())
            if (is_whole or placed) and "01000" <= code <= "98999":
                unknown = unknown or self._mention_of(text, set(), span)
        return unknown

    def _agreed(
        self, text: str, coded: CommuneMention, named: CommuneMention | None
    ) -> CommuneMention:
        """A postcode and a name together: what both allow, or everything either says."""
        if named is None or named.is_outside:
            return coded
        both = {c.insee for c in coded.candidates} & {c.insee for c in named.candidates}
        either = both or {c.insee for c in (*coded.candidates, *named.candidates)}
        start, end = min(coded.span[0], named.span[0]), max(coded.span[1], named.span[1])
        gap = max(coded.span[0], named.span[0]) - min(coded.span[1], named.span[1])
        span = (start, end) if gap <= 2 else named.span
        agreed = self._mention_of(text, either, span)
        return replace(agreed, arrondissement=coded.arrondissement if both else None)

    def _with_arrondissement(
        self, text: str, folded: FoldedText, named: CommuneMention | None
    ) -> CommuneMention | None:
        if self._divided is None:
            return named
        if named is not None and (named.commune is None or named.commune.insee != self._divided):
            return named
        part = self._parts.after_name(folded.text)
        if part is None or named is None or not _overlap(folded.original(*part[1]), named.span):
            part = part if part and named is None else self._parts.alone(folded.text)
        if part is None:
            return named
        number, place = part
        span = folded.original(*place)
        if named is not None and not _overlap(span, named.span):
            span = named.span
        mention = self._mention_of(text, {self._divided}, span)
        return replace(mention, arrondissement=number)

    def _mention_of(self, text: str, codes: set[str], span: tuple[int, int]) -> CommuneMention:
        towns = tuple(self._by_insee[code] for code in sorted(codes))
        return CommuneMention(towns, None, span, text[slice(*span)])


def load_gazetteer(path: Path) -> Gazetteer:
    """Read `catalogue/places/communes.yml`. Raises `ValueError` naming what is wrong."""
    try:
        data: object = yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)
        return Gazetteer(read_gazetteer(data))
    except (yaml.YAMLError, ValueError) as error:
        raise ValueError(f"{path.name}: {error}") from error


def _names(data: GazetteerData) -> dict[tuple[str, ...], _Name]:
    like_words = {words_of(name) for name in data.names_like_words}
    codes: dict[tuple[str, ...], set[str]] = {}
    for commune in data.communes:
        for name in (commune.name, *commune.other_names):
            codes.setdefault(words_of(name), set()).add(commune.insee)
    for name in data.outside:
        codes.setdefault(words_of(name), set())
    return {w: _Name(tuple(sorted(found)), w in like_words) for w, found in codes.items()}


def _is_of_a_street(tokens: Sequence[Token], first: int) -> bool:
    """`rue de Lyon`, `12 rue Sainte-Foy`; but not `dans ma rue Villeurbanne`."""
    before = first - 1
    while before >= 0 and tokens[before + 1].follows and tokens[before].word in _OF:
        before -= 1
    if before < 0 or not tokens[before + 1].follows or tokens[before].word not in _STREETS:
        return False
    names_it = before < first - 1
    return names_it or before == 0 or tokens[before - 1].word not in _OWN


def _is_of_something_larger(tokens: Sequence[Token], first: int) -> bool:
    before = first - 1
    while before >= 0 and tokens[before].word in _OF:
        before -= 1
    return before >= 0 and tokens[before].word in _LARGER and tokens[first].follows


def _rank(tokens: Sequence[Token], first: int) -> int:
    """How likely a name is the place of the matter: from 3, said to be there, to `DENIED`."""
    before = [t.word for t in tokens[max(0, first - 4) : first]]
    if not before or not tokens[first].follows:
        return 2
    if _DENIED.intersection(before[-3:]):
        return DENIED
    if _AT_HOME.intersection(before) or _ELSEWHERE.intersection(before[-2:]):
        return IN_PASSING
    return 3 if before[-1] in _HERE else 2


def _overlap(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] < other[1] and other[0] < one[1]
