"""From which sites the assistant may be opened, and for which towns. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from bot.errors import Forbidden, Invalid

OWN = "self"
"""The origin of our own pages, which name none when they only read, and of what is no browser."""
USUAL_PORTS = {"http": 80, "https": 443}
"""Which browsers leave out."""
_HOST = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")


class SiteRefused(Forbidden):
    """The assistant may not be opened from that site: trying again changes nothing."""

    reason = "site"


@dataclass(frozen=True)
class Site:
    """An origin, and the INSEE codes of the towns that it may be opened for; None: every one."""

    origin: str
    communes: tuple[str, ...] | None = None

    def town(self, asked: str | None) -> str | None:
        """The town of a session: the one that was asked for, else the site's only one. Raises
        `SiteRefused` for one that the site is not for."""
        if self.communes is None:
            return asked
        if asked is None:
            return self.communes[0] if len(self.communes) == 1 else None
        if asked not in self.communes:
            raise SiteRefused("commune")
        return asked


def origin_of(text: str) -> str:
    """An origin as browsers write it: scheme, host and, unless it is the usual one, port. Raises
    `Invalid`, whose message says what is wrong."""
    try:
        parts = urlsplit(text.strip())
        host, port = parts.hostname, parts.port
    except ValueError:
        raise Invalid("origin", "this cannot be read as an address") from None
    if parts.scheme not in USUAL_PORTS or not host:
        raise Invalid("origin", "an origin begins with https:// or http:// and names a host")
    if parts.username is not None or parts.path or parts.query or parts.fragment:
        bare = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
        raise Invalid("origin", f"an origin has nothing after its host: {bare}")
    return f"{parts.scheme}://{_host(host)}{_port(parts.scheme, port)}"


def _host(host: str) -> str:
    """In lower case and ASCII. Raises `Invalid`."""
    if ":" in host:
        return f"[{host}]"
    try:
        written = host.encode("idna").decode()
    except UnicodeError:
        written = ""
    if not _HOST.fullmatch(written):
        raise Invalid("origin", "this is no name of a host")
    return written


def _port(scheme: str, port: int | None) -> str:
    return "" if port in (None, USUAL_PORTS[scheme]) else f":{port}"


def with_town(communes: Sequence[str] | None, added: str | None) -> list[str] | None:
    """The towns of a site once one is added; None for all of them."""
    if communes is None or added is None:
        return None
    return sorted({*communes, added})
