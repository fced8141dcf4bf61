"""A place by the map or the device: one that somebody chose, and once."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import DESKTOP
from tests.browser.widget.conftest import NewGuest

SLOW_POSITION = """
window.asked = [];
navigator.geolocation.getCurrentPosition = (found) => window.asked.push(found);
window.arrive = () => {
  for (const found of window.asked) found({ coords: { latitude: 45.7355, longitude: 4.9125 } });
};
"""


def test_the_map_sends_nothing_that_nobody_pointed_at(new_guest: NewGuest) -> None:
    guest = new_guest(DESKTOP)
    guest.opens("/widget/demo?commune=bron")
    guest.panel.get_by_role("button", name="Sur la carte").focus()
    guest.page.keyboard.down("Enter")
    surface = guest.panel.get_by_role("application")
    expect(surface).to_be_focused()
    guest.page.keyboard.down("Enter")  # held: it repeats
    guest.page.keyboard.up("Enter")
    guest.page.keyboard.press("Enter")
    choose = guest.panel.get_by_role("button", name="Choisir ce lieu")
    expect(choose).to_be_disabled()
    expect(guest.own).to_have_count(0)
    assert guest.panel.locator(".composer").evaluate("composer => composer.inert")
    surface.click(position={"x": 200, "y": 60})
    expect(choose).to_be_enabled()
    choose.click()
    expect(guest.own).to_have_count(1)
    assert not guest.panel.locator(".composer").evaluate("composer => composer.inert")


def test_a_position_is_sent_once_and_not_after_the_panel_is_closed(new_guest: NewGuest) -> None:
    guest = new_guest(DESKTOP)
    guest.page.add_init_script(SLOW_POSITION)
    guest.opens()
    position = guest.panel.get_by_role("button", name="Ma position")
    position.click()
    guest.panel.get_by_role("button", name="Fermer l’assistant").click()
    guest.page.evaluate("arrive()")
    guest.opener.click()
    expect(guest.own).to_have_count(0)
    position.click()
    position.click()
    guest.page.evaluate("arrive()")
    expect(guest.own).to_have_count(1)
