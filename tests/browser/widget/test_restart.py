"""The service dies in the middle of a conversation and comes back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.citizen import ANSWER_TIMEOUT_MS
from tests.browser.conftest import PHONE
from tests.browser.widget.guest import Guest
from tests.running import RunningService, state_for_tests

pytestmark = pytest.mark.timeout(240)


@pytest.fixture
def mortal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    """A service of its own, since it is killed."""
    folder = tmp_path_factory.mktemp("mortal")
    folder.chmod(0o755)
    running = RunningService(state_for_tests(folder / "state"))
    running.start()
    try:
        running.wait()
        yield running
    finally:
        running.stop()


def test_a_killed_service_loses_and_doubles_nothing(
    browser: Browser, mortal: RunningService
) -> None:
    context = browser.new_context(viewport=PHONE, locale="fr", base_url=mortal.url)
    guest = Guest(context)
    guest.opens()
    guest.says("bonjour")
    mortal.kill()
    guest.writes("merci, numéro 1")
    guest.writes("merci, numéro 2")
    expect(guest.panel.get_by_text("Connexion interrompue.")).to_be_visible()
    expect(guest.own.locator(".mark", has_text="Partira au retour")).to_have_count(2)
    mortal.start()
    mortal.wait()
    expect(guest.own.locator(".mark.bad")).to_have_count(0, timeout=ANSWER_TIMEOUT_MS)
    expect(guest.panel.get_by_text("Connexion interrompue.")).to_have_count(0)
    words = ["bonjour", "merci, numéro 1", "merci, numéro 2"]
    assert guest.words_of_own() == words
    guest.opens()
    expect(guest.own).to_have_count(len(words))
    assert guest.words_of_own() == words
    context.close()
