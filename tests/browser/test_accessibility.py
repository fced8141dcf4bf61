"""axe finds nothing on the pages, whatever the screen and the light."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, ViewportSize, expect

from tests.browser.citizen import POTHOLE
from tests.browser.conftest import DESKTOP, PHONE, NewCitizen
from tests.browser.published import GIVORS, Application
from tests.running import RunningService

SCREENS = pytest.mark.parametrize(
    "viewport", [pytest.param(PHONE, id="phone"), pytest.param(DESKTOP, id="desktop")]
)
LIGHT = pytest.mark.parametrize(
    "is_dark", [pytest.param(False, id="light"), pytest.param(True, id="dark")]
)


def violations(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{v['id']}: {[node['html'] for node in v['nodes']]}" for v in found]


@SCREENS
@LIGHT
def test_the_first_page(new_citizen: NewCitizen, viewport: ViewportSize, is_dark: bool) -> None:
    page = new_citizen(viewport, is_dark=is_dark).page
    page.goto("/")
    assert violations(page) == []


@LIGHT
@pytest.mark.parametrize("path", ["/nothing", "/agent/nothing"])
def test_a_page_that_does_not_exist(new_citizen: NewCitizen, path: str, is_dark: bool) -> None:
    page = new_citizen(PHONE, is_dark=is_dark).page
    page.goto(path)
    assert violations(page) == []


@SCREENS
@LIGHT
def test_the_conversation(new_citizen: NewCitizen, viewport: ViewportSize, is_dark: bool) -> None:
    citizen = new_citizen(viewport, is_dark=is_dark)
    citizen.open()
    assert violations(citizen.page) == []
    citizen.says(POTHOLE)
    expect(citizen.page.locator(".choices").last).to_be_visible()
    citizen.page.get_by_role("button", name="Heures").click()
    assert violations(citizen.page) == []


@SCREENS
@LIGHT
def test_the_map(new_citizen: NewCitizen, viewport: ViewportSize, is_dark: bool) -> None:
    citizen = new_citizen(viewport, is_dark=is_dark)
    citizen.open()
    citizen.page.get_by_role("button", name="Sur la carte").click()
    surface = citizen.page.get_by_role("application")
    expect(surface.locator("path.centre").first).to_be_attached()
    surface.click(position={"x": 200, "y": 60})
    expect(surface.locator(".marker")).to_be_visible()
    assert violations(citizen.page) == []


@pytest.fixture(scope="module")
def bollards(service: RunningService) -> None:
    """Two in one place, and one apart."""
    Application(service).posts_around("bollard", [0.0, 0.0, 0.015])


@SCREENS
@LIGHT
@pytest.mark.usefixtures("bollards")
def test_the_public_map(new_citizen: NewCitizen, viewport: ViewportSize, is_dark: bool) -> None:
    page = new_citizen(viewport, is_dark=is_dark).page
    page.goto(f"/carte?commune={GIVORS}&kind=bollard")
    mark = page.get_by_role("button", name=re.compile("reçu$"))
    expect(mark.first).to_be_visible()
    assert violations(page) == []
    mark.first.click()
    expect(page.locator(".told-of")).to_be_visible()
    assert violations(page) == []
    page.goto("/carte?commune=69116&kind=snow_ice&state=closed")  # nothing there
    assert violations(page) == []
    page.goto("/carte?commune=75056")  # refused
    assert violations(page) == []


@SCREENS
@LIGHT
def test_the_open_data(new_citizen: NewCitizen, viewport: ViewportSize, is_dark: bool) -> None:
    page = new_citizen(viewport, is_dark=is_dark).page
    page.goto("/open-data")
    assert violations(page) == []
