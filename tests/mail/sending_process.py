"""A sender in a process of its own: `python -m tests.mail.sending_process URL PORT`."""

from __future__ import annotations

import asyncio
import sys

from bot.mail.sending import Sender
from bot.mail.smtp import SmtpPost
from bot.settings import Encryption, MailServer
from bot.storage.tables import utc_now
from bot.storage.transaction import Database
from tests.servers.mail import SENDER

if __name__ == "__main__":
    url, port = sys.argv[1:]
    server = MailServer("127.0.0.1", int(port), Encryption.AUTO, SENDER)
    asyncio.run(Sender(Database(url, pool_size=2), SmtpPost(server), utc_now).run())
