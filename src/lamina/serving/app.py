"""The server's app: every route, behind what checks who asks."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from lamina.serving.inference import inference_routes
from lamina.serving.metrics import Counting, Metrics, metrics_route
from lamina.serving.models import Models
from lamina.serving.openapi import openapi
from lamina.serving.predicting import predicting_routes
from lamina.web.access import Access
from lamina.web.guard import Guard
from lamina.web.pages import page_file
from lamina.web.refusing import HANDLERS
from lamina.web.running import Server

PAGES = {
    "/": "page/index.html",
    "/docs": "page/docs.html",
    "/page.css": "page/page.css",
    "/page.js": "page/page.js",
    "/icon.svg": "page/icon.svg",
}
"""The files of the page by their addresses."""
OPEN_PATHS = frozenset({*PAGES, "/v2/health/live", "/v2/health/ready"})
"""What is told without the token: nothing of the models."""


def run_server(models: Models, access: Access, opened: socket.socket, when_ready: Callable[[], None]) -> None:
    """Answer until SIGTERM or Ctrl-C; what was accepted until then is answered.

    Args:
        models: loaded; they are made ready when the server lives.
        access: who may ask.
        opened: the socket to listen at.
        when_ready: called once all models can answer.

    Raises:
        Whatever making the models ready raises.
    """
    failures: list[BaseException] = []

    def failed(error: BaseException) -> None:
        failures.append(error)
        server.stop()

    app = app_for(models, access, when_ready, failed)
    server = Server(app, models.limits, models.stop, on_refusal=app.refused)
    server.run(sockets=[opened])
    for error in failures:
        raise error


def app_for(
    models: Models,
    access: Access,
    when_ready: Callable[[], None] = lambda: None,
    when_failed: Callable[[BaseException], None] = lambda error: None,
) -> Counting:
    """The ASGI app that answers for models."""
    metrics = Metrics()
    routes = [
        *inference_routes(models),
        *predicting_routes(models),
        *(Route(path, _page(name)) for path, name in PAGES.items()),
        Route("/openapi.json", _openapi(models, access.token is not None)),
        metrics_route(metrics, models),
    ]
    life = _life(models, when_ready, when_failed)
    app = Starlette(routes=routes, exception_handlers=HANDLERS, lifespan=life)
    app.router.redirect_slashes = False
    return Counting(Guard(app, access), metrics)


def _life(models: Models, when_ready: Callable[[], None], when_failed: Callable[[BaseException], None]) -> Any:
    """While the app runs: make the models ready, then watch their files."""

    async def work() -> None:
        await models.warm_up()
        when_ready()
        await models.watch()

    def ended(worker: asyncio.Task[None]) -> None:
        error = None if worker.cancelled() else worker.exception()
        if error is not None:
            when_failed(error)

    @contextlib.asynccontextmanager
    async def life(app: Starlette) -> AsyncIterator[None]:
        worker = asyncio.create_task(work())
        worker.add_done_callback(ended)
        yield
        worker.cancel()
        models.close()
        await asyncio.wait({worker})

    return life


def _page(name: str) -> Any:
    async def page(request: Request) -> Response:
        return page_file("lamina.serving", name)

    return page


def _openapi(models: Models, token: bool) -> Any:
    async def describe(request: Request) -> Response:
        return JSONResponse(openapi(models, token))

    return describe
