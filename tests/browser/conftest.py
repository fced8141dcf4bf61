"""A real browser on the real service."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Playwright, ViewportSize, sync_playwright

from tests.browser.agent import Account, AtDesk, an_account
from tests.browser.citizen import Citizen
from tests.running import RunningService

PHONE: ViewportSize = {"width": 360, "height": 740}
DESKTOP: ViewportSize = {"width": 1440, "height": 900}

NewCitizen = Callable[..., Citizen]


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    """Of one module only: its event loop must not outlive the synchronous tests it serves."""
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    chromium = playwright.chromium.launch(executable_path=os.environ["GUICHET_CHROMIUM"])
    yield chromium
    chromium.close()


@pytest.fixture
def new_citizen(browser: Browser, service: RunningService) -> Iterator[NewCitizen]:
    """Makes citizens, each in a browser of their own that knows nothing of the others."""
    contexts: list[BrowserContext] = []

    def make(
        viewport: ViewportSize = PHONE,
        *,
        is_dark: bool = False,
        language: str = "fr",
        has_scripts: bool = True,
    ) -> Citizen:
        context = browser.new_context(
            viewport=viewport,
            color_scheme="dark" if is_dark else "light",
            locale=language,
            reduced_motion="reduce",
            java_script_enabled=has_scripts,
            base_url=service.url,
        )
        contexts.append(context)
        return Citizen(context)

    yield make
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def claire(service: RunningService) -> Account:
    return an_account(service, "Claire")


@pytest.fixture
def desks(browser: Browser, service: RunningService) -> Iterator[Any]:
    """Makes agents' browsers."""
    contexts = []

    def make(account: Account, viewport: ViewportSize = DESKTOP) -> AtDesk:
        context = browser.new_context(
            viewport=viewport, locale="fr", reduced_motion="reduce", base_url=service.url
        )
        contexts.append(context)
        desk = AtDesk(context)
        desk.signs_in(account)
        return desk

    yield make
    for context in contexts:
        context.close()
