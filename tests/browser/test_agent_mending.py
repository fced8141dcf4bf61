"""What agents put right at a message: hide, explain, merge; the review of what they explained."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import ViewportSize, expect

from tests.browser.agent import Account, an_account, asks_for_a_person
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.test_agent_page import is_clean
from tests.running import RunningService
from tests.unique import a_word

CARD = "4111 1111 1111 1111"


@pytest.fixture(scope="module")
def nadia(service: RunningService) -> Account:
    """Somebody who administers."""
    return an_account(service, "Nadia", "metropolis_administrator")


@pytest.mark.parametrize(
    "viewport", [pytest.param(DESKTOP, id="desktop"), pytest.param(PHONE, id="phone")]
)
def test_a_card_number_is_hidden_and_a_meaning_reviewed(
    service: RunningService, nadia: Account, desks: Any, viewport: ViewportSize
) -> None:
    visitor, reference = asks_for_a_person(service)
    said = f"j'ai payé avec {CARD} zut {a_word()}"
    visitor.post(text=said)
    visitor.hear()
    desk = desks(nadia, viewport)
    page = desk.page
    page.goto(f"/agent?queue=all&ticket={reference}")
    desk.is_ready()
    message = desk.said("j'ai payé avec")
    message.get_by_role("button", name="Numéro de carte bancaire").click()
    expect(page.get_by_label("Passages à masquer")).to_have_value(CARD)
    is_clean(page)
    page.get_by_role("button", name="Masquer", exact=True).click()
    expect(message).to_contain_text("avec ▇▇▇ zut")
    expect(message).to_contain_text("Masqué par Nadia")
    told = [event["text"] for event in visitor.call("/api/events?after=0")["events"]]
    assert said.replace(CARD, "▇▇▇") in told
    message.get_by_role("button", name="Lire l’original").click()
    page.get_by_label("Motif").fill("plainte de la banque")
    page.locator("dialog").get_by_role("button", name="Lire l’original").click()
    expect(page.locator("dialog .original")).to_contain_text(CARD)
    page.keyboard.press("Escape")
    message.get_by_role("button", name="Actions sur ce message").click()
    page.get_by_role("button", name="Préciser le sens de ce message").click()
    expect(page.get_by_role("button", name="Poser une question")).to_be_visible()
    is_clean(page)
    page.get_by_role("button", name="Poser une question").click()
    expect(page.locator("dialog.mend")).to_be_hidden()
    page.goto("/agent/learning")
    waiting = page.locator("form", has_text=said.replace(CARD, "▇▇▇"))
    is_clean(page)
    waiting.get_by_role("button", name="Accepter").click()
    expect(waiting).to_have_count(0)
    page.get_by_role("link", name="Acceptés").click()
    expect(waiting).to_be_visible()
    assert desk.problems == []


def test_a_request_goes_on_in_another_and_comes_back(
    service: RunningService, claire: Account, desks: Any
) -> None:
    (_, reference), (_, lead) = asks_for_a_person(service), asks_for_a_person(service)
    desk = desks(claire)
    page = desk.page
    page.goto(f"/agent?queue=all&ticket={reference}")
    desk.is_ready()
    page.locator("#deeds summary").click()
    page.get_by_role("button", name="Fusionner…").click()
    page.get_by_label("Référence de l’autre demande").fill(lead)
    page.get_by_label("Référence de l’autre demande").blur()
    expect(page.locator("dialog .found")).to_contain_text(lead)
    is_clean(page)
    page.get_by_role("button", name="Fusionner", exact=True).click()
    expect(page.locator("#deeds")).to_contain_text(f"Fusionnée avec {lead}")
    page.locator("#deeds").get_by_role("link", name=lead).click()
    expect(page.locator("#talk-who")).to_contain_text(lead)
    expect(page.locator("#log .from").first).to_contain_text(f"Demande fusionnée {reference}")
    page.goto(f"/agent?queue=all&ticket={reference}")
    page.get_by_role("button", name="Annuler la fusion").click()
    expect(page.get_by_role("button", name="Prendre")).to_be_visible()
    assert desk.problems == []
