"""A stand-in for Telegram's Bot API server: see `server`."""

from tests.servers.telegram.calls import Call
from tests.servers.telegram.faults import Answer, Cut, Silence
from tests.servers.telegram.groups import Group
from tests.servers.telegram.people import Person
from tests.servers.telegram.refusals import Refused
from tests.servers.telegram.screen import Screen, Shown
from tests.servers.telegram.server import TelegramServer, running_telegram_server

__all__ = [
    "Answer", "Call", "Cut", "Group", "Person", "Refused", "Screen", "Shown", "Silence",
    "TelegramServer", "running_telegram_server",
]  # fmt: skip
