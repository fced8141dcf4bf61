"""Reads `catalogue/open311.yml`: how we present ourselves to clients."""

from __future__ import annotations

from pathlib import Path

from bot.open311.rules import Identity
from bot.services.catalogue_schema import Strict, TextFile, Words
from bot.services.content_files import CatalogueError, Problem, read_files, validated


class IdentityFile(Strict):
    jurisdiction: Words
    changed: Words
    contact: TextFile
    key_service: TextFile


def load_identity(root: Path) -> Identity:
    """Raises `CatalogueError` when the file is missing or wrong."""
    problems: list[Problem] = []
    for file in read_files(root, "open311.yml", problems):
        read = validated(IdentityFile, file, problems)
        if read is not None and not problems:
            return Identity(
                read.jurisdiction, read.changed, read.contact.text(), read.key_service.text()
            )
    raise CatalogueError(problems or [Problem(f"{root.name}/open311.yml", 1, "there is no file")])
