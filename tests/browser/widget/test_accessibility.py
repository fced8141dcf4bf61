"""Whoever reads with the ears, writes with the keyboard alone, or needs it large or dark."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import ViewportSize, expect

from tests.browser.citizen import ANSWER_TIMEOUT_MS, POTHOLE
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.widget.conftest import NewGuest
from tests.browser.widget.guest import Guest

SCREENS = pytest.mark.parametrize(
    "viewport", [pytest.param(PHONE, id="phone"), pytest.param(DESKTOP, id="desktop")]
)
LIGHT = pytest.mark.parametrize(
    "is_dark", [pytest.param(False, id="light"), pytest.param(True, id="dark")]
)

LISTEN = """
() => {
  const root = document.querySelector("guichet-assistant").shadowRoot;
  window.heard = [];
  new MutationObserver((changes) => {
    const log = root.querySelector("[role=log][aria-live=polite]");
    for (const { addedNodes } of changes) {
      for (const node of addedNodes) {
        if (log?.contains(node) && node.matches?.("li")) window.heard.push(node.innerText);
      }
    }
  }).observe(root, { childList: true, subtree: true });
}
"""
"""What a screen reader is given to say: what is added to the live region."""
SEND_AND_GO_UP = """
async (panel) => {
  panel.querySelector(".send").click();
  const frame = () => new Promise(requestAnimationFrame);
  await frame();
  await frame();
  panel.querySelector("[role=log]").scrollTop = 0;
}
"""
"""As soon as it is drawn: no answer comes in between."""


@SCREENS
@LIGHT
def test_axe_finds_nothing_in_any_state(
    new_guest: NewGuest, viewport: ViewportSize, is_dark: bool
) -> None:
    guest = new_guest(viewport, is_dark=is_dark)
    guest.goes_to()
    assert guest.violations() == []
    guest.opener.click()
    guest.sees_the_conversation()
    assert guest.violations() == []
    menu = guest.panel.get_by_role("button", name="Options de la conversation")
    menu.click()
    assert guest.violations() == []
    guest.panel.get_by_role("button", name="Afficher les heures").click()
    guest.panel.get_by_role("button", name="Effacer la conversation").click()
    assert guest.violations() == []
    guest.page.keyboard.press("Escape")
    guest.says(POTHOLE)
    expect(guest.choices.last).to_be_visible()
    assert guest.violations() == []
    guest.skips_until("Photo")
    guest.sends_photo()
    assert guest.violations() == []
    guest.panel.get_by_role("button", name="Sur la carte").first.click()
    expect(guest.panel.get_by_role("application").locator("path").first).to_be_attached()
    assert guest.violations() == []
    guest.page.keyboard.press("Escape")
    guest.skips_until("Envoyer")
    guest.presses("Envoyer")
    expect(guest.panel.get_by_role("article").last).to_be_visible()
    assert guest.violations() == []
    guest.context.set_offline(True)
    guest.writes("bonjour")
    expect(guest.own.locator(".mark").last).to_contain_text("Partira au retour")
    assert guest.violations() == []


@SCREENS
def test_the_pages_about_it_are_clean_too(new_guest: NewGuest, viewport: ViewportSize) -> None:
    guest = new_guest(viewport)
    for path in ("/widget/demo/accessibilite", "/widget/install", "/confidentialite"):
        guest.page.goto(path)
        assert guest.violations() == []


def focused(guest: Guest) -> str:
    """The name of what has the keyboard."""
    name: str = guest.page.evaluate(
        "() => { let e = document.activeElement;"
        " while (e?.shadowRoot?.activeElement) e = e.shadowRoot.activeElement;"
        " return e?.ariaLabel || e?.labels?.[0]?.innerText || e?.innerText || e?.id || ''; }"
    )
    return " ".join(name.split())


def tabs_to(guest: Guest, name: str, *, back: bool = False) -> None:
    for _ in range(60):
        if focused(guest) == name:
            return
        guest.page.keyboard.press("Shift+Tab" if back else "Tab")
    raise AssertionError(f"{name} is not reached by the keyboard")


@SCREENS
def test_a_report_with_the_keyboard_alone(new_guest: NewGuest, viewport: ViewportSize) -> None:
    guest = new_guest(viewport)
    guest.goes_to()
    tabs_to(guest, "Besoin d’aide ? Ouvrir l’assistant")
    guest.page.keyboard.press("Enter")
    guest.sees_the_conversation()
    tabs_to(guest, "Votre message")
    guest.page.keyboard.type(POTHOLE)
    tabs_to(guest, "Envoyer")
    before = guest.answers.count()
    guest.page.keyboard.press("Enter")
    guest.hears(before)
    while not guest.choice("Envoyer").count():
        before = guest.answers.count()
        tabs_to(guest, "Passer", back=True)
        guest.page.keyboard.press("Enter")
        guest.hears(before)
        expect(guest.choices.last).to_be_visible(timeout=ANSWER_TIMEOUT_MS)
    before = guest.answers.count()
    guest.choice("Envoyer").focus()
    guest.page.keyboard.press("Enter")
    guest.hears(before)
    assert guest.reference()
    guest.page.keyboard.press("Escape")
    expect(guest.panel).to_be_hidden()
    expect(guest.opener).to_be_focused()


def test_a_place_on_the_map_with_the_keyboard_alone(new_guest: NewGuest) -> None:
    guest = new_guest(DESKTOP)
    guest.opens("/widget/demo?commune=bron")
    tabs_to(guest, "Sur la carte")
    guest.page.keyboard.press("Enter")
    expect(guest.panel.get_by_role("application")).to_be_focused()
    guest.page.keyboard.press("ArrowRight")
    expect(guest.panel.get_by_text("Lieu sous le repère")).to_be_visible()
    before = guest.answers.count()
    guest.page.keyboard.press("Enter")
    guest.hears(before)
    expect(guest.own.last).to_contain_text("Lieu envoyé")


def test_a_dialog_on_a_telephone_keeps_the_keyboard(new_guest: NewGuest) -> None:
    guest = new_guest(PHONE)
    guest.opens()
    expect(guest.panel).to_have_attribute("role", "dialog")
    expect(guest.panel).to_have_attribute("aria-modal", "true")
    for _ in range(25):
        guest.page.keyboard.press("Tab")
        assert guest.page.evaluate("document.activeElement.localName") == "guichet-assistant"


def test_a_region_on_a_desktop_lets_the_keyboard_go(new_guest: NewGuest) -> None:
    guest = new_guest(DESKTOP)
    guest.opens()
    expect(guest.panel).to_have_attribute("role", "region")
    for _ in range(25):
        guest.page.keyboard.press("Shift+Tab")
        if guest.page.evaluate("document.activeElement.localName") != "guichet-assistant":
            return
    raise AssertionError("the keyboard does not leave the region")


def test_answers_are_announced_once_and_the_past_is_not(new_guest: NewGuest) -> None:
    guest = new_guest(DESKTOP)
    guest.opens()
    guest.page.evaluate(LISTEN)
    guest.says("bonjour")
    heard = guest.page.evaluate("window.heard")
    assert len(heard) == guest.bubbles.count()
    assert "Assistant" in heard[-1]
    expect(guest.box).to_be_focused()
    guest.goes_to()
    guest.opener.click()
    guest.page.evaluate(LISTEN)
    guest.sees_the_conversation()
    expect(guest.own).to_have_count(1)
    assert guest.page.evaluate("window.heard") == []
    expect(guest.log).to_have_attribute("aria-relevant", "additions")


def test_the_menu_closes_when_the_keyboard_or_a_press_leaves_it(new_guest: NewGuest) -> None:
    guest = new_guest(DESKTOP)
    guest.opens()
    button = guest.panel.get_by_role("button", name="Options de la conversation")
    menu = guest.panel.locator(".menu")
    button.click()
    expect(menu.get_by_role("button").first).to_be_focused()
    guest.box.focus()
    expect(menu).to_have_count(0)
    expect(guest.box).to_be_focused()
    button.click()
    expect(menu).to_be_visible()
    guest.page.mouse.click(5, 5)
    expect(menu).to_have_count(0)
    button.click()
    guest.page.keyboard.press("Escape")
    expect(menu).to_have_count(0)
    expect(button).to_be_focused()


def test_hours_are_those_of_lyon_and_written_as_in_french(new_guest: NewGuest) -> None:
    guest = new_guest(DESKTOP, timezone_id="America/Los_Angeles")
    guest.opens()
    guest.says("bonjour")
    guest.panel.get_by_role("button", name="Options de la conversation").click()
    guest.panel.get_by_role("button", name="Afficher les heures").click()
    time = guest.own.locator("time")
    said = datetime.fromisoformat(time.get_attribute("datetime") or "")
    there = said.astimezone(ZoneInfo("Europe/Paris"))
    written = f"{there.hour} h {there.minute:02}" if there.minute else f"{there.hour} h"
    assert time.inner_text().replace("\u00a0", " ").endswith(written)


def test_answers_do_not_take_the_focus_nor_the_text(new_guest: NewGuest) -> None:
    guest = new_guest(DESKTOP)
    guest.opens()
    before = guest.answers.count()
    guest.writes("bonjour")
    guest.box.press_sequentially("et je continue à écrire")
    guest.hears(before)
    expect(guest.box).to_be_focused()
    expect(guest.box).to_have_value("et je continue à écrire")


def test_whoever_reads_above_is_not_moved(new_guest: NewGuest) -> None:
    guest = new_guest({"width": 1440, "height": 500})
    guest.opens()
    for _ in range(3):
        guest.says("bonjour")
    guest.box.fill("merci")
    guest.panel.evaluate(SEND_AND_GO_UP)
    expect(guest.panel.get_by_role("button", name="Nouveaux messages")).to_be_visible(
        timeout=ANSWER_TIMEOUT_MS
    )
    assert guest.log.evaluate("log => log.scrollTop") == 0
    guest.panel.get_by_role("button", name="Nouveaux messages").click()
    expect(guest.panel.get_by_role("button", name="Nouveaux messages")).to_have_count(0)
    assert guest.log.evaluate("log => log.scrollHeight - log.scrollTop - log.clientHeight") < 5


def overflow(guest: Guest) -> list[str]:
    """What is wider than the screen, or than its own place."""
    wide: list[str] = guest.page.evaluate(
        """() => {
          const root = document.querySelector("guichet-assistant").shadowRoot;
          const panel = root.querySelector(".panel");
          return [...panel.querySelectorAll("*")].filter((e) => {
            const box = e.getBoundingClientRect();
            if (!box.width || e.closest(".hidden, .leaflet-container, .cross-hair")) return false;
            return box.left < -1 || box.right > innerWidth + 1;
          }).map((e) => e.className + " " + e.innerText).concat(
            panel.scrollWidth > panel.clientWidth + 1 ? ["the panel scrolls"] : []);
        }"""
    )
    return wide


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
@pytest.mark.parametrize("size", ["100%", "200%"])
def test_nothing_is_read_by_scrolling_sideways(
    new_guest: NewGuest, direction: str, size: str
) -> None:
    guest = new_guest({"width": 320, "height": 640})
    guest.page.add_init_script(
        f"""addEventListener("DOMContentLoaded", () => {{
          document.documentElement.dir = "{direction}";
          const sheet = new CSSStyleSheet();
          sheet.replaceSync("guichet-assistant {{ --guichet-size: {size}; }}");
          document.adoptedStyleSheets = [sheet];
        }})"""
    )
    guest.opens()
    assert overflow(guest) == []
    guest.says(POTHOLE)
    expect(guest.choices.last).to_be_visible()
    assert overflow(guest) == []
    expect(guest.panel.locator("..").locator("..")).to_have_attribute("dir", direction)


@SCREENS
def test_targets_are_large_enough(new_guest: NewGuest, viewport: ViewportSize) -> None:
    guest = new_guest(viewport)
    guest.opens()
    guest.says(POTHOLE)
    for button in guest.panel.get_by_role("button").all():
        box = button.bounding_box()
        assert box is not None
        assert box["height"] >= 44, button.inner_text()
        assert box["width"] >= 44, button.inner_text()


def test_forced_colours_keep_every_edge(new_guest: NewGuest) -> None:
    guest = new_guest(DESKTOP, forced_colors="active")
    guest.opens()
    guest.says(POTHOLE)
    for selector in (".send", ".choices button", ".box"):
        edge = guest.panel.locator(selector).first.evaluate(
            "e => getComputedStyle(e).borderTopWidth"
        )
        assert edge != "0px"
