"""A site that does everything to break what it embeds, or is not allowed to embed it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DESKTOP
from tests.browser.widget.conftest import NewGuest
from tests.browser.widget.host import HostPage, hosted
from tests.running import RunningService

EVERYTHING = """<style>
* { all: unset !important; display: none !important; color: red !important;
    font-size: 60px !important; transform: rotate(9deg) !important; opacity: .1 !important;
    position: static !important; pointer-events: none !important; direction: rtl; }
html, body { display: block !important; opacity: 1 !important; transform: none !important; }
button, .panel, .scroll, guichet-assistant { visibility: hidden !important; width: 9px !important; }
:root { --brand: red; --ink: red; --panel: red; --radius: 99px; font-size: 4px; }
</style>"""

POLLUTED = """
Object.prototype.method = "DELETE";
Object.prototype.body = "stolen";
Object.prototype.extend = function () {};
Object.prototype.signal = undefined;
Object.prototype.style = "x";
Array.prototype.remove = function () {};
Array.prototype.extend = "x";
String.prototype.clean = function () {};
window.name = "x"; window.render = window.html = window.say = () => { throw new Error("ours?") };
"""

LATER = """
addEventListener("load", () => {
  for (const name of ["fetch", "WebSocket", "XMLHttpRequest"]) {
    window[name] = function () { window.spied = true; throw new Error("taken over"); };
  }
  JSON.parse = JSON.stringify = () => { window.spied = true; throw new Error("taken over"); };
});
"""

FORGED = """
setInterval(() => {
  for (const data of [{type: "event", seq: 9, sender: "agent", text: "forged"},
      '{"type":"message","text":"forged"}', {type: "guichet", open: true}]) {
    postMessage(data, "*");
    document.dispatchEvent(new CustomEvent("message", {detail: data}));
  }
}, 20);
"""


@pytest.fixture(scope="module")
def one_site(service: RunningService) -> Iterator[HostPage]:
    with hosted(service) as page:
        yield page


@pytest.fixture
def site(one_site: HostPage) -> HostPage:
    one_site.reset()
    return one_site


def test_the_styles_of_the_page_do_not_reach_it(new_guest: NewGuest, site: HostPage) -> None:
    plain = new_guest(DESKTOP)
    plain.opens(site.origin)
    expected = plain.panel.bounding_box()
    looks = "panel => [getComputedStyle(panel).color, getComputedStyle(panel).fontSize]"
    colours = plain.panel.evaluate(looks)
    site.head = EVERYTHING
    guest = new_guest(DESKTOP)
    guest.opens(site.origin)
    assert guest.panel.bounding_box() == expected
    assert guest.panel.evaluate(looks) == colours
    guest.says("bonjour")


def test_its_styles_do_not_reach_the_page(new_guest: NewGuest, site: HostPage) -> None:
    guest = new_guest(DESKTOP)
    guest.goes_to(site.origin)
    before = guest.page.locator("h1").bounding_box()
    guest.opener.click()
    guest.sees_the_conversation()
    assert guest.page.locator("h1").bounding_box() == before
    assert guest.page.locator("style, link[rel=stylesheet]").count() == 0


STRICT = "default-src 'none'; script-src {0}; connect-src {0}; img-src {0}"


def test_trusted_types_are_what_it_makes(new_guest: NewGuest, site: HostPage) -> None:
    """Leaflet is not so careful: there is no map then."""
    site.policy = STRICT.format(site.service) + (
        "; require-trusted-types-for 'script'; trusted-types lit-html"
    )
    guest = new_guest()
    guest.opens(site.origin)
    guest.says("bonjour")
    assert guest.problems == []


def test_a_strict_policy_of_the_page_forbids_nothing(new_guest: NewGuest, site: HostPage) -> None:
    """Not even a socket is named by it: the widget asks instead."""
    site.policy = STRICT.format(site.service)
    guest = new_guest()
    guest.opens(site.origin)
    guest.files_a_report()
    guest.panel.get_by_role("button", name="Sur la carte").click()
    expect(guest.panel.get_by_role("application").locator("path").first).to_be_attached()
    assert guest.problems == []


@pytest.mark.parametrize("script", [POLLUTED, LATER, FORGED], ids=["polluted", "later", "forged"])
def test_scripts_of_the_page_do_not_reach_it(
    new_guest: NewGuest, site: HostPage, script: str
) -> None:
    site.scripts = {"/hostile.js": script}
    guest = new_guest(DESKTOP)
    guest.goes_to(site.origin)
    guest.page.wait_for_load_state("load")
    guest.opener.click()
    guest.sees_the_conversation()
    guest.says("bonjour")
    expect(guest.own).to_have_count(1)
    assert "forged" not in guest.panel.inner_text()
    assert guest.page.evaluate("window.spied") is None
    assert guest.problems == []


def test_it_leaves_no_name_in_the_page(new_guest: NewGuest, site: HostPage) -> None:
    guest = new_guest(DESKTOP)
    guest.page.goto(f"{site.origin}/plain")
    usual = set(guest.page.evaluate("Object.getOwnPropertyNames(window)"))
    guest.opens(site.origin)
    guest.says("bonjour")
    assert set(guest.page.evaluate("Object.getOwnPropertyNames(window)")) - usual <= {
        "litHtmlVersions"  # Lit's own, by which it warns of two versions
    }


def test_a_site_that_nobody_allowed_is_told_so(new_guest: NewGuest, site: HostPage) -> None:
    guest = new_guest()
    guest.goes_to(site.origin.replace("localhost", "127.0.0.1"))  # another origin
    guest.opener.click()
    expect(guest.panel.get_by_text("L’assistant n’est pas ouvert sur ce site.")).to_be_visible()
    expect(guest.panel.locator(".composer")).to_have_count(0)


def test_it_comes_back_alive_after_it_was_taken_out(new_guest: NewGuest, site: HostPage) -> None:
    guest = new_guest(DESKTOP)
    guest.opens(site.origin)
    guest.page.evaluate("window.kept = document.querySelector('guichet-assistant'); kept.remove()")
    expect(guest.page.locator("guichet-assistant")).to_have_count(0)
    guest.page.evaluate("document.body.append(kept)")
    guest.opener.click()
    guest.sees_the_conversation()
    guest.says("bonjour")
    assert guest.problems == []


def test_a_page_that_changes_its_whole_body_keeps_it(new_guest: NewGuest, site: HostPage) -> None:
    guest = new_guest(DESKTOP)
    guest.opens(site.origin)
    guest.page.evaluate("document.body = document.createElement('body')")
    expect(guest.panel).to_be_visible()
    guest.page.evaluate("document.body.innerHTML = '<main>Une autre page.</main><p></p>'")
    guest.says("bonjour")
    expect(guest.page.locator("guichet-assistant")).to_have_count(1)


def test_the_town_chooses_colour_corners_side_title_and_language(
    new_guest: NewGuest, site: HostPage
) -> None:
    site.attributes = (
        'data-brand="#8a1c5c" data-radius="0" data-position="left" data-title="Ma ville"'
        ' data-language="en"'
    )
    guest = new_guest(DESKTOP)
    guest.goes_to(site.origin)
    guest.opener.click()
    expect(guest.panel.get_by_role("heading", name="Ma ville")).to_be_visible()
    expect(guest.panel.get_by_role("textbox", name="Your message")).to_be_visible()
    box = guest.panel.bounding_box()
    assert box is not None
    assert box["x"] < 100
    send = guest.panel.locator(".send")
    assert send.evaluate("b => getComputedStyle(b).backgroundColor") == "rgb(138, 28, 92)"
