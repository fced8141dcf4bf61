"""Whoever leads reads figures on a desk and on a telephone, and axe finds nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from bot.figures.rules import PAGE_ROWS
from tests.browser.agent import Account, an_account, asks_for_a_person
from tests.browser.conftest import PHONE
from tests.browser.test_agent_page import is_clean
from tests.running import RunningService

SMALL_DESK: ViewportSize = {"width": 1280, "height": 800}


@pytest.fixture(scope="module")
def chantal(service: RunningService) -> Account:
    return an_account(service, "Chantal", "supervisor")


@pytest.fixture(
    params=[pytest.param(PHONE, id="phone"), pytest.param(SMALL_DESK, id="desktop")],
)
def page(
    browser: Browser, service: RunningService, chantal: Account, request: pytest.FixtureRequest
) -> Iterator[Page]:
    context = browser.new_context(
        viewport=request.param, locale="fr", reduced_motion="reduce", base_url=service.url
    )
    opened = context.new_page()
    opened.clock.install()
    opened.goto("/agent/figures")
    opened.locator("input[name=login]").fill(chantal.login)
    opened.locator("input[name=password]").fill(chantal.password)
    opened.locator("button.primary").click()
    expect(opened.locator("main[data-ready]")).to_be_attached()
    yield opened
    context.close()


def test_figures_of_now_come_anew_in_their_place_and_lead_to_lists_and_plots(
    service: RunningService, page: Page
) -> None:
    asks_for_a_person(service)
    page.reload()
    expect(page.locator("main[data-ready]")).to_be_attached()
    queued = page.locator(".big a").first
    before = int(queued.inner_text().split()[0])
    queued.focus()
    is_clean(page)
    asks_for_a_person(service)
    page.clock.run_for(31_000)
    expect(page.locator("main[data-read]")).to_be_attached()
    expect(queued).to_contain_text(str(before + 1))
    expect(queued).to_be_focused()

    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Conversations dans la file")
    expect(page.locator("tbody tr")).to_have_count(min(before + 1, PAGE_ROWS))
    is_clean(page)

    page.get_by_role("link", name="Historique").click()
    plot = page.get_by_role("img", name="Conversations confiées à une équipe")
    expect(plot).to_be_visible()
    page.get_by_text("Les mêmes chiffres en tableau").first.click()
    expect(page.get_by_role("table").first).to_be_visible()
    is_clean(page)
