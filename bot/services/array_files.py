"""Arrays kept on disk between starts. Runs in the matcher's process only."""

from __future__ import annotations

import logging
import os
import zlib
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

logger = logging.getLogger(__name__)


def read_arrays(path: Path) -> dict[str, Any] | None:
    """What was kept, or None: absent, cut short, or of another make."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            return {name: arrays[name] for name in arrays.files}
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError, EOFError, BadZipFile, zlib.error) as error:
        logger.warning("%s cannot be read and is made again: %s", path.name, error)
        return None


def write_arrays(path: Path, **arrays: Any) -> None:
    """Write whole or not at all. A full disk costs the next start its time, nothing else."""
    scratch = path.with_suffix(f".{os.getpid()}.part")  # others may write the same at once
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with scratch.open("wb") as file:
            np.savez(file, **arrays)
        scratch.replace(path)
    except OSError as error:
        logger.warning("%s cannot be kept: %s", path.name, error)
        scratch.unlink(missing_ok=True)
