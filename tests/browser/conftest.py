"""A real browser on the real service."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Playwright,
    ViewportSize,
    expect,
    sync_playwright,
)

from tests.browser.agent import Account, AtDesk, an_account
from tests.browser.citizen import Citizen
from tests.running import RunningService, state_for_tests
from tests.servers.telegram import TelegramServer, running_telegram_server

PHONE: ViewportSize = {"width": 360, "height": 740}
DESKTOP: ViewportSize = {"width": 1440, "height": 900}

NewCitizen = Callable[..., Citizen]

expect.set_options(timeout=20_000)
"""Milliseconds after which what should be there is not. How fast it comes is not tested here: the
machine does much else."""


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


@pytest.fixture(scope="module")
def telegram() -> Iterator[TelegramServer]:
    with running_telegram_server() as server:
        yield server


@pytest.fixture(scope="module")
def with_bot(
    tmp_path_factory: pytest.TempPathFactory, telegram: TelegramServer
) -> Iterator[RunningService]:
    """A service of its own: the others have no bot."""
    running = RunningService(
        state_for_tests(tmp_path_factory.mktemp("bot") / "state"),
        {"GUICHET_TELEGRAM_TOKEN": telegram.token, "GUICHET_TELEGRAM_API": telegram.url},
    )
    running.environment["GUICHET_PUBLIC_URL"] = running.url
    running.start()
    try:
        running.wait()
        yield running
    finally:
        running.stop()


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
