"""The antivirus, spoken to as clamd is."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.errors import Unavailable
from bot.files.scanner import CHUNK_BYTES, ClamdScanner
from bot.files.settings import ScannerAddress
from tests.running import free_port
from tests.servers.clamd import EICAR, Clamd, on_a_port, on_a_socket

SOON_S = 0.5


def at(port: int, timeout_s: float = 5.0) -> ClamdScanner:
    return ClamdScanner(ScannerAddress(host="127.0.0.1", port=port), timeout_s)


async def test_malware_is_found_and_the_rest_is_not(tmp_path: Path) -> None:
    clamd = Clamd()
    async with on_a_port(clamd) as port:
        assert await at(port).finding(b"a picture") is None
        assert await at(port).finding(b"a picture" + EICAR) == "Eicar-Test-Signature"
    path = tmp_path / "clamd.sock"
    async with on_a_socket(clamd, path):
        found = await ClamdScanner(ScannerAddress(path=str(path))).finding(EICAR)
        assert found == "Eicar-Test-Signature"


@pytest.mark.parametrize("length", [0, 1, CHUNK_BYTES, CHUNK_BYTES + 1, 1_000_000])
async def test_every_byte_is_scanned(length: int) -> None:
    clamd, data = Clamd(), (bytes(range(256)) * (length // 256 + 1))[:length]
    async with on_a_port(clamd) as port:
        await at(port).finding(data)
    assert clamd.scanned == [data]


async def test_an_antivirus_that_is_not_there_or_not_answering_is_unavailable() -> None:
    with pytest.raises(Unavailable):
        await at(free_port()).finding(b"a picture")
    async with on_a_port(Clamd(is_silent=True)) as port:
        with pytest.raises(Unavailable):
            await at(port, SOON_S).finding(b"a picture")


async def test_what_the_antivirus_refuses_to_scan_is_not_taken_for_clean() -> None:
    async with on_a_port(Clamd(most_bytes=10)) as port:
        with pytest.raises(Unavailable):
            await at(port).finding(b"a picture that is longer")
