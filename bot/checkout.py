"""Where this checkout and its state are, as `./guichet` found them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self


@dataclass(frozen=True)
class Checkout:
    """`root` is the repository's folder, `state` what is made beside it (`.guichet/`)."""

    root: Path
    state: Path

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Read `GUICHET_ROOT` and `GUICHET_STATE`, with the usual places for defaults."""
        root = Path(environment.get("GUICHET_ROOT") or Path(__file__).resolve().parents[1])
        state = Path(environment.get("GUICHET_STATE") or root / ".guichet")
        return cls(root.absolute(), state.absolute())

    @property
    def run(self) -> Path:
        """Records of running processes, locks and sockets' names; private."""
        return self.state / "run"

    @property
    def logs(self) -> Path:
        return self.state / "logs"

    def python(self, environment: str) -> Path:
        """The interpreter of one of the environments: "service", "engine" or "tests"."""
        return self.state / "envs" / environment / "bin" / "python"
