"""What is asked of a provider over HTTP: its description, its keys, and a token for a code."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote_plus

import aiohttp
from joserfc.jwk import KeySet
from yarl import URL

from bot.errors import Unavailable
from bot.oidc import rules
from bot.oidc.id_tokens import UnknownKey, keys_of, verified
from bot.oidc.rules import Identity, Unproven
from bot.oidc.settings import OidcSettings, is_address

logger = logging.getLogger(__name__)

WAITS_S = 10.0
MOST_READ = 256 * 1024
"""Bytes of an answer."""
SCOPE = "openid email profile"
KEPT_FOR = timedelta(hours=1)
"""How long a description and keys are used before they are asked for again."""
KEYS_AGAIN_AFTER = timedelta(minutes=1)
"""Between two looks for a key that we do not know: a token of nobody's makes us ask no more."""
LOOKS_EVERY_S = 60.0
"""Whether it is there; nothing is asked while its description is fresh."""
DESCRIPTION = "/.well-known/openid-configuration"


@dataclass(frozen=True)
class Described:
    """What a provider says of itself (OpenID Connect Discovery 1.0, section 3)."""

    authorization: str
    token: str
    keys: str
    userinfo: str | None
    end_session: str | None
    algorithms: tuple[str, ...]
    names_issuer: bool
    takes_basic: bool

    @classmethod
    def read(cls, told: Mapping[str, Any], issuer: str) -> Described:
        """Raises `Unavailable` for a description that cannot be used."""

        def address(name: str) -> str | None:
            url = told.get(name)
            return url if isinstance(url, str) and is_address(url.partition("?")[0]) else None

        if told.get("issuer") != issuer:
            raise Unavailable("its description names another issuer")
        doors = [address(f"{name}_endpoint") for name in ("authorization", "token")]
        authorization, token, keys = *doors, address("jwks_uri")
        if authorization is None or token is None or keys is None:
            raise Unavailable("its description lacks an address")
        offered = told.get("id_token_signing_alg_values_supported")
        algorithms = tuple(one for one in rules.ALGORITHMS if one in _list(offered, ["RS256"]))
        if not algorithms:
            raise Unavailable("it signs with nothing that we accept")
        ways = _list(told.get("token_endpoint_auth_methods_supported"), ["client_secret_basic"])
        return cls(
            authorization,
            token,
            keys,
            address("userinfo_endpoint"),
            address("end_session_endpoint"),
            algorithms,
            told.get("authorization_response_iss_parameter_supported") is True,
            "client_secret_basic" in ways or "client_secret_post" not in ways,
        )


def _list(told: object, otherwise: list[str]) -> list[Any]:
    return told if isinstance(told, list) else otherwise


@dataclass(frozen=True)
class Proof:
    """Who came back, and the token that says so, kept for the moment they leave."""

    identity: Identity
    id_token: str


class Provider:
    """One provider. `session` follows no cookie of its own; `trouble` says why the provider cannot
    be used now, for an operator, and is None while it can."""

    def __init__(
        self,
        settings: OidcSettings,
        session: aiohttp.ClientSession,
        now: Callable[[], datetime],
    ) -> None:
        self.settings = settings
        self.trouble: str | None = None
        self._session = session
        self._now = now
        self._described: tuple[Described, datetime] | None = None
        self._keys: tuple[KeySet, datetime] | None = None
        self._asking = asyncio.Lock()

    async def run(self) -> None:
        """Look at the provider from time to time, until cancelled: what is wrong is known before
        somebody signs in."""
        while True:
            with contextlib.suppress(Unavailable):  # `_away` says so
                await self.described()
            await asyncio.sleep(LOOKS_EVERY_S)

    @property
    def leaves_at(self) -> str | None:
        """Where a session with the provider ends (RP-Initiated Logout 1.0), as far as it said."""
        return None if self._described is None else self._described[0].end_session

    async def described(self) -> Described:
        """Raises `Unavailable`."""
        async with self._asking:
            known = self._described
            if known is not None and self._now() - known[1] < KEPT_FOR:
                return known[0]
            try:
                told = await self._json("GET", self.settings.issuer.rstrip("/") + DESCRIPTION)
                found = Described.read(told, self.settings.issuer)
            except Unavailable as error:
                self._away(str(error))
                raise
            self._described = found, self._now()
            self._back()
            return found

    async def departure(self, redirect_uri: str, state: str, nonce: str, verifier: str) -> str:
        """Where a browser is sent to sign in. Raises `Unavailable`."""
        described = await self.described()
        asked = {
            "response_type": "code",
            "client_id": self.settings.client_id,
            "redirect_uri": redirect_uri,
            "scope": SCOPE,
            "state": state,
            "nonce": nonce,
            "code_challenge": rules.challenge_of(verifier),
            "code_challenge_method": "S256",
        }
        if self.settings.acr:
            asked["acr_values"] = " ".join(sorted(self.settings.acr))
        return str(URL(described.authorization).update_query(asked))

    async def proof(self, code: str, redirect_uri: str, verifier: str, nonce: str) -> Proof:
        """Who a code stands for. Raises `Unproven`, `Unavailable`."""
        described = await self.described()
        try:
            return await self._proof(described, code, redirect_uri, verifier, nonce)
        except Unavailable as error:
            self._away(str(error))
            self._described = None  # asked for again: that is how we know that it is back
            raise

    async def _proof(
        self, described: Described, code: str, redirect_uri: str, verifier: str, nonce: str
    ) -> Proof:
        told = await self._exchange(described, code, redirect_uri, verifier)
        id_token, access_token = told.get("id_token"), told.get("access_token")
        if not isinstance(id_token, str) or not isinstance(access_token, str):
            raise Unproven("failed", "no ID token")
        claims, algorithm = await self._verified(described, id_token)
        rules.check_audience(claims, self.settings.client_id)
        rules.check_nonce(claims, nonce)
        rules.check_access_token(claims, algorithm, access_token)
        if self.settings.claim not in claims and described.userinfo is not None:
            claims = {**await self._userinfo(described.userinfo, access_token, claims), **claims}
        return Proof(rules.identity_of(claims, self.settings), id_token)

    async def _verified(self, described: Described, id_token: str) -> tuple[dict[str, Any], str]:
        """With a key that we have; one that we do not know is looked for once."""
        settings, now = self.settings, self._now()

        def read(keys: KeySet) -> tuple[dict[str, Any], str]:
            return verified(
                id_token, keys, described.algorithms, settings.issuer, settings.client_id, now
            )

        try:
            return read(await self._known_keys(described, KEPT_FOR))
        except UnknownKey:
            pass
        try:
            return read(await self._known_keys(described, KEYS_AGAIN_AFTER))
        except UnknownKey:
            raise Unproven("failed", "ID token: signed with an unknown key") from None

    async def _known_keys(self, described: Described, younger_than: timedelta) -> KeySet:
        async with self._asking:
            if self._keys is None or self._now() - self._keys[1] >= younger_than:
                self._keys = keys_of(await self._json("GET", described.keys)), self._now()
            return self._keys[0]

    async def _exchange(
        self, described: Described, code: str, redirect_uri: str, verifier: str
    ) -> Mapping[str, Any]:
        settings = self.settings
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
        }
        headers = {}
        if settings.client_secret is not None and described.takes_basic:
            # RFC 6749 section 2.3.1: both are encoded as in a form first.
            shown = f"{quote_plus(settings.client_id)}:{quote_plus(settings.client_secret)}"
            headers["Authorization"] = f"Basic {base64.b64encode(shown.encode()).decode()}"
        else:
            form["client_id"] = settings.client_id
            if settings.client_secret is not None:
                form["client_secret"] = settings.client_secret
        return await self._json("POST", described.token, data=form, headers=headers)

    async def _userinfo(
        self, url: str, access_token: str, claims: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """What else is known of whoever the token names, and of nobody else (Core, 5.3.2)."""
        shown = {"Authorization": f"Bearer {access_token}"}
        told = await self._json("GET", url, headers=shown)
        if told.get("sub") != claims.get("sub"):
            raise Unproven("failed", "userinfo of somebody else")
        return told

    async def _json(self, method: str, url: str, **sent: Any) -> Mapping[str, Any]:
        """An object. Raises `Unavailable` for a provider that is away, or refuses us; `Unproven`
        when it refuses what a browser brought."""
        try:
            async with self._session.request(
                method,
                url,
                allow_redirects=False,  # a token is sent where the settings say, and nowhere else
                timeout=aiohttp.ClientTimeout(total=WAITS_S),
                **sent,
            ) as answer:
                status, body = answer.status, await _body(answer)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise Unavailable(type(error).__name__) from error
        told = _object(body)
        if status == 200 and told is not None:
            return told
        is_ours = (told or {}).get("error") == "invalid_client"  # what the settings say is wrong
        if method == "POST" and 400 <= status < 500 and not is_ours:
            raise Unproven("failed", f"the provider answered {status} to a code")
        raise Unavailable(f"it answered {status}")

    def _away(self, why: str) -> None:
        if self.trouble is None:
            logger.warning("sign-in with %s: the provider is away: %s", self.settings.name, why)
        self.trouble = why

    def _back(self) -> None:
        if self.trouble is not None:
            logger.info("sign-in with %s: the provider is back", self.settings.name)
        self.trouble = None


async def _body(answer: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for part in answer.content.iter_chunked(16 * 1024):
        body += part
        if len(body) > MOST_READ:
            raise ValueError("too long")
    return bytes(body)


def _object(body: bytes) -> Mapping[str, Any] | None:
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return told if isinstance(told, dict) else None
