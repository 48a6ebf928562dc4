"""Running an app: the port, uvicorn's settings, and an end that loses nothing that was accepted."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from types import FrameType

import uvicorn
from starlette.types import ASGIApp

from lamina.errors import SettingError
from lamina.web.access import is_only_here
from lamina.web.connection import MOST_PASSING, limited
from lamina.web.limits import Limits

STOPS = (signal.SIGINT, signal.SIGTERM)
BACKLOG = 2_048
FILES_BESIDE = 256
"""What a process has open besides its connections."""


def listen(host: str, port: int) -> socket.socket:
    """A socket that is bound to an address; port 0 takes a free one.

    Raises:
        SettingError: no such address, or a port that is taken or not allowed.
    """
    with contextlib.ExitStack() as stack:
        try:
            family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
            opened = stack.enter_context(socket.socket(family, socket.SOCK_STREAM))
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            opened.bind(address)
            opened.listen(BACKLOG)  # who comes while the rest is made ready waits
        except (OSError, UnicodeError) as error:
            why = getattr(error, "strerror", None) or "no name of a host"
            raise SettingError(f"{host}, port {port}, cannot be used ({why}): give another --port or --host") from None
        stack.pop_all()
    return opened


def address_of(opened: socket.socket) -> str:
    """The address to type into a browser: http://127.0.0.1:8000.

    An address that stands for all of a machine's is told as the one of this machine.
    """
    host, port = opened.getsockname()[:2]
    address = ipaddress.ip_address(host)
    if address.is_unspecified:
        host = "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def require_token(host: str, token: str | None) -> None:
    """Refuse to be reached from other machines by everyone.

    Raises:
        SettingError: such an address and no token.
    """
    if token is None and not is_only_here(host):
        raise SettingError(
            f"{host} can be reached from other machines: give --token or LAMINA_TOKEN, which every request must show, "
            f"or leave --host out"
        )


class Server(uvicorn.Server):
    """Uvicorn with our limits and our end; `run` returns when everything that was accepted has been answered.

    Args:
        app: what answers.
        limits: of requests and connections.
        on_stop: called once, at the first signal, before anything else stops.
        websockets: the name of uvicorn's protocol for them: "none", "websockets-sansio", "wsproto".
        on_refusal: called with the status of each request that the app never answered.

    Example:
        >>> from starlette.applications import Starlette
        >>> server = Server(Starlette(), Limits())  # server.run(sockets=[listen("127.0.0.1", 0)])
    """

    def __init__(
        self, app: ASGIApp, limits: Limits, on_stop: Callable[[], None] = lambda: None, websockets: str = "none",
        on_refusal: Callable[[int], None] = lambda status: None,
    ) -> None:  # fmt: skip
        config = uvicorn.Config(
            app, http=limited(limits, on_refusal),
            ws=websockets, ws_max_size=limits.body_bytes, ws_max_queue=limits.queue,
            log_config=None, access_log=False, proxy_headers=False, server_header=False, lifespan="on",
            backlog=BACKLOG, timeout_graceful_shutdown=limits.drain_seconds,  # type: ignore[arg-type]  # seconds
        )  # fmt: skip
        super().__init__(config)
        self._on_stop = on_stop
        _allow_connections(MOST_PASSING + limits.connections)

    def stop(self) -> None:
        """What SIGTERM does, from any thread."""
        self._on_stop()
        self.should_exit = True

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """The first SIGTERM or Ctrl-C ends the server softly, the second one at once."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self._received) for number in STOPS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept who has knocked already; then no one more."""
        for _ in range(2):
            await asyncio.sleep(0)
        await super().shutdown(sockets)

    def _received(self, number: int, frame: FrameType | None) -> None:
        self.stop()
        for each in STOPS:
            signal.signal(each, signal.SIG_DFL)


def _allow_connections(count: int) -> None:
    """Let this process open so many files, as far as the system allows it: each connection is one."""
    try:
        import resource
    except ImportError:  # not on Windows, where files are not counted so
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = count + FILES_BESIDE if hard == resource.RLIM_INFINITY else min(hard, count + FILES_BESIDE)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
