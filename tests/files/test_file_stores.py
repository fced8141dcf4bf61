"""The contract of a place for files, held by a folder and by S3."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.errors import NotFound, Unavailable
from bot.files.bucket import BucketStore
from bot.files.folder import FolderStore
from bot.files.port import FileStore
from bot.files.settings import Bucket
from tests.running import free_port
from tests.servers import s3

AN_HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def s3_address() -> Iterator[str]:
    with s3.running() as address:
        yield address


@pytest.fixture(params=["folder", "bucket"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> FileStore:
    """Empty."""
    if request.param == "folder":
        return FolderStore(tmp_path / "files")
    return BucketStore(s3.a_bucket(request.getfixturevalue("s3_address")))


async def names(store: FileStore, moment: datetime | None = None) -> list[str]:
    return sorted(await store.stored_before(moment or datetime.now(UTC) + AN_HOUR))


async def test_what_is_put_is_got(store: FileStore) -> None:
    for data in (b"picture", b"", bytes(3_000_000)):
        await store.put("a.jpg", data)
        assert await store.get("a.jpg") == data


async def test_what_was_never_put_is_not_found(store: FileStore) -> None:
    with pytest.raises(NotFound):
        await store.get("a.jpg")
    assert await names(store) == []


async def test_files_are_listed_by_their_age(store: FileStore) -> None:
    await store.put("a.jpg", b"a")
    await store.put("a.thumb.jpg", b"b")
    assert await names(store) == ["a.jpg", "a.thumb.jpg"]
    assert await names(store, datetime.now(UTC) - AN_HOUR) == []


async def test_what_is_deleted_is_gone_and_the_rest_is_not(store: FileStore) -> None:
    for name in ("a.jpg", "b.jpg"):
        await store.put(name, b"picture")
    await store.delete(["a.jpg", "never-there.jpg"])
    assert await names(store) == ["b.jpg"]
    with pytest.raises(NotFound):
        await store.get("a.jpg")


async def test_files_of_a_folder_are_private(tmp_path: Path) -> None:
    folder = tmp_path / "files"
    await FolderStore(folder).put("a.jpg", b"picture")
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / "a.jpg").stat().st_mode & 0o777 == 0o600


async def test_what_a_crash_left_half_written_is_listed_and_deleted(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    half = tmp_path / "a.jpg.part"
    half.write_bytes(b"pic")
    with pytest.raises(NotFound):
        await store.get("a.jpg")
    assert await names(store) == ["a.jpg"]
    await store.delete(["a.jpg"])
    assert not half.exists()


async def test_a_folder_that_cannot_be_written_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(Unavailable):
        await FolderStore(tmp_path / "file" / "folder").put("a.jpg", b"picture")


async def test_two_prefixes_of_a_bucket_know_nothing_of_one_another(s3_address: str) -> None:
    bucket = s3.a_bucket(s3_address, "one")
    one = BucketStore(bucket)
    other = BucketStore(replace(bucket, prefix="other"))
    await one.put("a.jpg", b"picture")
    assert await names(other) == []


ASKS: dict[str, Callable[[FileStore], Awaitable[object]]] = {
    "put": lambda store: store.put("a.jpg", b"picture"),
    "get": lambda store: store.get("a.jpg"),
    "list": lambda store: store.stored_before(datetime.now(UTC)),
    "delete": lambda store: store.delete(["a.jpg"]),
}


@pytest.mark.parametrize("ask", ASKS)
async def test_storage_that_does_not_answer_is_unavailable_and_tells_no_secret(ask: str) -> None:
    bucket = Bucket("photos", "", f"http://127.0.0.1:{free_port()}", "eu", "key", "the-secret")
    with pytest.raises(Unavailable) as refused:
        await ASKS[ask](BucketStore(bucket, timedelta(seconds=0.5)))
    assert "the-secret" not in str(refused.value)
