"""The pictures of `docs/guide-agent.md` and of the README’s agents, made from the demonstration.

    ./guichet demo --until 2026-11-26T15:30 && ./guichet run &
    export PYTHONPATH=. GUICHET_CHROMIUM=…
    python -P -m tests.browser.pictures http://127.0.0.1:8080 LOGIN PASSWORD

LOGIN is one of those that `./guichet demo` printed.
"""

from __future__ import annotations

import os
import sys
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from tests.browser.agent import Account, AtDesk

PLACE = Path(__file__).parents[2] / "docs" / "images"
DESK: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 360, "height": 740}
COLOURS = 128


def at_desk(browser: Browser, url: str, account: Account, viewport: ViewportSize) -> AtDesk:
    context = browser.new_context(
        viewport=viewport, base_url=url, locale="fr", reduced_motion="reduce"
    )
    desk = AtDesk(context)
    desk.signs_in(account)
    return desk


def keep(page: Page, name: str) -> None:
    """As a small file: flat colours need no more than a palette."""
    picture = Image.open(BytesIO(page.screenshot())).convert("RGB")
    picture.quantize(COLOURS, dither=Image.Dither.NONE).save(PLACE / name, optimize=True)


def main(url: str, login: str, password: str) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=os.environ["GUICHET_CHROMIUM"])
        account = Account(login, password)
        desk = at_desk(browser, url, account, DESK)
        desk.page.goto("/agent?queue=unassigned&lang=fr")
        desk.is_ready()
        desk.opens(_references(desk)[0])
        keep(desk.page, "guide-desk.png")
        reference = _with_a_note(desk)
        keep(desk.page, "guide-talk.png")
        phone = at_desk(browser, url, account, PHONE)
        phone.page.goto(f"/agent?queue=all&ticket={reference}&lang=fr")
        phone.is_ready()
        keep(phone.page, "guide-phone.png")
        browser.close()


def _with_a_note(desk: AtDesk) -> str:
    """Open the first conversation that agents wrote a note in; its reference."""
    for name in ("all", "closed"):
        desk.page.goto(f"/agent?queue={name}&lang=fr")
        desk.is_ready()
        for reference in _references(desk):
            desk.opens(reference)
            if desk.page.locator("#log .note").count():
                return reference
    raise LookupError("no note was written in the demonstration")


def _references(desk: AtDesk) -> list[str]:
    rows = desk.page.locator("#rows a[data-reference]")
    return [row.get_attribute("data-reference") or "" for row in rows.all()]


if __name__ == "__main__":
    main(*sys.argv[1:4])
