"""Settings read from an environment."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.errors import Invalid
from bot.settings import Settings


def settings(tmp_path: Path, **environment: str) -> Settings:
    return Settings.from_environment({"GUICHET_STATE": str(tmp_path), **environment})


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:7878",
        "http://127.0.0.1:7878/",
        "http://127.0.0.1:7878/search",
        "http://127.0.0.1:7878/reverse/",
    ],
)
def test_an_address_service_is_known_by_any_of_its_doors(tmp_path: Path, url: str) -> None:
    assert settings(tmp_path, GUICHET_GEOCODER_URL=url).geocoder_url == "http://127.0.0.1:7878"


def test_an_address_service_may_be_below_a_path(tmp_path: Path) -> None:
    url = "https://addresses.example/geocodage"
    assert settings(tmp_path, GUICHET_GEOCODER_URL=url).geocoder_url == url


def test_there_is_no_address_service_unless_it_is_set(tmp_path: Path) -> None:
    assert settings(tmp_path).geocoder_url is None
    assert settings(tmp_path, GUICHET_GEOCODER_URL="").geocoder_url is None


@pytest.mark.parametrize("url", ["addok", "ftp://host", "http://", "https://host/search?q=1", "1"])
def test_what_is_no_url_of_an_address_service_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(Invalid, match="GUICHET_GEOCODER_URL"):
        settings(tmp_path, GUICHET_GEOCODER_URL=url)


def test_no_proxy_is_trusted_unless_it_is_named(tmp_path: Path) -> None:
    assert settings(tmp_path).trusted_proxies == ()
    named = settings(tmp_path, GUICHET_TRUSTED_PROXIES="127.0.0.1, 10.0.0.0/8,::1")
    assert [str(network) for network in named.trusted_proxies] == [
        "127.0.0.1/32",
        "10.0.0.0/8",
        "::1/128",
    ]


@pytest.mark.parametrize("named", ["proxy.example", "10.0.0.1/8", "10.0.0.0/8;::1", "*"])
def test_a_proxy_is_an_address_or_a_network(tmp_path: Path, named: str) -> None:
    with pytest.raises(Invalid) as refused:
        settings(tmp_path, GUICHET_TRUSTED_PROXIES=named)
    assert refused.value.field == "GUICHET_TRUSTED_PROXIES"
