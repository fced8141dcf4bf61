"""An agent signs in by keyboard, and axe finds nothing on the way."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator

import pyotp
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.browser.conftest import DESKTOP, PHONE
from tests.running import RunningService


def violations(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{v['id']}: {[node['html'] for node in v['nodes']]}" for v in found]


@pytest.fixture(scope="module")
def account(service: RunningService) -> tuple[str, str]:
    """Login and password of an account that an operator opened."""
    login = f"{uuid.uuid4().hex}@mairie.example"
    told = service.admin(
        *("users", "add", login, "--name", "Claire", "--role", "supervisor"),
        *("--commune", "Oullins", "--team", "accueil", "--generate"),
    )
    return login, told.split("password: ")[1].strip()


@pytest.fixture(
    params=[
        pytest.param((PHONE, "light"), id="phone, light"),
        pytest.param((DESKTOP, "dark"), id="desktop, dark"),
    ]
)
def page(
    browser: Browser, service: RunningService, request: pytest.FixtureRequest
) -> Iterator[Page]:
    viewport: ViewportSize
    viewport, scheme = request.param
    context = browser.new_context(
        viewport=viewport,
        color_scheme=scheme,
        locale="fr",
        reduced_motion="reduce",
        base_url=service.url,
    )
    yield context.new_page()
    context.close()


def types(page: Page, *keys: str) -> None:
    """Into whatever has the focus; "Tab" and "Enter" are pressed."""
    for key in keys:
        if key in ("Tab", "Enter"):
            page.keyboard.press(key)
        else:
            page.keyboard.type(key)


def fits(page: Page) -> bool:
    """Whether nothing is wider than the screen."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def test_an_agent_signs_in_by_keyboard_and_turns_the_code_on_and_off(
    page: Page, account: tuple[str, str]
) -> None:
    login, password = account
    page.goto("/agent/account")
    assert violations(page) == []
    types(page, login, "Tab", "faux", "Enter")
    expect(page.get_by_role("alert")).to_contain_text("incorrects")
    assert violations(page) == []
    types(page, password, "Enter")  # the password has the focus again
    expect(page.get_by_role("heading", level=1)).to_have_text("Mon compte")
    assert violations(page) == []
    assert fits(page)

    page.locator("#second_factor-current").focus()
    types(page, password, "Enter")
    expect(page.get_by_role("img", name="Code QR")).to_be_visible()
    assert violations(page) == []
    assert fits(page)
    secret = page.locator("code").inner_text().replace(" ", "")
    page.get_by_label("Code à six chiffres").focus()
    types(page, pyotp.TOTP(secret).now(), "Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Codes de secours")
    assert violations(page) == []
    assert fits(page)
    with page.expect_download() as saved:
        page.get_by_role("link", name="Enregistrer dans un fichier").press("Enter")
    code = page.locator("li code").first.inner_text()
    assert code in saved.value.path().read_text("utf-8")
    page.get_by_role("link", name="Je les ai gardés").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("activé")

    page.get_by_role("button", name="Se déconnecter").focus()
    types(page, "Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Espace des agents")
    types(page, login, "Tab", password, "Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Code de votre téléphone")
    assert violations(page) == []
    # The code of this step has served; the next one is accepted early.
    types(page, pyotp.TOTP(secret).at(int(time.time()) + 30), "Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Demandes des usagers")
    assert violations(page) == []
    assert fits(page)

    page.get_by_role("button", name="Se déconnecter").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Espace des agents")
    types(page, login, "Tab", password, "Enter")
    page.get_by_text("Téléphone perdu ou changé ?").press("Enter")
    assert violations(page) == []
    page.get_by_label("Code de secours").focus()
    types(page, "faux", "Enter")
    expect(page.get_by_role("alert")).to_contain_text("code de secours")
    assert violations(page) == []
    types(page, code, "Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Demandes des usagers")

    page.goto("/agent/account")
    expect(page.get_by_text("Il vous reste 9 codes de secours.")).to_be_visible()
    page.locator("#second_factor-current").focus()
    types(page, password, "Enter")
    expect(page.get_by_role("status")).to_contain_text("plus demandé")
