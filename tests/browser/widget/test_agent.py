"""A guest of a town's site and an agent at a desk."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import expect

from tests.browser.agent import Account, types_until
from tests.browser.citizen import ANSWER_TIMEOUT_MS
from tests.browser.conftest import PHONE
from tests.browser.widget.conftest import NewGuest


def test_the_queue_the_agent_typing_and_read_marks_are_seen(
    new_guest: NewGuest, claire: Account, desks: Any
) -> None:
    guest, desk = new_guest(PHONE), desks(claire)
    guest.opens()
    guest.says("je voudrais parler à quelqu'un au sujet de mon passeport perdu")
    reference = guest.reference()
    place = guest.panel.locator(".queue")
    expect(place).to_contain_text(re.compile(r"prochaine personne|personnes? avant vous"))
    assert guest.violations() == []
    guest.presses("Qu’on m’écrive ici")

    desk.page.get_by_role("link", name="Toutes").click()
    desk.opens(reference)
    expect(desk.said("passeport perdu").first).to_be_visible()
    types_until(desk.box, guest.panel.get_by_text("Claire écrit…"))
    expect(guest.own.last.locator(".mark")).to_have_text("Lu")
    desk.box.fill("Bonjour, je suis Claire. Où l’avez-vous perdu ?")
    desk.box.press("Control+Enter")
    answer = guest.panel.locator(".scroll > ol > .agent")
    expect(answer).to_contain_text("Claire, équipe accueil")
    expect(guest.panel.get_by_role("heading", name="Claire")).to_be_visible()
    expect(place).to_have_count(0)
    expect(guest.panel.locator(".typing")).to_have_count(0)

    types_until(guest.box, desk.page.locator("#writing").get_by_text("écrit"))
    guest.writes("dans le bus C10 hier soir")
    expect(desk.said("dans le bus C10 hier soir")).to_be_visible()
    assert guest.violations() == []

    guest.panel.get_by_role("button", name="Fermer l’assistant").click()
    desk.box.fill("Déclarez la perte en mairie.")
    desk.box.press("Control+Enter")
    expect(guest.opener).to_have_accessible_name(re.compile("nouveaux messages.*1$"))
    guest.opener.click()
    expect(guest.bubbles.last).to_contain_text("Déclarez la perte")
    desk.page.get_by_role("button", name="Terminer", exact=True).click()
    expect(guest.bubbles.filter(has_text="Est-ce réglé pour vous ?")).to_be_visible(
        timeout=ANSWER_TIMEOUT_MS
    )
    guest.presses("Oui, merci")
    assert guest.problems == []
