"""Guests of a town's site, each in a browser of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ViewportSize

from tests.browser.conftest import PHONE
from tests.browser.widget.guest import Guest
from tests.running import RunningService

NewGuest = Callable[..., Guest]


@pytest.fixture
def new_guest(browser: Browser, service: RunningService) -> Iterator[NewGuest]:
    contexts: list[BrowserContext] = []

    def make(
        viewport: ViewportSize = PHONE,
        *,
        is_dark: bool = False,
        language: str = "fr",
        **options: Any,
    ) -> Guest:
        context = browser.new_context(
            viewport=viewport,
            color_scheme="dark" if is_dark else "light",
            locale=language,
            reduced_motion="reduce",
            base_url=service.url,
            **options,
        )
        contexts.append(context)
        return Guest(context)

    yield make
    for context in contexts:
        context.close()
