"""Somebody on a town's site: opens the assistant, writes, presses, reads."""

from __future__ import annotations

import re
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Locator, Page, Route, expect

from tests.browser.citizen import ANSWER_TIMEOUT_MS, POTHOLE, REFERENCE, jpeg


class Guest:
    """What somebody does with the widget; every wait is Playwright's own."""

    def __init__(self, context: BrowserContext, page: Page | None = None) -> None:
        self.context = context
        self.page = page or context.new_page()
        self.problems: list[str] = []
        self.asked: list[str] = []
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))

    # What is there -------------------------------------------------------------------------------

    @property
    def opener(self) -> Locator:
        return self.page.locator("guichet-assistant .opener")

    @property
    def panel(self) -> Locator:
        return self.page.locator("guichet-assistant .panel")

    @property
    def bubbles(self) -> Locator:
        return self.panel.locator(".scroll > ol > li")

    @property
    def answers(self) -> Locator:
        return self.panel.locator(".scroll > ol > .assistant")

    @property
    def own(self) -> Locator:
        return self.panel.locator(".scroll > ol > .citizen")

    @property
    def log(self) -> Locator:
        return self.panel.get_by_role("log")

    @property
    def box(self) -> Locator:
        return self.panel.get_by_role("textbox", name="Votre message")

    @property
    def choices(self) -> Locator:
        return self.panel.locator(".answering")

    def choice(self, title: str) -> Locator:
        return self.choices.get_by_role("button", name=title, exact=True)

    # What is done --------------------------------------------------------------------------------

    def goes_to(self, url: str = "/widget/demo") -> None:
        self.page.goto(url)
        expect(self.opener).to_be_visible()

    def opens(self, url: str = "/widget/demo") -> None:
        self.goes_to(url)
        self.opener.click()
        self.sees_the_conversation()

    def sees_the_conversation(self) -> None:
        """The past is there, and what comes is announced."""
        expect(self.panel).to_be_visible()
        expect(self.panel.locator(".scroll[aria-live=polite]")).to_be_attached()

    def writes(self, text: str) -> None:
        self.box.fill(text)
        self.panel.get_by_role("button", name="Envoyer", exact=True).and_(
            self.panel.locator(".send")
        ).click()

    def says(self, text: str) -> None:
        before = self.answers.count()
        self.writes(text)
        self.hears(before)

    def presses(self, title: str) -> None:
        before = self.answers.count()
        self.choice(title).click()
        self.hears(before)

    def hears(self, before: int) -> None:
        """Wait for an answer after the `before` first ones."""
        expect(self.answers.nth(before)).to_be_visible(timeout=ANSWER_TIMEOUT_MS)
        expect(self.panel.locator(".typing")).to_have_count(0, timeout=ANSWER_TIMEOUT_MS)

    def sends_photo(self) -> None:
        before = self.answers.count()
        self.picks_a_picture(self.choice("Photo"))
        self.hears(before)

    def picks_a_picture(self, button: Locator | None = None) -> None:
        """By a button that offers it; else by the tool that always does."""
        with self.page.expect_file_chooser() as chooser:
            (button or self.panel.get_by_role("button", name="Photo")).click()
        chooser.value.set_files({"name": "trou.jpg", "mimeType": "image/jpeg", "buffer": jpeg()})

    def holds_a_picture(self) -> None:
        """One that is on its way, in whichever tab, for as long as the browser lives."""
        held: list[Route] = []

        def hold(route: Route) -> None:
            held.append(route)

        self.context.route("**/widget/v1/photos", hold)
        self.picks_a_picture()
        expect(self.own.get_by_role("progressbar")).to_be_visible()

    def skips_until(self, title: str) -> None:
        """Skip the optional questions, up to the one that offers `title`."""
        while True:
            expect(self.choices.last).to_be_visible(timeout=ANSWER_TIMEOUT_MS)
            if self.choice(title).count():
                return
            self.presses("Passer")

    def files_a_report(self) -> str:
        """From the first sentence to the reference, with a photo."""
        self.says(POTHOLE)
        self.skips_until("Photo")
        self.sends_photo()
        self.skips_until("Envoyer")
        self.presses("Envoyer")
        return self.reference()

    def reference(self) -> str:
        filed = self.answers.filter(has_text=REFERENCE).last
        expect(filed).to_be_visible(timeout=ANSWER_TIMEOUT_MS)
        found = REFERENCE.search(filed.inner_text())
        assert found is not None
        return found[0]

    # What is looked at ---------------------------------------------------------------------------

    def violations(self) -> list[str]:
        found = Axe().run(self.page).response["violations"]
        return [f"{v['id']}: {[node['html'][:200] for node in v['nodes']]}" for v in found]

    def stored(self) -> dict[str, Any]:
        """What the page's own origin holds in this browser."""
        kept: dict[str, Any] = self.page.evaluate(
            "async () => ({local: {...localStorage}, session: {...sessionStorage},"
            " cookies: document.cookie,"
            " databases: (await indexedDB.databases()).map(({name}) => name)})"
        )
        return kept

    def now(self) -> float:
        """What the page's clock says, in milliseconds."""
        return float(self.page.evaluate("Date.now()"))

    def words_of_own(self) -> list[str]:
        """What the citizen said, bubble by bubble, without marks."""
        return [text.strip() for text in self.own.locator(".said").all_inner_texts()]


SENT = re.compile("Envoyé|Lu")
