"""Whose address a request comes from, through the proxies that we were told of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from aiohttp import web

from bot.settings import Network

IPV6_SITE_BITS = 64
"""Of an IPv6 address, what names a household: who has one has all the addresses below it."""

IPV6_SUBSCRIBER_BITS = 56
"""What a provider gives to one subscriber: 256 households' worth of addresses."""

Address = IPv4Address | IPv6Address


def client_address(request: web.Request, trusted: Sequence[Network]) -> str:
    """What limits count a client by: its IPv4 address, or the /64 of its IPv6 address."""
    hops = ",".join(request.headers.getall("X-Forwarded-For", ())).split(",")
    return _client(request.remote or "", hops, trusted)


def _client(peer: str, hops: Iterable[str], trusted: Sequence[Network]) -> str:
    """Each trusted proxy says who spoke to it, the last one at the end: what stands before the
    first address that is not trusted was written by anybody."""
    address = _read(peer)
    if address is None:
        return peer
    for hop in reversed(list(hops)):
        told = _read(hop)
        if told is None or not any(address in network for network in trusted):
            break
        address = told
    if isinstance(address, IPv4Address):
        return str(address)
    return str(IPv6Network((int(address), IPV6_SITE_BITS), strict=False))


def around(address: str) -> str | None:
    """The /56 of what `client_address` says, where that is of IPv6."""
    if not address.endswith(f"/{IPV6_SITE_BITS}"):
        return None
    return str(IPv6Network(address).supernet(new_prefix=IPV6_SUBSCRIBER_BITS))


def _read(text: str) -> Address | None:
    """An address, also with a port as some proxies write it; None for anything else."""
    bare = text.strip()
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        address = ip_address(bare)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
