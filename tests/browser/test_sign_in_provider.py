"""An agent goes to the provider and comes back, in a browser whose cookies keep to their site."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator

import pyotp
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import PHONE
from tests.running import RunningService, state_for_tests
from tests.servers.oidc_provider import OidcProvider, running_oidc_provider


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OidcProvider]:
    with running_oidc_provider(tmp_path_factory.mktemp("oidc")) as provider:
        yield provider


@pytest.fixture(scope="module")
def joined(
    there: OidcProvider, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningService]:
    """A service whose agents may come from there. The provider has another name than it, and is
    another site."""
    running = RunningService(state_for_tests(tmp_path_factory.mktemp("joined") / "state"))
    running.url = running.url.replace("127.0.0.1", "localhost")
    running.environment |= {
        "GUICHET_PUBLIC_URL": running.url,
        "GUICHET_AGENTS_OIDC_ISSUER": there.url,
        "GUICHET_AGENTS_OIDC_CLIENT_ID": "guichet",
        "GUICHET_AGENTS_OIDC_CLIENT_SECRET": "secret",
        "GUICHET_AGENTS_OIDC_NAME": "Compte métropole",
    }
    running.start()
    try:
        running.wait("/healthz")
        yield running
    finally:
        running.stop()


@pytest.fixture
def page(browser: Browser, joined: RunningService) -> Iterator[Page]:
    context = browser.new_context(
        viewport=PHONE, locale="fr", reduced_motion="reduce", base_url=joined.url
    )
    yield context.new_page()
    context.close()


def is_clean(page: Page) -> bool:
    """Whether axe finds nothing and nothing is wider than the screen."""
    assert Axe().run(page).response["violations"] == []
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def agrees(page: Page, sub: str) -> None:
    page.get_by_role("link", name="Se connecter avec Compte métropole").click()
    page.locator("input[name=sub]").fill(sub)
    page.get_by_role("button", name="Authorize").first.click()


@pytest.fixture(scope="module")
def login(joined: RunningService) -> str:
    """Of somebody who may come from there, and whose role demands a second factor."""
    login = f"{uuid.uuid4().hex}@mairie.example"
    joined.admin(
        *("users", "add", login, "--name", "Claire", "--role", "agent"),
        *("--all-communes", "--generate"),
    )
    joined.admin("users", "provider", login, "--allow")
    joined.admin("users", "second-factor", "--role", "agent")
    return login


@pytest.mark.timeout(300)  # of which a service of its own takes most
def test_an_agent_comes_in_with_the_provider_and_is_led_to_what_their_role_demands(
    login: str, there: OidcProvider, page: Page
) -> None:
    sub = uuid.uuid4().hex
    there.knows(sub, email=login, email_verified=True)
    page.goto("/agent/account")
    assert is_clean(page)
    agrees(page, sub)
    # The cookie of the session has come along, and nothing else opens.
    expect(page.get_by_role("heading", level=1)).to_have_text("Activer le code à la connexion")
    assert is_clean(page)
    secret = page.locator("code").inner_text().replace(" ", "")
    page.get_by_label("Code à six chiffres").fill(pyotp.TOTP(secret).now())
    page.get_by_role("button", name="Activer").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Codes de secours")
    assert is_clean(page)
    page.get_by_role("link", name="Je les ai gardés").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Mon compte")
    page.get_by_role("button", name="Se déconnecter").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Vous êtes déconnecté de Guichet")
    assert is_clean(page)
    leaves = page.get_by_role("link", name="Se déconnecter aussi de Compte métropole")
    expect(leaves).to_have_attribute("href", re.compile(r"/oauth2/end_session\?id_token_hint="))
