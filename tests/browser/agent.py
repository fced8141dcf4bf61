"""An agent at a browser: signs in, opens a request, writes."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.running import RunningService, Visitor

READY_WITHIN_MS = 20_000
"""A page of many modules, on a machine that does much else."""


@dataclass(frozen=True)
class Account:
    login: str
    password: str


def an_account(
    service: RunningService, name: str, role: str = "agent", commune: str | None = None
) -> Account:
    """`commune`: the only town that they serve."""
    login = f"{uuid.uuid4().hex}@oullins.example"
    told = service.admin(
        *("users", "add", login, "--name", name),
        *("--role", role, "--generate"),
        *(("--all-communes",) if commune is None else ("--commune", commune)),
    )
    return Account(login, told.split("password: ")[1].strip())


def asks_for_a_person(service: RunningService) -> tuple[Visitor, str]:
    """A citizen who waits for somebody, and the reference that they got."""
    visitor = Visitor(service.url)
    visitor.post(text="je veux parler à un agent", commune="69149")
    told = visitor.hear()
    return visitor, next(event["reference"] for event in told if event["reference"])


def types_until(box: Locator, sign: Locator) -> None:
    """Whoever writes goes on: that they do is told for six seconds, and again while they do."""
    for _ in range(20):
        box.press_sequentially("et ")
        try:
            expect(sign).to_be_visible(timeout=1000)
        except AssertionError:
            continue
        return
    expect(sign).to_be_visible()


class AtDesk:
    """What an agent does with the page; every wait is Playwright's own."""

    def __init__(self, context: BrowserContext) -> None:
        self.context = context
        self.problems: list[str] = []
        self.page = self._page()

    def _page(self) -> Page:
        page = self.context.new_page()
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        return page

    def signs_in(self, account: Account) -> None:
        self.page.goto("/agent")
        self.page.locator("input[name=login]").fill(account.login)
        self.page.locator("input[name=password]").fill(account.password)
        self.page.locator("button.primary").click()
        self.is_ready()

    def is_ready(self) -> None:
        expect(self.page.locator("main[data-ready]")).to_be_attached(timeout=READY_WITHIN_MS)

    def comes_back(self, address: str) -> None:
        """In another page: the first was closed, or its browser died."""
        self.page.close()
        self.page = self._page()
        self.page.goto(address)
        self.is_ready()

    def row(self, reference: str) -> Locator:
        return self.page.locator(f'#rows a[data-reference="{reference}"]')

    @property
    def box(self) -> Locator:
        return self.page.locator("#text")

    def said(self, text: str) -> Locator:
        return self.page.locator("#log li").filter(has_text=text)

    def opens(self, reference: str) -> None:
        self.row(reference).click()
        expect(self.page.locator("#talk-who")).to_contain_text(reference)
