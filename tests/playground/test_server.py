"""The server: who may ask, the page's files, uploads and downloads, the socket; clicks while it trains."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient, WebSocketTestSession
from starlette.websockets import WebSocketDisconnect

import lamina
from lamina.playground.binary import unpack
from lamina.playground.starting import prepared_playground
from lamina.web.access import new_token

SOCKET = "ws://127.0.0.1:8471/socket"
TOKEN = new_token()
HEADER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    with (
        prepared_playground("spiral-examples60", None, tmp_path) as playground,
        TestClient(playground.app(TOKEN), base_url="http://127.0.0.1:8471") as client,
    ):
        yield client


def socket(client: TestClient) -> Any:
    return client.websocket_connect(SOCKET, subprotocols=["lamina", TOKEN])


class Talk:
    """A page's side of the socket."""

    def __init__(self, socket: WebSocketTestSession) -> None:
        self.socket = socket
        self.count = 0

    def send(self, do: str, **fields: Any) -> int:
        self.count += 1
        self.socket.send_json({"do": do, "id": self.count, **fields})
        return self.count

    def next(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """The next message: its JSON, and the arrays of a binary one."""
        message = self.socket.receive()
        if message["type"] == "websocket.close":
            raise WebSocketDisconnect(message["code"])
        if message.get("bytes") is not None:
            return unpack(message["bytes"])
        return json.loads(message["text"]), {}

    def until(self, kind: str, number: int | None = None) -> dict[str, Any]:
        while True:
            found, _ = self.next()
            if found["kind"] == kind and number in (None, found.get("id")):
                return found

    def does(self, do: str, **fields: Any) -> dict[str, Any]:
        number = self.send(do, **fields)
        return self.until("done", number)["result"]


def test_nothing_is_told_without_the_token(client: TestClient) -> None:
    for path in ("/points.csv", "/model"):
        assert client.get(path).status_code == 401
        assert client.get(path, headers={"Authorization": "Bearer wrong"}).status_code == 401
    assert client.post("/upload?name=a.csv", content=b"a").status_code == 401
    for protocols in (None, ["lamina"], ["lamina", "wrong-wrong-wrong-wrong"]):
        with pytest.raises(WebSocketDisconnect), client.websocket_connect(SOCKET, subprotocols=protocols):
            pass


@pytest.mark.parametrize(
    "headers", [{"Host": "evil.com"}, {"Host": "127.0.0.1.evil.com"}, {"Origin": "http://evil.com"}, {"Origin": "null"}]
)
def test_other_hosts_and_origins_are_refused(client: TestClient, headers: dict[str, str]) -> None:
    assert client.get("/points.csv", headers={**HEADER, **headers}).status_code == 403
    with (
        pytest.raises(WebSocketDisconnect),
        client.websocket_connect(SOCKET, subprotocols=["lamina", TOKEN], headers=headers),
    ):
        pass


def test_downloads(client: TestClient, tmp_path: Path) -> None:
    found = client.get("/points.csv", headers=HEADER)
    assert found.text.startswith("x1,x2,class\n")
    assert found.headers["content-disposition"] == 'attachment; filename="spiral-examples60.csv"'
    assert found.headers["x-content-type-options"] == "nosniff"
    (tmp_path / "a.safetensors").write_bytes(client.get("/model?which=shown", headers=HEADER).content)
    assert lamina.Model.load(tmp_path / "a.safetensors").record.source == "spiral-examples60"
    assert client.get("/model?which=last", headers=HEADER).json() == {
        "error": 'a model is saved as "shown" or "best"; got \'last\''
    }
    assert client.get("/model?run=b", headers=HEADER).status_code == 404
    assert client.get("/../pyproject.toml", headers=HEADER).status_code == 404
    assert client.get("/page/..%2f__init__.py", headers=HEADER).status_code == 404


def test_uploads_become_sources(client: TestClient) -> None:
    table = b"age,kind\n" + b"".join(b"%d.5,%s\n" % (i, [b"a", b"b"][i % 2]) for i in range(40))
    found = client.post("/upload?name=..%2Fmy%20people.csv", content=table, headers=HEADER)
    assert found.json() == {"source": "upload 1", "name": "my people.csv", "kind": "data"}
    empty = client.post("/upload?name=a.csv", content=b"", headers=HEADER)
    assert (empty.status_code, empty.json()["error"][:17]) == (422, "the file is empty")
    with socket(client) as made:
        talk = Talk(made)
        talk.does("hello")
        talk.does("settings", settings={"data": "upload 1"})
        talk.send("hello")
        assert talk.until("state")["runs"]["a"]["classes"] == ["a", "b"]


def test_what_is_no_command_is_refused_and_the_socket_stays(client: TestClient) -> None:
    with socket(client) as made:
        talk = Talk(made)
        for text in (
            "{",
            "[1]",
            '{"do": "x"}',
            '{"do": "hello", "do": "run"}',
            "\ud800".encode("utf-8", "replace").decode(),
        ):
            made.send_text(text)
            assert talk.until("refused")["text"]
        assert talk.does("hello") == {}


def test_clicks_are_acknowledged_while_it_trains_and_compiles(client: TestClient) -> None:
    with socket(client) as made:
        talk = Talk(made)
        talk.does("hello")
        talk.does("run", pace="fast")
        waited = []
        for _ in range(5):
            began = time.perf_counter()
            talk.until("accepted", talk.send("settings", settings={"learning_rate": 0.02}))
            waited.append(time.perf_counter() - began)
        assert sorted(waited)[2] < 0.1
        assert talk.does("pause") == {}


def test_a_newer_window_takes_the_session_over(client: TestClient) -> None:
    with socket(client) as first:
        talk = Talk(first)
        talk.does("hello")
        talk.does("step", unit="epoch")
        with socket(client) as second:
            newer = Talk(second)
            newer.send("hello")
            frame = newer.until("frame")
            assert frame["epoch"] == 1
            with pytest.raises(WebSocketDisconnect) as closed:
                talk.until("the end")
            assert closed.value.code == 4409


def test_runs_pause_when_the_page_goes(client: TestClient) -> None:
    with socket(client) as made:
        talk = Talk(made)
        talk.does("hello")
        talk.does("run", pace="epoch")
    with socket(client) as made:
        talk = Talk(made)
        talk.send("hello")
        assert talk.until("state")["runs"]["a"]["running"] is False


@pytest.mark.slow
def test_twenty_frames_a_second_of_a_2_8_8_2_network(client: TestClient) -> None:
    with socket(client) as made:
        talk = Talk(made)
        talk.does("hello")
        talk.does("settings", settings={"network": "8 tanh, 8 tanh", "examples": 500})
        talk.does("run", pace="fast")
        for _ in range(10):
            talk.until("frame")
        began = time.perf_counter()
        for _ in range(60):
            talk.until("frame")
        assert 60 / (time.perf_counter() - began) > 20
