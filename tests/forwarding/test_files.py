"""A town's `forwarding.yml`: what is read, and what is said of it when it is wrong."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.forwarding.files import load_systems
from bot.service_requests.rules import Status
from bot.services.content_files import CatalogueError
from bot.services.rules import Catalogue
from tests.actions.desks import catalogue
from tests.forwarding.builders import OULLINS, write_file
from tests.running import ROOT

URL = "https://oullins.example/open311/v2/"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "catalogue"
    shutil.copytree(ROOT / "catalogue" / "places", folder / "places")
    return folder


def problems(root: Path, known: Catalogue | None = None) -> list[str]:
    with pytest.raises(CatalogueError) as raised:
        load_systems(root, known or catalogue())
    return [str(problem) for problem in raised.value.problems]


def test_no_town_forwards_unless_a_file_says_so(root: Path) -> None:
    assert load_systems(root, catalogue()) == {}
    assert load_systems(ROOT / "catalogue", catalogue()) == {}


def test_the_example_of_the_readme_is_right(root: Path) -> None:
    readme = (ROOT / "catalogue" / "README.md").read_text("utf-8")
    (example,) = [part for part in readme.split("```yaml\n") if part.startswith("endpoint:")]
    folder = root / "communes" / OULLINS
    folder.mkdir(parents=True)
    (folder / "forwarding.yml").write_text(example.split("```")[0], "utf-8")
    system = load_systems(root, catalogue())[OULLINS]
    assert system.key_variable == "GUICHET_FORWARDING_OULLINS"
    assert system.pull_every == timedelta(minutes=10)
    assert system.services["pothole"].attributes["size"].values["large"] == "3"
    assert [meaning.becomes for meaning in system.meanings] == [
        Status.REJECTED, Status.PLANNED, None
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("replaced", "expected"),
    [
        ({"endpoint": "http://oullins.example/v2"}, ":1: endpoint: must be https"),
        ({"endpoint": "https://me:key@oullins.example"}, "endpoint: must be a URL like"),
        ({"endpoint": "https://oullins.example/v2?key=1"}, "endpoint: must have neither"),
        ({"endpoint": "ftp://oullins.example"}, "endpoint: must be a URL like"),
        ({"services": {}}, "services: "),
        ({"services": {"trou": {"code": "V"}}}, ":3: services.trou: is no service"),
        ({"key_variable": "DATABASE_URL"}, "key_variable: "),
        ({"timezone": "Lyon"}, "timezone: is no time zone"),
        ({"states": [{"status": "void", "becomes": "rejected"}]}, "states[0]: a rejection needs"),
        ({"states": [{"status": "void", "becomes": "new"}]}, "states[0].becomes: must be"),
        ({"secret": "abc"}, "secret: is not a key we know"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(
    root: Path, replaced: dict[str, Any], expected: str
) -> None:
    write_file(root, **({"endpoint": URL} | replaced))
    (problem,) = problems(root)
    assert problem.startswith("catalogue/communes/69149/forwarding.yml:")
    assert expected in problem


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({"colour": {"code": "C"}}, "is no question of pothole"),
        ({"location": {"code": "C"}}, "are no attributes"),
        ({"size": {"code": "C", "values": {"huge": "4"}}}, "is none of its answers: small"),
    ],
)
def test_attributes_are_those_of_the_service(
    root: Path, attributes: dict[str, Any], expected: str
) -> None:
    write_file(root, URL, services={"pothole": {"code": "V", "attributes": attributes}})
    (problem,) = problems(root)
    assert expected in problem


def test_what_is_sensitive_is_sent_to_nobody(root: Path) -> None:
    whole = catalogue()
    hidden = replace(whole.service("pothole"), sensitive=True)
    write_file(root, URL)
    (problem,) = problems(root, replace(whole, of_communes={OULLINS: {"pothole": hidden}}))
    assert "is sensitive" in problem


def test_a_folder_that_is_no_commune_is_named(root: Path) -> None:
    write_file(root, URL, commune="75056")
    assert "no commune has the INSEE code 75056" in problems(root)[0]
