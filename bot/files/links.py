"""Links that show one stored picture for a few minutes, to whoever holds them."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from uuid import UUID

from itsdangerous import BadSignature, URLSafeSerializer

from bot.errors import NotFound
from bot.files.pictures import Size

GOOD_FOR = timedelta(minutes=10)


class Links:
    """Signs and reads links. Whether somebody may have one is asked before it is made."""

    def __init__(self, secret: str) -> None:
        self._signer = URLSafeSerializer(
            secret, salt="photo link", signer_kwargs={"digest_method": hashlib.sha256}
        )

    def sign(self, photo: UUID, size: Size, now: datetime) -> str:
        """What stands for one size of one picture, until `GOOD_FOR` from now."""
        until = int((now + GOOD_FOR).timestamp())
        return str(self._signer.dumps([photo.hex, size.value, until]))

    def read(self, signed: str, now: datetime) -> tuple[UUID, Size]:
        """What a link shows. Raises `NotFound` for what is expired, altered or not ours."""
        try:
            photo, size, until = self._signer.loads(signed)
        except BadSignature as error:
            raise NotFound("photo") from error
        if now >= datetime.fromtimestamp(until, UTC):
            raise NotFound("photo")
        return UUID(photo), Size(size)
