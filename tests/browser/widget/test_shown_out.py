"""A site that may not have the assistant any more, in the middle of a conversation."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.citizen import ANSWER_TIMEOUT_MS
from tests.browser.conftest import DESKTOP
from tests.browser.widget.conftest import NewGuest
from tests.browser.widget.host import HostPage, hosted, is_open_to
from tests.running import RunningService

NO_LONGER = "L’assistant n’est plus disponible sur ce site."


@pytest.fixture
def own_site(service: RunningService) -> Iterator[HostPage]:
    """One that the test alone allows and denies."""
    with hosted(service) as page:
        yield page


@pytest.mark.parametrize("has_socket", [True, False], ids=["socket", "asking"])
def test_a_site_that_is_denied_is_told_and_what_was_written_is_kept(
    new_guest: NewGuest, own_site: HostPage, service: RunningService, has_socket: bool
) -> None:
    guest = new_guest(DESKTOP)
    guest.context.grant_permissions(["clipboard-read", "clipboard-write"])
    if not has_socket:  # one that a proxy on the way lets through for no conversation
        guest.page.add_init_script(
            "const Real = WebSocket; let opened = 0;"
            "window.WebSocket = class extends Real { constructor(url, protocol) {"
            " if (opened++ < 2) throw new Error('no'); super(url, protocol); } };"
        )
    guest.opens(own_site.origin)
    guest.says("bonjour")
    guest.box.fill("un brouillon")
    service.admin("widget", "deny", own_site.origin)
    told = guest.panel.get_by_text(NO_LONGER)
    expect(told).to_be_visible(timeout=ANSWER_TIMEOUT_MS)
    expect(guest.panel.get_by_role("button", name="Réessayer")).to_have_count(0)
    expect(guest.box).to_have_value("un brouillon")
    expect(guest.box).to_have_attribute("readonly", "")
    expect(guest.own).to_have_count(1)
    assert guest.violations() == []
    guest.panel.get_by_role("button", name="Copier").click()
    expect(guest.panel.get_by_text("Copié")).to_be_visible()
    assert guest.page.evaluate("navigator.clipboard.readText()") == "un brouillon"

    service.admin("widget", "allow", own_site.origin)
    while not is_open_to(own_site):  # noticed within 5 s; the test's own limit holds
        time.sleep(0.2)
    guest.panel.get_by_role("button", name="Fermer l’assistant").click()
    guest.opener.click()  # somebody looks: it is asked again at once
    expect(told).to_have_count(0, timeout=ANSWER_TIMEOUT_MS)
    expect(guest.box).to_have_value("un brouillon")
    guest.box.press("Enter")
    expect(guest.own).to_have_count(2)
    expect(guest.own.last.locator(".mark")).to_contain_text("Envoyé", timeout=ANSWER_TIMEOUT_MS)
