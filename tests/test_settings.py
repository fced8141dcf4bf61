"""Settings read from an environment."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.errors import Invalid
from bot.settings import Settings


def settings(tmp_path: Path, **environment: str) -> Settings:
    return Settings.from_environment({"GUICHET_STATE": str(tmp_path), **environment})


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:7878",
        "http://127.0.0.1:7878/",
        "http://127.0.0.1:7878/search",
        "http://127.0.0.1:7878/reverse/",
    ],
)
def test_an_address_service_is_known_by_any_of_its_doors(tmp_path: Path, url: str) -> None:
    assert settings(tmp_path, GUICHET_GEOCODER_URL=url).geocoder_url == "http://127.0.0.1:7878"


def test_an_address_service_may_be_below_a_path(tmp_path: Path) -> None:
    url = "https://addresses.example/geocodage"
    assert settings(tmp_path, GUICHET_GEOCODER_URL=url).geocoder_url == url


def test_there_is_no_address_service_unless_it_is_set(tmp_path: Path) -> None:
    assert settings(tmp_path).geocoder_url is None
    assert settings(tmp_path, GUICHET_GEOCODER_URL="").geocoder_url is None


@pytest.mark.parametrize("url", ["addok", "ftp://host", "http://", "https://host/search?q=1", "1"])
def test_what_is_no_url_of_an_address_service_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(Invalid, match="GUICHET_GEOCODER_URL"):
        settings(tmp_path, GUICHET_GEOCODER_URL=url)


def test_no_proxy_is_trusted_unless_it_is_named(tmp_path: Path) -> None:
    assert settings(tmp_path).trusted_proxies == ()
    named = settings(tmp_path, GUICHET_TRUSTED_PROXIES="127.0.0.1, 10.0.0.0/8,::1")
    assert [str(network) for network in named.trusted_proxies] == [
        "127.0.0.1/32",
        "10.0.0.0/8",
        "::1/128",
    ]


@pytest.mark.parametrize("named", ["proxy.example", "10.0.0.1/8", "10.0.0.0/8;::1", "*"])
def test_a_proxy_is_an_address_or_a_network(tmp_path: Path, named: str) -> None:
    with pytest.raises(Invalid) as refused:
        settings(tmp_path, GUICHET_TRUSTED_PROXIES=named)
    assert refused.value.field == "GUICHET_TRUSTED_PROXIES"


def test_mail_is_taken_where_it_is_set_and_can_be_answered(tmp_path: Path) -> None:
    out = {"GUICHET_SMTP_URL": "smtp://mx.example", "GUICHET_MAIL_FROM": "guichet@x.example"}
    assert settings(tmp_path, **out).lmtp is None
    door = settings(tmp_path, **out, GUICHET_LMTP="127.0.0.1:8024").lmtp
    assert door is not None
    assert (door.host, door.port) == ("127.0.0.1", 8024)
    for lmtp in ("8024", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:70000", "a b:1"):
        with pytest.raises(Invalid, match="GUICHET_LMTP"):
            settings(tmp_path, **out, GUICHET_LMTP=lmtp)
    with pytest.raises(Invalid, match="GUICHET_LMTP"):
        settings(tmp_path, GUICHET_LMTP="127.0.0.1:8024")


@pytest.mark.parametrize("name", ["mx oullins", "mx;dmarc=pass", "é.example"])
def test_a_mail_server_that_vouches_is_named_as_servers_are(tmp_path: Path, name: str) -> None:
    assert settings(tmp_path).mail_authserv is None
    named = settings(tmp_path, GUICHET_MAIL_AUTHSERV="mx.oullins.example")
    assert named.mail_authserv == "mx.oullins.example"
    with pytest.raises(Invalid, match="GUICHET_MAIL_AUTHSERV"):
        settings(tmp_path, GUICHET_MAIL_AUTHSERV=name)


OIDC = {
    "GUICHET_PUBLIC_URL": "https://guichet.example",
    "GUICHET_AGENTS_OIDC_ISSUER": "https://sso.example/realms/agents",
    "GUICHET_AGENTS_OIDC_CLIENT_ID": "guichet",
}


def test_the_agents_provider_is_read_and_its_secret_never_printed() -> None:
    settings = Settings.from_environment(
        {
            **OIDC,
            "GUICHET_AGENTS_OIDC_CLIENT_SECRET": "hush-hush",
            "GUICHET_AGENTS_OIDC_NAME": "Compte métropole",
            "GUICHET_AGENTS_OIDC_AMR": "mfa, otp",
            "GUICHET_AGENTS_PASSWORD": "off",
        }
    )
    provider = settings.agents_oidc
    assert provider is not None
    assert (provider.name, provider.amr, provider.claim) == (
        "Compte métropole",
        frozenset({"mfa", "otp"}),
        "email",
    )
    assert "hush-hush" not in repr(settings)
    assert not settings.agents_password
    assert Settings.from_environment({}).agents_oidc is None


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"GUICHET_PUBLIC_URL": ""}, "GUICHET_PUBLIC_URL"),
        ({"GUICHET_AGENTS_OIDC_CLIENT_ID": ""}, "GUICHET_AGENTS_OIDC_CLIENT_ID"),
        ({"GUICHET_AGENTS_OIDC_ISSUER": "http://sso.example"}, "GUICHET_AGENTS_OIDC_ISSUER"),
        ({"GUICHET_AGENTS_OIDC_ISSUER": "https://sso.example?x=1"}, "GUICHET_AGENTS_OIDC_ISSUER"),
        ({"GUICHET_AGENTS_OIDC_NAME": "x" * 41}, "GUICHET_AGENTS_OIDC_NAME"),
        ({"GUICHET_AGENTS_OIDC_CLAIM": "a claim"}, "GUICHET_AGENTS_OIDC_CLAIM"),
        ({"GUICHET_AGENTS_PASSWORD": "never"}, "GUICHET_AGENTS_PASSWORD"),
        (
            {"GUICHET_AGENTS_PASSWORD": "off", "GUICHET_AGENTS_OIDC_ISSUER": ""},
            "GUICHET_AGENTS_PASSWORD",
        ),
    ],
)
def test_a_provider_that_cannot_work_is_refused_at_the_start(
    changed: dict[str, str], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        Settings.from_environment({**OIDC, **changed})
    assert refused.value.field == field
