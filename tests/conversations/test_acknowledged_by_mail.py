"""A resident asks for a parking permit by chat, and finds the acknowledgement in their mailbox."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.mail.builders import parts
from tests.running import RunningService, Visitor, state_for_tests
from tests.servers.mail import SENDER, Mailbox, RunningMailServer

ADDRESS = "ada.lovelace@citoyenne.example"
ARRIVES_WITHIN_S = 20


@pytest.fixture(scope="module")
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture(scope="module")
def writing_service(
    tmp_path_factory: pytest.TempPathFactory, mailbox: Mailbox
) -> Iterator[RunningService]:
    """A service that has a mail server."""
    with RunningMailServer(mailbox) as server:
        running = RunningService(state_for_tests(tmp_path_factory.mktemp("mail") / "state"))
        running.environment |= {
            "GUICHET_SMTP_URL": f"smtp://127.0.0.1:{server.port}",
            "GUICHET_MAIL_FROM": SENDER,
            "GUICHET_PUBLIC_URL": running.url,
        }
        running.start()
        try:
            running.wait()
            yield running
        finally:
            running.stop()


def files_a_permit(visitor: Visitor, contact: str) -> tuple[str, str]:
    """The permit is asked for and confirmed: its reference, and what was said of it."""
    visitor.say("je voudrais une carte de stationnement résident, 12 rue Pasteur à Oullins")
    visitor.say("Ada Lovelace")
    asked = visitor.say("AB-123-CD")
    assert asked[-1]["expects"] == "contact", asked
    summary = visitor.say(contact)
    assert summary[-1]["expects"] == "confirm", summary
    answers = visitor.press("Envoyer")
    return answers[0]["reference"], text(answers)


def text(answers: list[dict[str, Any]]) -> str:
    return "\n".join(str(answer["text"]) for answer in answers)


@pytest.mark.xdist_group("mail")
def test_the_letter_arrives_and_says_what_the_conversation_said(
    writing_service: RunningService, mailbox: Mailbox
) -> None:
    reference, said = files_a_permit(Visitor(writing_service.url), f"c'est {ADDRESS}")
    assert "Un accusé de réception part à a…@citoyenne.example." in said
    letter = mailbox.next(ARRIVES_WITHIN_S)
    assert letter["To"] == ADDRESS
    assert letter["From"] == f'"Guichet, Oullins-Pierre-Bénite" <{SENDER}>'
    assert reference in letter["Subject"]
    received = next(line for line in said.splitlines() if line.startswith("Demande reçue le"))
    team = next(line for line in said.splitlines() if "équipe accueil" in line)
    for words in parts(letter):
        assert reference in words
        assert received in words
        assert team in words
        assert "12 rue Pasteur, Oullins-Pierre-Bénite" in words
        assert "AB-123-CD" not in words
    assert "no such letter" in writing_service.admin("mail", "list")
    assert reference in writing_service.admin("mail", "list", "--all")


@pytest.mark.xdist_group("mail")
def test_whoever_has_no_address_files_as_well_and_is_promised_no_letter(
    writing_service: RunningService, mailbox: Mailbox
) -> None:
    reference, said = files_a_permit(Visitor(writing_service.url), "06 12 34 56 78")
    assert reference
    assert "Demande reçue le" in said
    assert "Un accusé de réception part" not in said
    assert reference not in writing_service.admin("mail", "list", "--all")
    assert mailbox.is_empty()


def test_without_a_mail_server_none_is_promised_and_none_kept(
    visitor: Visitor, service: RunningService
) -> None:
    reference, said = files_a_permit(visitor, ADDRESS)
    assert "Demande reçue le" in said
    assert "Un accusé de réception part" not in said
    assert reference not in service.admin("mail", "list", "--all")
