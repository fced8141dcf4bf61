"""What is an origin, and for which towns a site may open the assistant."""

from __future__ import annotations

import pytest

from bot.errors import Invalid
from bot.sites.rules import Site, SiteRefused, origin_of, with_town


@pytest.mark.parametrize(
    ("written", "origin"),
    [
        ("https://www.oullins.fr", "https://www.oullins.fr"),
        ("HTTPS://WWW.Oullins.FR", "https://www.oullins.fr"),
        ("https://www.oullins.fr:443", "https://www.oullins.fr"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("http://192.0.2.1", "http://192.0.2.1"),
        ("http://[2001:DB8::1]:81", "http://[2001:db8::1]:81"),
        ("https://mairie-génis.fr", "https://xn--mairie-gnis-ibb.fr"),
    ],
)
def test_an_origin_is_written_as_browsers_write_it(written: str, origin: str) -> None:
    assert origin_of(written) == origin


@pytest.mark.parametrize(
    "written",
    [
        "",
        "null",
        "www.oullins.fr",
        "ftp://www.oullins.fr",
        "https://",
        "https://www.oullins.fr/",
        "https://www.oullins.fr/contact",
        "https://www.oullins.fr?a",
        "https://moi@www.oullins.fr",
        "https://www.oullins.fr:port",
        "https://*.oullins.fr",
        "https://www oullins.fr",
    ],
)
def test_what_is_no_origin_is_refused(written: str) -> None:
    with pytest.raises(Invalid):
        origin_of(written)


def test_a_site_is_for_its_own_towns() -> None:
    site = Site("https://www.oullins.fr", ("69149",))
    assert site.town("69149") == site.town(None) == "69149"
    with pytest.raises(SiteRefused):
        site.town("69029")


def test_of_several_towns_one_has_to_be_named() -> None:
    site = Site("https://agglo.example", ("69029", "69149"))
    assert (site.town(None), site.town("69029")) == (None, "69029")


def test_a_site_for_all_towns_takes_any() -> None:
    site = Site("https://www.grandlyon.example")
    assert (site.town(None), site.town("69029")) == (None, "69029")


def test_a_town_is_added_to_those_that_a_site_has() -> None:
    assert with_town([], "69149") == ["69149"]
    assert with_town(["69149"], "69029") == ["69029", "69149"]
    assert with_town(["69149"], None) is None
    assert with_town(None, "69029") is None  # it has every one already
