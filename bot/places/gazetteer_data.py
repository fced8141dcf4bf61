"""What a gazetteer is made of, and its reading from the parsed `catalogue/places/communes.yml`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from bot.places.rules import Commune

_POSTCODE = re.compile(r"\d{5}")
_INSEE = re.compile(r"\d[\dAB]\d{3}")


class BadGazetteer(ValueError):
    """The file cannot be used; the message says where and why."""


@dataclass(frozen=True)
class Arrondissement:
    """A numbered part of a town, with codes of its own."""

    commune: str
    number: int
    insee: str
    postcode: str


@dataclass(frozen=True)
class GazetteerData:
    """The towns; names of towns outside; names that are ordinary words too."""

    communes: tuple[Commune, ...]
    arrondissements: tuple[Arrondissement, ...] = ()
    outside: tuple[str, ...] = ()
    names_like_words: tuple[str, ...] = ()
    words_near_names: tuple[str, ...] = ()


def read_gazetteer(data: object) -> GazetteerData:
    """Check and take the parsed file. Raises `BadGazetteer` naming the row and what is wrong."""
    if not isinstance(data, Mapping):
        raise BadGazetteer("a mapping with the key `communes` is needed")
    rows = data.get("communes")
    if not isinstance(rows, list) or not rows:
        raise BadGazetteer("a list `communes` is needed")
    year = data.get("population_year")
    if not isinstance(year, int):
        raise BadGazetteer("a number `population_year` is needed")
    communes = []
    arrondissements: list[Arrondissement] = []
    for position, row in enumerate(rows, start=1):
        where = f"communes, entry {position}"
        if not isinstance(row, Mapping):
            raise BadGazetteer(f"{where}: a mapping is needed")
        commune = _commune(row, year, f"{where} ({row.get('name', 'without a name')})")
        communes.append(commune)
        arrondissements += _arrondissements(row, commune.insee, where)
    codes = [c.insee for c in communes]
    repeated = sorted({code for code in codes if codes.count(code) > 1})
    if repeated:
        raise BadGazetteer(f"communes: INSEE code given twice: {', '.join(repeated)}")
    return GazetteerData(
        tuple(communes),
        tuple(arrondissements),
        _texts(data, "outside", "the file"),
        _texts(data, "names_like_words", "the file"),
        _texts(data, "words_near_names", "the file"),
    )


def _commune(row: Mapping[str, object], year: int, where: str) -> Commune:
    insee, name = row.get("insee"), row.get("name")
    if not isinstance(insee, str) or not _INSEE.fullmatch(insee):
        raise BadGazetteer(f"{where}: `insee` must be five characters in quotes")
    if not isinstance(name, str) or not name.strip():
        raise BadGazetteer(f"{where}: `name` is needed")
    postcodes = _texts(row, "postcodes", where)
    if not postcodes or not all(_POSTCODE.fullmatch(code) for code in postcodes):
        raise BadGazetteer(f"{where}: `postcodes` must be a list of five digits in quotes")
    population = row.get("population")
    if not isinstance(population, int) or population <= 0:
        raise BadGazetteer(f"{where}: `population` must be a positive number")
    return Commune(
        insee,
        name,
        _texts(row, "former_names", where) + _texts(row, "other_names", where),
        postcodes,
        population,
        year,
        _centre(row.get("centre"), where),
    )


def _centre(value: object, where: str) -> tuple[float, float]:
    if isinstance(value, list) and len(value) == 2:
        latitude, longitude = value
        both = isinstance(latitude, float) and isinstance(longitude, float)
        if both and -90 <= latitude <= 90 and -180 <= longitude <= 180:
            return latitude, longitude
    raise BadGazetteer(f"{where}: `centre` must be [latitude, longitude] in degrees")


def _arrondissements(
    row: Mapping[str, object], commune: str, where: str
) -> tuple[Arrondissement, ...]:
    parts = row.get("arrondissements", [])
    if not isinstance(parts, list):
        raise BadGazetteer(f"{where}: `arrondissements` must be a list")
    found = []
    for part in parts:
        if not isinstance(part, Mapping):
            raise BadGazetteer(f"{where}: each arrondissement must be a mapping")
        number, insee, postcode = part.get("number"), part.get("insee"), part.get("postcode")
        if not isinstance(number, int) or not 1 <= number <= 20:
            raise BadGazetteer(f"{where}: an arrondissement's `number` is from 1 to 20")
        if not isinstance(insee, str) or not isinstance(postcode, str):
            raise BadGazetteer(f"{where}: arrondissement {number} needs `insee` and `postcode`")
        found.append(Arrondissement(commune, number, insee, postcode))
    return tuple(found)


def _texts(row: Mapping[str, object], key: str, where: str) -> tuple[str, ...]:
    value = row.get(key, [])
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise BadGazetteer(f"{where}: `{key}` must be a list of texts")
    return tuple(value)
