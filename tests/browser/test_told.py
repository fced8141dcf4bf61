"""Two agents: one calls the other in a note, who hears of it while doing something else."""

from __future__ import annotations

import json
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.agent import READY_WITHIN_MS, Account, an_account, asks_for_a_person
from tests.browser.conftest import PHONE
from tests.browser.test_agent_page import is_clean
from tests.running import RunningService

RECORDING = """
window.shown = [];
window.Notification = class {
  static permission = "default";
  static asked = 0;
  static async requestPermission() {
    this.asked += 1;
    this.permission = "granted";
    localStorage.setItem("allowed", "yes");
    return "granted";
  }
  constructor(title, options) {
    window.shown.push(this);
    const all = JSON.parse(localStorage.getItem("shown") ?? "[]");
    localStorage.setItem("shown", JSON.stringify([...all, { title, ...options }]));
  }
  close() {}
};
if (localStorage.getItem("allowed")) window.Notification.permission = "granted";
"""
"""Notifications of all pages of a browser, in the order in which they were shown."""


def shown(page: Page) -> list[dict[str, str]]:
    told: list[dict[str, str]] = json.loads(page.evaluate("localStorage.getItem('shown') ?? '[]'"))
    return told


def calls(page: Page, typed: str, text: str) -> None:
    """Write a note that calls the first colleague whom the list offers."""
    page.get_by_role("radio", name="Note interne").check(force=True)
    page.locator("#text").press_sequentially(typed)
    expect(page.locator("#mention-list [role=option]").first).to_be_visible()
    page.keyboard.press("Enter")
    page.locator("#text").press_sequentially(text)


def test_a_colleague_called_in_a_note_hears_of_it_once_and_reads_it(
    service: RunningService, claire: Account, desks: Any
) -> None:
    name = "Ysolde Benali"
    (_, reference), ysolde = asks_for_a_person(service), an_account(service, name)
    writer, reader = desks(claire), desks(ysolde)
    reader.context.add_init_script(RECORDING)
    pages = [reader.page, reader.context.new_page()]
    for page in pages:
        page.goto("/agent?queue=cited")
        expect(page.locator("main[data-ready]")).to_be_attached(timeout=READY_WITHIN_MS)
    page, other = pages
    assert page.evaluate("Notification.asked") == 0
    page.get_by_role("button", name="Notifications").click()
    expect(page.get_by_label("Une note me cite")).to_have_value("none")
    is_clean(page)
    page.get_by_label("Une note me cite").select_option("shown")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.locator("#alerts-told")).to_have_text("Enregistré.")
    assert page.evaluate("Notification.asked") == 1
    page.get_by_role("button", name="Fermer").click()
    other.reload()
    expect(other.locator("main[data-ready]")).to_be_attached(timeout=READY_WITHIN_MS)

    writer.page.goto(f"/agent?queue=all&ticket={reference}")
    writer.is_ready()
    writer.page.get_by_role("radio", name="Note interne").check(force=True)
    writer.box.press_sequentially("@yso")
    option = writer.page.get_by_role("option", name=name)
    expect(option).to_be_visible()
    is_clean(writer.page)
    writer.page.keyboard.press("Escape")
    expect(option).to_be_hidden()
    writer.box.fill("")
    calls(writer.page, "@yso", "tu connais cette rue ?")
    expect(writer.box).to_have_value(f"@{name} tu connais cette rue ?")
    writer.box.press("Control+Enter")
    expect(writer.page.locator("#log .note .mention")).to_have_text(f"@{name}")

    for one in pages:
        expect(one.locator("#tabs [data-queue=cited] b")).to_have_text("1")
        expect(one.locator(f'#rows a[data-reference="{reference}"]')).to_contain_text(
            "On vous cite"
        )
    page.wait_for_function("localStorage.getItem('shown')")
    (told,) = shown(page)
    assert (told["title"], told["body"]) == ("Une note vous cite", reference)
    teller = next(one for one in pages if one.evaluate("window.shown.length"))
    teller.evaluate("window.shown[0].onclick()")
    expect(teller.locator("#talk-who")).to_contain_text(reference)
    expect(teller.locator("#log .note .mention.me")).to_have_text(f"@{name}")
    for one in pages:
        expect(one.locator("#tabs [data-queue=cited] b")).to_have_text("0")

    calls(writer.page, "@yso", "merci")  # what is on screen is told by nothing else
    writer.box.press("Control+Enter")
    expect(teller.locator("#log .note")).to_have_count(2)
    for one in pages:
        expect(one.locator("#tabs [data-queue=cited] b")).to_have_text("0")
    assert len(shown(page)) == 1
    assert writer.problems == reader.problems == []


def test_a_colleague_is_called_with_a_thumb(
    service: RunningService, claire: Account, desks: Any
) -> None:
    (_, reference), name = asks_for_a_person(service), "Quitterie Lopez"
    an_account(service, name)
    desk = desks(claire, PHONE)
    page = desk.page
    page.goto(f"/agent?queue=all&ticket={reference}")
    desk.is_ready()
    page.get_by_role("radio", name="Note interne").check(force=True)
    page.get_by_role("button", name="Citer un collègue").click()
    option = page.get_by_role("option", name=name)
    expect(page.locator("#mention-list [role=option]").first).to_be_visible()
    is_clean(page)
    page.locator("#text").press_sequentially("quitt")
    option.click()
    expect(desk.box).to_have_value(f"@{name} ")
    expect(desk.box).to_be_focused()
    assert desk.problems == []
