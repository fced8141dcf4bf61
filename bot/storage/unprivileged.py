"""The account that PostgreSQL runs as when we are root, and what that account can reach."""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import subprocess
from pathlib import Path

from bot.supervision.child import Account

OUR_ACCOUNT = "guichet-postgres"


def unprivileged_account() -> Account | None:
    """None when we are not root; else `postgres`, an account of ours, or `nobody`."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", OUR_ACCOUNT):
        if account := _account(name):
            return account
    if useradd := shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin"):
        command = [useradd, "--system", "--no-create-home", "--shell", "/usr/sbin/nologin"]
        # A failure is no matter: the next account is tried.
        subprocess.run([*command, OUR_ACCOUNT], capture_output=True, check=False)
    return _account(OUR_ACCOUNT) or _account("nobody")


def _account(name: str) -> Account | None:
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        return None
    return Account(entry.pw_uid, entry.pw_gid, name)


def can_enter(account: Account | None, folder: Path) -> bool:
    """Whether the account can pass through every folder down to this one (those that exist)."""
    if account is None:
        return True
    resolved = folder.resolve()
    chain = [resolved, *resolved.parents]
    return all(_has_right(account, each, stat.S_IXOTH) for each in chain if each.exists())


def can_read(account: Account | None, file: Path) -> bool:
    """Whether the account can reach and read this file."""
    return account is None or (
        can_enter(account, file.parent) and _has_right(account, file, stat.S_IROTH)
    )


def _has_right(account: Account, path: Path, right_of_others: int) -> bool:
    status = path.stat()
    if status.st_uid == account.uid:
        return bool(status.st_mode & right_of_others << 6)
    if status.st_gid == account.gid:
        return bool(status.st_mode & right_of_others << 3)
    return bool(status.st_mode & right_of_others)


def own(path: Path, account: Account | None) -> None:
    """Give a file or folder of ours to the account."""
    if account is not None:
        os.chown(path, account.uid, account.gid, follow_symlinks=False)
