"""Codes of an authenticator app (TOTP, RFC 6238): six digits that change every 30 seconds."""

from __future__ import annotations

import hmac
from datetime import datetime
from io import BytesIO

import pyotp
import segno

ISSUER = "Guichet"
STEP_S = 30
DRIFT_STEPS = 1
"""Steps early or late that a telephone's clock may be (RFC 6238 section 5.2)."""


def new_secret() -> str:
    """160 random bits in base 32, as apps take them (RFC 4226 section 4)."""
    return pyotp.random_base32()


def uri(secret: str, login: str) -> str:
    """What an app reads: the secret, and the account that its codes are for."""
    return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=ISSUER)


def qr_code(text: str) -> str:
    """An SVG element that shows `text` to a camera: dark on light in every theme, since many
    cameras read nothing else."""
    out = BytesIO()
    segno.make(text, error="m", micro=False).save(
        out, kind="svg", xmldecl=False, svgns=False, omitsize=True, dark="#000", light="#fff"
    )
    return out.getvalue().decode()


def step_of(secret: str, code: str, now: datetime) -> int | None:
    """The step that a code belongs to; None when it is no code of these minutes. The caller
    accepts a step that is later than the last one: a code serves once (RFC 6238 section 5.2)."""
    digits = "".join(code.split())
    if not (digits.isascii() and digits.isdigit()):
        return None
    codes, current = pyotp.TOTP(secret, interval=STEP_S), int(now.timestamp()) // STEP_S
    found = None
    for step in range(current - DRIFT_STEPS, current + DRIFT_STEPS + 1):
        if hmac.compare_digest(codes.generate_otp(step), digits):
            found = step
    return found
