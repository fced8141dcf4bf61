"""The communes of the metropolis, found in what people write. Pure but for `load_gazetteer`."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml
from rapidfuzz import fuzz, process

from bot.words.folding import fold

LYON = "69123"
NEAR_A_CENTRE_KM = 12.0

# Towns that people name and that no commune of the metropolis is: said plainly, never guessed.
OUTSIDE = (
    "grenoble", "villefranche", "paris", "marseille", "vienne", "bourgoin", "annecy", "valence",
    "chambery", "bordeaux", "lille", "nantes", "toulouse", "nice", "montpellier", "strasbourg",
    "rennes", "dijon", "macon", "roanne", "tarare", "brignais", "chaponost", "mornant",
    "heyrieux", "genas", "saint etienne", "saint bonnet de mure", "villefontaine",
    "l isle d abeau", "bourg en bresse", "clermont ferrand", "l arbresle",
)  # fmt: skip

@dataclass(frozen=True)
class Commune:
    """A town. `centre` is (latitude, longitude), rounded."""

    insee: str
    name: str
    other_names: tuple[str, ...]
    postcodes: tuple[str, ...]
    population: int
    centre: tuple[float, float]


@dataclass(frozen=True)
class CommuneMention:
    """A town named in a text. One candidate: that is it. Several: to be asked. None: outside."""

    candidates: tuple[Commune, ...]
    name: str
    span: tuple[int, int]
    arrondissement: int | None = None

    @property
    def commune(self) -> Commune | None:
        return self.candidates[0] if len(self.candidates) == 1 else None

    @property
    def is_outside(self) -> bool:
        return not self.candidates


_CONNECTOR = re.compile(r" (?:sur|en|la|les|le|au|et|lès) ")
_ARRONDISSEMENT = re.compile(
    r"\blyon\s*(?:0?([1-9])\b(?!\d)|0?([1-9])(?:e|er|eme|ème|ième)\b)|\b([1-9])(?:e|er|eme|ème|ième)\s+arr", re.I
)
_POSTCODE = re.compile(r"\b(\d{5})\b")


class Gazetteer:
    """Finds communes by name, former name, short name, postcode or arrondissement."""

    def __init__(self, communes: Iterable[Commune]) -> None:
        self.communes = tuple(communes)
        self._by_insee = {c.insee: c for c in self.communes}
        names: dict[str, set[str]] = {}
        for commune in self.communes:
            full = fold(commune.name)
            for name in {full, *(fold(o) for o in commune.other_names)}:
                names.setdefault(name, set()).add(commune.insee)
                for long, short in (("saint ", "st "), ("sainte ", "ste ")):
                    if name.startswith(long):
                        names.setdefault(short + name[len(long) :], set()).add(commune.insee)
            short_name = _CONNECTOR.split(full)[0].removeprefix("la ")
            if len(short_name) >= 5 and short_name not in ("saint cyr", "champagne", "neuville"):
                names.setdefault(short_name, set()).add(commune.insee)
            if full.startswith("la "):
                names.setdefault(full[3:], set()).add(commune.insee)
        for name in ("neuville", "saint cyr", "st cyr"):
            found = {c.insee for c in self.communes if fold(c.name).startswith(name.replace("st ", "saint "))}
            names.setdefault(name, set()).update(found)
        self._names = {name: tuple(sorted(codes)) for name, codes in names.items()}
        ordered = sorted(self._names, key=len, reverse=True)
        self._pattern = re.compile(r"\b(" + "|".join(map(re.escape, ordered)) + r")\b")
        self._long_names = [n for n in ordered if len(n) >= 7]
        self._outside = re.compile(
            r"\b(?:a|de|sur|vers|ville de)\s+(" + "|".join(map(re.escape, OUTSIDE)) + r")\b(?=\s*(?:$|[,.;!?\n]|et\b|depuis\b))"
        )

    def by_insee(self, insee: str) -> Commune:
        """Raises `KeyError`."""
        return self._by_insee[insee]

    def mention(self, text: str) -> CommuneMention | None:
        """The commune that a text names, if any; the last full name wins over a street's.

        Offsets of `span` are in `text`.
        """
        arrondissement = _ARRONDISSEMENT.search(text)
        if arrondissement:
            number = int(next(g for g in arrondissement.groups() if g))
            return CommuneMention(
                (self._by_insee[LYON],), "Lyon", arrondissement.span(), number
            )
        for found in _POSTCODE.finditer(text):
            known = tuple(c for c in self.communes if found[1] in c.postcodes)
            named = self._named_in(text)
            if known:
                if named and set(named.candidates) & set(known):
                    return named
                number = int(found[1][-1]) if found[1].startswith("6900") else None
                return CommuneMention(known, found[1], found.span(), number)
            if named is None and 1000 <= int(found[1]) <= 98999:
                return CommuneMention((), found[1], found.span())
        return self._named_in(text)

    def _named_in(self, text: str) -> CommuneMention | None:
        folded, offsets = _fold_with_offsets(text)
        matches = [
            m
            for m in self._pattern.finditer(folded)
            if not re.search(r"(?:rue|avenue|av|cours|place|quai|route|chemin|boulevard|bd|pont) (?:de |du |d )?$", folded[: m.start()])
            and not (m[1] == "lyon" and re.search(r"(?:metropole de|grand) $", folded[: m.start()]))
        ]
        if matches:
            best = max(matches, key=lambda m: (bool(re.search(r"\b(?:a|sur|de|in) $", folded[: m.start()])), m.start()))
            codes = self._names[best[1]]
            span = (offsets[best.start()], offsets[best.end() - 1] + 1)
            return CommuneMention(tuple(self._by_insee[c] for c in codes), text[slice(*span)], span)
        outside = self._outside.search(folded)
        if outside:
            span = (offsets[outside.start(1)], offsets[outside.end(1) - 1] + 1)
            return CommuneMention((), text[slice(*span)], span)
        return self._misspelt(text, folded, offsets)

    def _misspelt(self, text: str, folded: str, offsets: list[int]) -> CommuneMention | None:
        words = list(re.finditer(r"[a-z]+(?: (?:en|la|sur|les|lès) [a-z]+)?", folded))
        for word in words:
            if len(word[0]) < 6:
                continue
            close = process.extractOne(word[0], self._long_names, scorer=fuzz.ratio, score_cutoff=88)
            if close and abs(len(close[0]) - len(word[0])) <= 2:
                codes = self._names[close[0]]
                span = (offsets[word.start()], offsets[word.end() - 1] + 1)
                return CommuneMention(
                    tuple(self._by_insee[c] for c in codes), text[slice(*span)], span
                )
        return None

    def nearest(self, latitude: float, longitude: float, count: int = 3) -> list[Commune]:
        """The communes whose centres are nearest: candidates to ask about, not an answer."""
        ranked = sorted(self.communes, key=lambda c: distance_km((latitude, longitude), c.centre))
        return ranked[:count]

    def is_around(self, latitude: float, longitude: float) -> bool:
        """Whether a point may be in the metropolis at all."""
        nearest = self.nearest(latitude, longitude, 1)[0]
        return distance_km((latitude, longitude), nearest.centre) <= NEAR_A_CENTRE_KM


def _fold_with_offsets(text: str) -> tuple[str, list[int]]:
    """The folded text, and for each of its characters where it stood."""
    out: list[str] = []
    offsets: list[int] = []
    for index, char in enumerate(text):
        piece = fold(char) if not char.isspace() and char not in "'’-_" else " "
        for c in piece:
            if c == " " and (not out or out[-1] == " "):
                continue
            out.append(c)
            offsets.append(index)
    return "".join(out), offsets


def distance_km(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Great-circle distance of two (latitude, longitude) points, in kilometres."""
    lat1, lon1, lat2, lon2 = map(math.radians, (*one, *other))
    a = (
        math.sin((lat2 - lat1) / 2) ** 2
        + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    )
    return 2 * 6371.0 * math.asin(math.sqrt(a))


def load_gazetteer(path: Path) -> Gazetteer:
    """Read `catalogue/places/communes.yml`. Raises `ValueError` naming what is wrong."""
    data: Mapping[str, object] = yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)
    rows = data.get("communes")
    if not isinstance(rows, list) or not rows:
        raise ValueError(f"{path.name}: a list `communes` is needed")
    communes = []
    for row in rows:
        try:
            communes.append(
                Commune(
                    str(row["insee"]),
                    row["name"],
                    tuple(row["other_names"]),
                    tuple(row["postcodes"]),
                    int(row["population"]),
                    (float(row["centre"][0]), float(row["centre"][1])),
                )
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{path.name}: {row}: {error}") from error
    return Gazetteer(communes)
