"""The browser of the tests: the one that is here, else a downloaded one, else the system's."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from bot.checkout import Checkout
from bot.cli.failures import CommandFailed

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ASK_PLAYWRIGHT = (
    "from playwright.sync_api import sync_playwright\n"
    "with sync_playwright() as p: print(p.chromium.executable_path)"
)


def chromium(checkout: Checkout) -> Path:
    """The path of a Chromium that starts, installed when there is none.

    Raises `CommandFailed` when none can be had. The answer is kept in the state's folder.
    """
    known = checkout.state / "chromium.txt"
    remembered = known.read_text("utf-8").strip() if known.exists() else ""
    if remembered and os.access(remembered, os.X_OK):
        return Path(remembered)
    found = os.environ.get("GUICHET_CHROMIUM") or _on_path() or _of_playwright(checkout)
    found = found or _download(checkout) or _from_the_system()
    if not found:
        raise CommandFailed(
            "no Chromium is here and none could be installed; install one "
            "(Debian: apt-get install chromium) or set GUICHET_CHROMIUM to its path"
        )
    known.write_text(found, "utf-8")
    return Path(found)


def _on_path() -> str | None:
    for name in NAMES:
        path = shutil.which(name)
        if path and _succeeds([path, "--version"], timeout_s=30):
            return path
    return None


def _of_playwright(checkout: Checkout) -> str | None:
    """A browser that Playwright downloaded earlier."""
    try:
        done = subprocess.run(
            [str(checkout.python("tests")), "-P", "-c", ASK_PLAYWRIGHT],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    path = done.stdout.strip()
    return path if path and _succeeds([path, "--version"], timeout_s=30) else None


def _download(checkout: Checkout) -> str | None:
    print("… downloading a browser", file=sys.stderr, flush=True)
    command = [str(checkout.python("tests")), "-P", "-m", "playwright", "install", "chromium"]
    return _of_playwright(checkout) if _succeeds(command, timeout_s=900) else None


def _from_the_system() -> str | None:
    """The distribution's package, when we may install it."""
    apt = shutil.which("apt-get")
    if apt is None or os.geteuid() != 0:
        return None
    print("… installing the system's chromium", file=sys.stderr, flush=True)
    install = [apt, "install", "-y", "-q", "--no-install-recommends", "chromium"]
    if not _succeeds(install, timeout_s=900):
        _succeeds([apt, "update", "-q"], timeout_s=300)
        _succeeds(install, timeout_s=900)
    return _on_path()


def _succeeds(command: Sequence[str], timeout_s: float) -> bool:
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=timeout_s,
            check=False,
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
