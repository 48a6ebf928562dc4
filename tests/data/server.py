"""A web server on this machine that misbehaves on request."""

from __future__ import annotations

import contextlib
import http.server
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field


@dataclass
class Served:
    """What is answered at a path.

    Args:
        data: the bytes.
        status: of the answer.
        location: where a redirect leads.
        promised: the length that the header says; None says the truth.
        pause: seconds of silence before the last byte.
        headers: more of them; a length that is None is left out.
        each: bytes at a time, with a little time between them; 0 gives all at once.
    """

    data: bytes = b""
    status: int = 200
    location: str = ""
    promised: int | None = None
    pause: float = 0.0
    headers: Mapping[str, str | None] = field(default_factory=dict)
    each: int = 0


@dataclass
class Server:
    """Its address, and the paths that were asked for."""

    address: str
    asked: list[str] = field(default_factory=list)


@contextlib.contextmanager
def serving(files: Mapping[str, Served]) -> Iterator[Server]:
    """Serve files by their paths; any other is not found."""
    server = Server("")

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server.asked.append(self.path)
            found = files.get(self.path, Served(status=404))
            self.send_response(found.status)
            if found.location:
                self.send_header("Location", found.location)
            length = str(len(found.data) if found.promised is None else found.promised)
            for name, value in {"Content-Length": length, **found.headers}.items():
                if value is not None:
                    self.send_header(name, value)
            self.end_headers()
            with contextlib.suppress(OSError):  # whoever asked has left
                for start in range(0, len(found.data) if found.each else 0, found.each or 1):
                    self.wfile.write(found.data[start : start + found.each])
                    time.sleep(0.02)
                if not found.each:
                    self.wfile.write(found.data[:-1])
                    self.wfile.flush()
                    time.sleep(found.pause)
                    self.wfile.write(found.data[-1:])

        def log_message(self, *words: object) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as web:
        server.address = f"http://127.0.0.1:{web.server_address[1]}"
        threading.Thread(target=web.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield server
        web.shutdown()
