"""The line that a town pastes into its site, from what it chose. Pure."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from bot.web import contrast

BRAND, RADIUS_PX, LARGEST_RADIUS_PX = "#0b5c6b", 14, 24
GROUND, PAPER, INK = "#fbfaf7", "#ffffff", "#16232b"
"""What stands under words in the town's colour, and the words on it: the widget's own colours."""
LANGUAGES, POSITIONS = ("fr", "en"), ("right", "left")
LONGEST = 200


@dataclass(frozen=True)
class Choice:
    """`language`: "" for the page's own; `commune`: a slug, "" for none; `site`: an origin, ""
    where none was given."""

    commune: str
    language: str
    position: str
    brand: str
    radius_px: int
    title: str
    logo: str
    site: str

    def attributes(self) -> dict[str, str]:
        """What is not as it would be anyway, by the names in the line."""
        asked = {
            "data-commune": self.commune,
            "data-language": self.language,
            "data-position": "" if self.position == POSITIONS[0] else self.position,
            "data-brand": "" if self.brand == BRAND else self.brand,
            "data-radius": "" if self.radius_px == RADIUS_PX else str(self.radius_px),
            "data-title": self.title,
            "data-logo": self.logo,
        }
        return {name: value for name, value in asked.items() if value}

    def line(self, service_url: str) -> str:
        """`service_url`: without a slash at its end."""
        attributes = {"src": f"{service_url}/widget.js", **self.attributes()}
        said = "".join(f' {name}="{html.escape(value)}"' for name, value in attributes.items())
        return f"<script async{said}></script>"

    def policy(self, service_url: str, tiles: str | None = None) -> str:
        """What a strict Content-Security-Policy of the site has to hold. `tiles`: the host of the
        map's tile server, where there is one."""
        socket = re.sub("^http", "ws", service_url)
        logo = _origin(self.logo)
        images = " ".join(dict.fromkeys(filter(None, [service_url, logo, tiles])))
        return f"script-src {service_url}; connect-src {service_url} {socket}; img-src {images}"

    @property
    def contrast_with_words(self) -> float:
        """Of the words on the town's colour: white or ink, whichever is read more easily."""
        return max(contrast.ratio(self.brand, PAPER), contrast.ratio(self.brand, INK))

    @property
    def contrast_with_ground(self) -> float:
        """Of links and outlined buttons in the town's colour."""
        return contrast.ratio(self.brand, GROUND)


def chosen(query: Mapping[str, str], communes: frozenset[str]) -> Choice:
    """From a form; what cannot be is as if it had been left alone."""

    def one_of(name: str, allowed: tuple[str, ...], default: str) -> str:
        return query[name] if query.get(name) in allowed else default

    brand = query.get("brand", "").lower()
    radius = query.get("radius", "")
    return Choice(
        commune=one_of("commune", tuple(communes), ""),
        language=one_of("language", LANGUAGES, ""),
        position=one_of("position", POSITIONS, POSITIONS[0]),
        brand=brand if contrast.is_colour(brand) else BRAND,
        radius_px=min(int(radius), LARGEST_RADIUS_PX)
        if re.fullmatch(r"[0-9]{1,2}", radius)
        else RADIUS_PX,
        title=" ".join(query.get("title", "").split())[:LONGEST],
        logo=query.get("logo", "").strip()[:LONGEST] if _origin(query.get("logo", "")) else "",
        site=_origin(query.get("site", "")),
    )


def _origin(url: str) -> str:
    """Of an address of the web; empty for what is none."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return ""
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}".lower()
