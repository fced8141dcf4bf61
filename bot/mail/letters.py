"""Writes letters: the same words as HTML and as plain text, in the name of one town."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from bot.mail.rules import Letter, Thread, one_line
from bot.settings import Settings
from bot.words.catalogues import Words
from bot.words.phrases import Line, say

TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class Content:
    """What a letter says. `facts`: a name and a value each. `why`: why it was received.
    `has_link`: to the pages, where what it tells is found too."""

    subject: Line
    heading: Line
    facts: Sequence[tuple[Line, Line]]
    lines: Sequence[Line]
    why: Sequence[Line]
    has_link: bool = True


@dataclass(frozen=True)
class Envelope:
    """Whom a letter goes to, which town writes it (`commune`: its INSEE code), about which request,
    and which mail it answers."""

    to: str
    language: str
    town: str
    reference: str | None = None
    reply_to: str | None = None
    thread: Thread | None = None
    commune: str | None = None


class Mailer:
    """Writes letters. There is none where no mail server is set, and then none is promised.

    `domain` is that of the sender's address; `public_url` the page that a letter leads to.
    """

    def __init__(self, words: Words, domain: str, public_url: str | None = None) -> None:
        self._words = words
        self.domain = domain
        self._public_url = public_url
        self._templates = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=select_autoescape(["html"]),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def letter(self, envelope: Envelope, content: Content) -> Letter:
        """The letter in its language. Raises `Invalid` for an address that cannot be written to."""

        words = self._words.of(envelope.commune)

        def render(line: Line) -> str:
            return words.render(line, envelope.language)

        subject = one_line(render(content.subject))
        sender = render(say("mail.sender", town=envelope.town))
        values = {
            "language": envelope.language,
            "subject": subject,
            "sender": sender,
            "heading": render(content.heading),
            "facts": [(render(name), render(value)) for name, value in content.facts],
            "lines": [text for text in map(render, content.lines) if text],
            "link": self._public_url if content.has_link else None,
            "link_title": render(say("mail.open")),
            "why": [render(line) for line in content.why],
        }
        text, html = (
            self._templates.get_template(name).render(values)
            for name in ("letter.txt", "letter.html")
        )
        return Letter(
            to=envelope.to,
            sender_name=one_line(sender),
            language=envelope.language,
            subject=subject,
            text=text,
            html=html,
            reference=envelope.reference,
            reply_to=envelope.reply_to,
            thread=envelope.thread,
        )


def mailer_of(settings: Settings, words: Words) -> Mailer | None:
    """Whoever writes letters with these settings; None without a mail server."""
    if settings.mail is None:
        return None
    return Mailer(words, settings.mail.sender.partition("@")[2], settings.public_url)
