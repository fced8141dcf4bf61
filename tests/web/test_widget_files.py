"""What pages of other sites fetch: the script of today, and the parts of every build kept."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from bot.parts import Service
from tests.web.browsers import Browsers

SCRIPT, PART = "let today;", "let part;"


@pytest.fixture
def built(assembled: Service) -> Path:
    """Two builds, the second one of today."""
    place = assembled.settings.state / "widget"
    for name, text in (("older", "let older;"), ("newer", SCRIPT)):
        assets = place / name / "assets"
        assets.mkdir(parents=True)
        (place / name / "built.json").write_text("{}")
        (place / name / "widget.js").write_text(text)
        (assets / f"app-{name}.js").write_text(PART)
        (assets / f"app-{name}.js.LEGAL.txt").write_text("licences")
        (assets / f"app-{name}.js.gz").write_bytes(gzip.compress(PART.encode()))
    (place / "current").write_text("newer")
    return place


@pytest.mark.usefixtures("built")
async def test_the_script_is_today_s_and_soon_asked_for_again(browsers: Browsers) -> None:
    answer = await (await browsers(with_session=False)).get("/widget.js")
    assert answer.body.decode() == SCRIPT
    assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize("name", ["app-newer.js", "app-older.js"])
async def test_parts_of_each_build_are_there_for_ever(browsers: Browsers, name: str) -> None:
    answer = await (await browsers(with_session=False)).get(f"/widget/assets/{name}")
    assert answer.body.decode() == PART
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.headers["Content-Encoding"] == "gzip"


@pytest.mark.usefixtures("built")
async def test_a_part_has_its_licences_beside_it(browsers: Browsers) -> None:
    answer = await (await browsers(with_session=False)).get("/widget/assets/app-newer.js.LEGAL.txt")
    assert answer.body == b"licences"
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize(
    "name", ["app-none.js", "..%2Fwidget.js", "..%2F..%2Fcurrent", "built.json"]
)
async def test_nothing_else_is_handed_out(browsers: Browsers, name: str) -> None:
    answer = await (await browsers(with_session=False)).get(f"/widget/assets/{name}")
    assert answer.status == 404


async def test_a_widget_that_was_not_built_is_told_as_away(browsers: Browsers) -> None:
    assert (await (await browsers(with_session=False)).get("/widget.js")).status == 503
