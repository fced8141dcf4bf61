"""What a citizen keeps of a conversation: a file, or a letter."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import PHONE
from tests.browser.widget.guest import Guest
from tests.running import RunningService, state_for_tests
from tests.servers.mail import SENDER, Mailbox, RunningMailServer

LETTER_WITHIN_S = 20


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def with_mail(
    tmp_path_factory: pytest.TempPathFactory, mailbox: Mailbox
) -> Iterator[RunningService]:
    """A service of its own: the others have no mail server."""
    with RunningMailServer(mailbox) as server:
        running = RunningService(
            state_for_tests(tmp_path_factory.mktemp("mail") / "state"),
            {
                "GUICHET_SMTP_URL": f"smtp://127.0.0.1:{server.port}",
                "GUICHET_MAIL_FROM": SENDER,
            },
        )
        running.start()
        try:
            running.wait()
            yield running
        finally:
            running.stop()


def test_a_conversation_is_kept_as_a_file_and_by_letter(
    browser: Browser, with_mail: RunningService, mailbox: Mailbox
) -> None:
    context = browser.new_context(viewport=PHONE, locale="fr", base_url=with_mail.url)
    guest = Guest(context)
    guest.opens()
    guest.says("bonjour")

    options = guest.panel.get_by_role("button", name="Options de la conversation")
    options.click()
    with guest.page.expect_download() as download:
        guest.panel.get_by_role("button", name="Télécharger la conversation").click()
    assert "bonjour" in Path(download.value.path()).read_text("utf-8")

    options.click()
    guest.panel.get_by_role("button", name="Recevoir par e-mail").click()
    address = guest.panel.get_by_label("Votre adresse e-mail")
    address.fill("marie")
    address.press("Enter")
    expect(guest.panel.get_by_text("Écrivez une adresse complète")).to_be_visible()
    assert guest.violations() == []
    address.fill("marie@exemple.fr")
    address.press("Enter")
    expect(guest.panel.get_by_text("La conversation vous est envoyée.")).to_be_visible()
    letter = mailbox.next(LETTER_WITHIN_S)
    assert letter["To"] == "marie@exemple.fr"
    body = letter.get_body(("plain",))
    assert body is not None
    assert "bonjour" in body.get_content()
    assert guest.problems == []
    context.close()
