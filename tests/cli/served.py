"""`lamina serve` in a process of its own, as a person starts it."""

from __future__ import annotations

import contextlib
import http.client
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.cli.program import TIMEOUT, start


class Served:
    """The command in a process of its own."""

    def __init__(self, folder: Path, *words: object, **environment: str) -> None:
        self.process = start(folder, "serve", *words, "--port", "0", **environment)
        assert self.process.stdout is not None
        self.said: list[str] = []
        for line in self.process.stdout:
            self.said.append(line.rstrip("\n"))
            if line.startswith("ready"):
                break
        assert self.said, self.process.communicate(timeout=TIMEOUT)[1]
        self.port = int(re.findall(r"http://127\.0\.0\.1:(\d+)", self.said[-1])[0])

    def connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        with contextlib.closing(self.connection()) as connection:
            return ask(connection, method, path, body, **headers)

    def end(self) -> tuple[int, str, str]:
        out, err = self.process.communicate(timeout=TIMEOUT)
        return self.process.returncode, out, err


def ask(
    connection: http.client.HTTPConnection, method: str, path: str, body: Any = None, **headers: str
) -> tuple[int, Any]:
    given = {"Content-Type": "application/json"} if body is not None else {}
    connection.request(method, path, json.dumps(body) if body is not None else None, {**given, **headers})
    answer = connection.getresponse()
    return answer.status, json.loads(answer.read())


@contextlib.contextmanager
def serving(folder: Path, *words: object, **environment: str) -> Iterator[Served]:
    served = Served(folder, *words, **environment)
    try:
        yield served
    finally:
        if served.process.poll() is None:
            served.process.kill()
            served.end()
        for stream in (served.process.stdout, served.process.stderr):
            if stream is not None:
                stream.close()
