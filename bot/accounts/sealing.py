"""Secrets that we must be able to read again, encrypted with keys made out of the service's secret.

AES-256-GCM (NIST SP 800-38D) with a key of HKDF-SHA-256 (RFC 5869), one for each purpose. What is
sealed names the key, so that another secret is told from an altered text; and it opens only for
what it was sealed about, so that nothing can be moved to another account.
"""

from __future__ import annotations

import base64
import binascii
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

MARK = "sealed"
KEY_BYTES = 32
NONCE_BYTES = 12
"""SP 800-38D section 8.2.2: random ones are good for four thousand million texts of a key."""
NAME_BYTES = 4


class Broken(Exception):
    """Sealed with another secret, about something else, altered, or not at all."""


class Seals:
    """`secret`: the service's. `before`: the one that was used until now, which still opens.
    `opens_unsealed`: an older version kept such texts as they were, and never let anybody else
    hand them in."""

    def __init__(
        self, secret: str, purpose: str, before: str | None = None, *, opens_unsealed: bool = False
    ) -> None:
        self._name, self._key = _key_of(secret, purpose)
        self._keys = {self._name: self._key}
        if before is not None:
            name, key = _key_of(before, purpose)
            self._keys.setdefault(name, key)
        self._opens_unsealed = opens_unsealed

    def seal(self, text: str, about: str) -> str:
        nonce = secrets.token_bytes(NONCE_BYTES)
        closed = nonce + self._key.encrypt(nonce, text.encode(), about.encode())
        return ":".join((MARK, self._name, base64.urlsafe_b64encode(closed).decode()))

    def open(self, text: str, about: str) -> str:
        """What was sealed. Raises `Broken`."""
        if not is_sealed(text):
            if self._opens_unsealed:
                return text
            raise Broken("not sealed")
        _, name, closed = [*text.split(":"), "", ""][:3]
        key = self._keys.get(name)
        if key is None:
            raise Broken("another secret")
        try:
            read = base64.urlsafe_b64decode(closed)
            return key.decrypt(read[:NONCE_BYTES], read[NONCE_BYTES:], about.encode()).decode()
        except (binascii.Error, InvalidTag, ValueError) as error:
            raise Broken("altered") from error

    def is_current(self, text: str) -> bool:
        """Whether it is sealed with today's secret."""
        return text.startswith(f"{MARK}:{self._name}:")


def is_sealed(text: str) -> bool:
    return text.startswith(f"{MARK}:")


def _key_of(secret: str, purpose: str) -> tuple[str, AESGCM]:
    """A key and the name that tells it from others, which tells nothing of it."""
    info = f"guichet {purpose}".encode()
    made = HKDF(SHA256(), NAME_BYTES + KEY_BYTES, salt=None, info=info).derive(secret.encode())
    return made[:NAME_BYTES].hex(), AESGCM(made[NAME_BYTES:])
