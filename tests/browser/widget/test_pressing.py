"""What is pressed while the conversation moves, and pictures whose addresses are too old."""

from __future__ import annotations

from playwright.sync_api import FloatRect, Locator, Route, expect

from tests.browser.citizen import ANSWER_TIMEOUT_MS, POTHOLE
from tests.browser.conftest import DESKTOP
from tests.browser.widget.conftest import NewGuest
from tests.browser.widget.guest import Guest


def holds_down(guest: Guest) -> tuple[Locator, FloatRect]:
    """The mouse is down on a choice; the button, and where it was."""
    guest.opens()
    guest.says(POTHOLE)
    button = guest.choice("Passer").last
    expect(button).to_be_visible(timeout=ANSWER_TIMEOUT_MS)
    button.hover()  # once it stands still
    box = button.bounding_box()
    assert box is not None
    guest.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    guest.page.mouse.down()
    return button, box


def test_what_moves_from_under_the_pointer_is_still_pressed(new_guest: NewGuest) -> None:
    guest = new_guest(DESKTOP)
    button, _ = holds_down(guest)
    button.evaluate("b => { b.style.position = 'relative'; b.style.insetBlockStart = '-90px'; }")
    guest.page.mouse.up()
    expect(guest.own).to_have_count(2)
    assert guest.words_of_own()[-1] == "Passer"


def test_what_is_let_go_of_elsewhere_is_not_pressed(new_guest: NewGuest) -> None:
    guest = new_guest(DESKTOP)
    _, box = holds_down(guest)
    guest.page.mouse.move(box["x"] + box["width"] / 2, box["y"] - 120)
    guest.page.mouse.up()
    guest.box.press("a")  # whatever the press was to do has been done
    expect(guest.own).to_have_count(1)


def test_a_picture_whose_address_is_too_old_gets_a_fresh_one(new_guest: NewGuest) -> None:
    guest = new_guest(DESKTOP)
    guest.opens()
    guest.picks_a_picture()
    expect(guest.own.locator(".mark")).to_contain_text("Envoyé", timeout=ANSWER_TIMEOUT_MS)
    held: list[Route] = []

    def too_old(route: Route) -> None:
        if held and route.request.url != held[0].request.url:
            route.continue_()
        else:
            held.append(route)

    guest.page.route("**/photos/shown/**", too_old)
    guest.opens()
    expect(guest.own).to_have_count(1)
    # An address tells its second: the fresh one is another only in the next.
    guest.page.wait_for_function("since => Date.now() - since > 1100", arg=guest.now())
    held[0].fulfill(status=404)
    guest.page.wait_for_function(
        "() => document.querySelector('guichet-assistant').shadowRoot"
        ".querySelector('.photos img')?.naturalWidth > 0"
    )
    expect(guest.panel.get_by_text("Photo indisponible")).to_have_count(0)


def test_a_picture_that_is_gone_is_told_calmly(new_guest: NewGuest) -> None:
    guest = new_guest(DESKTOP)
    guest.opens()
    guest.picks_a_picture()
    expect(guest.own.locator(".mark")).to_contain_text("Envoyé", timeout=ANSWER_TIMEOUT_MS)
    asked: list[str] = []

    def gone(route: Route) -> None:
        asked.append(route.request.url)
        route.fulfill(status=404)

    guest.page.goto("about:blank")  # the page that sent it may still be asking for it
    guest.page.route("**/photos/shown/**", gone)
    guest.opens()
    expect(guest.own.get_by_text("Photo indisponible")).to_be_visible()
    expect(guest.own.locator("img")).to_have_count(0)
    assert len(asked) <= 2
    assert guest.violations() == []


def test_one_s_own_reports_are_listed_as_cards(new_guest: NewGuest) -> None:
    guest = new_guest(DESKTOP)
    guest.opens()
    menu = guest.panel.get_by_role("button", name="Options de la conversation")
    menu.click()
    guest.panel.get_by_role("button", name="Mes signalements").click()
    expect(guest.panel.get_by_text("Aucun signalement pour l’instant.")).to_be_visible()
    guest.panel.get_by_role("button", name="Fermer", exact=True).click()
    reference = guest.files_a_report()
    menu.click()
    guest.panel.get_by_role("button", name="Mes signalements").click()
    sheet = guest.panel.get_by_role("group", name="Mes signalements")
    expect(sheet.get_by_role("article")).to_contain_text(reference)
    expect(sheet.get_by_role("heading", name="Mes signalements")).to_be_focused()
    assert guest.violations() == []
    guest.page.keyboard.press("Escape")
    expect(sheet).to_have_count(0)
    expect(menu).to_be_focused()
