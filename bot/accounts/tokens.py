"""Secrets that a browser holds, of which we keep a hash only."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

TOKEN_BYTES = 32


def new_token() -> str:
    """256 random bits, in letters that a cookie may hold."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def hash_of(token: str) -> str:
    """What is kept of a token. It is random enough for a fast hash: nobody can guess it. A cookie
    may hold any byte: what is not UTF-8 is kept in surrogates."""
    return hashlib.sha256(token.encode(errors="surrogateescape")).hexdigest()


def successor_of(token: str, secret: str) -> str:
    """The token that comes after one, as long as `new_token`'s: always the same, so that two who
    ask at once get the same, and no guess without our `secret`."""
    told = token.encode(errors="surrogateescape")
    digest = hmac.digest(secret.encode(), b"next web session\0" + told, "sha256")
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
