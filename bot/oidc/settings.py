"""What a person may set about the provider that agents sign in with."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import urlsplit

from bot.errors import Invalid

ISSUER = "GUICHET_AGENTS_OIDC_ISSUER"
CLIENT_ID = "GUICHET_AGENTS_OIDC_CLIENT_ID"
CLIENT_SECRET = "GUICHET_AGENTS_OIDC_CLIENT_SECRET"  # noqa: S105  (the name of a setting)
NAME = "GUICHET_AGENTS_OIDC_NAME"
CLAIM = "GUICHET_AGENTS_OIDC_CLAIM"
ACR = "GUICHET_AGENTS_OIDC_ACR"
AMR = "GUICHET_AGENTS_OIDC_AMR"

LONGEST_NAME = 40
_URL = re.compile(r"https?://[a-z0-9.\-\[\]:]+(?:/[\w.~%/+:@-]*)?", re.IGNORECASE)
_CLAIM = re.compile(r"[A-Za-z][\w:/.-]{0,99}")


@dataclass(frozen=True)
class OidcSettings:
    """A provider. `name` is on the button. `claim` holds the login of an account. `acr` and `amr`:
    which values say that the provider asked for a second factor; none: ours is asked."""

    issuer: str
    client_id: str
    client_secret: str | None = field(default=None, repr=False)
    name: str = "OpenID Connect"
    claim: str = "email"
    acr: frozenset[str] = frozenset()
    amr: frozenset[str] = frozenset()

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> OidcSettings | None:
        """None without an issuer. Raises `Invalid`."""
        issuer = environment.get(ISSUER, "").strip()
        if not issuer:
            return None
        if not is_address(issuer):
            raise Invalid(ISSUER, "must be the https address of a provider")
        client_id = environment.get(CLIENT_ID, "").strip()
        if not client_id:
            raise Invalid(CLIENT_ID, f"is needed with {ISSUER}")
        name = environment.get(NAME, "").strip() or "OpenID Connect"
        if len(name) > LONGEST_NAME or not name.isprintable():
            raise Invalid(NAME, f"must be one line of {LONGEST_NAME} characters or fewer")
        claim = environment.get(CLAIM, "").strip() or "email"
        if _CLAIM.fullmatch(claim) is None:
            raise Invalid(CLAIM, "must be the name of a claim")
        return cls(
            issuer,
            client_id,
            environment.get(CLIENT_SECRET) or None,
            name,
            claim,
            _words(environment.get(ACR, "")),
            _words(environment.get(AMR, "")),
        )


def _words(text: str) -> frozenset[str]:
    return frozenset(text.replace(",", " ").split())


def is_address(url: str) -> bool:
    """Whether it may be asked for what opens doors: over TLS, or on this machine."""
    if _URL.fullmatch(url) is None:
        return False
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        return False
    return bool(host) and (parts.scheme.lower() == "https" or _is_loopback(host))


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
