"""`lamina serve` where much is asked of it: many at once, much that is refused, an end in the middle of it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.serving.driver import Load, Question, load, request
from tests.cli.served import Served, serving

pytestmark = pytest.mark.slow
DOCUMENT = {"inputs": [{"name": "rows", "datatype": "FP64", "shape": [1, 4], "data": [5.1, 3.5, 1.4, 0.2]}]}
CROWD = 1_000
ONLY_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="other systems tell a process's memory in other ways")


def wrong(body: bytes) -> str:
    """The answer for one flower is known."""
    (species, shares) = json.loads(body)["outputs"]
    return "" if species["data"] == ["setosa"] and len(shares["data"]) == 3 else repr(body[:200])


FLOWER = Question(request("/v2/models/iris/infer", DOCUMENT), wrong)


@pytest.fixture
def served(models: Path) -> Iterator[Served]:
    with serving(models, "iris.safetensors") as found:
        yield found


def allow_files(count: int) -> None:
    """This process holds the other end of each connection."""
    if sys.platform != "win32":
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(max(soft, count), hard), hard))


def resident_kilobytes(served: Served) -> int:
    status = Path(f"/proc/{served.process.pid}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS")))


def seconds_until_normal(served: Served) -> float:
    began = time.monotonic()
    while not load(served.port, [FLOWER], 1, 0.05).milliseconds(1.0) < 50:
        assert time.monotonic() - began < 30
    return time.monotonic() - began


def test_a_crowd_gets_answers_or_is_told_to_come_back(served: Served) -> None:
    """1,000 connections that ask again as soon as they are answered; meanwhile it tells whether it is ready."""
    allow_files(2 * CROWD)
    ready: list[int] = []
    loads: list[Load] = []
    thread = threading.Thread(target=lambda: loads.append(load(served.port, [FLOWER], CROWD, 5.0)))
    thread.start()
    while thread.is_alive():
        with contextlib.suppress(OSError):  # it may be one of those without a place
            ready.append(served.ask("GET", "/v2/health/ready")[0])
        time.sleep(0.5)
    thread.join()
    (found,) = loads
    assert found.wrong == []
    assert set(found.statuses) <= {200, 429, 503}
    assert found.statuses[200] > 200
    assert set(ready) <= {200, 503}
    assert seconds_until_normal(served) < 1.0
    assert served.ask("GET", "/v2/health/ready")[0] == 200


def test_a_thousand_quiet_connections_keep_nobody_from_asking(served: Served) -> None:
    allow_files(2 * CROWD)
    with contextlib.ExitStack() as stack:
        for _ in range(CROWD):
            stack.enter_context(socket.create_connection(("127.0.0.1", served.port), timeout=30))
        time.sleep(1.2)  # from then on they count as quiet
        found = load(served.port, [FLOWER], 4, 3.0)
        assert found.wrong == []
        assert found.statuses[200] > 100


def test_sigterm_in_the_middle_of_it_loses_nothing(models: Path) -> None:
    for _ in range(4):
        with serving(models, "iris.safetensors") as served:
            loads: list[Load] = []

            def ask(port: int = served.port, into: list[Load] = loads) -> None:
                into.append(load(port, [FLOWER], 32, 20.0, ends=True))

            thread = threading.Thread(target=ask)
            thread.start()
            time.sleep(1.0)
            served.process.send_signal(signal.SIGTERM)
            status, _, err = served.end()
            thread.join(30)
            assert status == 0, err
            (found,) = loads
            assert found.wrong == []
            assert found.statuses[200] > 100
            assert found.wall_seconds < 13


@ONLY_LINUX
def test_what_is_too_large_takes_no_memory(served: Served) -> None:
    """Bodies beyond the limit, told and untold, heads without an end: all are refused before they are held."""
    assert seconds_until_normal(served) < 10
    before = resident_kilobytes(served)
    chunk = b"10000\r\n" + bytes(65_536) + b"\r\n"
    floods = [
        b"POST /v2/models/iris/infer HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9437184\r\n\r\n"
        + bytes(9 * 1024**2),
        b"POST /v2/models/iris/infer HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n" + 144 * chunk,
        b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"X: y\r\n" * 100_000,
        b"GET /" + b"a" * 1_000_000,
    ]
    statuses = [flooded(served, data) for _ in range(15) for data in floods]
    assert statuses == [413, 413, 431, 414] * 15
    assert resident_kilobytes(served) - before < 32 * 1024


def flooded(served: Served, data: bytes) -> int:
    """The status for a client that sends all that it has, whatever it is told."""
    with socket.create_connection(("127.0.0.1", served.port), timeout=30) as opened:
        with contextlib.suppress(ConnectionError):
            opened.sendall(data)
        return int(opened.recv(65_536)[9:12])


@ONLY_LINUX
def test_connections_that_come_and_go_leave_nothing_open(served: Served) -> None:
    folder = f"/proc/{served.process.pid}/fd"
    assert seconds_until_normal(served) < 10
    before = len(os.listdir(folder))
    for number in range(300):
        with socket.create_connection(("127.0.0.1", served.port), timeout=30) as opened:
            opened.sendall(FLOWER.data[: number % len(FLOWER.data)])
    end = time.monotonic() + 30
    while len(os.listdir(folder)) > before + 5:
        assert time.monotonic() < end, "connections stay open"
        time.sleep(0.2)
