"""An OpenID Connect provider that lies: each test says what is wrong with the tokens it signs."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer
from joserfc import jwt
from joserfc.jwk import ECKey, Key, KeySet, OctKey
from yarl import URL

CLIENT = "guichet"
SECRET = "a secret: of 100%"
Claims = dict[str, Any]


def new_key(kid: str) -> Key:
    return ECKey.generate_key("P-256", {"kid": kid})


class OddProvider:
    """`lies` changes the claims of the next tokens; `signing` signs them; `published` are the keys
    that it shows. `asked` counts requests by path."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._codes: dict[str, tuple[dict[str, str], Claims]] = {}
        self.url = ""
        self.signing: Key = new_key("first")
        self.published = [self.signing]
        self.algorithm = "ES256"
        self.lies: Callable[[Claims], Claims] = lambda claims: claims
        self.described: Claims = {}
        self.userinfo: Claims | None = None
        self.is_away = False
        self.asked: dict[str, int] = {}

    def application(self) -> web.Application:
        app = web.Application()
        app.add_routes(
            [
                web.get("/.well-known/openid-configuration", self._describe),
                web.get("/jwks", self._keys),
                web.post("/token", self._token),
                web.get("/userinfo", self._userinfo),
            ]
        )
        return app

    def agrees(self, departure: str, sub: str, **claims: object) -> dict[str, str]:
        """What a browser brings back once somebody signed in there."""
        asked = dict(URL(departure).query)
        code = secrets.token_urlsafe(8)
        self._codes[code] = asked, {"sub": sub, **claims}
        return {"code": code, "state": asked["state"], "iss": self.url}

    def _count(self, request: web.Request) -> None:
        self.asked[request.path] = self.asked.get(request.path, 0) + 1
        if self.is_away:
            raise web.HTTPServiceUnavailable

    async def _describe(self, request: web.Request) -> web.Response:
        self._count(request)
        told: Claims = {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize?tenant=lyon",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/jwks",
            "userinfo_endpoint": f"{self.url}/userinfo",
            "end_session_endpoint": f"{self.url}/leave",
            "id_token_signing_alg_values_supported": ["ES256", "HS256", "none"],
            "authorization_response_iss_parameter_supported": True,
        }
        return web.json_response({**told, **self.described})

    async def _keys(self, request: web.Request) -> web.Response:
        self._count(request)
        odd = {"kty": "odd", "kid": "odd"}
        return web.json_response({"keys": [odd, *KeySet(list(self.published)).as_dict()["keys"]]})

    async def _userinfo(self, request: web.Request) -> web.Response:
        self._count(request)
        return web.json_response(self.userinfo or {})

    async def _token(self, request: web.Request) -> web.Response:
        self._count(request)
        form = {key: str(value) for key, value in (await request.post()).items()}
        shown = "guichet:a+secret%3A+of+100%25"  # both encoded first (RFC 6749 section 2.3.1)
        basic = "Basic " + base64.b64encode(shown.encode()).decode()
        if request.headers.get("Authorization") != basic:
            return web.json_response({"error": "invalid_client"}, status=401)
        asked, claims = self._codes.pop(form["code"], ({}, {}))
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        is_good = (
            asked.get("code_challenge") == challenge
            and asked.get("code_challenge_method") == "S256"
            and asked.get("redirect_uri") == form["redirect_uri"]
        )
        if not is_good:
            return web.json_response({"error": "invalid_grant"}, status=400)
        return web.json_response(
            {"access_token": "access", "id_token": self._signed(asked, claims)}
        )

    def _signed(self, asked: dict[str, str], claims: Claims) -> str:
        now = int(self._now().timestamp())
        half = hashlib.sha256(b"access").digest()[:16]
        told = self.lies(
            {
                "iss": self.url,
                "aud": CLIENT,
                "iat": now,
                "exp": now + 300,
                "nonce": asked["nonce"],
                "at_hash": base64.urlsafe_b64encode(half).rstrip(b"=").decode(),
                **claims,
            }
        )
        if self.algorithm == "none":
            parts = ({"alg": "none"}, told)
            coded = [base64.urlsafe_b64encode(json.dumps(one).encode()) for one in parts]
            return b".".join([*(one.rstrip(b"=") for one in coded), b""]).decode()
        header = {"alg": self.algorithm, "kid": self.signing.kid or ""}
        key: Key = OctKey.import_key(SECRET) if self.algorithm == "HS256" else self.signing
        return jwt.encode(header, told, key, algorithms=[self.algorithm])


@asynccontextmanager
async def running_odd_provider(now: Callable[[], datetime]) -> AsyncIterator[OddProvider]:
    provider = OddProvider(now)
    async with TestServer(provider.application()) as server:
        provider.url = str(server.make_url("")).rstrip("/")
        yield provider
