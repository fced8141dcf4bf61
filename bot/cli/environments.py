"""Makes the virtual environments that `./guichet` finds missing or made from another lock file.

Run as a script by `guichet`, with whatever Python >= 3.9 the machine has, so: standard library
only, nothing of ours imported, and syntax of 3.9.

    environments.py NAME... [--lock] -- COMMAND...

Each environment is built beside its place and renamed into it when whole, so that a killed set-up
is never taken for a finished one; `made-from.txt` in it is the lock file that it was made from.
Then COMMAND replaces this process. Progress and errors go to stderr.
"""

from __future__ import annotations

import errno
import fcntl
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path
from typing import Dict, Iterator, List, NoReturn, Optional, Sequence, Tuple


@dataclass(frozen=True)
class Environment:
    """What an environment is made from; `pythons` in order of preference."""

    asked: str
    lock: str
    pythons: Tuple[str, ...]


SERVICE_PYTHONS = ("3.12", "3.13", "3.14")
ENVIRONMENTS: Dict[str, Environment] = {
    "service": Environment("requirements.in", "requirements.txt", SERVICE_PYTHONS),
    "engine": Environment("nlu/requirements.in", "nlu/requirements.txt", ("3.10",)),
    "tests": Environment("requirements-dev.in", "requirements-dev.txt", SERVICE_PYTHONS),
}
# No environment: Node in a wheel, for machines without one; `bot/cli/widget.py` fetches it.
NODE = Environment("widget/node.in", "widget/node.txt", SERVICE_PYTHONS)
AUTHORITIES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/cert.pem",
)
PROGRESS_EVERY_S = 15.0
PROBE = (
    "import sys, ssl, zlib, ctypes;"
    "print(sys.implementation.name, '%d.%d' % sys.version_info[:2], sys.maxsize > 2**32,"
    " getattr(sys, '_base_executable', None) or sys.executable, sep='|')"
)


class SetupFailed(Exception):
    """Something the person must know, in one line."""


@dataclass
class Workshop:
    """One set-up: where things are, what it has started, and how it speaks."""

    root: Path
    state: Path
    started: List["subprocess.Popen[bytes]"] = field(default_factory=list)
    stopping: bool = False
    _speaking: threading.Lock = field(default_factory=threading.Lock)

    @property
    def logs(self) -> Path:
        return self.state / "logs"

    def say(self, line: str) -> None:
        with self._speaking:
            print(line, file=sys.stderr, flush=True)

    def run(self, what: str, command: Sequence[str], log: Path) -> None:
        """Run a command to its end, its output in `log`; raises `SetupFailed` in plain words."""
        began = time.monotonic()
        with log.open("ab") as output:
            if self.stopping:
                raise SetupFailed("interrupted")
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=str(self.root),
                env=clean_environment(),
            )
            self.started.append(process)
        while True:
            try:
                if process.wait(PROGRESS_EVERY_S) == 0:
                    return
                raise SetupFailed("%s: %s (log: %s)" % (what, reason_in(log), log))
            except subprocess.TimeoutExpired:
                self.say("  … %s: %.0f s" % (what, time.monotonic() - began))

    def stop(self) -> None:
        """End what was started; its threads then end by themselves."""
        self.stopping = True
        for process in self.started:
            if process.poll() is None:
                process.terminate()


def clean_environment() -> Dict[str, str]:
    """Our own variables must not reach pip and uv; pip's index is followed by uv too."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON") and k != "VIRTUAL_ENV"}
    env["PIP_USER"] = "0"
    env.setdefault("PIP_DISABLE_PIP_VERSION_CHECK", "1")
    if "PIP_INDEX_URL" in env and "UV_INDEX_URL" not in env:
        env.setdefault("UV_DEFAULT_INDEX", env["PIP_INDEX_URL"])
    # uv brings its own authorities; the machine's also know a company's proxy.
    for authorities in (env.get("PIP_CERT", ""), *AUTHORITIES):
        if "SSL_CERT_FILE" not in env and os.path.isfile(authorities):
            env["SSL_CERT_FILE"] = authorities
    return env


def reason_in(log: Path) -> str:
    """Why the command that wrote this log failed, in a few words."""
    lines = [
        line.strip()
        for line in log.read_text("utf-8", "replace").splitlines()[-60:]
        if line.strip()
    ]
    text = "\n".join(lines)
    if "os error 28" in text or "No space left" in text or "Disk quota" in text:
        return "the disk is full"
    if "hash mismatch" in text.lower():
        return "a downloaded package is not the one that was locked"
    if re.search(
        r"dns error|error sending request|Failed to fetch|Failed to download|NewConnectionError"
        r"|Could not find a version|Connection (refused|reset)|timed out",
        text,
    ):
        return "the package index cannot be reached"
    errors = [line for line in lines if line.lower().startswith(("error", "×", "cause"))]
    return (errors or lines or ["it failed without a word"])[0][:200]


# Interpreters -------------------------------------------------------------------------------


def probe(python: str) -> Optional[Tuple[str, str]]:
    """(version "3.12", real path) of an interpreter, or None when it cannot be used.

    Running it is the only test that counts: a version manager's shim exists for every version
    and fails for those that are not selected.
    """
    try:
        done = subprocess.run(
            [python, "-I", "-c", PROBE],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=20,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    parts = done.stdout.decode("utf-8", "replace").strip().split("|")
    if done.returncode != 0 or len(parts) != 4 or parts[0] != "cpython" or parts[2] != "True":
        return None
    return parts[1], parts[3]


def candidates(version: str) -> Iterator[str]:
    """Where an interpreter of that version may be, the usual places first."""
    name = "python" + version
    on_path = shutil.which(name)
    if on_path:
        yield on_path
    home = Path(os.path.expanduser("~"))
    pyenv = Path(os.environ.get("PYENV_ROOT", str(home / ".pyenv")))
    folders = [
        pyenv / "versions",
        home / ".asdf" / "installs" / "python",
        home / ".local" / "share" / "mise" / "installs" / "python",
        Path("/opt/python"),
    ]
    for folder in folders:
        for path in sorted(folder.glob("*%s.*/bin/%s" % (version, name)), reverse=True):
            yield str(path)
    for place in ("/usr/bin", "/usr/local/bin", "/opt/homebrew/bin", str(home / ".local" / "bin")):
        if os.access(os.path.join(place, name), os.X_OK):
            yield os.path.join(place, name)
    if sys.version_info[:2] == tuple(int(part) for part in version.split(".")):
        yield sys.executable


def find_interpreter(workshop: Workshop, uv: str, versions: Sequence[str], log: Path) -> str:
    """The real path of an interpreter of one of these versions; downloaded if there is none."""
    for version in versions:
        for candidate in candidates(version):
            found = probe(candidate)
            if found and found[0] == version:
                return found[1]
        found_by_uv = ask_uv(uv, version)
        if found_by_uv:
            return found_by_uv
    wanted = versions[0]
    try:
        workshop.run("downloading Python " + wanted, [uv, "python", "install", wanted], log)
    except SetupFailed:
        found_by_uv = None
    else:
        found_by_uv = ask_uv(uv, wanted)
    if found_by_uv:
        return found_by_uv
    raise SetupFailed(
        "Python %s is missing and could not be downloaded; install it (python%s from your system, "
        "`pyenv install %s` or `uv python install %s`) and try again (log: %s)"
        % (" or ".join(versions), wanted, wanted, wanted, log)
    )


def ask_uv(uv: str, version: str) -> Optional[str]:
    """An interpreter that uv itself manages or knows of, without any download."""
    env = dict(clean_environment(), UV_PYTHON_DOWNLOADS="never")
    done = subprocess.run(
        [uv, "python", "find", "--no-project", version],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=env,
        check=False,
    )
    found = probe(done.stdout.decode("utf-8", "replace").strip()) if done.returncode == 0 else None
    return found[1] if found and found[0] == version else None


def find_uv(workshop: Workshop) -> str:
    """uv from the PATH, else our own copy, else that copy made with pip."""
    ours = workshop.state / "tools" / "bin" / "uv"
    for candidate in (shutil.which("uv"), str(ours)):
        if candidate and works([candidate, "--version"]):
            return candidate
    began = time.monotonic()
    log = fresh_log(workshop, "uv")
    fresh = workshop.state / ("tools.new-%d" % os.getpid())
    shutil.rmtree(fresh, ignore_errors=True)
    # --target works where a system Python refuses to install (PEP 668).
    install = ["-m", "pip", "install", "--quiet", "--target", str(fresh), "uv>=0.5"]
    workshop.run("uv", [python_with_pip(), *install], log)
    shutil.rmtree(workshop.state / "tools", ignore_errors=True)
    fresh.rename(workshop.state / "tools")
    workshop.say("✓ uv %.1f s" % (time.monotonic() - began))
    return str(ours)


def python_with_pip() -> str:
    """A Python that really has pip: not every one has."""
    tried = [sys.executable, "/usr/bin/python3"]
    tried += [path for path in map(shutil.which, ("python3", "python")) if path]
    for minor in range(14, 8, -1):
        tried += list(candidates("3.%d" % minor))
    for python in dict.fromkeys(tried):
        if works([python, "-m", "pip", "--version"]):
            return python
    raise SetupFailed(
        "no Python here has pip; install pip (Debian: apt-get install python3-pip) or uv"
    )


def works(command: Sequence[str]) -> bool:
    """Whether a command can be run and ends well."""
    try:
        return (
            subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=clean_environment(),
                timeout=60,
                check=False,
            ).returncode
            == 0
        )
    except (OSError, subprocess.TimeoutExpired):
        return False


# Building -----------------------------------------------------------------------------------


def fresh_log(workshop: Workshop, name: str) -> Path:
    log = workshop.logs / ("setup-%s.log" % name)
    log.write_bytes(b"")
    return log


def is_ready(workshop: Workshop, name: str) -> bool:
    """The same question as in `guichet`, asked again once the lock is ours."""
    place = workshop.state / "envs" / name
    made_from = place / "made-from.txt"
    lock = workshop.root / ENVIRONMENTS[name].lock
    return (
        os.access(str(place / "bin" / "python"), os.X_OK)
        and made_from.exists()
        and made_from.read_bytes() == lock.read_bytes()
    )


def build(workshop: Workshop, uv: str, name: str) -> None:
    """Make one environment; it appears in its place only when it is whole."""
    began = time.monotonic()
    environment = ENVIRONMENTS[name]
    lock = workshop.root / environment.lock
    locked = lock.read_bytes()
    packages = len(re.findall(rb"(?m)^[A-Za-z0-9][\w.-]*(?:\[[^]]*\])?==", locked))
    what = "%s environment" % name
    log = fresh_log(workshop, name)
    workshop.say("… %s: %d packages" % (what, packages))
    python = find_interpreter(workshop, uv, environment.pythons, log)
    place = workshop.state / "envs" / name
    for left in place.parent.glob(name + ".new-*"):
        shutil.rmtree(left, ignore_errors=True)
    fresh = place.parent / ("%s.new-%d" % (name, os.getpid()))
    try:
        # Relocatable: the scripts in bin/ must survive the renaming.
        make = [uv, "venv", "--no-project", "--relocatable", "--python", python, str(fresh)]
        workshop.run(what, make, log)
        target = str(fresh / "bin" / "python")
        # Compiled once: where PYTHONDONTWRITEBYTECODE is set, every start would do it again.
        sync = [uv, "pip", "sync", "--compile-bytecode", "--python", target, str(lock)]
        workshop.run(what, sync, log)
        (fresh / "made-from.txt").write_bytes(locked)
        old = place.parent / ("%s.old-%d" % (name, os.getpid()))
        if place.exists():
            place.rename(old)
        fresh.rename(place)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
        for left in place.parent.glob(name + ".old-*"):
            shutil.rmtree(left, ignore_errors=True)
    workshop.say("✓ %s %.1f s" % (what, time.monotonic() - began))


def build_all(workshop: Workshop, names: Sequence[str]) -> None:
    """Make what is missing, at once; the first failure ends the others."""
    missing = [name for name in names if not is_ready(workshop, name)]
    if not missing:
        return
    uv = find_uv(workshop)
    with ThreadPoolExecutor(max_workers=len(missing)) as pool:
        try:
            for built in as_completed([pool.submit(build, workshop, uv, n) for n in missing]):
                built.result()
        except BaseException:
            workshop.stop()
            raise
    for left in (workshop.state / "envs").glob("*.new-*"):
        shutil.rmtree(str(left), ignore_errors=True)  # of a set-up that was killed


def lock_all(workshop: Workshop) -> None:
    """Resolve every lock file again (`./guichet setup --lock`); no index or path is written."""
    uv = find_uv(workshop)
    for name, environment in [*ENVIRONMENTS.items(), ("node", NODE)]:
        began = time.monotonic()
        command = [uv, "pip", "compile", "--quiet", "--universal", "--generate-hashes", "--upgrade"]
        command += ["--no-emit-index-url", "--no-emit-find-links"]
        command += ["--python-version", environment.pythons[0]]
        command += ["--custom-compile-command", "./guichet setup --lock"]
        command += [environment.asked, "-o", environment.lock]
        workshop.run("lock of " + name, command, fresh_log(workshop, "lock-" + name))
        workshop.say("✓ %s %.1f s" % (environment.lock, time.monotonic() - began))


def one_at_a_time(workshop: Workshop) -> int:
    """Wait for any other set-up of this checkout; the lock ends with this process."""
    handle = os.open(str(workshop.state / "setup.lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        workshop.say("… waiting for another set-up of this checkout")
        fcntl.flock(handle, fcntl.LOCK_EX)
    return handle


def set_up(workshop: Workshop, names: Sequence[str]) -> None:
    for folder in (workshop.state, workshop.state / "envs"):
        folder.mkdir(parents=True, exist_ok=True)
    workshop.logs.mkdir(mode=0o700, exist_ok=True)
    handle = one_at_a_time(workshop)
    try:
        if "--lock" in names:
            lock_all(workshop)
        build_all(workshop, [name for name in names if name != "--lock"])
    finally:
        os.close(handle)


def end(signum: int, _frame: object) -> NoReturn:
    raise SystemExit(128 + signum)


def main(arguments: Sequence[str]) -> int:
    split = arguments.index("--")
    names, command = arguments[:split], arguments[split + 1 :]
    workshop = Workshop(Path(os.environ["GUICHET_ROOT"]), Path(os.environ["GUICHET_STATE"]))
    for signum in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, end)
    try:
        if "--lock" in names:  # the environments are then made from the new locks
            set_up(workshop, ["--lock"])
            names = [name for name in ENVIRONMENTS if name != "--lock"]
        set_up(workshop, names)
    except KeyboardInterrupt:
        workshop.stop()
        return 130
    except SetupFailed as failure:
        print("guichet: %s" % failure, file=sys.stderr)
        return 1
    except OSError as failure:
        if failure.errno in (errno.ENOSPC, errno.EDQUOT):
            problem = "the disk is full"
        else:
            problem = "%s: %s" % (failure.strerror, failure.filename)
        print("guichet: the set-up cannot go on: %s" % problem, file=sys.stderr)
        return 1
    sys.stderr.flush()
    return os.execv(command[0], list(command))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
