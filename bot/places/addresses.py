"""Addresses and landmarks as people write them in a message. Pure; no geocoder here."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

_WAY = (
    r"rues?|avenue|av|ave|boulevard|bd|bld|blvd|boul|place|pl|quai|chemin|ch|impasse|imp|cours|mont[ée]e|"
    r"all[ée]e|route|rte|square|esplanade|passage|traverse|rond[- ]point|voie|sentier|faubourg|"
    r"parc|promenade|pont"
)
_NUMBER = r"\d{1,4}(?:\s?(?:bis|ter|quater|[a-d])(?![a-z]))?"
# Where the name of a street ends: the town, the time, or the rest of the sentence.
_STOP = (
    r"(?=\s+(?:à|a|au|aux|sur|dans|depuis|hier|est|sont|il|y|ya|qui|que|et|mais|un|une|des|ne|n['’]|ça|ca|c['’]|"
    r"pas|devant|derri[èe]re|pr[èe]s|en face|vers|ce|cette|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|"
    r"tout|toute|plein|pleine|svp|s['’]il|merci|avec|for|is|since|in|there|on|has|which|"
    r"totalement|compl[èe]tement|toujours|encore|o[uù]|pour|a\b)\b|\s*[,.;:!?()\n]|\s+\d{5}\b|\s+lyon\b|\s*$)"
)
_STREET = re.compile(
    rf"(?:(?P<number>{_NUMBER})\s*,?\s+)?(?P<street>\b(?:{_WAY})\b\.?\s+(?P<name>[^\s,.;:!?()\n]+(?:\s+[^\s,.;:!?()\n]+){{0,6}}?)){_STOP}",
    re.I,
)
_ENGLISH_STREET = re.compile(
    rf"(?P<number>{_NUMBER})\s+(?P<street>[A-Z][\w'-]+(?:\s+[A-Z][\w'-]+)*\s+(?:street|road|avenue))\b"
)
_LANDMARK = re.compile(
    r"\b(?P<landmark>(?:devant|derri[èe]re|en face (?:de|du|des)|pr[èe]s (?:de|du|des)|[àa] c[ôo]t[ée] (?:de|du|des)|"
    r"au niveau (?:de|du|des)|[àa] l['’]entr[ée]e (?:de|du|des)|sous le|in front of|next to|near|behind)\s*"
    r"(?:l['’]\s?|la |le |les |the )?"
    r"(?P<thing>[ée]cole|coll[èe]ge|lyc[ée]e|gare|mairie|m[ée]tro|gymnase|[ée]glise|parc|stade|piscine|biblioth[èe]que|"
    r"m[ée]diath[èe]que|cr[èe]che|h[ôo]pital|pharmacie|boulangerie|supermarch[ée]|carrefour|monoprix|poste|cimeti[èe]re|"
    r"march[ée]|th[ée][âa]tre|arr[êe]t|station|pont|school|station|town hall|park|church)"
    rf"(?P<rest>(?:\s+[^\s,.;:!?()\n]+){{0,4}}?)){_STOP}",
    re.I,
)
_NEEDS_NAME = {"parc", "pont", "voie", "passage", "route", "cours", "pl", "ch", "place"}
_EMPTY_NAMES = re.compile(
    r"^(?:est|sont|barr[ée]e|ab[îi]m[ée]e?|sale|ferm[ée]e?|glissante|d[ée]fonc[ée]e?|entre|ou|où|qui|et|de|du|la|le|les|"
    r"priv[ée]e?|pi[ée]tonne|principale|[àa]|inond[ée]e?|d[ée]grad[ée]e?|mal|tr[èe]s|trop|pleine?|dangereuse|cyclable|juste|"
    r"publique?|verte?|en|au|aux|n['’].*|pas|devant|fissur[ée]e?|sans|d['’]eau|is|has|light|lamp|plus|des|de plus)$",
    re.I,
)
_NEW_NUMBER = re.compile(rf"\b(?:au|le|num[ée]ro|n°|at|number)\s+(?P<number>{_NUMBER})\b(?!\s*(?:jours|h\b|heures|mars|mai|juin))", re.I)


@dataclass(frozen=True)
class Address:
    """A place in words. `span` is where it stood in the text."""

    text: str
    number: str | None
    street: str | None
    landmark: str | None
    span: tuple[int, int]


def find_address(text: str) -> Address | None:
    """The first street address or landmark of a message; None when it names none."""
    for found in _STREET.finditer(text):
        way = found["street"].split()[0].lower().rstrip(".")
        first = found["name"].split()[0]
        words = found["name"].split()
        if _EMPTY_NAMES.match(first) and not (first.lower() in ("de", "du", "la", "le", "les", "des") and len(words) > 1):
            continue
        if way == "parc" and not found["number"] and len(words) < 2:
            continue
        number = found["number"]
        street = _clean(found["street"])
        shown = f"{number} {street}" if number else street
        return Address(_clean(shown), number, street, None, (found.start(), found.end()))
    english = _ENGLISH_STREET.search(text)
    if english:
        return Address(_clean(english[0]), english["number"], english["street"], None, english.span())
    landmark = _LANDMARK.search(text)
    if landmark:
        return Address(_clean(landmark["landmark"]), None, None, _clean(landmark["landmark"]), landmark.span())
    return None


def corrected_number(address: str, text: str) -> str | None:
    """`"non, c'est au 14"` said of `"12 rue X"` -> `"14 rue X"`; None when no number is given."""
    found = _NEW_NUMBER.search(text)
    if found is None:
        alone = re.fullmatch(rf"\D{{0,20}}?\b(?P<number>{_NUMBER})\W*", text.strip(), re.I)
        if alone is None:
            return None
        found = alone
    street = re.sub(rf"^{_NUMBER}\s+", "", address, flags=re.I)
    return f"{found['number']} {street}"


def without_town(address: Address, town_span: tuple[int, int]) -> Address:
    """The same address when a town's name was read as its tail: cut before the town."""
    start, end = address.span
    if not start < town_span[0] < end:
        return address
    tail = end - town_span[0]
    shown = _clean(address.text[: max(0, len(address.text) - tail)])
    return replace(address, text=shown, span=(start, town_span[0]))


def _clean(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip(" ,.;:-")
