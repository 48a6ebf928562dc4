"""The playground as a command: its address, a model saved through it, its end; what it cannot begin with."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from websockets.sync.client import connect
from websockets.typing import Origin, Subprotocol

import lamina
from tests.cli.program import TIMEOUT, error_of, start
from tests.cli.program import lamina as command_line
from tests.trained import iris


@pytest.fixture
def started(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], str, str]]:
    """A playground in a process of its own, its address and its token."""
    process = start(tmp_path, "play", "circle-examples60", "--no-browser", "--port", "0")
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        found = re.fullmatch(r"the playground is at (http://127\.0\.0\.1:\d+)/#token=([\w-]{43})\n", line)
        assert found is not None, line + (process.communicate()[1] if process.poll() is not None else "")
        yield process, found[1], found[2]
    finally:
        process.kill()
        process.communicate(timeout=TIMEOUT)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for one process alone")
def test_a_model_is_built_saved_and_used(started: tuple[subprocess.Popen[str], str, str], tmp_path: Path) -> None:
    process, address, token = started
    protocols = [Subprotocol("lamina"), Subprotocol(token)]
    page_address = address.replace("http", "ws") + "/socket"
    with connect(page_address, subprotocols=protocols, origin=Origin(address)) as page:

        def does(number: int, do: str, **fields: object) -> dict[str, object]:
            page.send(json.dumps({"do": do, "id": number, **fields}))
            while True:
                text = page.recv(timeout=TIMEOUT)
                message = json.loads(text) if isinstance(text, str) else {}
                if message.get("id") == number and message["kind"] in ("done", "refused"):
                    return message["result"]

        does(1, "hello")
        does(2, "step", unit="epoch", count=30)
        assert does(3, "save")["path"] == "circle-examples60.safetensors"
    with urllib.request.urlopen(f"{address}/") as answer:
        assert answer.status == 200
    model = lamina.Model.load(tmp_path / "circle-examples60.safetensors")
    assert model.predict([[0.0, 0.0]])[0].value == "blue"
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=TIMEOUT)
    assert token not in out + err
    assert process.returncode == 0, err
    assert err == "note: whoever has this address may use it; Ctrl-C ends it\n"


def test_a_source_that_is_not_there(tmp_path: Path) -> None:
    why = error_of(command_line(tmp_path, "play", "nowhere.csv", "--no-browser"))
    assert why == "there is no file or folder 'nowhere.csv', and no data set of that name: see `lamina data`"


def test_a_file_that_is_no_model(tmp_path: Path) -> None:
    (tmp_path / "a.safetensors").write_bytes(b"nothing")
    assert "a.safetensors" in error_of(command_line(tmp_path, "play", "a.safetensors", "--no-browser"))


def test_a_port_that_is_taken(tmp_path: Path) -> None:
    iris().save(tmp_path / "iris.safetensors")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        why = error_of(command_line(tmp_path, "play", "iris.safetensors", "--no-browser", "--port", port))
    assert f"127.0.0.1, port {port}, cannot be used" in why


def test_the_help_tells_of_both(tmp_path: Path) -> None:
    told = command_line(tmp_path, "play", "--help").out
    assert "lamina play penguins.csv" in told
    assert "lamina play tic_tac_toe.safetensors --against perfect --games 1000" in told
    assert "[SOURCE | MODEL]" in told
