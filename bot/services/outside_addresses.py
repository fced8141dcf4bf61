"""What may stand in a content file as the address of somebody else's system."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit


def wrong_address(url: str, example: str) -> str | None:
    """Why a key and citizens' words cannot be sent there; `example` shows one that can be used.
    None for an address that is right: https, or http on this machine alone."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "is no URL"
    if parts.scheme not in ("http", "https") or not host or "@" in parts.netloc:
        return f"must be a URL like {example}"
    if parts.query or parts.fragment:
        return "must have neither ? nor #"
    if parts.scheme == "http" and not _is_loopback(host):
        return "must be https: a key and citizens' words go there"
    return None


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
