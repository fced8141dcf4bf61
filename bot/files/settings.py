"""What a person may set about files: a bucket instead of the folder, and who scans them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from bot.errors import Invalid

URL = "GUICHET_FILES_S3_URL"
ENDPOINT = "GUICHET_FILES_S3_ENDPOINT"
REGION = "GUICHET_FILES_S3_REGION"
KEY = "GUICHET_FILES_S3_KEY"
SECRET = "GUICHET_FILES_S3_SECRET"  # noqa: S105  (the name of a setting)
CLAMD = "GUICHET_CLAMD"

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
"""Amazon S3 User Guide, "Bucket naming rules"."""


@dataclass(frozen=True)
class Bucket:
    """S3-compatible storage. `endpoint` is None for Amazon's own; `secret` is never printed."""

    name: str
    prefix: str
    endpoint: str | None
    region: str
    key: str
    secret: str = field(repr=False)

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Bucket | None:
        """GUICHET_FILES_S3_URL=s3://bucket/prefix with _ENDPOINT (https://…, for other than
        Amazon), _REGION, _KEY and _SECRET; None without a URL. Raises `Invalid`."""
        url = environment.get(URL) or None
        if url is None:
            return None
        parts = urlsplit(url)
        if parts.scheme != "s3" or not _BUCKET.fullmatch(parts.netloc) or parts.query:
            raise Invalid(URL, "must be s3://bucket or s3://bucket/prefix")
        endpoint = environment.get(ENDPOINT) or None
        if endpoint is not None and not re.fullmatch(r"https?://[^\s/?#@]+/?", endpoint):
            raise Invalid(ENDPOINT, "must be the http or https address of a server")
        for name in (KEY, SECRET):
            if not environment.get(name):
                raise Invalid(name, f"is needed with {URL}")
        return cls(
            parts.netloc,
            parts.path.strip("/"),
            endpoint,
            environment.get(REGION) or "us-east-1",  # what S3 itself takes when none is named
            environment[KEY],
            environment[SECRET],
        )


@dataclass(frozen=True)
class ScannerAddress:
    """Where a clamd listens: a Unix socket's path, or a host and its port."""

    path: str | None = None
    host: str = ""
    port: int = 0

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> ScannerAddress | None:
        """GUICHET_CLAMD=host:port or =/path/of/socket; None without. Raises `Invalid`."""
        given = environment.get(CLAMD) or None
        if given is None:
            return None
        if given.startswith("/"):
            return cls(path=given)
        host, _, port = given.rpartition(":")
        if not host or not port.isdecimal() or not 0 < int(port) < 65536:
            raise Invalid(CLAMD, "must be host:port, or the absolute path of a socket")
        return cls(host=host.strip("[]"), port=int(port))
