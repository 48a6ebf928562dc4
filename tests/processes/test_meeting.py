"""How processes meet: all of them, in any order, or a clear error within the stated time."""

from __future__ import annotations

import re
import socket
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from lamina.errors import ProcessError
from lamina.processes.meeting import meet
from lamina.processes.place import Place
from lamina.versions import versions_here


def free_address() -> str:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"127.0.0.1:{server.getsockname()[1]}"


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0)])
def test_in_any_order(order: tuple[int, ...]) -> None:
    address = free_address()
    with ThreadPoolExecutor(3) as pool:
        coming = {}
        for number in order:
            coming[number] = pool.submit(meet, Place(number, 3, address), 10)
            time.sleep(0.1)
        met = {number: future.result() for number, future in coming.items()}
    assert {number: sorted(peers) for number, peers in met.items()} == {0: [1, 2], 1: [0], 2: [0]}
    met[0][2].sendall(b"x")
    assert met[2][0].recv(1) == b"x"
    for peers in met.values():
        for connection in peers.values():
            connection.close()


def test_no_coordinator() -> None:
    address, began = free_address(), time.monotonic()
    with pytest.raises(ProcessError, match=rf"no coordinator at {address} within 0.5 seconds \(.*refused.*\): start "):
        meet(Place(1, 2, address), 0.5)
    assert time.monotonic() - began < 5


def test_no_such_host() -> None:
    with pytest.raises(ProcessError, match=r"no coordinator at no-such-host.invalid:7000 within 0.2 seconds"):
        meet(Place(1, 2, "no-such-host.invalid:7000"), 0.2)


def test_who_does_not_come_is_named() -> None:
    address = free_address()
    words = f"processes 1, 2, 3 of 4 did not come to {address} within 0.3 seconds: start all of them"
    with pytest.raises(ProcessError, match=words):
        meet(Place(0, 4, address), 0.3)


def test_a_port_that_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(ProcessError, match=f"process 0 cannot listen on port {port} .*take another port"):
            meet(Place(0, 2, f"127.0.0.1:{port}"), 0.3)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (Place(1, 3, "a:1"), "process 1 was started as one of 3 processes, process 0 as one of 2"),
        (Place(2, 4, "a:1"), "process 2 was started as one of 4 processes, process 0 as one of 2"),
    ],
)
def test_numbers_that_do_not_fit(wrong: Place, words: str) -> None:
    address = free_address()
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(meet, Place(0, 2, address), 1.5)
        with pytest.raises(ProcessError, match=words):
            meet(Place(wrong.process_id, wrong.processes, address), 1)
        with pytest.raises(ProcessError, match=f"process 1 of 2 did not come .*: {words}"):
            first.result()


def test_two_of_one_number() -> None:
    address = free_address()
    with ThreadPoolExecutor(3) as pool:
        first = pool.submit(meet, Place(0, 3, address), 1.5)
        both = [pool.submit(meet, Place(1, 3, address), 1.5) for _ in range(2)]
        for future in (first, *both):
            with pytest.raises(
                ProcessError, match=r"two processes were started as process 1 of 3|did not answer as one"
            ):
                future.result()


def test_who_waited_is_told_who_did_not_come() -> None:
    address = free_address()
    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(meet, Place(number, 3, address), 1) for number in (0, 1)]
        for future in both:
            with pytest.raises(ProcessError, match=f"process 2 of 3 did not come to {address} within 1 seconds: start"):
                future.result()


def test_other_versions(monkeypatch: pytest.MonkeyPatch) -> None:
    address = free_address()
    first = {**versions_here(), "jax": "0.1.0", "python": "3.11.1"}
    seen = iter([versions_here(), first])
    monkeypatch.setattr("lamina.processes.meeting.versions_here", lambda: next(seen))
    words = (
        f"process 1 has jax {versions_here()['jax']}, process 0 jax 0.1.0; "
        f"python {versions_here()['python']}, process 0 python 3.11.1: all must have the same"
    )
    with ThreadPoolExecutor(1) as pool:
        zero = pool.submit(meet, Place(0, 2, address), 1.5)
        with pytest.raises(ProcessError, match=f"^{re.escape(words)}$"):
            meet(Place(1, 2, address), 1)
        with pytest.raises(ProcessError, match=f"process 1 of 2 did not come to .*: {re.escape(words)}$"):
            zero.result()


def test_strangers_do_not_count() -> None:
    address = free_address()
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(meet, Place(0, 2, address), 10)
        time.sleep(0.2)
        host, port = address.split(":")
        with socket.create_connection((host, int(port))) as stranger:
            stranger.sendall(b"GET / HTTP/1.1\r\n\r\n")
        second = meet(Place(1, 2, address), 10)
        assert sorted(first.result()) == [1]
        for connection in (*second.values(), *first.result().values()):
            connection.close()
