"""aiogram's webhook as its documentation has it: `python -m tests.bench.stock_webhook PORT SECRET`.

Updates are acknowledged first and handled in the background; the handler does nothing.
"""

from __future__ import annotations

import sys

from aiogram import Bot, Dispatcher
from aiogram.types import Message
from aiogram.webhook.aiohttp_server import SimpleRequestHandler, setup_application
from aiohttp import web

from bot.channels.telegram.webhook import PATH


async def nothing(message: Message) -> None:
    """The handler of a bot that answers nobody."""


def main() -> None:
    port, secret = int(sys.argv[1]), sys.argv[2]
    dispatcher = Dispatcher()
    dispatcher.message.register(nothing)
    bot = Bot("1:stock")
    app = web.Application()
    SimpleRequestHandler(dispatcher, bot, secret_token=secret).register(app, path=PATH)
    setup_application(app, dispatcher, bot=bot)
    web.run_app(app, host="127.0.0.1", port=port, print=None, access_log=None)


if __name__ == "__main__":
    main()
