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
from bot.files.settings import Bucket, ScannerAddress

# The host goes into a header: only what a host may hold. `{s}` stands for a subdomain.
_TILES = re.compile(r"(https?://)(\{s\}\.)?([a-z0-9.-]+(?::\d+)?)/[^\s\"'<>]*", re.IGNORECASE)

SHORTEST_SECRET = 32


_SERVICE = re.compile(r"https?://[a-z0-9.\-\[\]:]+(?:/[\w.~/-]*)?", re.IGNORECASE)


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
    `geocoder_url`: an address service in the national address API's format, the URL below which
    `/search` and `/reverse` are (GUICHET_GEOCODER_URL); without one addresses are kept as told.
    `bucket`: S3-compatible storage for photos instead of the folder `files`
    (GUICHET_FILES_S3_URL=s3://bucket/prefix, _ENDPOINT, _REGION, _KEY, _SECRET).
    `clamd`: an antivirus that every photo must pass (GUICHET_CLAMD=host:port or a socket's path).
    `secret`: what links to photos are signed with (GUICHET_SECRET, 32 characters or more); without
    it a random one is kept in the database. Never printed.
    """

    database_url: str | None = None
    secure_cookies: bool = False
    map_tiles: MapTiles | None = None
    geocoder_url: str | None = None
    bucket: Bucket | None = None
    clamd: ScannerAddress | None = None
    secret: str | None = field(default=None, repr=False)

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
        secret = environment.get("GUICHET_SECRET") or None
        if secret is not None and len(secret) < SHORTEST_SECRET:
            raise Invalid("GUICHET_SECRET", f"must have {SHORTEST_SECRET} characters or more")
        return cls(
            checkout.root,
            checkout.state,
            url,
            environment.get("GUICHET_SECURE_COOKIES", "") in ("1", "true", "yes"),
            MapTiles.read(tiles, environment.get("GUICHET_MAP_CREDIT", "")) if tiles else None,
            _geocoder(environment.get("GUICHET_GEOCODER_URL", "")),
            Bucket.read(environment),
            ScannerAddress.read(environment),
            secret,
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


def _geocoder(url: str) -> str | None:
    """The base URL of an address service, also when one of its doors is given. Raises `Invalid`
    for what is none."""
    if not url:
        return None
    base = url.rstrip("/")
    for door in ("/search", "/reverse"):
        base = base.removesuffix(door)
    if _SERVICE.fullmatch(base) is None:
        raise Invalid("GUICHET_GEOCODER_URL", "must be an http(s) URL without query")
    return base
