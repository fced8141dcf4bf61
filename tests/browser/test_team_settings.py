"""Leads and administrators set teams and automations on a desk and on a telephone; two agents see
one another at a request."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from bot.conversations.readers import LASTS_S
from tests.browser.agent import Account, AtDesk, an_account, asks_for_a_person
from tests.browser.conftest import PHONE
from tests.browser.test_agent_page import is_clean
from tests.running import RunningService

SMALL_DESK: ViewportSize = {"width": 1280, "height": 800}


@pytest.fixture(scope="module")
def nadia(service: RunningService) -> Account:
    return an_account(service, "Nadia", "metropolis_administrator")


@pytest.fixture(
    params=[pytest.param(PHONE, id="phone"), pytest.param(SMALL_DESK, id="desktop")],
)
def page(
    browser: Browser, service: RunningService, nadia: Account, request: pytest.FixtureRequest
) -> Iterator[Page]:
    context = browser.new_context(
        viewport=request.param,
        locale="fr",
        reduced_motion="reduce",
        base_url=service.url,
        java_script_enabled=True,
    )
    opened = context.new_page()
    opened.goto("/agent/settings/teams?team=mobilier")
    opened.locator("input[name=login]").fill(nadia.login)
    opened.locator("input[name=password]").fill(nadia.password)
    opened.locator("button.primary").click()
    yield opened
    context.close()


def fits(page: Page) -> None:
    """Nothing makes the page wider than its screen."""
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_team_s_hours_are_set_and_undone(page: Page) -> None:
    monday = page.get_by_label("lundi")
    expect(monday).to_have_value("08:30-17:00")
    is_clean(page)
    fits(page)
    monday.fill("demain")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_role("alert")).to_contain_text("Écrivez les horaires ainsi")
    expect(monday).to_have_value("demain")
    is_clean(page)
    monday.fill("09:00-12:00, 14:00-16:30")
    page.get_by_label("Attribuer les nouvelles demandes automatiquement").check()
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_role("status")).to_contain_text("C’est enregistré")
    expect(monday).to_have_value("09:00-12:00, 14:00-16:30")
    fits(page)
    page.get_by_role("button", name="Revenir aux réglages d’origine").click()
    expect(monday).to_have_value("08:30-17:00")
    is_clean(page)


def test_one_s_own_absence_is_added_and_removed(page: Page) -> None:
    page.get_by_role("link", name="Ma disponibilité").click()
    page.get_by_label("À partir du").fill("2036-07-01T08:00")
    page.get_by_label("Jusqu’au").fill("2036-07-15T18:00")
    page.get_by_role("button", name="Ajouter l’absence").click()
    expect(page.get_by_text("du 01/07/2036 08:00 au 15/07/2036 18:00").first).to_be_visible()
    is_clean(page)
    fits(page)
    page.get_by_role("button", name="Retirer").click()
    expect(page.get_by_role("status")).to_contain_text("L’absence est retirée")


def test_an_automation_is_tried_kept_and_switched_on_and_off(page: Page) -> None:
    page.get_by_role("link", name="Automatismes").click()
    is_clean(page)
    page.get_by_role("link", name="Nouvel automatisme").click()
    page.get_by_label("Nom").fill("Relance du mobilier")
    page.get_by_label("Déclencheur").select_option("unanswered")
    page.get_by_label("Durée").fill("400")
    page.locator("summary", has_text="Équipes").click()
    page.get_by_role("checkbox", name="équipe mobilier urbain").check()
    page.get_by_label("Changer la priorité").select_option("high")
    is_clean(page)
    fits(page)
    page.get_by_role("button", name="Essayer sur les 30 derniers jours").click()
    expect(page.get_by_role("heading", name="Essai : 0 demande")).to_be_visible()
    expect(page.get_by_label("Durée")).to_have_value("400")
    page.get_by_role("button", name="Enregistrer").click()
    page.get_by_role("button", name="Activer").click()
    expect(page.get_by_role("status")).to_contain_text("L’automatisme est activé")
    is_clean(page)
    fits(page)
    page.get_by_role("button", name="Arrêter").click()
    expect(page.get_by_role("button", name="Activer")).to_be_visible()


def test_two_agents_see_one_another_at_a_request(browser: Browser, service: RunningService) -> None:
    _, reference = asks_for_a_person(service)
    desks = []
    for name in ("Claire", "Paul"):
        context = browser.new_context(
            viewport=SMALL_DESK, locale="fr", reduced_motion="reduce", base_url=service.url
        )
        desk = AtDesk(context)
        desk.signs_in(an_account(service, name))
        desk.page.goto("/agent?queue=all")
        desk.is_ready()
        desks.append(desk)
    claire, paul = desks
    claire.opens(reference)
    expect(paul.row(reference)).to_contain_text("Claire lit")
    paul.opens(reference)
    expect(claire.page.locator("#readers")).to_contain_text("Paul a aussi cette demande ouverte")
    is_clean(claire.page)
    paul.box.fill("Bonjour")
    expect(claire.row(reference)).to_contain_text("Paul écrit…")
    paul.page.close()
    # Its last word may be lost with it: then it is forgotten.
    expect(claire.page.locator("#readers")).to_be_hidden(timeout=1000 * (LASTS_S + 10))
    assert claire.problems == []
    for desk in desks:
        desk.context.close()
