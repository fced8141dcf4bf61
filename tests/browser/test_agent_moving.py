"""An agent puts the place of a report right, reads how a closed request ended, and takes back what
was closed together."""

from __future__ import annotations

import re
import uuid
from typing import Any

import pytest
from playwright.sync_api import ViewportSize, expect

from tests.browser.agent import Account, AtDesk, asks_for_a_person
from tests.browser.conftest import PHONE
from tests.browser.test_agent_page import is_clean
from tests.browser.test_inbox import SMALL_DESK, at_list, who_said
from tests.running import RunningService, Visitor
from tests.unique import a_word

REFERENCE = re.compile(r"\b\d{4}-\d{6}\b")
MOST_QUESTIONS = 12
MAP_WITHIN_MS = 20_000
"""Its files are fetched the first time, on a machine that does much else."""


def files(visitor: Visitor, house: int) -> str:
    """A report from the first sentence to the reference."""
    heard = visitor.say(f"gros nid de poule devant le {house} grande rue à Oullins")
    for _ in range(MOST_QUESTIONS):
        titles = [button["title"] for event in heard for button in event["buttons"]]
        heard = visitor.press("Envoyer" if "Envoyer" in titles else "Passer")
        found = [REFERENCE.search(event["text"]) for event in heard]
        if "Envoyer" in titles:
            return next(one[0] for one in found if one is not None)
    raise AssertionError("it asks and asks")


def who_reported(service: RunningService) -> tuple[Visitor, str]:
    """Somebody with a report who waits for a person, and their ticket."""
    visitor = Visitor(service.url)
    files(visitor, uuid.uuid4().int % 900 + 1)
    heard = visitor.say("je veux parler à un agent")
    ticket = next(event["reference"] for event in heard if event["reference"])
    return visitor, ticket


@pytest.mark.parametrize(
    "viewport", [pytest.param(SMALL_DESK, id="desktop"), pytest.param(PHONE, id="phone")]
)
def test_the_place_of_a_report_is_put_right(
    service: RunningService, claire: Account, desks: Any, viewport: ViewportSize
) -> None:
    visitor, ticket = who_reported(service)
    desk: AtDesk = desks(claire, viewport)
    page = desk.page
    page.goto(f"/agent?queue=all&ticket={ticket}")
    desk.is_ready()
    if page.locator("#to-context").is_visible():
        page.locator("#to-context").click()
    own = page.locator("#packet li", has=page.get_by_role("button", name="Corriger le lieu"))
    own.get_by_role("button", name="Corriger le lieu").click()
    dialog = page.locator("dialog.mend")
    dialog.get_by_label("Adresse ou lieu").fill("3 rue Pasteur")
    dialog.get_by_label("Commune").select_option(label="Bron")
    dialog.get_by_role("button", name="Chercher").click()
    expect(dialog.locator(".found")).to_contain_text("3 rue Pasteur · Bron")
    is_clean(page)
    dialog.get_by_role("button", name="Montrer sur la carte").click()
    expect(page.locator("#map .cross-hair")).to_be_visible(timeout=MAP_WITHIN_MS)
    is_clean(page)
    page.get_by_role("button", name="Choisir ce point").click()
    expect(dialog.locator(".pointed")).to_contain_text("Point choisi sur la carte")
    dialog.get_by_role("button", name="Retirer le point").click()
    dialog.get_by_label("Adresse ou lieu").fill("3 rue Pasteur")
    dialog.get_by_role("button", name="Chercher").click()
    expect(dialog.locator(".found")).to_contain_text("3 rue Pasteur · Bron")
    dialog.get_by_role("button", name="Corriger le lieu").click()
    expect(dialog).to_be_hidden()
    expect(own).to_contain_text("3 rue Pasteur")
    expect(page.locator("#talk-who")).to_contain_text("Bron")
    expect(desk.said("Le lieu a été corrigé")).to_contain_text("3 rue Pasteur, Bron")
    assert any("Le lieu a été corrigé" in event["text"] for event in visitor.hear())
    assert desk.problems == []


def test_a_closed_request_says_how_it_ended_and_keeps_its_tags(
    service: RunningService, claire: Account, desks: Any
) -> None:
    _, reference = asks_for_a_person(service)
    desk: AtDesk = desks(claire, SMALL_DESK)
    page = at_list(desk)
    desk.opens(reference)
    page.get_by_label("Ajouter une étiquette").first.fill("presse")
    page.keyboard.press("Enter")
    expect(page.locator("#sorting .tags")).to_contain_text("presse")
    page.get_by_role("button", name="Terminer", exact=True).click()
    expect(page.locator("#talk-who")).to_contain_text("Terminée par Claire", timeout=15_000)
    expect(page.locator("#sorting .tags")).to_contain_text("presse")
    expect(page.locator("#sorting button")).to_have_count(0)
    is_clean(page)
    assert desk.problems == []


def test_what_was_closed_together_is_taken_back(
    service: RunningService, claire: Account, desks: Any
) -> None:
    word = a_word()
    references = [who_said(service, f"{word} {n}") for n in ("un", "deux")]
    desk: AtDesk = desks(claire, SMALL_DESK)
    page = at_list(desk)
    page.locator("#q").fill(word)
    page.keyboard.press("Enter")
    expect(page.locator("#hits a")).to_have_count(2)
    page.keyboard.press("x")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("x")
    page.locator("#bulk-what").select_option("close")
    page.get_by_role("button", name="Aperçu").click()
    page.get_by_role("button", name="Appliquer").click()
    lines = page.locator("#bulk-lines li")
    for reference in references:
        expect(lines.filter(has_text=reference)).to_contain_text("ouverte → terminée")
    page.get_by_role("button", name="Annuler ces changements").click()
    expect(page.locator("#bulk-told")).to_have_text("Changements annulés.")
    for reference in references:
        expect(lines.filter(has_text=reference)).to_contain_text("terminée → ouverte")
    assert desk.problems == []
