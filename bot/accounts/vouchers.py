"""What a page carries from one step to the next: signed, for one account, for a few minutes."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from uuid import UUID

from itsdangerous import BadSignature, URLSafeSerializer

from bot.errors import Forbidden

GOOD_FOR = timedelta(minutes=5)


class Vouchers:
    """`purpose`: what they are good for; a voucher of another purpose is none."""

    def __init__(self, secret: str, purpose: str) -> None:
        self._signer = URLSafeSerializer(
            secret, salt=purpose, signer_kwargs={"digest_method": hashlib.sha256}
        )

    def sign(self, account: UUID, about: str, now: datetime) -> str:
        """`about` can be read by whoever holds the voucher, and not be changed."""
        until = int((now + GOOD_FOR).timestamp())
        return str(self._signer.dumps([account.hex, about, until]))

    def read(self, signed: str, now: datetime) -> tuple[UUID, str]:
        """The account and what it is about. Raises `Forbidden` for what is expired, altered or
        not ours."""
        try:
            account, about, until = self._signer.loads(signed)
        except BadSignature as error:
            raise Forbidden("voucher") from error
        if now >= datetime.fromtimestamp(until, UTC):
            raise Forbidden("voucher")
        return UUID(account), str(about)
