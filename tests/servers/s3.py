"""An S3 server on loopback (moto), whose buckets live in memory."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

from moto.server import ThreadedMotoServer

from bot.files.settings import Bucket

REGION = "us-east-1"


@contextmanager
def running() -> Iterator[str]:
    """The address of a server that ends with the context."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield f"http://{host}:{port}"
    finally:
        server.stop()


def a_bucket(endpoint: str, prefix: str = "photos") -> Bucket:
    """A new, empty bucket of that server."""
    name = f"bucket-{uuid4().hex}"
    made = urllib.request.Request(f"{endpoint}/{name}", method="PUT")
    with urllib.request.urlopen(made, timeout=10) as answer:
        assert answer.status == 200
    return Bucket(name, prefix, endpoint, REGION, "a-key", "a-secret")
