"""The driver of the benchmark of serving: it must see a wrong answer, a lost one, and who is told to come back."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from benchmarks.serving.driver import Load, Question, load, request
from tests.web.live import Live, live

counts: list[float] = []


async def answer(request: Request) -> Response:
    """What is asked, as long as it is no word for something else."""
    counts.append(time.monotonic())
    wish = (await request.body()).decode()
    if wish == '"slow"':
        await asyncio.sleep(0.05)
    status = {'"busy"': 429, '"bad"': 400}.get(wish, 200)
    return PlainTextResponse("another" if wish == '"wrong"' else wish, status)


@pytest.fixture(scope="module")
def server() -> Iterator[Live]:
    with live(Starlette(routes=[Route("/", answer, methods=["POST"])])) as found:
        yield found


def question(word: str) -> Question:
    return Question(request("/", word), lambda body: "" if body == f'"{word}"'.encode() else f"{body!r} for {word}")


def test_right_answers_are_counted_and_timed(server: Live) -> None:
    before = len(counts)
    found = load(server.port, [question("a"), question("b")], 4, 0.5)
    assert found.wrong == []
    assert set(found.statuses) == {200}
    assert found.statuses[200] == len(found.seconds) == len(counts) - before > 20
    assert found.rate == pytest.approx(found.statuses[200] / 0.5, rel=0.3)
    assert 0 < found.milliseconds(0.5) <= found.milliseconds(0.99) <= found.milliseconds(1.0) < 500
    assert 0 < found.processor_seconds <= found.wall_seconds + 0.1


def test_wrong_answers_are_seen_each_time(server: Live) -> None:
    found = load(server.port, [question("wrong")], 2, 0.2)
    assert len(found.wrong) == found.statuses[200] > 2
    assert found.wrong[0] == "b'another' for wrong"


def test_of_other_statuses_only_those_that_say_come_back_are_no_mistake(server: Live) -> None:
    found = load(server.port, [question("busy")], 1, 0.1)
    assert found.wrong == []
    assert set(found.statuses) == {429}
    found = load(server.port, [question("bad")], 1, 0.1)
    assert len(found.wrong) == found.statuses[400] > 0
    assert found.wrong[0].startswith("status 400")


def test_a_rate_is_kept_and_latency_counts_from_when_it_was_due(server: Live) -> None:
    found = load(server.port, [question("a")], 4, 1.0, rate=100.0)
    assert found.statuses[200] == pytest.approx(100, abs=8)
    late = load(server.port, [question("slow")], 1, 0.5, rate=100.0)  # one connection can ask 20 times a second
    assert late.milliseconds(1.0) > 200


def test_a_server_that_ends_is_the_end_and_no_mistake() -> None:
    loads: list[Load] = []
    with live(Starlette(routes=[Route("/", answer, methods=["POST"])])) as server:
        ask = threading.Thread(target=lambda: loads.append(load(server.port, [question("a")], 8, 20.0, ends=True)))
        ask.start()
        time.sleep(0.3)
        server.server.stop()
        ask.join(20)
    (found,) = loads
    assert found.wrong == []
    assert found.statuses[200] > 10
    assert found.wall_seconds < 10


def test_a_server_that_hangs_up_has_lost_an_answer() -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.close()

    async def run() -> Load:
        opened = await asyncio.start_server(hang_up, "127.0.0.1", 0)
        async with opened:
            port = opened.sockets[0].getsockname()[1]
            return await asyncio.to_thread(load, port, [question("a")], 2, 0.2)

    found = asyncio.run(run())
    assert found.statuses.total() == 0
    assert len(found.wrong) > 1
    assert "closed without an answer" in found.wrong[0] or "reset" in found.wrong[0]
