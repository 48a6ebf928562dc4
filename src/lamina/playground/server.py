"""The playground as an app: the page, uploads and downloads, and one WebSocket for everything else."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import json
import tempfile
from collections.abc import AsyncIterator
from importlib import resources
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp
from starlette.websockets import WebSocket, WebSocketDisconnect

from lamina.data.points import points_csv
from lamina.errors import LaminaError, RequestError
from lamina.playground.carrying_out import carry_out
from lamina.playground.commands import Command, read_command
from lamina.playground.play_run import PlayRun
from lamina.playground.session import Session
from lamina.playground.sources import Sources
from lamina.playground.still import StillModel
from lamina.playground.worker import Worker
from lamina.web.access import PROTOCOL, Access, hosts_for
from lamina.web.bodies import parse_json
from lamina.web.guard import Guard
from lamina.web.limits import Limits
from lamina.web.pages import page_file
from lamina.web.refusing import HANDLERS, refuse
from lamina.web.uploads import read_upload

PACKAGE = "lamina.playground"
TAKEN_OVER, BROKEN = 4409, 1011
"""Why a socket is closed: another window has the session; the server has a fault."""


class Playground:
    """One session for one person.

    Args:
        session: not yet touched by anyone else.
        sources: those of the session.
        limits: of uploads.
    """

    def __init__(self, session: Session, sources: Sources, limits: Limits) -> None:
        self._sources, self._limits = sources, limits
        self._outbox, self._worker = session.outbox, Worker(session)
        self._socket: WebSocket | None = None

    def app(self, token: str, host: str = "127.0.0.1") -> ASGIApp:
        """The guarded app."""
        files = page_names()
        routes = [
            Route("/", self._index),
            *(Route(f"/page/{name}", _file_of(name)) for name in files),
            Route("/upload", self._upload, methods=["POST"]),
            Route("/points.csv", self._points),
            Route("/model", self._model),
            WebSocketRoute("/socket", self._talk),
        ]
        app = Starlette(routes=routes, exception_handlers=dict(HANDLERS), lifespan=self._lifespan)
        open_paths = frozenset({"/", *(f"/page/{name}" for name in files)})
        return Guard(app, Access(hosts_for(host), token, open_paths))

    @contextlib.asynccontextmanager
    async def _lifespan(self, app: Starlette) -> AsyncIterator[None]:
        self._worker.start()
        try:
            yield
        finally:
            await run_in_threadpool(self._worker.stop)

    async def _index(self, request: Request) -> Response:
        return page_file(PACKAGE, "page/index.html")

    async def _upload(self, request: Request) -> Response:
        """Keep a file; the page then asks for it by the name that it gets here."""
        found = await read_upload(request, self._limits, request.query_params.get("name", ""))
        source = await run_in_threadpool(self._sources.upload, found.name, found.data)
        targets = await run_in_threadpool(self._sources.targets, source)
        self._worker.post(Session.tell_state)
        told = {"source": source.name, "name": source.title, "kind": source.kind, "targets": list(targets)}
        return JSONResponse(told)

    async def _points(self, request: Request) -> Response:
        run = await self._run(request)
        settings = run.settings
        if isinstance(run, StillModel) or not settings.drawn:
            refuse(404, "only points are downloaded as a table; this data is a file of your own")
        text = points_csv(settings.data, settings.examples, settings.noise, settings.data_seed)
        return Response(text, media_type="text/csv", headers=_as_file(f"{run.name}.csv"))

    async def _model(self, request: Request) -> Response:
        run = await self._run(request)
        data = await run_in_threadpool(_model_bytes, run, request.query_params.get("which", "shown"))
        headers = _as_file(f"{run.name}.safetensors")
        return Response(data, media_type="application/octet-stream", headers=headers)

    async def _run(self, request: Request) -> PlayRun | StillModel:
        """The run that a request names, as it is now."""
        name = request.query_params.get("run", "a")

        def find(session: Session) -> PlayRun | StillModel:
            if name not in session.slots:
                raise RequestError(404, "there is no such run")
            return copy.copy(session.slots[name].run)

        return await asyncio.wrap_future(self._worker.ask(find))

    async def _talk(self, socket: WebSocket) -> None:
        """Take commands and send what comes of them; a newer socket takes the session over."""
        await socket.accept(subprotocol=PROTOCOL)
        before, self._socket = self._socket, socket
        if before is not None:
            await _close(before, TAKEN_OVER)
        loop, awake = asyncio.get_running_loop(), asyncio.Event()
        self._outbox.wake = lambda: loop.call_soon_threadsafe(awake.set)
        sending = asyncio.create_task(self._send(socket, awake))
        try:
            while True:
                await self._take(socket, await socket.receive_text())
        except (WebSocketDisconnect, RuntimeError, KeyError):
            return  # closed by either side, or no text came
        finally:
            sending.cancel()
            if self._socket is socket:
                self._socket = None
                self._outbox.wake = lambda: None
                self._worker.post(Session.pause_all)

    async def _take(self, socket: WebSocket, text: str) -> None:
        """One message: it is accepted at once, and carried out when its turn comes."""
        number = 0
        try:
            message = await parse_json(text.encode(), self._limits)
            number = message.get("id", 0) if isinstance(message.get("id", 0), int) else 0
            command = read_command(message)
        except LaminaError as error:
            await socket.send_json({"kind": "refused", "id": number, "text": str(error)})
            return
        await socket.send_json({"kind": "accepted", "id": command.number})
        self._worker.post(_carried_out(command))

    async def _send(self, socket: WebSocket, awake: asyncio.Event) -> None:
        while self._socket is socket:
            await awake.wait()
            awake.clear()
            for message in self._outbox.take():
                if isinstance(message, bytes):
                    await socket.send_bytes(message)
                else:
                    await socket.send_text(json.dumps(message, allow_nan=False))
            if self._outbox.closed:
                await _close(socket, BROKEN)
                return


def page_names() -> list[str]:
    """The files of the page, in their folders, but index.html."""
    root = resources.files(PACKAGE).joinpath("page")
    return sorted(name for name in _names_in(root, "") if name != "index.html")


def _names_in(folder: Any, prefix: str) -> list[str]:
    if not folder.is_dir():
        return []
    found = []
    for one in folder.iterdir():
        found += _names_in(one, f"{prefix}{one.name}/") if one.is_dir() else [f"{prefix}{one.name}"]
    return found


def _file_of(name: str) -> Any:
    async def answer(request: Request) -> Response:
        return page_file(PACKAGE, f"page/{name}")

    return answer


def _carried_out(command: Command) -> Any:
    return lambda session: carry_out(session, command)


def _model_bytes(run: PlayRun | StillModel, which: str) -> bytes:
    """The model file of a run."""
    with tempfile.TemporaryDirectory(prefix="lamina-play-") as folder:
        return run.model(which).save(Path(folder) / "model.safetensors").read_bytes()


def _as_file(name: str) -> dict[str, str]:
    """The header by which a browser saves an answer; the name has letters, digits, points and hyphens alone."""
    plain = "".join(one if one.isascii() and (one.isalnum() or one in "._-") else "-" for one in name)
    return {"Content-Disposition": f'attachment; filename="{plain}"'}


async def _close(socket: WebSocket, code: int) -> None:
    with contextlib.suppress(RuntimeError):  # it is closed already
        await socket.close(code)
