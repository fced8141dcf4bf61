"""What answers a question when it is neither words nor a button: a day, a number to call."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from playwright.sync_api import expect

from tests.browser.citizen import ANSWER_TIMEOUT_MS
from tests.browser.conftest import PHONE
from tests.browser.widget.conftest import NewGuest


def test_a_day_is_chosen_in_a_calendar(new_guest: NewGuest) -> None:
    guest = new_guest(PHONE)
    guest.opens()
    guest.says("ma poubelle jaune n'a pas été ramassée au 12 rue de la République à Oullins")
    guest.presses("Tri des emballages et papiers (bac jaune)")
    day = guest.panel.get_by_label("Date", exact=True)
    expect(day).to_be_visible(timeout=ANSWER_TIMEOUT_MS)
    assert guest.violations() == []
    send = guest.panel.get_by_role("button", name="Choisir cette date")
    send.click()
    expect(day).to_have_attribute("aria-invalid", "true")
    before = guest.answers.count()
    due = datetime.now(UTC).date() - timedelta(days=2)
    day.fill(due.isoformat())
    send.click()
    guest.hears(before)
    expect(guest.own.last).to_contain_text(str(due.year))
    assert guest.problems == []


def test_a_number_is_left_to_be_called(new_guest: NewGuest) -> None:
    guest = new_guest(PHONE)
    guest.opens()
    guest.says("je veux parler à un agent")
    guest.presses("Qu’on me rappelle")
    number = guest.panel.locator(".field input")
    expect(number).to_be_visible(timeout=ANSWER_TIMEOUT_MS)
    assert guest.violations() == []
    before = guest.answers.count()
    number.fill("06 12 34 56 78")
    number.press("Enter")
    guest.hears(before)
    expect(guest.own.last).to_contain_text("06 12 34 56 78")
    assert guest.problems == []
