"""From a citizen's mail to an agent's answer and back, as a town's mail server has it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.message import EmailMessage

import pytest

from tests.channels.email.conftest import handed_over
from tests.channels.email.mails import ADA, OURS, a_mail, a_report
from tests.mail.builders import parts
from tests.running import RunningService, free_port, state_for_tests
from tests.servers.mail import SENDER, Mailbox, RunningMailServer

LETTER_WITHIN_S = 60.0


@dataclass
class Town:
    """A running service with a mail server before it and one behind it."""

    service: RunningService
    lmtp: int
    inbox: Mailbox

    def hand(self, raw: bytes, sender: str = ADA, to: str = OURS) -> str:
        (told,) = handed_over(self.lmtp, raw, sender, to)
        return told

    def letter(self) -> EmailMessage:
        return self.inbox.next(LETTER_WITHIN_S)

    def until(self, is_so: Callable[[], bool], within_s: float = 30) -> None:
        deadline = time.monotonic() + within_s
        while not is_so():
            assert time.monotonic() < deadline, self.service.log()


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    inbox, lmtp = Mailbox(), free_port()
    with RunningMailServer(inbox) as outgoing:
        service = RunningService(
            state_for_tests(tmp_path_factory.mktemp("town") / "state"),
            {
                "GUICHET_LMTP": f"127.0.0.1:{lmtp}",
                "GUICHET_SMTP_URL": f"smtp://127.0.0.1:{outgoing.port}?starttls=never",
                "GUICHET_MAIL_FROM": SENDER,
            },
        )
        service.start()
        try:
            service.wait()
            told = service.admin("mail", "addresses", "add", OURS, "--commune", "Oullins")
            assert "Oullins" in told
            yield Town(service, lmtp, inbox)
        finally:
            service.stop()


def test_a_mail_its_answer_the_answer_to_that_and_a_bounce(town: Town) -> None:
    assert town.hand(a_mail(), to="nobody@oullins.example").startswith("550")
    assert town.hand(a_mail()).startswith("250")

    told = town.letter()
    assert told["To"] == ADA
    assert told["Reply-To"] == OURS
    assert told["In-Reply-To"] == "<one@citoyenne.example>"
    assert told["Auto-Submitted"] == "auto-replied"
    reference = str(told["Subject"]).rpartition("(")[2].rstrip(")")
    assert told["Subject"] == f"Re: Lampadaire éteint ({reference})"
    text, html = parts(told)
    assert reference in text
    assert "équipe éclairage" in text  # understood: a street lamp
    assert "est bien arrivé" in html

    reply = ("tickets", "reply", reference, "--as", "Claire")
    town.service.admin(*reply, "Bonjour, nous passons demain.")
    answer = town.letter()
    assert answer["In-Reply-To"] == "<one@citoyenne.example>"
    assert answer["References"] == "<one@citoyenne.example>"
    assert answer["Subject"] == told["Subject"]
    assert answer["Auto-Submitted"] is None
    assert "nous passons demain." in parts(answer)[0]

    ours = str(answer["Message-ID"])
    again = a_mail("Entendu, merci.", message_id="<two@citoyenne.example>", in_reply_to=ours)
    assert town.hand(again).startswith("250")
    town.until(lambda: "Entendu, merci." in town.service.admin("tickets", "show", reference))

    town.service.admin(*reply, "C’est réparé.")
    last = town.letter()
    assert last["In-Reply-To"] == "<two@citoyenne.example>"
    assert last["References"].split() == ["<one@citoyenne.example>", "<two@citoyenne.example>"]

    assert town.hand(a_report(str(last["Message-ID"])), "", SENDER).startswith("250")
    town.until(lambda: "failed" in town.service.admin("mail", "list"))
    assert "no such user" in town.service.admin("mail", "list")


def test_an_emergency_is_told_the_number_first(town: Town) -> None:
    sent = a_mail(
        "Bonjour,\n\nça sent très fort le gaz dans l’escalier de l’immeuble.\n\nCordialement",
        subject="odeur de gaz",
        message_id="<gas@citoyenne.example>",
    )
    assert town.hand(sent).startswith("250")
    text, _ = parts(town.letter())
    assert text.index("Urgence gaz") < text.index("est bien arrivé")


def test_an_automatic_reply_is_never_answered_and_an_operator_sees_it(town: Town) -> None:
    away = a_mail(message_id="<away@citoyenne.example>", auto_submitted="auto-replied")
    assert town.hand(away).startswith("250")

    def kinds() -> list[str]:
        listed = town.service.admin("mail", "arrived", "--json").splitlines()
        return [json.loads(line)["kind"] for line in listed]

    town.until(lambda: "automatic" in kinds())
    assert town.inbox.is_empty()
    assert ADA not in town.service.admin("mail", "arrived")


def test_what_was_accepted_survives_a_kill(town: Town) -> None:
    leo = "leo@citoyenne.example"  # the other has had as many acknowledgements as an hour allows
    sent = a_mail("Un trou.", sender=leo, subject="Trou", message_id="<killed@citoyenne.example>")
    assert town.hand(sent, leo).startswith("250")
    town.service.kill()
    town.service.start()
    town.service.wait()
    assert town.letter()["In-Reply-To"] == "<killed@citoyenne.example>"
    assert town.hand(sent, leo).startswith("250")  # a repeat
    assert town.inbox.is_empty()
