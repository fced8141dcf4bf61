"""What people in the outside backend read of a ticket. They are agents of a French service."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.engine import RowMapping

from bot.attachments.rules import Kept as KeptFile
from bot.attachments.rules import saved_as
from bot.handover.counter import Counter
from bot.mirroring.rules import Uttered
from bot.service_requests.draft import Draft
from bot.service_requests.reading import shown_answers
from bot.services.working_days import PARIS
from bot.tickets.backends.port import Attached, Opening
from bot.tickets.backends.rules import State
from bot.words.catalogues import Words
from bot.words.phrases import Line, say

LANGUAGE = "fr"
LONGEST_SUBJECT = 100


def opening(
    ticket: RowMapping,
    state: State,
    draft: Draft,
    before: Sequence[Uttered],
    counter: Counter,
    site: str,
) -> Opening:
    """A ticket as it is first told: what the citizen would else have to repeat. `before`: what
    was said until then; `site`: where agents find the console."""
    words = counter.words
    reference = ticket["reference"]
    facts = [
        ("mirror.summary", ticket["summary"]),
        ("mirror.town", counter.town(ticket["commune"])),
        ("mirror.team", counter.team(ticket["team"]).label.in_(LANGUAGE)),
        ("mirror.opened", f"{ticket['opened_at'].astimezone(PARIS):%d/%m/%Y %H:%M}"),
        ("mirror.contact", ticket["contact"] or ""),
        ("mirror.marks", ", ".join(ticket["packet"].get("marks", ()))),
    ]
    lines = [f"{_said(words, say(key))} : {value}" for key, value in facts if value]
    if ticket["packet"].get("mail", {}).get("unproven"):
        lines.append(_said(words, say("mirror.mail_unproven")))
    lines += _form(draft, counter)
    if before:
        lines += ["", _said(words, say("mirror.conversation"))]
        told = [(author(one, words), spoken(one, words, is_shown=False)) for one in before]
        lines += [f"{who} : {text}" for who, text in told if text.strip()]
    return Opening(
        reference,
        subject(ticket, words),
        "\n".join(lines),
        f"{_said(words, say('mirror.link'))} {site}/agent?ticket={reference}",
        state,
        ticket["opened_at"],
    )


def subject(ticket: RowMapping, words: Words) -> str:
    """What a ticket is called: what it is about, and the first of its words."""
    about = _said(words, say(f"mirror.subject_{ticket['subject']}"))
    first = (ticket["summary"].splitlines() or [""])[0][:LONGEST_SUBJECT]
    return f"{about} : {first}" if first else about


def _form(draft: Draft, counter: Counter) -> list[str]:
    service = counter.catalogue.find(draft.service, draft.commune) if draft.service else None
    if service is None:
        return []
    answers = [
        f"{field.question.in_(LANGUAGE)} {_said(counter.words, shown)}"
        for field, shown in shown_answers(draft, service)
    ]
    known = [service.label.in_(LANGUAGE), draft.description, draft.address or ""]
    return ["", *(line for line in known if line), *answers]


def author(message: Uttered, words: Words) -> str:
    """Who speaks: an agent by name, everybody else by what they are."""
    return message.author or _said(words, say(f"mirror.sender_{message.sender}"))


def spoken(message: Uttered, words: Words, *, is_shown: bool) -> str:
    """A message in words, what it is before what was written with it. `is_shown`: its file comes
    beside it, and need not be named."""
    text = message.text
    if message.kind == "edit":
        return _said(words, say("mirror.edited", text=text))
    if message.kind == "other":
        return f"[{_said(words, say(f'mirror.other_{message.what}'))}] {text}".strip()
    if message.kind != "file" or (is_shown and message.file is not None):
        return text
    what = _said(words, say(f"mirror.file_{message.what}"))
    if message.file is None:
        what = _said(words, say(f"mirror.not_kept_{message.why}", what=what))
    elif message.file.name is not None:
        what = f"{what} : {message.file.name}"
    return f"[{what}] {text}".strip()


def too_large(file: KeptFile, words: Words) -> str:
    """What stands there for a file that they do not take."""
    return _said(words, say("mirror.too_large", name=saved_as(file)))


def named(name: str, words: Words) -> str:
    """An attachment that is kept here, as our agents are told of it."""
    return _said(words, say("mirror.file", name=name))


def mention(file: Attached, words: Words) -> str:
    """An attachment that stays there, as our agents are told of it."""
    return _said(words, say("mirror.attached", name=file.name))


def gone(words: Words) -> str:
    """What stands there for a photo of the citizen's that is no longer kept."""
    return _said(words, say("mirror.gone"))


def file_gone(words: Words) -> str:
    """The same for another file."""
    return _said(words, say("mirror.file_gone"))


def caption(words: Words) -> str:
    """The words that go with a picture of an agent's."""
    return _said(words, say("mirror.picture"))


def _said(words: Words, line: Line) -> str:
    return words.render(line, LANGUAGE)
