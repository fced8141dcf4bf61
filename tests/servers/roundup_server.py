"""A real Roundup on loopback: the classic tracker, private to the tests, with a word for notes."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.supervision import launcher
from tests.running import free_port

STARTS_WITHIN_S = 60
PASSWORD = "correct-horse"
KEY = f"guichet:{PASSWORD}"
SERVE = """
import sys
from wsgiref.simple_server import WSGIRequestHandler, make_server
from roundup.cgi.wsgi_handler import RequestDispatcher

WSGIRequestHandler.log_message = lambda *_: None
make_server("127.0.0.1", int(sys.argv[2]), RequestDispatcher(sys.argv[1])).serve_forever()
"""
SEED = """
for name, realname in (("guichet", "Guichet"), ("julie", "Julie Martin"), ("marc", "Marc Petit")):
    user.create(
        username=name, realname=realname, roles="User", address=name + "@example.test",
        password=adminpw,
    )
for name in ("Voirie", "Accueil"):
    db.getclass("keyword").create(name=name)
"""
# What docs/howto/add-a-ticket-backend.md tells a tracker's administrator to write.
NOTES_PROPERTY = ("inreplyto=String())", "inreplyto=String(), internal=Boolean())")
NOTES_RIGHTS = """
def for_everybody(db, userid, itemid):
    return not db.msg.get(itemid, "internal")

p = db.security.addPermission(name="View", klass="msg", check=for_everybody)
db.security.addPermissionToRole("Anonymous", p)
"""
SLOW = r"(password_pbkdf2_default_rounds =) \d+"
"""Half a second a request, to sign in."""
EVERYBODY = "for cl in 'issue', 'file', 'msg', 'keyword', 'priority', 'status':"
EVERYBODY_BUT_MESSAGES = "for cl in 'issue', 'file', 'keyword', 'priority', 'status':"


class Tracker:
    """A tracker in a folder of the tests', served at `url`."""

    def __init__(self, folder: Path, *, keeps_notes: bool = True) -> None:
        self._folder = folder
        self._home = folder / "tracker"
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._keeps_notes = keeps_notes
        self.url = f"http://127.0.0.1:{self._port}"

    def make(self) -> None:
        """Install the template and its data."""
        settings = (
            "mail_domain=example.test,mail_host=localhost,admin_email=admin@example.test,"
            f"tracker_web={self.url}/,mail_debug={self._folder / 'mail'}"
        )
        self._admin("install", "classic", "sqlite", settings)
        config = self._home / "config.ini"
        config.write_text(re.sub(SLOW, r"\g<1> 1000", config.read_text()))
        if self._keeps_notes:
            schema = self._home / "schema.py"
            text = schema.read_text().replace(*NOTES_PROPERTY)
            text = text.replace(EVERYBODY, EVERYBODY_BUT_MESSAGES)
            schema.write_text(text + NOTES_RIGHTS)
        data = self._home / "initial_data.py"
        data.write_text(f"{data.read_text()}\n{SEED}")
        self._admin("initialise", PASSWORD)

    def serve(self) -> None:
        """Answer at `url`, again after `fall_silent`. It dies with us, even when we are killed."""
        dying = f"{os.getpid()}:{signal.SIGKILL.value}::"
        command = [sys.executable, "-W", "ignore", "-c", SERVE, str(self._home), str(self._port)]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, launcher.__file__, dying, *command],
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + STARTS_WITHIN_S
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError((self._folder / "log").read_text()[-2000:])
            time.sleep(0.05)  # another process

    def fall_silent(self) -> None:
        """End the server, as an outage does; the tracker stays."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
            self._process = None

    def _admin(self, *command: str) -> None:
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-m", "roundup.scripts.roundup_admin",
             "-i", str(self._home), *command],
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
            check=False,
            capture_output=True,
            text=True,
            timeout=STARTS_WITHIN_S,
        )  # fmt: skip
        if done.returncode != 0:
            raise AssertionError(done.stderr[-2000:])

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/", timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False


@contextmanager
def running_tracker(folder: Path, *, keeps_notes: bool = True) -> Iterator[Tracker]:
    """One that answers, ended with the context whatever happens."""
    tracker = Tracker(folder, keeps_notes=keeps_notes)
    try:
        tracker.make()
        tracker.serve()
        yield tracker
    finally:
        tracker.fall_silent()
