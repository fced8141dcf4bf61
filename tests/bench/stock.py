"""Stock Rasa, the peer: its own server, its own trackers, its default pipeline, our data."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from bot.engine.model import Recipe, ensure_model
from bot.settings import Settings
from bot.supervision.child import Child, ChildSpec
from tests.bench.stock_data import stock_inputs
from tests.running import free_port

HERE = Path(__file__).parent
START_TIMEOUT_S = 180


class StockRasa:
    """`rasa run` with its REST channel."""

    def __init__(self, url: str, session: aiohttp.ClientSession, child: Child) -> None:
        self._url = url
        self._session = session
        self.child = child

    async def turn(self, sender: str, text: str) -> None:
        """One message, answered when every action has run."""
        async with self._session.post(
            f"{self._url}/webhooks/rest/webhook", json={"sender": sender, "message": text}
        ) as answer:
            answer.raise_for_status()
            await answer.read()

    async def parse(self, text: str) -> dict[str, Any]:
        """What a text means to it."""
        async with self._session.post(f"{self._url}/model/parse", json={"text": text}) as answer:
            answer.raise_for_status()
            return dict(await answer.json())


async def stock_model(settings: Settings, config: Path = HERE / "stock.yml") -> Path:
    """The model of the stock pipeline on our data; minutes of training when it changed."""
    domain, data = stock_inputs(settings)
    recipe = Recipe(config, domain, data, settings.state / "bench" / config.stem)
    model, _ = await ensure_model(settings, recipe)
    return model


@asynccontextmanager
async def stock_rasa(
    settings: Settings, model: Path, actions_port: int, scratch: Path
) -> AsyncIterator[StockRasa]:
    """A stock server on loopback that calls its actions on `actions_port`."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    endpoints = scratch / "endpoints.yml"
    endpoints.write_text(f'action_endpoint: {{url: "http://127.0.0.1:{actions_port}/webhook"}}\n')
    (scratch / "credentials.yml").write_text("rest:\n")
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as session:

        async def ready() -> bool:
            try:
                async with session.get(f"{url}/status") as answer:
                    return answer.status == 200
            except aiohttp.ClientError:
                return False

        child = Child(
            ChildSpec(
                name=f"stock-{port}",
                command=(
                    str(settings.python("engine")),
                    *("-m", "rasa", "run", "--interface", "127.0.0.1", "--port", str(port)),
                    *("--enable-api", "--model", str(model), "--endpoints", str(endpoints)),
                    *("--credentials", str(scratch / "credentials.yml")),
                ),
                run=settings.state / "run",
                log=settings.state / "logs" / "stock.log",
                ready=ready,
                ready_timeout_s=START_TIMEOUT_S,
                cwd=scratch,
                environment={
                    **{k: v for k, v in os.environ.items() if k != "PYTHONPATH"},
                    "RASA_TELEMETRY_ENABLED": "false",
                    "SANIC_WORKERS": "1",
                    "TF_CPP_MIN_LOG_LEVEL": "3",
                    "CUDA_VISIBLE_DEVICES": "-1",
                },
            )
        )
        try:
            await child.start()
            yield StockRasa(url, session, child)
        finally:
            await child.stop()
