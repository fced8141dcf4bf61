"""The town of a site, as its page calls it."""

from __future__ import annotations

import re

from bot.places.communes import Gazetteer
from bot.places.rules import Commune
from bot.words.folding import fold


def town_called(gazetteer: Gazetteer, text: str | None) -> Commune | None:
    """By INSEE code, by name or as an address writes it (`saint-genis-laval`). None for what is no
    town of ours: the assistant then asks, as it does where no town is named."""
    wanted = (text or "").strip()
    if not wanted:
        return None
    slug = slug_of(wanted)
    for commune in gazetteer.communes:
        if wanted == commune.insee or slug == slug_of(commune.name):
            return commune
    named = gazetteer.named(wanted)
    return named[0] if len(named) == 1 else None


def slug_of(name: str) -> str:
    """`Saint-Genis-Laval` as `saint-genis-laval`."""
    return re.sub(r"[^a-z0-9]+", "-", fold(name)).strip("-")
