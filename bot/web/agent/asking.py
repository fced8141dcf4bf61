"""What every door of the agents' pages asks first: who, how often, and for what."""

from __future__ import annotations

from typing import get_args

from aiohttp import web
from pydantic import BaseModel

from bot.accounts.rules import Agent
from bot.errors import Invalid
from bot.parts import Service
from bot.web.agent.session import agent_of
from bot.web.agent.shapes import QueueName
from bot.web.rate import Limiter
from bot.web.shapes import refusing
from bot.web.visitors import same_site

TICKET = r"/agent/api/tickets/{reference:\d{4}-\d{6,12}}"
"""The path of a ticket's doors."""
QUEUES: tuple[QueueName, ...] = get_args(QueueName)


async def asking(service: Service, request: web.Request, limiter: Limiter) -> Agent:
    """Who asks; what is posted comes from our own pages. Raises `Forbidden`, `TooMany`."""
    if request.method not in ("GET", "HEAD"):
        same_site(request)
    agent = await agent_of(service, request)
    limiter.take(str(agent.id))
    return agent


async def posted[Shape: BaseModel](request: web.Request, shape: type[Shape]) -> Shape:
    """What was posted. Raises `Invalid` with the field that is wrong."""
    body = await request.read()
    with refusing():
        return shape.model_validate_json(body)


def queue_of(request: web.Request) -> QueueName:
    """The list that is asked for, one's own without a name. Raises `Invalid`."""
    asked = request.query.get("queue", "mine")
    for name in QUEUES:
        if name == asked:
            return name
    raise Invalid("queue", "unknown")


def told(shape: BaseModel) -> web.Response:
    return web.Response(text=shape.model_dump_json(), content_type="application/json")
