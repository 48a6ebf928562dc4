"""Requests that are damaged by chance: each is answered, or refused with one of the statuses that are told."""

from __future__ import annotations

import contextlib
import copy
import json
import random
from collections import Counter
from typing import Any

import pytest

from tests.serving.servers import infer, tensor
from tests.web.live import Live, read_all

COUNT = 1_000
TOLD = {200, 400, 401, 403, 404, 405, 408, 413, 414, 415, 422, 431}
ROWS = tensor("rows", "FP64", [[5.1, 3.5, 1.4, 0.2]])
DOCUMENT = {"id": "seven", "inputs": [ROWS], "outputs": [{"name": "class"}]}
ODD: list[Any] = [
    None, True, False, 0, -1, 1.5, 10**18, 1e300, "", "rows", "class", "__proto__", "é\U0001f600", "\x00", [], {}, [[]],
    [None], {"a": {}}, "/etc/passwd", "http://169.254.169.254/", [1] * 50, "FP16", "BYTES", {"binary_data_size": 8},
]  # fmt: skip


def places(value: Any, so_far: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to each place in a document."""
    found = [so_far]
    if isinstance(value, dict | list):
        for key in value if isinstance(value, dict) else range(len(value)):
            found += places(value[key], (*so_far, key))
    return found


def damaged(document: Any, chance: random.Random) -> Any:
    """A document in which something was replaced, left out, doubled or added."""
    *way, last = chance.choice([way for way in places(document) if way])
    found = copy.deepcopy(document)
    inner = found
    for key in way:
        inner = inner[key]
    match chance.randrange(4):
        case 0:
            del inner[last]
        case 1:
            inner[last] = chance.choice(ODD)
        case 2 if isinstance(inner, list):
            inner.append(copy.deepcopy(inner[last]))
        case _:
            inner[chance.choice(["x", "id", "data", "name"]) if isinstance(inner, dict) else last] = chance.choice(ODD)
    return found


@pytest.mark.slow
def test_documents_that_are_damaged(server: Live) -> None:
    chance, found = random.Random(7), Counter[int]()
    for path, sound in (
        ("/v2/models/iris/infer", DOCUMENT),
        ("/predict/iris", {"rows": [[5.1, 3.5, 1.4, 0.2]]}),
        ("/predict/table", {"rows": [{"Age": 30, "Sex": "male", "Fare": 7.5}]}),
    ):
        for _ in range(COUNT):
            document = sound
            for _ in range(chance.randint(1, 3)):
                document = damaged(document, chance) if isinstance(document, dict) and document else sound
            answer = server.ask("POST", path, document)
            assert answer.status in TOLD, (document, answer.body)
            assert answer.status == 200 or answer.error
            found[answer.status] += 1
    assert found[200] > 20
    assert found[400] > COUNT / 2
    assert infer(server, "iris", ROWS).status == 200


@pytest.mark.slow
def test_bytes_that_are_damaged(server: Live) -> None:
    """A request as it goes over the connection, with bytes changed, left out and added in its head and its body."""
    chance, found = random.Random(11), Counter[int]()
    body = json.dumps(DOCUMENT).encode()
    head = (
        b"POST /v2/models/iris/infer HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(body)
    )
    odd = [
        b"\r\n",
        b"\n",
        b"\r",
        b"\x00",
        b" ",
        b":",
        b"\xff",
        b"Content-Length: 5\r\n",
        b"Transfer-Encoding: chunked\r\n",
        b"{",
        b"[",
    ]
    for _ in range(COUNT):
        data = bytearray(head + body)
        for _ in range(chance.randint(1, 4)):
            place = chance.randrange(len(data))
            data[place : place + chance.randrange(3)] = chance.choice([*odd, bytes([chance.randrange(256)])])
        with server.opened() as opened:
            with contextlib.suppress(OSError):
                opened.sendall(data)
                opened.shutdown(1)  # the rest of a body will never come
            answers = read_all(opened)
        if answers:
            status = int(answers[9:12])
            assert status in TOLD, (bytes(data), answers)
            found[status] += 1
    assert found[200] > 10
    assert found[400] > COUNT / 4
    assert infer(server, "iris", ROWS).status == 200
