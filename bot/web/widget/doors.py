"""All the widget's doors, which share one gate and one room."""

from __future__ import annotations

from collections.abc import Iterable

from aiohttp import web

from bot.parts import Service
from bot.web.widget.around import AroundDoors
from bot.web.widget.continuing import ContinuingDoors
from bot.web.widget.gate import Gate
from bot.web.widget.room import Room
from bot.web.widget.socket import SocketDoor
from bot.web.widget.speech import Speech
from bot.web.widget.talking import TalkingDoors


class WidgetDoors:
    def __init__(self, service: Service) -> None:
        gate, speech = Gate(service), Speech(service)
        self.room = Room(service, gate.sites)
        self._kinds = (
            TalkingDoors(service, gate, speech, self.room),
            SocketDoor(service, gate, speech, self.room),
            AroundDoors(service, gate, self.room),
            ContinuingDoors(service, gate),
        )

    def routes(self) -> Iterable[web.RouteDef]:
        return [route for kind in self._kinds for route in kind.routes()]

    def join(self, application: web.Application) -> None:
        """Its pages are told when the application stops."""
        application.cleanup_ctx.append(self.room.looking)
        application.on_shutdown.append(self.room.stop)
