"""Lines of standard input, whatever it is: a terminal, a pipe, a file, nothing."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import AsyncIterator

LONGEST_WAITING = 100
"""Lines read ahead; the rest waits in the pipe."""


async def lines() -> AsyncIterator[str]:
    """Each line without its end, until there are no more.

    A thread reads, since an event loop can watch pipes and terminals but not files; it is a daemon,
    so that a terminal nobody types on does not keep the process.
    """
    loop = asyncio.get_running_loop()
    read: asyncio.Queue[bytes] = asyncio.Queue()
    slots = threading.Semaphore(LONGEST_WAITING)

    def reading() -> None:
        while True:
            slots.acquire()
            line = sys.stdin.buffer.readline()
            try:
                loop.call_soon_threadsafe(read.put_nowait, line)
            except RuntimeError:  # the loop is closed: nobody listens any more
                return
            if not line:
                return

    threading.Thread(target=reading, name="stdin", daemon=True).start()
    while line := await read.get():
        slots.release()
        yield line.decode("utf-8", "replace").rstrip("\r\n")
