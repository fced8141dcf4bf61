"""The demonstration's mails, filed as the channel files those that a server hands over."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from bot.channels.email.filing import Filing, Place
from bot.channels.email.keeping import Files
from bot.channels.email.rules import Read, Signs
from bot.channels.email.understanding import Understood
from bot.demo.mail import Mail
from bot.handover.counter import Counter
from bot.mailbox.rules import Mailbox
from bot.mailbox.store import Leased
from bot.storage.transaction import Transaction


async def file_mail(tx: Transaction, counter: Counter, mail: Mail, now: datetime) -> UUID:
    """Returns the conversation. No mail is kept beside its message: none came."""
    mailbox = Mailbox(mail.to, mail.commune, mail.team)
    arrived = Leased(mail.id, mail.message_id, mail.to, None, b"", now, 1)
    read = Read(
        Signs(mail.sender), mail.name, mail.subject, mail.message_id, mail.refers_to, mail.said
    )
    known = Understood(mail.language, mail.intent, mail.confidence, commune=mail.commune)
    place = Place(mail.citizen_id, mail.conversation_id, mail.about)
    filing = Filing(counter, arrived, mailbox, read, known, Files(), place, is_acknowledged=True)
    return await filing.perform(tx, now)
