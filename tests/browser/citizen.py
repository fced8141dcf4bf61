"""A citizen at a browser: opens the page, writes, presses, reads."""

from __future__ import annotations

import io
import re

from PIL import Image, ImageDraw
from playwright.sync_api import BrowserContext, Locator, Page, expect

ANSWER_TIMEOUT_MS = 40_000
REFERENCE = re.compile(r"\b\d{4}-\d{6,}\b")
POTHOLE = "il y a un gros trou dans la route devant le 12 rue de la République à Oullins"


def jpeg() -> bytes:
    """A picture as a telephone takes it."""
    image = Image.new("RGB", (1200, 900), (120, 118, 112))
    ImageDraw.Draw(image).ellipse((380, 300, 860, 620), fill=(48, 45, 42))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=80)
    return out.getvalue()


class Citizen:
    """What somebody does with the page; every wait is Playwright's own."""

    def __init__(self, context: BrowserContext) -> None:
        self.context = context
        self.page: Page = context.new_page()
        self.problems: list[str] = []
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on(
            "console", lambda m: self.problems.append(m.text) if m.type == "error" else None
        )

    @property
    def bubbles(self) -> Locator:
        return self.page.locator("#log > li")

    @property
    def answers(self) -> Locator:
        return self.page.locator("#log > .assistant")

    @property
    def box(self) -> Locator:
        return self.page.get_by_role("textbox")

    def open(self, query: str = "") -> None:
        self.page.goto(f"/assistant{query}")
        expect(self.page.locator("#scroll[aria-live=polite]")).to_be_attached()

    def writes(self, text: str) -> None:
        self.box.fill(text)
        self.box.press("Enter")

    def says(self, text: str) -> None:
        """Write, and wait for a question or an answer."""
        before = self.answers.count()
        self.writes(text)
        self.hears(before)

    def presses(self, title: str) -> None:
        before = self.answers.count()
        self.page.locator(".choices").get_by_role("button", name=title, exact=True).click()
        self.hears(before)

    def sends_photo(self) -> None:
        before = self.answers.count()
        with self.page.expect_file_chooser() as chooser:
            self.page.locator(".choices").get_by_role("button", name="Photo").click()
        chooser.value.set_files({"name": "trou.jpg", "mimeType": "image/jpeg", "buffer": jpeg()})
        self.hears(before)

    def hears(self, before: int) -> None:
        """Wait for an answer after the `before` first ones."""
        expect(self.answers.nth(before)).to_be_visible(timeout=ANSWER_TIMEOUT_MS)
        expect(self.page.locator("#thinking")).to_be_hidden(timeout=ANSWER_TIMEOUT_MS)

    def skips_until(self, wanted: Locator) -> None:
        """Skip the optional questions, up to the one that offers `wanted`."""
        choices = self.page.locator(".choices").last  # above it: what others reported there
        while True:
            expect(choices).to_be_visible(timeout=ANSWER_TIMEOUT_MS)
            if wanted.count():
                return
            self.presses("Passer")

    def files_a_report(self) -> str:
        """From the first sentence to the reference, with a photo."""
        self.says(POTHOLE)
        choices = self.page.locator(".choices")
        self.skips_until(choices.get_by_role("button", name="Photo"))
        self.sends_photo()
        self.skips_until(choices.get_by_role("button", name="Envoyer"))
        self.presses("Envoyer")
        filed = self.answers.filter(has_text=REFERENCE)
        expect(filed).to_be_visible(timeout=ANSWER_TIMEOUT_MS)
        found = REFERENCE.search(filed.inner_text())
        assert found is not None
        return found[0]
