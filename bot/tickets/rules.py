"""What a ticket is about. Pure."""

from __future__ import annotations

from enum import StrEnum


class Subject(StrEnum):
    HUMAN = "human"
    COMPLAINT = "complaint"
    QUESTION = "question"
    CASE_FILE = "case_file"
    PRIVACY = "privacy"
    ACCOUNT = "account"
    NOTIFICATIONS = "notifications"
    REQUEST = "request"
    FAILURE = "failure"


def reference(year: int, number: int) -> str:
    """`2026-004217`: year and at least six digits, one series for requests and tickets."""
    return f"{year}-{number:06d}"
