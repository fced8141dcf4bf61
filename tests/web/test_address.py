"""Whom limits count, before and behind proxies."""

from __future__ import annotations

from ipaddress import ip_network

import pytest
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict

from bot.settings import Network
from bot.web.address import client_address

NOBODY: tuple[Network, ...] = ()
PROXIES: tuple[Network, ...] = (ip_network("10.0.0.0/8"), ip_network("2001:db8:f::/48"))


def seen(peer: str, *forwarded: str, trusted: tuple[Network, ...] = PROXIES) -> str:
    headers = CIMultiDict([("X-Forwarded-For", line) for line in forwarded])
    request = make_mocked_request("GET", "/", headers=headers).clone(remote=peer)
    return client_address(request, trusted)


def test_what_a_client_says_of_itself_is_not_believed() -> None:
    assert seen("203.0.113.7", "198.51.100.1") == "203.0.113.7"
    assert seen("10.0.0.1", "198.51.100.1", trusted=NOBODY) == "10.0.0.1"


@pytest.mark.parametrize(
    ("forwarded", "client"),
    [
        (["198.51.100.1"], "198.51.100.1"),
        (["made up, 198.51.100.1"], "198.51.100.1"),
        (["192.0.2.9, 198.51.100.1, 10.2.3.4"], "198.51.100.1"),
        (["192.0.2.9", "198.51.100.1", "10.2.3.4"], "198.51.100.1"),
        (["198.51.100.1:4711"], "198.51.100.1"),
        (["[2001:db8:1:2:3:4:5:6]:4711"], "2001:db8:1:2::/64"),
        (["10.9.9.9"], "10.9.9.9"),
        (["198.51.100.1, unknown"], "10.0.0.1"),
        ([], "10.0.0.1"),
        ([""], "10.0.0.1"),
    ],
)
def test_behind_a_trusted_proxy_it_is_the_last_hop_that_is_not_one(
    forwarded: list[str], client: str
) -> None:
    assert seen("10.0.0.1", *forwarded) == client


def test_all_addresses_of_a_household_are_one() -> None:
    assert seen("2001:db8:1:2::1") == seen("2001:db8:1:2:ffff::9") == "2001:db8:1:2::/64"
    assert seen("2001:db8:1:3::1") != seen("2001:db8:1:2::1")


def test_an_ipv4_address_written_as_ipv6_is_itself() -> None:
    assert seen("::ffff:10.0.0.1", "198.51.100.1") == "198.51.100.1"


def test_a_socket_without_an_address_is_counted_too() -> None:
    assert seen("") == ""
