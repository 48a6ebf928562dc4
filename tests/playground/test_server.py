"""The server: who may ask, the page's files, uploads and downloads, the socket; clicks while it trains."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

import lamina
from lamina.playground.binary import unpack
from lamina.playground.server import page_names
from lamina.playground.starting import UPLOADS, prepared_playground
from lamina.web.access import new_token
from lamina.web.running import Server, listen
from tests.web.live import SECONDS, Live

TOKEN = new_token()
HEADER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A playground over 60 points, as `lamina play` runs it; each test leaves it with that data."""
    opened = listen("127.0.0.1", 0)
    with prepared_playground("spiral-examples60", None, tmp_path_factory.mktemp("saved")) as playground:
        server = Server(playground.app(TOKEN), UPLOADS, websockets="websockets-sansio")
        thread = threading.Thread(target=server.run, kwargs={"sockets": [opened]})
        thread.start()
        try:
            yield Live(opened.getsockname()[1], server, thread)
        finally:
            server.stop()
            thread.join(SECONDS)
    assert not thread.is_alive()


def opened(live: Live, token: str = TOKEN, **headers: str) -> ClientConnection:
    """A socket as a page opens it."""
    return connect(
        f"ws://127.0.0.1:{live.port}/socket", subprotocols=[Subprotocol("lamina"), Subprotocol(token)],
        additional_headers=headers, max_size=None, compression=None,
    )  # fmt: skip


class Talk:
    """A page's side of the socket."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.count = 0

    def send(self, do: str, **fields: Any) -> int:
        self.count += 1
        self.socket.send(json.dumps({"do": do, "id": self.count, **fields}))
        return self.count

    def until(self, kind: str, number: int | None = None) -> Mapping[str, Any]:
        while True:
            message = self.socket.recv(timeout=SECONDS)
            found = json.loads(message) if isinstance(message, str) else unpack(message)[0]
            if found["kind"] == kind and number in (None, found.get("id")):
                return dict(found)

    def does(self, do: str, **fields: Any) -> Any:
        return self.until("done", self.send(do, **fields))["result"]


def test_nothing_is_told_without_the_token(live: Live) -> None:
    for path in ("/points.csv", "/model"):
        assert live.ask("GET", path).status == 401
        assert live.ask("GET", path, headers={"Authorization": "Bearer wrong"}).status == 401
    assert live.ask("POST", "/upload?name=a.csv", b"a").status == 401
    with pytest.raises(InvalidStatus, match="403"):
        opened(live, "wrong-wrong-wrong-wrong")


def test_the_page_is_open_to_all_and_holds_no_token(live: Live) -> None:
    found = live.ask("GET", "/")
    assert (found.status, found.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert TOKEN.encode() not in found.body
    assert "default-src 'self'" in found.headers["content-security-policy"]
    assert "main.js" in page_names()
    for name in page_names():
        assert live.ask("GET", f"/page/{name}").status == 200
    assert live.ask("GET", "/page/missing.js", headers=HEADER).status == 404


@pytest.mark.parametrize("headers", [{"Origin": "http://evil.com"}, {"Origin": "null"}])
def test_other_origins_are_refused(live: Live, headers: dict[str, str]) -> None:
    assert live.ask("GET", "/points.csv", headers={**HEADER, **headers}).status == 403
    with pytest.raises(InvalidStatus, match="403"):
        opened(live, **headers)


@pytest.mark.parametrize("host", ["evil.com", "127.0.0.1.evil.com"])
def test_other_hosts_are_refused(live: Live, host: str) -> None:
    assert live.ask("GET", "/points.csv", headers={**HEADER, "Host": host}).status == 403


def test_downloads(live: Live, tmp_path: Path) -> None:
    found = live.ask("GET", "/points.csv", headers=HEADER)
    assert found.body.startswith(b"x1,x2,class\n")
    assert found.headers["content-disposition"] == 'attachment; filename="spiral-examples60.csv"'
    assert found.headers["x-content-type-options"] == "nosniff"
    (tmp_path / "a.safetensors").write_bytes(live.ask("GET", "/model?which=shown", headers=HEADER).body)
    assert lamina.Model.load(tmp_path / "a.safetensors").record.source == "spiral-examples60"
    refused = live.ask("GET", "/model?which=last", headers=HEADER)
    assert (refused.status, refused.error) == (400, 'a model is saved as "shown" or "best"; got \'last\'')
    assert live.ask("GET", "/model?run=b", headers=HEADER).status == 404
    assert live.ask("GET", "/page/..%2f__init__.py", headers=HEADER).status == 404


@pytest.mark.slow
def test_uploads_become_sources(live: Live) -> None:
    table = b"age,class\n" + b"".join(b"%d.5,%s\n" % (i, [b"a", b"b"][i % 2]) for i in range(40))
    found = live.ask("POST", "/upload?name=..%2Fmy%20people.csv", table, HEADER).json
    assert (found["name"], found["kind"]) == ("my people.csv", "data")
    empty = live.ask("POST", "/upload?name=a.csv", b"", HEADER)
    assert (empty.status, empty.error[:17]) == (422, "the file is empty")
    with opened(live) as socket:
        talk = Talk(socket)
        talk.does("hello")
        talk.does("settings", settings={"data": found["source"]})
        talk.send("hello")
        assert talk.until("state")["runs"]["a"]["classes"] == ["a", "b"]
        assert live.ask("GET", "/points.csv", headers=HEADER).status == 404
        talk.does("settings", settings={"data": "spiral", "examples": 60})


@pytest.mark.slow
def test_what_is_no_command_is_refused_and_the_socket_stays(live: Live) -> None:
    with opened(live) as socket:
        talk = Talk(socket)
        for text in ("{", "[1]", '{"do": "x"}', '{"do": "hello", "do": "run"}', '{"do": NaN}', "[" * 10_000):
            socket.send(text)
            assert talk.until("refused")["text"]
        assert talk.does("hello") == {}


@pytest.mark.slow
def test_clicks_are_acknowledged_while_it_trains_and_compiles(live: Live) -> None:
    with opened(live) as socket:
        talk = Talk(socket)
        talk.does("hello")
        talk.does("run", pace="fast")
        waited = []
        for place in range(7):
            began = time.perf_counter()
            talk.until("accepted", talk.send("settings", settings={"l2": 0.001 * (place + 1)}))
            waited.append(time.perf_counter() - began)
        assert sorted(waited)[3] < 0.1
        assert talk.does("pause") == {}


def test_a_newer_window_takes_the_session_over(live: Live) -> None:
    with opened(live) as first:
        talk = Talk(first)
        talk.does("hello")
        talk.does("reset")
        talk.does("step", unit="epoch")
        with opened(live) as second:
            newer = Talk(second)
            newer.send("hello")
            assert newer.until("frame")["epoch"] == 1
            with pytest.raises(ConnectionClosed) as closed:
                talk.until("the end")
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 4409


def test_runs_pause_when_the_page_goes(live: Live) -> None:
    with opened(live) as socket:
        talk = Talk(socket)
        talk.does("hello")
        talk.does("run", pace="epoch")
    deadline = time.monotonic() + SECONDS
    running = True
    while running and time.monotonic() < deadline:
        with opened(live) as socket:
            talk = Talk(socket)
            talk.send("hello")
            running = talk.until("state")["runs"]["a"]["running"]
    assert not running


def frames_a_second(talk: Talk, frames: int) -> float:
    began = time.perf_counter()
    for _ in range(frames):
        talk.until("frame")
    return frames / (time.perf_counter() - began)


@pytest.mark.slow
def test_twenty_frames_a_second_of_a_2_8_8_2_network(live: Live) -> None:
    with opened(live) as socket:
        talk = Talk(socket)
        talk.does("hello")
        talk.does("settings", settings={"network": "8 tanh, 8 tanh", "examples": 500})
        talk.does("run", pace="fast")
        for _ in range(10):
            talk.until("frame")
        rates = [frames_a_second(talk, 10) for _ in range(12)]
        talk.does("settings", settings={"network": "4 tanh", "examples": 60})
    assert max(rates) > 20, rates  # what else runs on the machine can only take from it
