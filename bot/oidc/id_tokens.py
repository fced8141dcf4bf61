"""Signed tokens of a provider, verified by joserfc."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import JWKRegistry, KeySet
from joserfc.jwt import JWTClaimsRegistry

from bot.oidc.rules import SKEW_S, Unproven

KEY_KINDS = frozenset({"RSA", "EC"})
"""Of `rules.ALGORITHMS`. A shared secret is no key of a provider's set."""


class UnknownKey(Exception):
    """Signed with a key that is not in the set: it may be a new one."""


def keys_of(document: Mapping[str, Any]) -> KeySet:
    """The keys of a set that can have signed; what we cannot read is left out."""
    told = document.get("keys")
    keys = []
    for one in told if isinstance(told, list) else ():
        if isinstance(one, dict) and one.get("kty") in KEY_KINDS and one.get("use") != "enc":
            with contextlib.suppress(JoseError, ValueError, TypeError):
                keys.append(JWKRegistry.import_key(one))
    return KeySet(keys)


def verified(
    token: str,
    keys: KeySet,
    algorithms: Sequence[str],
    issuer: str,
    client_id: str,
    now: datetime,
) -> tuple[dict[str, Any], str]:
    """The claims of a token of that issuer for us that is good at `now`, and the algorithm of its
    signature. Raises `UnknownKey`, `Unproven`."""
    try:
        read = jwt.decode(token, keys, algorithms=list(algorithms))
        registry = JWTClaimsRegistry(
            now=int(now.timestamp()),
            leeway=SKEW_S,
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": client_id},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
        )
        registry.validate(read.claims)
    except InvalidKeyIdError as error:
        raise UnknownKey from error
    except (JoseError, ValueError, TypeError) as error:
        raise Unproven("failed", f"ID token: {type(error).__name__}") from error
    return read.claims, str(read.header["alg"])
