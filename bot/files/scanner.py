"""The antivirus: ClamAV's daemon, asked by its own protocol."""

from __future__ import annotations

import asyncio
import logging
import struct
from contextlib import suppress
from typing import Protocol

from bot.errors import Invalid, Unavailable
from bot.files.settings import ScannerAddress

logger = logging.getLogger(__name__)
CHUNK_BYTES = 64 * 1024
TIMEOUT_S = 20.0


class Scanner(Protocol):
    """Looks for malware."""

    async def finding(self, data: bytes) -> str | None:
        """What the bytes hold, None when nothing is known against them. Raises `Unavailable`,
        upon which they must not be kept."""
        ...


async def refuse_infected(scanner: Scanner | None, data: bytes, what: str) -> None:
    """Let pass what may be kept; without a scanner, everything. Raises `Invalid` (`what`, reason
    "infected") and `Unavailable`."""
    if scanner is None:
        return
    try:
        found = await scanner.finding(data)
    except Unavailable as error:
        logger.warning("a %s was refused: %s", what, error)
        raise
    if found is not None:
        logger.warning("a %s was refused: %s", what, found)
        raise Invalid(what, found, "infected")


class ClamdScanner:
    """The command INSTREAM of clamd(8): chunks with their length in front, a length of zero at
    the end, one line back."""

    def __init__(self, address: ScannerAddress, timeout_s: float = TIMEOUT_S) -> None:
        self._address = address
        self._timeout_s = timeout_s

    async def finding(self, data: bytes) -> str | None:
        try:
            async with asyncio.timeout(self._timeout_s):
                answer = await self._ask(data)
        except (OSError, ValueError) as error:  # TimeoutError is an OSError
            raise Unavailable(f"antivirus: {type(error).__name__}") from error
        if answer == "stream: OK":
            return None
        if answer.startswith("stream: ") and answer.endswith(" FOUND"):
            return answer.removeprefix("stream: ").removesuffix(" FOUND")
        raise Unavailable(f"antivirus: {answer[:80]!r}")

    async def _ask(self, data: bytes) -> str:
        reader, writer = await self._connect()
        try:
            writer.write(b"zINSTREAM\0")
            for start in range(0, len(data), CHUNK_BYTES):
                chunk = data[start : start + CHUNK_BYTES]
                writer.write(struct.pack("!I", len(chunk)) + chunk)
                await writer.drain()
            writer.write(struct.pack("!I", 0))
            await writer.drain()
            answer = await reader.readuntil(b"\0")  # the z in front of the command asks for it
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()
        return answer.rstrip(b"\0").decode("utf-8", "replace")

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._address.path is not None:
            return await asyncio.open_unix_connection(self._address.path)
        return await asyncio.open_connection(self._address.host, self._address.port)
