"""What proves who came back from a provider. Pure.

OpenID Connect Core 1.0; RFC 7636 (PKCE), RFC 9207 (issuer of an answer), RFC 9700 (best practice).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from bot.errors import Forbidden

SKEW_S = 60
"""By how much the provider's clock may differ from ours."""
LONGEST_SUBJECT = 255
"""Characters of a `sub` (Core, section 2)."""
HASHES = {"256": hashlib.sha256, "384": hashlib.sha384, "512": hashlib.sha512}
ALGORITHMS = tuple(f"{kind}{bits}" for kind in ("RS", "PS", "ES") for bits in HASHES)
"""Of a signature that only the provider can make: never `none`, never one with our own secret."""

Why = Literal["cancelled", "failed", "unknown"]


class Unproven(Forbidden):
    """Nobody was proven to be here. `why`: they refused there, an answer does not hold, or no
    account is theirs; `detail` is for the log, and nobody's words."""

    def __init__(self, why: Why, detail: str) -> None:
        super().__init__(detail)
        self.why: Why = why
        self.detail = detail


class Trusted(Protocol):
    """What is taken from a provider, as the settings say it."""

    @property
    def issuer(self) -> str: ...

    @property
    def claim(self) -> str:
        """Which one holds the login of an account."""
        ...

    @property
    def acr(self) -> Collection[str]:
        """Values that say that a second factor was asked for."""
        ...

    @property
    def amr(self) -> Collection[str]: ...


@dataclass(frozen=True)
class Identity:
    """Who a provider says is there. `login`: the account that they may be bound to, None when the
    provider does not vouch for it."""

    issuer: str
    subject: str
    login: str | None
    has_second_factor: bool


def challenge_of(verifier: str) -> str:
    """What is shown of a PKCE verifier beforehand (RFC 7636 section 4.2, S256)."""
    return _unpadded(hashlib.sha256(verifier.encode("ascii")).digest())


def _unpadded(digest: bytes) -> str:
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


def code_of(
    answer: Mapping[str, str], state: str, issuer: str, *, names_issuer: bool = False
) -> str:
    """The code of the answer to a departure with that `state`. `names_issuer`: the provider said
    that each of its answers names it. Raises `Unproven`."""
    if not _same(answer.get("state", ""), state):
        raise Unproven("failed", "state")
    told = answer.get("iss")
    if (told is None and names_issuer) or (told is not None and not _same(told, issuer)):
        raise Unproven("failed", "issuer of the answer")
    if error := answer.get("error"):
        is_cancelled = error == "access_denied"
        # A code of the standards, or whatever somebody wrote there: only its length is ours.
        raise Unproven("cancelled" if is_cancelled else "failed", f"error {error[:40]!r}")
    if not (code := answer.get("code", "")):
        raise Unproven("failed", "no code")
    return code


def check_nonce(claims: Mapping[str, Any], nonce: str) -> None:
    """Raises `Unproven` for a token that was made for another departure."""
    told = claims.get("nonce")
    if not isinstance(told, str) or not _same(told, nonce):
        raise Unproven("failed", "nonce")


def check_audience(claims: Mapping[str, Any], client_id: str) -> None:
    """Raises `Unproven` for a token that is not ours, or not ours alone (Core, section 3.1.3.7)."""
    told = claims.get("aud")
    audiences = told if isinstance(told, list) else [told]
    party = claims.get("azp")
    is_ours = client_id in audiences and (party is None or party == client_id)
    if not is_ours or (len(audiences) > 1 and party is None):
        raise Unproven("failed", "audience")


def check_access_token(claims: Mapping[str, Any], algorithm: str, access_token: str) -> None:
    """Raises `Unproven` when the token names the hash of another access token (3.1.3.6)."""
    told = claims.get("at_hash")
    if told is None:
        return
    digest = HASHES[algorithm[-3:]](access_token.encode(errors="surrogatepass")).digest()
    if not isinstance(told, str) or not _same(told, _unpadded(digest[: len(digest) // 2])):
        raise Unproven("failed", "at_hash")


def identity_of(claims: Mapping[str, Any], trusted: Trusted) -> Identity:
    """Of claims that were proven. Raises `Unproven` when they name nobody."""
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT:
        raise Unproven("failed", "sub")
    if not (subject.isascii() and subject.isprintable()):  # Core, section 2
        raise Unproven("failed", "sub")
    return Identity(trusted.issuer, subject, _login(claims, trusted), _is_strong(claims, trusted))


def _login(claims: Mapping[str, Any], trusted: Trusted) -> str | None:
    """An address counts once the provider says that it is verified; another claim, as the settings
    name it: whoever runs the service knows that nobody writes it for themselves."""
    told = claims.get(trusted.claim)
    if not isinstance(told, str) or not told.strip() or not told.isprintable():
        return None
    if trusted.claim == "email" and claims.get("email_verified") is not True:
        return None
    return told


def _is_strong(claims: Mapping[str, Any], trusted: Trusted) -> bool:
    methods, level = claims.get("amr"), claims.get("acr")
    told = methods if isinstance(methods, list) else []
    is_by_method = any(isinstance(one, str) and one in trusted.amr for one in told)
    return is_by_method or (isinstance(level, str) and level in trusted.acr)


def _same(told: str, expected: str) -> bool:
    return hmac.compare_digest(
        told.encode(errors="surrogatepass"), expected.encode(errors="surrogatepass")
    )
