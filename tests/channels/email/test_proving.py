"""Whether a sender is who it says, as the town's own mail server tells (RFC 8601)."""

from __future__ import annotations

import pytest

from bot.channels.email.parsing import taken_apart
from bot.channels.email.proving import is_proven
from tests.channels.email.mails import ADA, lines

HERE = "mx.oullins.example"
DOMAIN = "citoyenne.example"


def proven(*headers: str) -> bool:
    mail = taken_apart(lines(*headers, f"From: Ada <{ADA}>", "Subject: x", "", "Bonjour"))
    return is_proven(mail, HERE, ADA)


def found(results: str, by: str = HERE) -> str:
    return f"Authentication-Results: {by}; {results}"


@pytest.mark.parametrize(
    "results",
    [
        f"dmarc=pass header.from={DOMAIN}",
        f"dmarc=pass (p=reject dis=none) header.from={DOMAIN}",
        f"spf=fail smtp.mailfrom=x@list.example;\r\n\tDMARC=Pass header.From={DOMAIN.upper()}.",
        f"spf=pass smtp.mailfrom=ada@{DOMAIN}",
        f"spf=pass smtp.mailfrom=bounces.{DOMAIN}",
        f'spf=pass (a (b; c\\) "d) e) smtp.mailfrom="a;b"@{DOMAIN}',
        f'dkim=pass reason="good (2048; bits)" header.d={DOMAIN} header.b="a/b+c="',
        f"dkim/1=pass header.i=@{DOMAIN} header.b=abc=",
        f"dkim=fail header.d={DOMAIN}; dkim=pass header.d={DOMAIN}",
        f"dmarc=none header.from={DOMAIN}; dkim=pass header.d={DOMAIN}",
        f"none; spf=pass smtp.mailfrom={DOMAIN}",
    ],
)
def test_what_the_towns_server_vouches_for_is_proven(results: str) -> None:
    assert proven(found(results))


@pytest.mark.parametrize(
    "results",
    [
        "none",
        f"dmarc=fail header.from={DOMAIN}",
        f"dmarc=fail header.from={DOMAIN}; spf=pass smtp.mailfrom={DOMAIN}",
        f"dmarc=fail header.from={DOMAIN}; dmarc=pass header.from={DOMAIN}",
        "dmarc=pass header.from=evil.example",
        "dmarc=pass",
        "spf=pass smtp.mailfrom=x@evil.example",
        f"spf=softfail smtp.mailfrom=ada@{DOMAIN}",
        f"spf=pass smtp.helo={DOMAIN}",
        "spf=pass smtp.mailfrom=example",
        "dkim=pass header.d=evil.example",
        f"dkim=pass header.d=not{DOMAIN}",
        f"dkim=pass header.d=evil.example header.i=@{DOMAIN}",
        f"dkim=none header.d={DOMAIN}",
        f"arc=pass header.d={DOMAIN}",
        # What a sender wrote, and a server repeats:
        f"spf=pass smtp.mailfrom={DOMAIN}=x@evil.example",
        f"spf=pass smtp.mailfrom=header.from={DOMAIN}@evil.example",
        f'spf=pass smtp.mailfrom="a dmarc=pass header.from={DOMAIN}"@evil.example',
        f'spf=pass smtp.mailfrom="a@{DOMAIN}"@evil.example',
        f"spf=pass (of x dmarc=pass header.from={DOMAIN}) smtp.mailfrom=evil.example",
        f"spf=pass smtp.mailfrom=evil.example smtp.mailfrom={DOMAIN}",
        # What is not written as it should be:
        f"spf=pass (of x) y) smtp.mailfrom={DOMAIN}",
        f"spf=pass (of x smtp.mailfrom={DOMAIN}",
        f'spf=pass smtp.mailfrom="a b@{DOMAIN}',
        f"spf=pass smtp.mailfrom=a b@{DOMAIN}; dmarc=pass header.from={DOMAIN}",
        f"dmarc=pass header.from={DOMAIN}; {'(' * 5000}",
    ],
)
def test_nothing_else_proves_anything(results: str) -> None:
    assert not proven(found(results))


def test_only_what_the_towns_server_wrote_is_believed() -> None:
    good = f"dmarc=pass header.from={DOMAIN}"
    bad = f"dmarc=fail header.from={DOMAIN}"
    receipt = "Received: from evil.example by mx.oullins.example"
    assert not proven()
    assert not proven(found(good, "mx.evil.example"), found(good, f"{HERE}.evil.example"))
    assert not proven(found(good, f"x.{HERE}"), f"X-{found(good)}")
    assert not proven(found(bad), receipt, found(good))
    assert not proven(found("none"), receipt, found(good))
    assert not proven(found("spf=none"), found(bad), receipt, found(good))
    assert proven("Received: by here", found("spf=none"), found(good), receipt, found(bad))
    assert proven(found(good, f"{HERE.upper()} 1"), receipt)
    assert proven(found(good, f"{HERE} (postfix)"), receipt)


def test_nobody_is_not_proven() -> None:
    mail = taken_apart(lines(found("dmarc=pass header.from="), "", "Bonjour"))
    assert not is_proven(mail, HERE, "")
