"""What clamd does with INSTREAM, without its signatures: it finds EICAR's test text."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
"""The text that every antivirus reports (eicar.org); harmless."""


@dataclass
class Clamd:
    """`most_bytes`: its StreamMaxLength. `is_silent`: it reads and never answers."""

    most_bytes: int = 26_214_400
    is_silent: bool = False
    scanned: list[bytes] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            answer = await self._answer(reader)
            if self.is_silent:
                await reader.read()  # until the client has enough
            else:
                writer.write(answer + b"\0")
                await writer.drain()
        finally:
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader) -> bytes:
        if await reader.readuntil(b"\0") != b"zINSTREAM\0":
            return b"UNKNOWN COMMAND"
        data = b""
        while length := struct.unpack("!I", await reader.readexactly(4))[0]:
            data += await reader.readexactly(length)
            if len(data) > self.most_bytes:
                return b"INSTREAM size limit exceeded. ERROR"
        self.scanned.append(data)
        return b"stream: Eicar-Test-Signature FOUND" if EICAR in data else b"stream: OK"


@asynccontextmanager
async def on_a_port(clamd: Clamd) -> AsyncIterator[int]:
    server = await asyncio.start_server(clamd.serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


@asynccontextmanager
async def on_a_socket(clamd: Clamd, path: Path) -> AsyncIterator[Path]:
    async with await asyncio.start_unix_server(clamd.serve, path):
        yield path
