"""Files in S3-compatible storage, for several services that share one database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from bot.errors import NotFound, Unavailable
from bot.files.settings import Bucket

CONNECT_TIMEOUT = timedelta(seconds=5)
TIMEOUT = timedelta(seconds=20)
RETRIES = 2
LISTING_TIMEOUT_S = 300.0


class BucketStore:
    """A `FileStore` in a bucket, under its prefix. A put is atomic by S3's own contract."""

    def __init__(self, bucket: Bucket, timeout: timedelta = TIMEOUT) -> None:
        """`timeout`: of one request; all its retries together may take as long again."""
        self._store = S3Store(
            bucket.name,
            prefix=bucket.prefix or None,
            endpoint=bucket.endpoint,
            region=bucket.region,
            access_key_id=bucket.key,
            secret_access_key=bucket.secret,
            client_options={
                "allow_http": True,  # the settings say which schemes are good
                "connect_timeout": min(timeout, CONNECT_TIMEOUT),
                "timeout": timeout,
            },
            retry_config={"max_retries": RETRIES, "retry_timeout": timeout},
        )
        self._timeout_s = 2 * timeout.total_seconds()

    async def put(self, name: str, data: bytes) -> None:
        async with _reaching(self._timeout_s):
            await obstore.put_async(self._store, name, data)

    async def get(self, name: str) -> bytes:
        async with _reaching(self._timeout_s):
            found = await obstore.get_async(self._store, name)
            return bytes(await found.bytes_async())

    async def stored_before(self, moment: datetime) -> list[str]:
        async with _reaching(LISTING_TIMEOUT_S):
            return [
                one["path"]
                async for some in obstore.list(self._store)
                for one in some
                if one["last_modified"] <= moment
            ]

    async def delete(self, names: Iterable[str]) -> None:
        for name in names:
            try:
                async with _reaching(self._timeout_s):
                    await obstore.delete_async(self._store, name)
            except NotFound:
                continue


@asynccontextmanager
async def _reaching(timeout_s: float) -> AsyncIterator[None]:
    """The library's errors as ours; its messages may repeat a signed address, so they stay out."""
    try:
        async with asyncio.timeout(timeout_s):
            yield
    except FileNotFoundError as error:
        raise NotFound("file") from error
    except (BaseError, OSError) as error:  # TimeoutError is an OSError
        raise Unavailable(f"files: {type(error).__name__}") from error
