"""The map's ground, and what the pages may load for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.errors import Invalid
from bot.places.communes import load_gazetteer
from bot.settings import MapTiles, Settings
from bot.web import maps
from tests.running import ROOT

TILES = "https://tiles.example/{z}/{x}/{y}.png"


def settings(**environment: str) -> Settings:
    return Settings.from_environment(environment)


def test_without_tiles_pictures_come_from_here_only() -> None:
    policy = maps.content_security_policy(settings())
    assert "img-src 'self' blob:;" in policy
    assert "unsafe" not in policy


def test_the_host_of_the_tiles_may_give_pictures_and_nothing_else() -> None:
    policy = maps.content_security_policy(settings(GUICHET_MAP_TILES=TILES))
    assert "img-src 'self' blob: https://tiles.example;" in policy
    assert policy.count("tiles.example") == 1


def test_a_template_with_subdomains_names_them_all() -> None:
    tiles = MapTiles.read("https://{s}.tiles.example:8443/{z}/{x}/{y}.png", "")
    assert tiles.source == "https://*.tiles.example:8443"


@pytest.mark.parametrize(
    "template",
    [
        "tiles",
        "https://tiles.example/",
        "ftp://tiles.example/{z}/{x}/{y}",
        "https://tiles.example; script-src */{z}/{x}/{y}",
        "https://user:word@tiles.example/{z}/{x}/{y}",
    ],
)
def test_what_is_no_template_is_refused(template: str) -> None:
    with pytest.raises(Invalid, match="GUICHET_MAP_TILES"):
        settings(GUICHET_MAP_TILES=template)


def test_every_town_is_drawn_the_most_populous_first() -> None:
    gazetteer = load_gazetteer(ROOT / "catalogue" / "places" / "communes.yml")
    drawn = maps.ground(settings(GUICHET_MAP_TILES=TILES, GUICHET_MAP_CREDIT="IGN"), gazetteer)
    assert drawn["communes"][0]["name"] == "Lyon"
    assert len(drawn["communes"]) == len(gazetteer.communes)
    assert (drawn["tiles"], drawn["credit"]) == (TILES, "IGN")


def test_leaflets_files_are_where_they_are_served_from() -> None:
    files = maps.leaflet_files()
    for name in ("leaflet.js", "leaflet.css", "images/marker-icon.png"):
        assert (Path(files) / name).is_file()
    for name in ("leaflet.markercluster.js", "MarkerCluster.css"):
        assert (maps.clusters_files() / name).is_file()
