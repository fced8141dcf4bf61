"""An administrator writes a sentence of the assistant anew, on a desk and on a telephone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.browser.agent import Account, an_account
from tests.browser.conftest import PHONE
from tests.browser.test_agent_page import is_clean
from tests.browser.test_team_settings import fits
from tests.running import RunningService

SMALL_DESK: ViewportSize = {"width": 1280, "height": 800}
IRIGNY = "69100"
PAGE = f"/agent/settings/texts?commune={IRIGNY}"


@pytest.fixture(scope="module")
def nadia(service: RunningService) -> Account:
    return an_account(service, "Nadia", "metropolis_administrator")


@pytest.fixture(
    params=[
        pytest.param((PHONE, "light"), id="phone"),
        pytest.param((SMALL_DESK, "dark"), id="desktop"),
    ],
)
def page(
    browser: Browser, service: RunningService, nadia: Account, request: pytest.FixtureRequest
) -> Iterator[Page]:
    viewport, scheme = request.param
    context = browser.new_context(
        viewport=viewport,
        color_scheme=scheme,
        locale="fr",
        reduced_motion="reduce",
        base_url=service.url,
    )
    opened = context.new_page()
    opened.goto(PAGE)
    opened.locator("input[name=login]").fill(nadia.login)
    opened.locator("input[name=password]").fill(nadia.password)
    opened.locator("button.primary").click()
    yield opened
    context.close()


def test_a_sentence_is_found_written_previewed_saved_and_undone(page: Page) -> None:
    expect(page.get_by_role("heading", name="Textes de l’assistant")).to_be_visible()
    is_clean(page)
    fits(page)
    search = page.get_by_role("searchbox")
    search.fill("Référence")
    search.press("Enter")
    is_clean(page)
    fits(page)
    page.get_by_role("link", name="C’est envoyé. Référence {reference}.").press("Enter")
    french = page.get_by_label("En français")
    expect(french).to_have_value("C’est envoyé. Référence {reference}.")
    is_clean(page)
    fits(page)
    french.fill("Irigny a bien reçu votre signalement.")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_role("alert")).to_contain_text("{reference}")
    expect(french).to_have_value("Irigny a bien reçu votre signalement.")
    is_clean(page)
    french.fill("Irigny a bien reçu votre signalement {reference}.")
    page.get_by_role("button", name="Voir l’aperçu").click()
    expect(page.locator(".bubble").first).to_have_text(
        "Irigny a bien reçu votre signalement 2026-004217."
    )
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_role("status")).to_contain_text("déjà en vigueur")
    expect(page.get_by_text("Le texte de la commune est en vigueur.")).to_be_visible()
    is_clean(page)
    fits(page)
    page.get_by_role("button", name="Annuler cette modification").click()
    expect(french).to_have_value("C’est envoyé. Référence {reference}.")
    expect(page.get_by_text("Le texte d’origine est en vigueur.")).to_be_visible()
    is_clean(page)


def test_what_was_not_changed_says_so(page: Page) -> None:
    page.get_by_role("checkbox", name="Modifiés seulement").check()
    page.get_by_role("button", name="Afficher").click()
    expect(page.get_by_role("heading", name="Rien n’a été modifié ici")).to_be_visible()
    is_clean(page)
    fits(page)
    page.get_by_role("link", name="Afficher toutes les phrases").click()
    expect(page.locator("details.family").first).to_be_visible()
