"""Mails as people and machines send them, the awkward ones too."""

from __future__ import annotations

from email.message import EmailMessage
from email.policy import SMTP

OURS = "mairie@oullins.example"
SENDER = "guichet@metropole.example"
ADA = "ada@citoyenne.example"


def a_mail(
    text: str | None = "Bonjour, un lampadaire est éteint devant chez moi.",
    *,
    sender: str = f"Ada Lovelace <{ADA}>",
    subject: str = "Lampadaire éteint",
    html: str | None = None,
    message_id: str | None = "<one@citoyenne.example>",
    files: tuple[tuple[str, str, bytes], ...] = (),
    **headers: str,
) -> bytes:
    """Plain text, a page of HTML or both, with files (name, type, bytes). `in_reply_to="…"` and
    the like are headers."""
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"], mail["Subject"] = sender, OURS, subject
    if message_id is not None:
        mail["Message-ID"] = message_id
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    if text is not None:
        mail.set_content(text)
    if html is not None:
        (mail.set_content if text is None else mail.add_alternative)(html, subtype="html")
    for name, mime, data in files:
        kind, _, subtype = mime.partition("/")
        mail.add_attachment(data, maintype=kind, subtype=subtype, filename=name)
    return mail.as_bytes()


def lines(*written: str | bytes) -> bytes:
    """A mail as its very bytes."""
    return (
        b"\r\n".join(one if isinstance(one, bytes) else one.encode() for one in written) + b"\r\n"
    )


def a_report(
    about: str, *, action: str = "failed", status: str = "5.1.1", why: str = "no such user"
) -> bytes:
    """A delivery status notification (RFC 3464) about a letter of ours."""
    return lines(
        "From: MAILER-DAEMON@mx.citoyenne.example",
        f"To: {SENDER}",
        "Subject: Undelivered Mail Returned to Sender",
        "Auto-Submitted: auto-replied",
        "MIME-Version: 1.0",
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"',
        "",
        "--b",
        "Content-Type: text/plain; charset=us-ascii",
        "",
        "Your mail could not be delivered.",
        "--b",
        "Content-Type: message/delivery-status",
        "",
        "Reporting-MTA: dns; mx.citoyenne.example",
        "",
        f"Final-Recipient: rfc822; {ADA}",
        f"Action: {action}",
        f"Status: {status}",
        f"Diagnostic-Code: smtp; 550 {status} {why}",
        "",
        "--b",
        "Content-Type: message/rfc822",
        "",
        f"From: {SENDER}",
        f"Message-ID: {about}",
        "Subject: Re: Lampadaire",
        "",
        "Bonjour",
        "--b--",
    )


def deeply_nested(depth: int) -> bytes:
    head = ["From: ada@citoyenne.example", "Subject: Profond", "MIME-Version: 1.0"]
    for level in range(depth):
        head += [f'Content-Type: multipart/mixed; boundary="b{level}"', "", f"--b{level}"]
    return lines(*head, "Content-Type: text/plain", "", "au fond")


AWKWARD = {
    "nothing at all": b"",
    "only zeros": b"\x00" * 300,
    "no head": lines("", "Bonjour, un trou."),
    "no body": lines("From: ada@citoyenne.example", "Subject: Vide"),
    "no sender": lines("Subject: Sans expéditeur", "", "Bonjour"),
    "sender that is none": lines("From: Ada Lovelace", "Subject: x", "", "Bonjour"),
    "several senders": lines("From: ada@a.example, bob@b.example", "", "Bonjour"),
    "eight bit head in Latin": lines(
        "From: ada@citoyenne.example", "Subject: Éclairage".encode("latin-1"), "", "Bonjour"
    ),
    "eight bit head in UTF-8": lines(
        "From: Ada Bérénice <ada@citoyenne.example>", "Subject: Éclairage", "", "Bonjour"
    ),
    "broken coded word": lines(
        "From: ada@citoyenne.example", "Subject: =?utf-8?B?w4ljbGFpcmFn?= =?x?Q?", "", "Bonjour"
    ),
    "unknown charset": lines(
        "From: ada@citoyenne.example",
        "Content-Type: text/plain; charset=klingon",
        "",
        "Réponse".encode("latin-1"),
    ),
    "another charset than it says": lines(
        "From: ada@citoyenne.example",
        "Content-Type: text/plain; charset=utf-8",
        "",
        "été".encode("latin-1"),
    ),
    "utf-7": lines(
        "From: a@b.example", "Content-Type: text/plain; charset=utf-7", "", "+AOk-t+AOk-"
    ),
    "base64 that ends too soon": lines(
        "From: a@b.example", "Content-Transfer-Encoding: base64", "", "Qm9uam91ci"
    ),
    "unknown transfer encoding": lines(
        "From: a@b.example", "Content-Transfer-Encoding: telepathy", "", "Bonjour"
    ),
    "boundary that never comes": lines(
        "From: a@b.example", 'Content-Type: multipart/mixed; boundary="never"', "", "Bonjour"
    ),
    "no boundary": lines("From: a@b.example", "Content-Type: multipart/mixed", "", "Bonjour"),
    "type that is none": lines("From: a@b.example", "Content-Type: ;;;=", "", "Bonjour"),
    "name coded three ways": lines(
        "From: a@b.example",
        "Content-Type: application/pdf; name*0*=klingon''%E9; name*1=x; name=y",
        "Content-Disposition: attachment; filename*=utf-99''%ff%fe",
        "",
        "%PDF",
    ),
    "date that is none": lines("From: a@b.example", "Date: demain", "", "Bonjour"),
    "huge header": lines("From: a@b.example", "Subject: " + "é" * 2_000_000, "", "Bonjour"),
    "a hundred thousand recipients": lines(
        "From: a@b.example", "To: " + ", ".join(["x@y.example"] * 100_000), "", "Bonjour"
    ),
    "ten thousand headers": lines(*[f"X-{n}: {n}" for n in range(10_000)], "", "Bonjour"),
    "parentheses without end": lines("From: " + "(" * 50_000 + "a@b.example", "", "Bonjour"),
    "nested a little": deeply_nested(40),
    "nested without end": deeply_nested(3000),
    "html without end": lines(
        "From: a@b.example", "Content-Type: text/html", "", "<div>" * 50_000 + "au fond"
    ),
    "html that is none": lines("From: a@b.example", "Content-Type: text/html", "", "<<<>>> &&&"),
    "only zeros in html": lines("From: a@b.example", "Content-Type: text/html", "", b"\x00" * 90),
    "report of nothing": lines(
        "From: mailer-daemon@b.example",
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"',
        "",
        "--b",
        "Content-Type: message/delivery-status",
        "",
        "",
    ),
    "mail in a mail in a mail": lines(
        "From: a@b.example",
        "Content-Type: message/rfc822",
        "",
        "Content-Type: message/rfc822",
        "",
        "From: c@d.example",
        "",
        "au fond",
    ),
    "lines of any length": lines("From: a@b.example", "", "x" * 3_000_000),
    "carriage returns alone": b"From: a@b.example\rSubject: x\r\rBonjour\r",
}


def a_page(html: str) -> bytes:
    return lines("From: a@b.example", "Content-Type: text/html", "", html)


ENDLESS = {
    "answers between signatures": lines(
        "From: a@b.example", "", "hi", *["-- ", "> "] * 110_000, "hello"
    ),
    "a word and spaces after a rule": lines(
        "From: a@b.example", "", "x", "_" * 12, "De" + " " * 900_000
    ),
    "a word and spaces after a sender": lines(
        "From: a@b.example", "", "x", "De : a", "Objet" + " " * 900_000
    ),
    "parameters": lines("Content-Type: text/plain; " + "a=b;" * 1_000_000, "", "x"),
    "parameters of a file": lines('Content-Disposition: attachment; "' + ";" * 1_000_000, "", "x"),
    "parameters of many parts": lines(
        "Content-Type: multipart/mixed; boundary=b",
        "",
        *["--b", 'Content-Type: multipart/x; "' + ";" * 5000, "", "x"] * 1500,
    ),
    "types": b"Content-Type: text/plain\n" * 500_000 + b"\nx",
    "deep and long": deeply_nested(250) + b"a\r\n" * 300_000,
    "lines": b"\n" * 20_000_000,
    "punycode": lines("Content-Type: text/plain; charset=punycode", "", "abc-" + "a" * 5_000_000),
    "punycode of bytes": lines(
        "Content-Type: text/plain; charset=punycode", "", b"\xe9-" + b"a" * 5_000_000
    ),
    "brackets": a_page("<div>" * 160 + "<" * 600_000),
    "many pages of brackets": lines(
        "Content-Type: multipart/mixed; boundary=b",
        "",
        *["--b", "Content-Type: text/html", "", "<div>" * 160 + "<" * 500_000] * 40,
    ),
    "closed without being opened": a_page("<b></x>" * 85_000),
    "ampersands": a_page("&" * 600_000),
}
"""What took time out of all proportion to its size."""
