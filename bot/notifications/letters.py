"""News of a request by e-mail, to whoever filed it and left an address."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.mail import store as outbox
from bot.mail.letters import Envelope, Mailer
from bot.mail.operations import post_about
from bot.notifications.messages import Telling, written
from bot.service_requests import life_store
from bot.service_requests.letters import email_of, filing_key
from bot.storage.transaction import Transaction
from bot.words.phrases import say


@dataclass(frozen=True)
class Written:
    """A piece of news as a letter: in which language, in the name of which town, and who reads the
    answers. `key` names it, so that it is posted once."""

    telling: Telling
    language: str
    town: str
    reply_to: str | None
    key: str
    commune: str | None = None


async def post_news(tx: Transaction, mailer: Mailer, news: Written, now: datetime) -> bool:
    """Put it into the outbox, for the address among the request's answers, else the one that its
    filing was acknowledged to. False when there is none."""
    telling = news.telling
    to = None
    if telling.service is not None:
        to = email_of(telling.service, await life_store.answers(tx, telling.reference))
    to = to or await outbox.recipient(tx, filing_key(telling.reference))
    if to is None:
        return False
    envelope = Envelope(
        to,
        news.language,
        news.town,
        telling.reference,
        news.reply_to,
        commune=news.commune,
    )
    if telling.service is None or telling.service.sensitive:
        subject = say("mail.about", reference=telling.reference)
    else:
        what = telling.service.short_label
        subject = say("mail.news_subject", reference=telling.reference, what=what)
    return await post_about(
        tx, mailer, envelope, subject=subject, lines=written(telling), key=news.key, now=now
    )
