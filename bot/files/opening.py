"""Which of the adapters a service uses."""

from __future__ import annotations

from pathlib import Path

from bot.files.bucket import BucketStore
from bot.files.folder import FolderStore
from bot.files.port import FileStore
from bot.files.scanner import ClamdScanner, Scanner
from bot.files.settings import Bucket, ScannerAddress


def file_store(folder: Path, bucket: Bucket | None) -> FileStore:
    """The bucket when there is one, else the folder."""
    return FolderStore(folder) if bucket is None else BucketStore(bucket)


def scanner(address: ScannerAddress | None) -> Scanner | None:
    """None: nothing is scanned."""
    return None if address is None else ClamdScanner(address)
