"""What agents see of messages that are no words, on a desk and on a telephone."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import ViewportSize, expect

from tests.attachments.messages import a_file, lost
from tests.browser.agent import Account
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.terminal import AtTerminal
from tests.browser.test_agent_page import is_clean
from tests.running import RunningService


@pytest.mark.parametrize(
    "viewport", [pytest.param(DESKTOP, id="desktop"), pytest.param(PHONE, id="phone")]
)
def test_an_agent_sees_what_a_citizen_sent(
    service: RunningService, claire: Account, desks: Any, viewport: ViewportSize
) -> None:
    citizen = AtTerminal(service)
    first = citizen.sends("text", "je veux parler à un agent")
    asked = citizen.hears()[-1]
    citizen.sends("file", "écoutez ceci", a_file("voice"))
    citizen.sends("file", "", a_file("video", mime="video/mp4"))
    citizen.sends("file", "", a_file("document", "devis.pdf", "application/pdf"))
    citizen.sends("file", "", lost("document", "infected"))
    citizen.sends("other", "👍", {"what": "sticker"})
    citizen.sends("other", "Quel jour ?", {"what": "poll"})
    place = {"latitude": 45.71, "longitude": 4.81}
    citizen.sends("location", "1 place Roger-Salengro", {**place, "name": "Mairie d’Oullins"})
    citizen.sends("location", "", {**place, "live": True})
    citizen.sends("text", "à ce sujet", {"reply_to": asked["seq"]})
    citizen.sends("edit", "je veux parler à une personne", {"edits_id": first})
    citizen.hears()
    desk = desks(claire, viewport)
    desk.page.goto(f"/agent?queue=all&ticket={asked['reference']}")
    desk.is_ready()
    voice = desk.said("écoutez ceci")
    expect(voice.locator("audio[controls]")).to_have_attribute("aria-label", "Message vocal")
    expect(voice.get_by_role("link", name="Télécharger")).to_contain_text("1 ko")
    expect(desk.page.locator("#log video[controls]")).to_have_count(1)
    expect(desk.said("devis.pdf").get_by_role("link")).to_have_attribute("download", "")
    expect(desk.said("Fichier non conservé : refus de l’antivirus")).to_be_visible()
    expect(desk.said("👍")).to_be_visible()
    expect(desk.said("Sondage : Quel jour ?")).to_be_visible()
    expect(desk.said("Mairie d’Oullins, 1 place Roger-Salengro")).to_be_visible()
    expect(desk.said("Position en direct")).to_be_visible()
    expect(desk.said("à ce sujet").locator("blockquote")).to_contain_text(asked["reference"])
    edited = desk.said("Message modifié")
    expect(edited).to_contain_text("je veux parler à une personne")
    expect(edited.locator("del")).to_have_text("je veux parler à un agent")
    is_clean(desk.page)
    if viewport == DESKTOP:
        expect(desk.page.locator(".packet")).to_contain_text("devis.pdf")
    assert desk.problems == []
