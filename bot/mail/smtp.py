"""Hands one letter to a mail server."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from typing import Protocol
from uuid import UUID

import aiosmtplib
from aiosmtplib import SMTP, SMTPException, SMTPRecipientsRefused, SMTPResponseException

from bot.errors import NotFound, Unavailable
from bot.mail.rules import SENT_WITHIN, Refused
from bot.mail.store import Leased
from bot.settings import Encryption, MailServer

PERMANENT = range(500, 600)
GOODBYE_S = 5.0
STEP_TIMEOUT_S = 20.0


def message(leased: Leased, sender: str) -> EmailMessage:
    """The letter as it travels: the same Message-ID and date at each attempt."""
    letter = leased.letter
    written = EmailMessage(policy=SMTP_POLICY)
    written["From"] = Address(letter.sender_name, addr_spec=sender)
    written["To"] = Address(addr_spec=letter.to)
    if letter.reply_to is not None:
        written["Reply-To"] = Address(addr_spec=letter.reply_to)
    written["Subject"] = letter.subject
    written["Date"] = leased.created_at
    written["Message-ID"] = leased.message_id
    if letter.thread is None or not letter.thread.is_personal:
        # RFC 3834: no robot answers it; a notice that answers a mail says so.
        written["Auto-Submitted"] = "auto-replied" if letter.thread else "auto-generated"
        written["X-Auto-Response-Suppress"] = "All"  # the same for Exchange
    written.set_content(letter.text, cte="quoted-printable")
    written.add_alternative(letter.html, subtype="html", cte="quoted-printable")
    written["Content-Language"] = letter.language  # last: else it would be of the text part only
    return written


def travelling(leased: Leased, sender: str, pictures: Sequence[bytes] = ()) -> bytes:
    """The whole mail. What it answers stands in lines of their own: the library would code a
    Message-ID that is longer than a line, and no program would know it any more."""
    written = message(leased, sender)
    for number, picture in enumerate(pictures, 1):
        name = f"photo-{number}.jpg"
        written.add_attachment(picture, maintype="image", subtype="jpeg", filename=name)
    thread = leased.letter.thread
    if thread is None or thread.in_reply_to is None:
        return written.as_bytes()
    references = "\r\n ".join(thread.refers_to or (thread.in_reply_to,))
    head = f"In-Reply-To: {thread.in_reply_to}\r\nReferences: {references}\r\n"
    return head.encode("ascii") + written.as_bytes()


class Pictures(Protocol):
    """Where the pictures of letters are."""

    async def read(self, photo_id: UUID) -> bytes:
        """Raises `NotFound` or `Unavailable`."""
        ...


class SmtpPost:
    """Sends letters through one server, a connection each."""

    def __init__(
        self,
        server: MailServer,
        sent_within: timedelta = SENT_WITHIN,
        pictures: Pictures | None = None,
    ) -> None:
        self._server = server
        self._sent_within = sent_within
        self._pictures = pictures

    async def send(self, leased: Leased) -> None:
        """Returns once the server has taken the letter.

        Raises `Refused` when it never will: a 5xx to this recipient or this letter. Everything
        else, a 5xx to our sign-in or our sender's address too, is `Unavailable`: mended by the
        server or by the operator, not by giving a citizen's letter up.
        """
        sender = self._server.sender
        written = travelling(leased, sender, await self._pictures_of(leased))
        client = self._client()
        try:
            async with asyncio.timeout(self._sent_within.total_seconds()):
                await client.connect()
                await client.sendmail(sender, [leased.letter.to], written)
        except SMTPRecipientsRefused as error:
            raise _outcome(error.recipients[0]) from error
        except (aiosmtplib.SMTPDataError, aiosmtplib.SMTPRecipientRefused) as error:
            raise _outcome(error) from error
        except SMTPResponseException as error:
            raise Unavailable(f"{error.code} {error.message}") from error
        except (SMTPException, OSError) as error:  # a time-out is an OSError
            raise Unavailable(f"{type(error).__name__}: {error}") from error
        else:
            # It has the letter: whatever happens now must not send it again.
            with suppress(SMTPException, OSError):
                async with asyncio.timeout(GOODBYE_S):
                    await client.quit()
        finally:
            client.close()

    async def _pictures_of(self, leased: Leased) -> list[bytes]:
        """Those that are still there."""
        found = []
        thread = leased.letter.thread
        if self._pictures is not None and thread is not None:
            for photo in thread.photos:
                with suppress(NotFound):
                    found.append(await self._pictures.read(UUID(photo)))
        return found

    def _client(self) -> SMTP:
        server = self._server
        return SMTP(
            hostname=server.host,
            port=server.port,
            username=server.user,
            password=server.password,
            # Named, or the library asks the network for our own name.
            local_hostname=server.sender.partition("@")[2],
            timeout=STEP_TIMEOUT_S,
            use_tls=server.encryption is Encryption.TLS,
            start_tls={Encryption.STARTTLS: True, Encryption.NONE: False}.get(server.encryption),
        )


def _outcome(error: SMTPResponseException) -> Refused | Unavailable:
    kind = Refused if error.code in PERMANENT else Unavailable
    return kind(f"{error.code} {error.message}")
