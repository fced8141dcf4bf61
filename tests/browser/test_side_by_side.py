"""A citizen on a telephone and an agent at a desk, side by side, from the first word to the end."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.agent import Account
from tests.browser.citizen import REFERENCE
from tests.browser.conftest import NewCitizen


def shot(page: Page, name: str) -> None:
    """For the documentation: `GUICHET_SCREENSHOTS` names the folder, when they are wanted."""
    folder = os.environ.get("GUICHET_SCREENSHOTS")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png")


def test_a_citizen_and_an_agent_from_the_first_word_to_the_end(
    new_citizen: NewCitizen, claire: Account, desks: Any
) -> None:
    citizen, desk = new_citizen(), desks(claire)
    citizen.open("?commune=Oullins")
    citizen.says("je voudrais parler à quelqu'un au sujet de mon passeport perdu")
    handed = citizen.answers.filter(has_text="vous n’aurez rien à répéter")
    found = REFERENCE.search(handed.inner_text())
    assert found is not None
    citizen.presses("Qu’on m’écrive ici")
    shot(citizen.page, "side-waiting")

    desk.page.get_by_role("link", name="Toutes").click()
    desk.opens(found[0])
    expect(desk.said("passeport perdu").first).to_be_visible()
    desk.box.press_sequentially("Bonjour, ")
    expect(citizen.page.get_by_text("Claire écrit…")).to_be_visible()
    desk.box.fill("Bonjour, je suis Claire. Où l’avez-vous perdu ?")
    desk.box.press("Control+Enter")
    expect(citizen.bubbles.filter(has_text="Claire (équipe accueil) a rejoint")).to_be_visible()
    answer = citizen.page.locator("#log > .agent").filter(has_text="Où l’avez-vous perdu ?")
    expect(answer).to_contain_text("Claire")
    shot(citizen.page, "side-answered")

    citizen.writes("dans le bus C10 hier soir")
    expect(desk.said("dans le bus C10 hier soir")).to_be_visible()
    desk.box.fill("Voici la marche à suivre : déclarez la perte en mairie.")
    desk.box.press("Control+Enter")
    expect(citizen.bubbles.filter(has_text="déclarez la perte en mairie")).to_be_visible()
    shot(desk.page, "side-desk")

    desk.page.get_by_role("button", name="Terminer", exact=True).click()
    expect(citizen.bubbles.filter(has_text="Est-ce réglé pour vous ?")).to_be_visible(
        timeout=15_000
    )
    shot(citizen.page, "side-closed")
    citizen.presses("Oui, merci")
    citizen.says("Claire a été très claire")
    desk.page.reload()
    desk.is_ready()
    expect(desk.page.locator("#packet")).to_contain_text("Claire a été très claire")
    assert desk.problems == []
    assert citizen.problems == []
