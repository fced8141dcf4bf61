"""Settings: environment in, typed values out. Every one has a default; none is required."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from bot.checkout import Checkout
from bot.errors import Invalid

# The host goes into a header: only what a host may hold. `{s}` stands for a subdomain.
_TILES = re.compile(r"(https?://)(\{s\}\.)?([a-z0-9.-]+(?::\d+)?)/[^\s\"'<>]*", re.IGNORECASE)

FORWARDING_KEY_PREFIX = "GUICHET_FORWARDING_"
"""Of the variables that hold keys of outside systems: a content file can name no other secret."""


@dataclass(frozen=True)
class MapTiles:
    """A tile server. `source` is its host as a content security policy names it."""

    template: str
    source: str
    credit: str

    @classmethod
    def read(cls, template: str, credit: str) -> MapTiles:
        """Raises `Invalid` for what is no URL template of tiles."""
        parts = _TILES.fullmatch(template)
        if parts is None or not all(name in template for name in ("{z}", "{x}", "{y}")):
            raise Invalid("GUICHET_MAP_TILES", "must be a URL with {z}, {x} and {y}")
        scheme, subdomain, host = parts.groups()
        return cls(template, f"{scheme}{'*.' if subdomain else ''}{host}", credit)


@dataclass(frozen=True)
class Settings(Checkout):
    """What a person may set, on top of where the checkout and its state are.

    `database_url`: a PostgreSQL to use instead of the private one (DATABASE_URL).
    `secure_cookies`: cookies only over TLS (GUICHET_SECURE_COOKIES=1 behind a TLS proxy).
    `map_tiles`: a tile server for the page's map, and whom to credit (GUICHET_MAP_TILES,
    GUICHET_MAP_CREDIT); without one the map shows the towns only.
    `forwarding_keys`: the keys of towns' outside systems, by the variables that their
    `forwarding.yml` name (GUICHET_FORWARDING_…).
    """

    database_url: str | None = None
    secure_cookies: bool = False
    map_tiles: MapTiles | None = None
    forwarding_keys: Mapping[str, str] = field(default_factory=dict, repr=False)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Raises `Invalid` for a value that cannot be used."""
        checkout = Checkout.from_environment(environment)
        url = environment.get("DATABASE_URL") or None
        if url is not None:
            scheme, _, rest = url.partition("://")
            if scheme.split("+")[0] not in ("postgres", "postgresql") or not rest:
                raise Invalid("DATABASE_URL", "must be a PostgreSQL URL")
            url = f"postgresql+psycopg://{rest}"
        tiles = environment.get("GUICHET_MAP_TILES") or None
        return cls(
            checkout.root,
            checkout.state,
            url,
            environment.get("GUICHET_SECURE_COOKIES", "") in ("1", "true", "yes"),
            MapTiles.read(tiles, environment.get("GUICHET_MAP_CREDIT", "")) if tiles else None,
            {
                name: value
                for name, value in environment.items()
                if name.startswith(FORWARDING_KEY_PREFIX)
            },
        )

    @property
    def catalogue(self) -> Path:
        return self.root / "catalogue"

    @property
    def files(self) -> Path:
        return self.state / "files"

    @property
    def models(self) -> Path:
        return self.state / "models"

    def sockets(self) -> Path:
        """A private directory with a short path (a socket's is limited to 107 bytes)."""
        digest = hashlib.sha256(str(self.state).encode()).hexdigest()[:10]
        base = os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()
        folder = Path(base) / f"guichet-{os.geteuid()}-{digest}-run"
        folder.mkdir(mode=0o700, exist_ok=True)
        info = folder.lstat()
        if info.st_uid != os.geteuid() or folder.is_symlink():
            raise Invalid("XDG_RUNTIME_DIR", f"{folder} belongs to somebody else")
        folder.chmod(0o700)
        return folder
