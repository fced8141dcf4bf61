"""A real mail server (aiosmtpd) in a thread, that answers as a test wants."""

from __future__ import annotations

import asyncio
import queue
import ssl
from collections.abc import Sequence
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from bot.settings import Encryption, MailServer
from tests.running import free_port

TAKEN = "250 2.0.0 Taken"
DIES = "dies"
HANGS = "hangs"
SENDER = "guichet@metropole.example"


class Mailbox:
    """`to_recipient` and `to_data`: what is answered to RCPT and to DATA, one after the other;
    the last goes on. A letter counts as taken when the answer to its DATA is a 250."""

    def __init__(
        self, to_recipient: Sequence[str] = (TAKEN,), to_data: Sequence[str] = (TAKEN,)
    ) -> None:
        self._to_recipient = list(to_recipient)
        self._to_data = list(to_data)
        self._taken: queue.SimpleQueue[EmailMessage] = queue.SimpleQueue()
        self.asked = 0
        self.senders: list[str] = []

    async def handle_RCPT(  # noqa: N802  (aiosmtpd's names)
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        del session, options
        said = await self._said(server, self._to_recipient)
        if said.startswith("250"):
            envelope.rcpt_tos.append(address)
        return said

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        del session
        self.asked += 1
        await self.letter_came()
        said = await self._said(server, self._to_data)
        if said.startswith("250"):
            assert isinstance(envelope.content, bytes)
            self.senders.append(str(envelope.mail_from))
            self._taken.put(message_from_bytes(envelope.content, policy=default))
        return said

    async def letter_came(self) -> None:
        """For those who look at that moment: the letter is there, nothing is answered yet."""

    async def _said(self, server: SMTP, script: list[str]) -> str:
        said = script.pop(0) if len(script) > 1 else script[0]
        if said == DIES:
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
        elif said == HANGS:
            await asyncio.Event().wait()
        return said

    def next(self, timeout_s: float = 0) -> EmailMessage:
        """The oldest letter that was not looked at yet. Raises `queue.Empty`."""
        return self._taken.get(timeout=timeout_s) if timeout_s else self._taken.get_nowait()

    def is_empty(self) -> bool:
        return self._taken.empty()


class RunningMailServer:
    """A server on loopback; a context. `credentials`: who may sign in, in the clear."""

    def __init__(
        self,
        mailbox: Mailbox,
        *,
        credentials: tuple[str, str] | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.port = free_port()
        options: dict[str, Any] = {"ssl_context": tls, "server_hostname": "mail.example"}
        if credentials is not None:
            options |= {"authenticator": self._authenticate, "auth_require_tls": False}
        self._credentials = credentials
        self._controller = Controller(mailbox, hostname="127.0.0.1", port=self.port, **options)

    def _authenticate(self, *given: object) -> AuthResult:
        told = given[-1]
        known = isinstance(told, LoginPassword) and self._credentials == (
            told.login.decode(),
            told.password.decode(),
        )
        return AuthResult(success=known, handled=False)

    def reached(self, **replaced: Any) -> MailServer:
        """How the service is told of it."""
        plain: dict[str, Any] = {
            "host": "127.0.0.1",
            "port": self.port,
            "encryption": Encryption.AUTO,
            "sender": SENDER,
        }
        return MailServer(**(plain | replaced))

    def __enter__(self) -> Self:
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.stop()
