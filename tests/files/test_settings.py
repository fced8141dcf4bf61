"""The settings of files: what is read, what is refused, what is never printed."""

from __future__ import annotations

import pytest

from bot.errors import Invalid
from bot.files.settings import ScannerAddress
from bot.settings import Settings

S3 = {
    "GUICHET_FILES_S3_URL": "s3://photos/guichet/",
    "GUICHET_FILES_S3_ENDPOINT": "https://s3.example",
    "GUICHET_FILES_S3_KEY": "the-key",
    "GUICHET_FILES_S3_SECRET": "the-secret",
}


def read(**environment: str) -> Settings:
    return Settings.from_environment({"GUICHET_ROOT": "/nowhere", **environment})


def test_a_bucket_is_read_whole_and_its_secret_is_masked() -> None:
    settings = read(**S3, GUICHET_FILES_S3_REGION="gra", GUICHET_SECRET="x" * 32)
    bucket = settings.bucket
    assert bucket is not None
    assert (bucket.name, bucket.prefix, bucket.region) == ("photos", "guichet", "gra")
    assert (bucket.endpoint, bucket.key, bucket.secret) == (
        "https://s3.example",
        "the-key",
        "the-secret",
    )
    for printed in (repr(settings), str(bucket)):
        assert "the-secret" not in printed
        assert "x" * 32 not in printed


def test_without_settings_files_are_in_the_folder_and_not_scanned() -> None:
    assert (read().bucket, read().clamd, read().secret) == (None, None, None)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("127.0.0.1:3310", ScannerAddress(host="127.0.0.1", port=3310)),
        ("[::1]:3310", ScannerAddress(host="::1", port=3310)),
        ("/run/clamav/clamd.ctl", ScannerAddress(path="/run/clamav/clamd.ctl")),
    ],
)
def test_an_antivirus_has_an_address(given: str, expected: ScannerAddress) -> None:
    assert read(GUICHET_CLAMD=given).clamd == expected


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GUICHET_FILES_S3_URL", "https://photos"),
        ("GUICHET_FILES_S3_URL", "s3://UPPER"),
        ("GUICHET_FILES_S3_URL", "s3://"),
        ("GUICHET_FILES_S3_ENDPOINT", "ftp://s3.example"),
        ("GUICHET_FILES_S3_ENDPOINT", "https://key:secret@s3.example"),
        ("GUICHET_FILES_S3_KEY", ""),
        ("GUICHET_FILES_S3_SECRET", ""),
        ("GUICHET_CLAMD", "clamd"),
        ("GUICHET_CLAMD", "127.0.0.1:0"),
        ("GUICHET_SECRET", "short"),
    ],
)
def test_what_cannot_be_used_is_refused_by_its_name(name: str, value: str) -> None:
    with pytest.raises(Invalid) as refused:
        read(**{**S3, name: value})
    assert refused.value.field == name
