"""What an operator may set about letters."""

from __future__ import annotations

import pytest

from bot.errors import Invalid
from bot.settings import Encryption, MailServer, Settings

FROM = "guichet@metropole.example"
SECRET = "s3cr:t/x"


def settings(**environment: str) -> Settings:
    return Settings.from_environment({"GUICHET_ROOT": "/r", "GUICHET_STATE": "/s", **environment})


@pytest.mark.parametrize(
    ("url", "port", "encryption"),
    [
        ("smtp://mail.example", 25, Encryption.AUTO),
        ("smtp://mail.example:2525/", 2525, Encryption.AUTO),
        ("smtp://mail.example?starttls=never", 25, Encryption.NONE),
        ("smtp://u:p@mail.example", 587, Encryption.STARTTLS),
        ("smtp://u:p@mail.example:25?starttls=auto", 25, Encryption.AUTO),
        ("smtps://u:p@mail.example", 465, Encryption.TLS),
    ],
)
def test_a_server_is_read_and_a_password_needs_encryption_unless_told(
    url: str, port: int, encryption: Encryption
) -> None:
    server = MailServer.read(url, FROM)
    assert (server.host, server.port, server.encryption) == ("mail.example", port, encryption)


def test_a_password_is_read_whole_and_never_shown() -> None:
    read = settings(
        GUICHET_SMTP_URL="smtps://guichet%40metropole:s3cr%3At%2Fx@mail.example",
        GUICHET_MAIL_FROM=FROM,
    )
    assert read.mail is not None
    assert (read.mail.user, read.mail.password) == ("guichet@metropole", SECRET)
    for shown in (repr(read), str(read), repr(read.mail)):
        assert SECRET not in shown
        assert "s3cr%3A" not in shown


@pytest.mark.parametrize(
    "url",
    [
        "mail.example",
        "http://mail.example",
        "smtp://",
        "smtp://u:s3cr:t@mail.example:port",
        "smtp://u@mail.example",
        "smtp://mail.example/path",
        "smtp://mail.example?starttls=perhaps",
        "smtp://mail.example?tls=yes",
        "smtps://mail.example?starttls=never",
        "smtp://u:s3cr:t@[mail.example",
    ],
)
def test_what_is_no_server_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(Invalid) as refused:
        settings(GUICHET_SMTP_URL=url, GUICHET_MAIL_FROM=FROM)
    assert refused.value.field == "GUICHET_SMTP_URL"
    assert "s3cr" not in str(refused.value)


@pytest.mark.parametrize("sender", ["", "guichet", f"{FROM}\r\nBcc: x@y.example", f"a@b.c, {FROM}"])
def test_a_server_needs_an_address_to_write_from(sender: str) -> None:
    with pytest.raises(Invalid) as refused:
        settings(GUICHET_SMTP_URL="smtp://mail.example", GUICHET_MAIL_FROM=sender)
    assert refused.value.field == "GUICHET_MAIL_FROM"


def test_nothing_set_means_no_letters() -> None:
    assert settings(GUICHET_MAIL_FROM=FROM).mail is None


@pytest.mark.parametrize("url", ["guichet.example", "javascript:alert(1)", 'https://x/"><b>'])
def test_only_a_pages_address_becomes_a_link(url: str) -> None:
    assert settings(GUICHET_PUBLIC_URL="https://guichet.example/a").public_url
    with pytest.raises(Invalid):
        settings(GUICHET_PUBLIC_URL=url)
