"""Signing in with a provider: a browser leaves with a sealed cookie, and comes back with a code.

Nothing is kept here meanwhile, and no transaction is open while the provider is asked.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

from yarl import URL

from bot.accounts import agent_store, attempt_store
from bot.accounts.agent_store import Credentials
from bot.accounts.sealing import Broken, Seals
from bot.accounts.session_store import Ended
from bot.accounts.sign_in import CodeAsked, Origin, SignIn, login_of, note
from bot.audit.rules import Action
from bot.errors import Unavailable
from bot.oidc import rules
from bot.oidc.provider import Proof, Provider
from bot.oidc.rules import Identity, Unproven
from bot.storage.transaction import Database, Transaction

BACK_WITHIN = timedelta(minutes=10)
RANDOM_BYTES = 32


@dataclass(frozen=True)
class Departure:
    """What a browser takes along. `next`: the page that was asked for; `before`: the token of the
    session that it had."""

    state: str
    nonce: str
    verifier: str
    next: str
    before: str
    until: int


class OutsideSignIn:
    """`redirect_uri`: where the provider sends browsers back to, as it was told."""

    def __init__(
        self,
        database: Database,
        provider: Provider,
        sign_in: SignIn,
        secret: str,
        redirect_uri: str,
        left_uri: str,
    ) -> None:
        self.provider = provider
        self._database = database
        self._sign_in = sign_in
        self._seals = Seals(secret, "departures")
        self._redirect_uri = redirect_uri
        self._left_uri = left_uri

    @property
    def name(self) -> str:
        return self.provider.settings.name

    async def depart(self, page: str, before: str, now: datetime) -> tuple[str, str]:
        """Where a browser goes, and what its cookie holds until it is back. Raises
        `Unavailable`."""
        state, nonce, verifier = (secrets.token_urlsafe(RANDOM_BYTES) for _ in range(3))
        url = await self.provider.departure(self._redirect_uri, state, nonce, verifier)
        until = int((now + BACK_WITHIN).timestamp())
        departure = Departure(state, nonce, verifier, page, before, until)
        return url, self._seals.seal(json.dumps(asdict(departure)), "departure")

    def departure_of(self, cookie: str, now: datetime) -> Departure:
        """Raises `Unproven` for a cookie that is not ours, or too old."""
        try:
            told = json.loads(self._seals.open(cookie, "departure"))
            departure = Departure(**told)
        except (Broken, ValueError, TypeError) as error:
            raise Unproven("failed", "no departure") from error
        if now >= datetime.fromtimestamp(departure.until, UTC):
            raise Unproven("failed", "departure too old")
        return departure

    async def come_back(
        self, departure: Departure, answer: Mapping[str, str], origin: Origin, now: datetime
    ) -> str | CodeAsked:
        """The token of a new session, or the demand of a code. `answer`: what the provider had the
        browser say. Raises `Unproven`, `Unavailable`, `Slowed`."""
        async with self._database.transaction() as tx:
            tried = await self._sign_in.count_address(tx, origin, now)
        try:
            proof = await self._proof(departure, answer)
        except Unavailable:
            await self._take_back(tried)  # nobody guessed
            raise
        except Unproven as error:
            if error.why == "cancelled":
                await self._take_back(tried)
            raise
        async with self._database.transaction() as tx:
            known = await _account_of(tx, proof.identity, now)
            if known is not None and known.is_active and known.is_oidc_allowed:
                return await self._sign_in.vouched(
                    tx,
                    known,
                    tried,
                    origin,
                    now,
                    id_token=proof.id_token,
                    has_other_factor=proof.identity.has_second_factor,
                )
            if known is not None:
                await note(tx, known, Action.REFUSED, now)
        raise Unproven("unknown", "no account")

    async def _proof(self, departure: Departure, answer: Mapping[str, str]) -> Proof:
        described = await self.provider.described()
        issuer = self.provider.settings.issuer
        code = rules.code_of(answer, departure.state, issuer, names_issuer=described.names_issuer)
        return await self.provider.proof(
            code, self._redirect_uri, departure.verifier, departure.nonce
        )

    async def _take_back(self, tried: list[int]) -> None:
        async with self._database.transaction() as tx:
            await attempt_store.take_back(tx, tried)

    def leaving(self, ended: Ended) -> str | None:
        """Where the session with the provider ends too, for whoever came with it."""
        leaves_at = self.provider.leaves_at
        if ended.id_token is None or leaves_at is None:
            return None
        try:
            hint = self._sign_in.id_tokens.open(ended.id_token, str(ended.agent))
        except Broken:  # the service's secret has changed since
            return None
        asked = {
            "id_token_hint": hint,
            "client_id": self.provider.settings.client_id,
            "post_logout_redirect_uri": self._left_uri,
        }
        return str(URL(leaves_at).update_query(asked))


async def _account_of(tx: Transaction, identity: Identity, now: datetime) -> Credentials | None:
    """Whose account it is, bound now when this is their first time. It may not be let in."""
    bound = await agent_store.bound_to(tx, identity.issuer, identity.subject)
    if bound is not None or identity.login is None:
        return bound
    found = await agent_store.credentials_with(tx, login_of(identity.login))
    if found is None:
        return None
    current = await agent_store.credentials(tx, found.id)
    if current.is_oidc_bound:  # somebody else there has it
        return None
    if current.is_active and current.is_oidc_allowed:
        await agent_store.bind(tx, current.id, identity.issuer, identity.subject)
        await note(tx, current, Action.OIDC_BOUND, now)
    return current
