"""Where the private PostgreSQL keeps its data, its password and its socket."""

from __future__ import annotations

import hashlib
import os
import secrets
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bot.storage.postgres_failures import ServerFailed
from bot.storage.unprivileged import can_enter, own
from bot.supervision.child import Account

SYSTEM_HOME = Path("/var/lib/guichet")
SOCKET_FILE = ".s.PGSQL.5432"
# sun_path holds 104 bytes on macOS and 108 on Linux, with the final zero.
LONGEST_SOCKET_PATH = 103


@dataclass(frozen=True)
class Place:
    """`home` is ours; `data` inside it belongs to the server's account."""

    home: Path
    data: Path
    password_file: Path
    copies: Path


def find_place(state: Path, account: Account | None) -> Place:
    """`state`/postgres; under /var/lib when the account cannot pass through to there."""
    home = state / "postgres"
    state.mkdir(parents=True, exist_ok=True)
    if not can_enter(account, state):
        name = hashlib.sha256(os.fsencode(state.resolve())).hexdigest()[:16]
        home = SYSTEM_HOME / name
    home.mkdir(parents=True, exist_ok=True)
    if account is not None:
        home.chmod(0o711)
    return Place(home, home / "data", home / "password", SYSTEM_HOME)


def read_or_make_password(place: Place) -> str:
    """The server's password, made once, kept in a file that only we can read."""
    if place.password_file.exists():
        password = place.password_file.read_text("ascii").strip()
        if password:
            return password
    if place.data.exists():
        raise ServerFailed(
            f"the private database's password is missing ({place.password_file}); put the file "
            f"back from a backup, or move {place.data} away to begin with an empty database"
        )
    password = secrets.token_urlsafe(24)
    fresh = place.password_file.with_name("password.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(password)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(place.password_file)
    return password


def socket_folder(place: Place, password: str, account: Account | None) -> Path:
    """A private folder with a short path, the same at every start, that nobody can foresee.

    Raises `ServerFailed` when no place for it will do.
    """
    seed = os.fsencode(place.data.resolve()) + password.encode()
    name = f"guichet-{hashlib.sha256(seed).hexdigest()[:12]}"
    for base in _bases(account):
        folder = base / name
        if len(os.fsencode(folder / SOCKET_FILE)) <= LONGEST_SOCKET_PATH and _make(folder, account):
            return folder
    raise ServerFailed("no folder can be made for the private database's socket")


def _bases(account: Account | None) -> list[Path]:
    bases = [Path(tempfile.gettempdir()), Path("/tmp")]  # noqa: S108  (a private folder in it)
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    if account is not None:
        bases.insert(0, Path("/run"))
    elif runtime and Path(runtime).is_dir():
        bases.insert(0, Path(runtime))
    return [base for base in bases if can_enter(account, base)]


def _make(folder: Path, account: Account | None) -> bool:
    """Make the folder, or take it when it is ours already; False when it cannot be trusted."""
    owner = account.uid if account is not None else os.geteuid()
    try:
        try:
            folder.mkdir(mode=0o700)
            own(folder, account)
        except FileExistsError:
            pass
        status = folder.lstat()
    except OSError:
        return False
    private = stat.S_ISDIR(status.st_mode) and stat.S_IMODE(status.st_mode) & 0o077 == 0
    if private and status.st_uid == os.geteuid() != owner:
        own(folder, account)  # made by a start that was killed before it could give it away
        return True
    return private and status.st_uid == owner
