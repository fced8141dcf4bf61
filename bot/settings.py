"""Settings: environment in, typed values out. Every one has a default; none is required."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.errors import MessageError
from email.headerregistry import Address
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Self
from urllib.parse import parse_qs, unquote, urlsplit

from bot.checkout import Checkout
from bot.errors import Invalid
from bot.files.settings import Bucket, ScannerAddress
from bot.oidc.settings import ISSUER, OidcSettings

# The host goes into a header: only what a host may hold. `{s}` stands for a subdomain.
_TILES = re.compile(r"(https?://)(\{s\}\.)?([a-z0-9.-]+(?::\d+)?)/[^\s\"'<>]*", re.IGNORECASE)

SHORTEST_SECRET = 32

Network = IPv4Network | IPv6Network

_SERVICE = re.compile(r"https?://[a-z0-9.\-\[\]:]+(?:/[\w.~/-]*)?", re.IGNORECASE)
TELEGRAM_API = "https://api.telegram.org"
TELEGRAM_MESSAGES_PER_S = 28
"""A little below the 30 that the Bot API allows over all chats; 1 000 with paid broadcasts."""
_WEBHOOK_SECRET = re.compile(rf"[A-Za-z0-9_-]{{{SHORTEST_SECRET},256}}")
"""What Telegram accepts (setWebhook, `secret_token`), and long enough not to be guessed."""
FORWARDING_KEY_PREFIX = "GUICHET_FORWARDING_"
"""Of the variables that hold keys of outside systems: a content file can name no other secret."""


@dataclass(frozen=True)
class MapTiles:
    """A tile server. `source` is its host as a content security policy names it."""

    template: str
    source: str
    credit: str

    @classmethod
    def read(cls, template: str, credit: str) -> MapTiles:
        """Raises `Invalid` for what is no URL template of tiles."""
        parts = _TILES.fullmatch(template)
        if parts is None or not all(name in template for name in ("{z}", "{x}", "{y}")):
            raise Invalid("GUICHET_MAP_TILES", "must be a URL with {z}, {x} and {y}")
        scheme, subdomain, host = parts.groups()
        return cls(template, f"{scheme}{'*.' if subdomain else ''}{host}", credit)


class Encryption(StrEnum):
    """How a mail server is spoken to. `AUTO`: encrypted when the server can."""

    TLS = "tls"
    STARTTLS = "required"
    AUTO = "auto"
    NONE = "never"


@dataclass(frozen=True)
class MailServer:
    """Where letters are handed over, and the address that they come from."""

    host: str
    port: int
    encryption: Encryption
    sender: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)

    @classmethod
    def read(cls, url: str, sender: str) -> MailServer:
        """`smtp://user:password@host:port?starttls=required|auto|never`, or `smtps://…`.

        Raises `Invalid`, whose message repeats nothing of the URL: it may hold a password.
        """
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
            asked = parse_qs(parts.query, strict_parsing=bool(parts.query))
        except ValueError:
            host, port, parts, asked = None, None, urlsplit(""), {}
        if parts.scheme not in ("smtp", "smtps") or not host or parts.path not in ("", "/"):
            raise Invalid("GUICHET_SMTP_URL", "must be smtp://host:port or smtps://host:port")
        user, password = parts.username, parts.password
        if (user is None) != (password is None):
            raise Invalid("GUICHET_SMTP_URL", "needs a user and a password, or neither")
        encryption, usual_port = _encryption(parts.scheme, asked, has_password=user is not None)
        try:
            Address(addr_spec=sender)
        except (MessageError, ValueError, IndexError):
            raise Invalid("GUICHET_MAIL_FROM", "must be one e-mail address") from None
        return cls(
            host,
            port or usual_port,
            encryption,
            sender,
            None if user is None else unquote(user),
            None if password is None else unquote(password),
        )


def _encryption(
    scheme: str, asked: Mapping[str, list[str]], *, has_password: bool
) -> tuple[Encryption, int]:
    """With the port that goes with it. A password is never sent in the clear unless asked."""
    told = asked.get("starttls", [])
    if set(asked) - {"starttls"} or (scheme == "smtps" and told):
        raise Invalid("GUICHET_SMTP_URL", "takes ?starttls= and nothing else, and not for smtps")
    if scheme == "smtps":
        return Encryption.TLS, 465
    usual = Encryption.STARTTLS if has_password else Encryption.AUTO
    wanted = told[0] if told else usual
    if wanted not in (Encryption.STARTTLS, Encryption.AUTO, Encryption.NONE):
        raise Invalid("GUICHET_SMTP_URL", "starttls is required, auto or never")
    return Encryption(wanted), 587 if has_password else 25


@dataclass(frozen=True)
class LmtpDoor:
    """Where a mail server hands mail over to us."""

    host: str
    port: int

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Self | None:
        """None where nothing is to listen. Raises `Invalid`."""
        written = environment.get("GUICHET_LMTP", "").strip()
        if not written:
            return None
        found = re.fullmatch(r"(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+):(\d{1,5})", written)
        if found is None or not 0 < int(found[2]) < 65536:
            raise Invalid("GUICHET_LMTP", "must be an address and a port, such as 127.0.0.1:8024")
        if not environment.get("GUICHET_SMTP_URL"):
            raise Invalid("GUICHET_LMTP", "needs GUICHET_SMTP_URL: mail is answered by mail")
        return cls(found[1].strip("[]"), int(found[2]))


@dataclass(frozen=True)
class TelegramSettings:
    """A bot on Telegram.

    `token`: the bot's, as BotFather gave it. `api`: the Bot API server. `secret`: what Telegram
    shows at `/telegram/webhook`; without one updates are polled. `agents`: the forum group in
    which agents answer; None: only in the console. Whoever is in
    it reads the tickets of every town. `messages_per_s`: what Telegram allows the bot,
    more than usual where it pays for broadcasts.
    """

    token: str = field(repr=False)
    api: str = TELEGRAM_API
    secret: str | None = field(default=None, repr=False)
    agents: int | None = None
    messages_per_s: int = TELEGRAM_MESSAGES_PER_S

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Self | None:
        """None without a token. Raises `Invalid`."""
        token = environment.get("GUICHET_TELEGRAM_TOKEN", "").strip()
        api = environment.get("GUICHET_TELEGRAM_API", "") or TELEGRAM_API
        secret = environment.get("GUICHET_TELEGRAM_SECRET", "") or None
        agents = environment.get("GUICHET_TELEGRAM_AGENTS", "") or None
        if _SERVICE.fullmatch(api) is None:
            raise Invalid("GUICHET_TELEGRAM_API", "must be the http(s) address of a Bot API server")
        if secret is not None and _WEBHOOK_SECRET.fullmatch(secret) is None:
            wanted = f"must be {SHORTEST_SECRET} to 256 letters, digits, _ and -"
            raise Invalid("GUICHET_TELEGRAM_SECRET", wanted)
        if agents is not None and re.fullmatch(r"-\d{1,18}", agents) is None:
            raise Invalid("GUICHET_TELEGRAM_AGENTS", "must be a group's id, such as -1001234567890")
        pace = environment.get("GUICHET_TELEGRAM_MESSAGES_PER_S", "") or str(
            TELEGRAM_MESSAGES_PER_S
        )
        if re.fullmatch(r"[1-9]\d{0,2}|1000", pace) is None:
            raise Invalid("GUICHET_TELEGRAM_MESSAGES_PER_S", "must be a number from 1 to 1000")
        if not token:
            return None
        group = None if agents is None else int(agents)
        return cls(token, api.rstrip("/"), secret, group, int(pace))


@dataclass(frozen=True)
class Settings(Checkout):
    """What a person may set, on top of where the checkout and its state are.

    `database_url`: a PostgreSQL to use instead of the private one (DATABASE_URL).
    `secure_cookies`: cookies only over TLS (GUICHET_SECURE_COOKIES=1 behind a TLS proxy).
    `map_tiles`: a tile server for the page's map, and whom to credit (GUICHET_MAP_TILES,
    GUICHET_MAP_CREDIT); without one the map shows the towns only.
    `geocoder_url`: an address service in the national address API's format, the URL below which
    `/search` and `/reverse` are (GUICHET_GEOCODER_URL); without one addresses are kept as told.
    `bucket`: S3-compatible storage for photos instead of the folder `files`
    (GUICHET_FILES_S3_URL=s3://bucket/prefix, _ENDPOINT, _REGION, _KEY, _SECRET).
    `clamd`: an antivirus that every photo must pass (GUICHET_CLAMD=host:port or a socket's path).
    `secret`: what links to photos and the steps of a sign-in are signed with (GUICHET_SECRET, 32
    characters or more); without it a random one is kept in the database. Never printed.
    `secret_before`: the one that was used until now (GUICHET_SECRET_BEFORE); a start with both
    seals anew what was sealed with it.
    `agents_oidc`: the provider that agents may sign in with (GUICHET_AGENTS_OIDC_ISSUER,
    _CLIENT_ID, _CLIENT_SECRET, _NAME, _CLAIM, _ACR, _AMR), which needs a `public_url`.
    `agents_password`: whether they may with a password (GUICHET_AGENTS_PASSWORD=off: only with the
    provider).
    `mail`: where letters are handed over, and the address that they come from (GUICHET_SMTP_URL,
    GUICHET_MAIL_FROM); without one no letter is written, and none is promised.
    `public_url`: where citizens find the service, for links in letters (GUICHET_PUBLIC_URL).
    `privacy_url`: the page on personal data that pages lead to (GUICHET_PRIVACY_URL); without one,
    our own.
    `trusted_proxies`: addresses and networks of the proxies before us, whose X-Forwarded-For is
    believed (GUICHET_TRUSTED_PROXIES, commas between them); by default nobody's is.
    `forwarding_keys`: the keys of towns' outside systems, by the variables that their
    `forwarding.yml` name (GUICHET_FORWARDING_…).
    `telegram`: the bot on Telegram (GUICHET_TELEGRAM_TOKEN, _API, _SECRET, _AGENTS,
    _MESSAGES_PER_S); everything else runs without one.
    `tickets_key`: what opens the backend of `tickets.yml` (GUICHET_TICKETS_KEY): Redmine's API key,
    or `login:password` of a Roundup account. `tickets_hook_secret`: what the backend shows at
    `/tickets/hook/{name}` (GUICHET_TICKETS_HOOK_SECRET, 32 characters or more); without it the
    door is shut and news are only polled.
    `lmtp`: where a mail server hands over what citizens write (GUICHET_LMTP=127.0.0.1:8024);
    without it nothing listens. It needs `mail`. `mail_authserv`: the name by which that server
    vouches for senders in `Authentication-Results` (GUICHET_MAIL_AUTHSERV, RFC 8601); without it
    a sender's address is taken as it is written.
    """

    database_url: str | None = None
    secure_cookies: bool = False
    map_tiles: MapTiles | None = None
    geocoder_url: str | None = None
    bucket: Bucket | None = None
    clamd: ScannerAddress | None = None
    secret: str | None = field(default=None, repr=False)
    mail: MailServer | None = None
    public_url: str | None = None
    trusted_proxies: tuple[Network, ...] = ()
    forwarding_keys: Mapping[str, str] = field(default_factory=dict, repr=False)
    tickets_key: str | None = field(default=None, repr=False)
    tickets_hook_secret: str | None = field(default=None, repr=False)
    telegram: TelegramSettings | None = None
    privacy_url: str | None = None
    lmtp: LmtpDoor | None = None
    mail_authserv: str | None = None
    secret_before: str | None = field(default=None, repr=False)
    agents_oidc: OidcSettings | None = None
    agents_password: bool = True

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Raises `Invalid` for a value that cannot be used."""
        checkout = Checkout.from_environment(environment)
        url = environment.get("DATABASE_URL") or None
        if url is not None:
            scheme, _, rest = url.partition("://")
            if scheme.split("+")[0] not in ("postgres", "postgresql") or not rest:
                raise Invalid("DATABASE_URL", "must be a PostgreSQL URL")
            url = f"postgresql+psycopg://{rest}"
        tiles = environment.get("GUICHET_MAP_TILES") or None
        secret = _secret(environment, "GUICHET_SECRET")
        smtp = environment.get("GUICHET_SMTP_URL") or None
        return cls(
            checkout.root,
            checkout.state,
            url,
            environment.get("GUICHET_SECURE_COOKIES", "") in ("1", "true", "yes"),
            MapTiles.read(tiles, environment.get("GUICHET_MAP_CREDIT", "")) if tiles else None,
            _geocoder(environment.get("GUICHET_GEOCODER_URL", "")),
            Bucket.read(environment),
            ScannerAddress.read(environment),
            secret,
            mail=MailServer.read(smtp, environment.get("GUICHET_MAIL_FROM", "")) if smtp else None,
            public_url=_page(environment, "GUICHET_PUBLIC_URL"),
            trusted_proxies=_networks(environment.get("GUICHET_TRUSTED_PROXIES", "")),
            forwarding_keys={
                name: value
                for name, value in environment.items()
                if name.startswith(FORWARDING_KEY_PREFIX)
            },
            tickets_key=environment.get("GUICHET_TICKETS_KEY") or None,
            tickets_hook_secret=_secret(environment, "GUICHET_TICKETS_HOOK_SECRET"),
            telegram=TelegramSettings.read(environment),
            privacy_url=_page(environment, "GUICHET_PRIVACY_URL"),
            lmtp=LmtpDoor.read(environment),
            mail_authserv=_authserv(environment),
            secret_before=_secret(environment, "GUICHET_SECRET_BEFORE"),
            agents_oidc=_agents_oidc(environment),
            agents_password=_agents_password(environment),
        )

    @property
    def catalogue(self) -> Path:
        return self.root / "catalogue"

    @property
    def files(self) -> Path:
        return self.state / "files"

    @property
    def models(self) -> Path:
        return self.state / "models"

    def sockets(self) -> Path:
        """A private directory with a short path (a socket's is limited to 107 bytes)."""
        digest = hashlib.sha256(str(self.state).encode()).hexdigest()[:10]
        base = os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()
        folder = Path(base) / f"guichet-{os.geteuid()}-{digest}-run"
        folder.mkdir(mode=0o700, exist_ok=True)
        info = folder.lstat()
        if info.st_uid != os.geteuid() or folder.is_symlink():
            raise Invalid("XDG_RUNTIME_DIR", f"{folder} belongs to somebody else")
        folder.chmod(0o700)
        return folder


def _secret(environment: Mapping[str, str], name: str) -> str | None:
    """Raises `Invalid` for one that could be guessed."""
    secret = environment.get(name) or None
    if secret is not None and len(secret) < SHORTEST_SECRET:
        raise Invalid(name, f"must have {SHORTEST_SECRET} characters or more")
    return secret


def _authserv(environment: Mapping[str, str]) -> str | None:
    """Raises `Invalid` for what no server calls itself."""
    name = environment.get("GUICHET_MAIL_AUTHSERV", "").strip()
    if name and re.fullmatch(r"[\w.-]{1,253}", name, re.ASCII) is None:
        raise Invalid("GUICHET_MAIL_AUTHSERV", "must be a server's name, such as mx.town.example")
    return name or None


def _agents_oidc(environment: Mapping[str, str]) -> OidcSettings | None:
    """Raises `Invalid`. A provider sends browsers back to one exact address: ours must be known."""
    provider = OidcSettings.read(environment)
    if provider is not None and not environment.get("GUICHET_PUBLIC_URL"):
        raise Invalid("GUICHET_PUBLIC_URL", f"is needed with {ISSUER}")
    return provider


def _agents_password(environment: Mapping[str, str]) -> bool:
    """Raises `Invalid`, also where nobody could sign in any more."""
    told = environment.get("GUICHET_AGENTS_PASSWORD", "").strip().lower()
    if told not in ("", "on", "off"):
        raise Invalid("GUICHET_AGENTS_PASSWORD", "must be on or off")
    if told == "off" and not environment.get(ISSUER):
        raise Invalid("GUICHET_AGENTS_PASSWORD", f"is off only with {ISSUER}")
    return told != "off"


def _geocoder(url: str) -> str | None:
    """The base URL of an address service, also when one of its doors is given. Raises `Invalid`
    for what is none."""
    if not url:
        return None
    base = url.rstrip("/")
    for door in ("/search", "/reverse"):
        base = base.removesuffix(door)
    if _SERVICE.fullmatch(base) is None:
        raise Invalid("GUICHET_GEOCODER_URL", "must be an http(s) URL without query")
    return base


def _page(environment: Mapping[str, str], name: str) -> str | None:
    """Raises `Invalid` for what is no address of a page."""
    text = environment.get(name, "")
    if not text:
        return None
    if not re.fullmatch(r"https?://[a-z0-9.-]+(?::\d+)?(?:/[^\s\"'<>?#]*)?", text, re.IGNORECASE):
        raise Invalid(name, "must be the http(s) address of a page")
    return text


def _networks(text: str) -> tuple[Network, ...]:
    """Raises `Invalid` for what is neither an address nor a network."""
    try:
        return tuple(ip_network(one.strip()) for one in text.split(",") if one.strip())
    except ValueError:
        name = "GUICHET_TRUSTED_PROXIES"
        raise Invalid(name, "must be addresses or networks (10.0.0.0/8), with commas") from None
