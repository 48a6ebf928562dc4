"""`lamina serve` as a person starts it: what it says, what it refuses, how it ends."""

from __future__ import annotations

import contextlib
import http.client
import re
import signal
import subprocess
import threading
import time
from pathlib import Path

import pytest

from tests.cli.program import TIMEOUT, error_of, lamina, start
from tests.cli.served import ask, serving

FLOWER = {"inputs": [{"name": "rows", "datatype": "FP64", "shape": [1, 4], "data": [5.1, 3.5, 1.4, 0.2]}]}
TOKEN = "a-token-that-is-long-enough"


@pytest.mark.slow
def test_from_the_start_to_the_end(models: Path) -> None:
    with serving(models, "iris.safetensors", "numbers=diabetes.safetensors") as served:
        assert re.fullmatch(r"ready  http://127\.0\.0\.1:\d+   iris, numbers", served.said[-1])
        status, answer = served.ask("POST", "/v2/models/iris/infer", FLOWER)
        assert (status, answer["outputs"][0]["data"]) == (200, ["setosa"])
        served.process.send_signal(signal.SIGTERM)
        status, out, err = served.end()
        assert status == 0
        assert "note: iris is ready: it predicts class, one of 3 classes" in err
        assert err.splitlines()[-1] == "note: stopped: everything that was accepted has been answered"
        assert "Traceback" not in out + err


@pytest.mark.slow
def test_ctrl_c_ends_it_as_well(models: Path) -> None:
    with serving(models, "iris.safetensors") as served:
        served.process.send_signal(signal.SIGINT)
        assert served.end()[0] == 0


@pytest.mark.slow
def test_a_token_is_needed_and_never_written(models: Path) -> None:
    with serving(models, "iris.safetensors", "--allow-host", "models.example.org", LAMINA_TOKEN=TOKEN) as served:
        assert served.ask("GET", "/models")[0] == 401
        assert served.ask("GET", "/models", Authorization="Bearer wrong-wrong-wrong-wrong")[0] == 401
        known = {"Authorization": f"Bearer {TOKEN}"}
        assert served.ask("GET", "/models", **known, Host="models.example.org")[0] == 200
        assert served.ask("GET", "/models", **known, Host="evil.com")[0] == 403
        assert served.ask("GET", "/v2/health/ready")[0] == 200
        assert served.ask("POST", "/v2/models/iris/infer", {"inputs": [{}]}, **known)[0] == 400
        served.process.send_signal(signal.SIGTERM)
        status, out, err = served.end()
        assert status == 0
        assert TOKEN not in "\n".join(served.said) + out + err


@pytest.mark.slow
def test_a_token_can_be_made_up(models: Path) -> None:
    with serving(models, "iris.safetensors", "--token", "new") as served:
        (line,) = [line for line in served.said if line.startswith("token  ")]
        token = line.removeprefix("token  ")
        assert served.ask("GET", "/models")[0] == 401
        assert served.ask("GET", "/models", Authorization=f"Bearer {token}")[0] == 200


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (
            ["iris.safetensors", "--host", "0.0.0.0"],
            "0.0.0.0 can be reached from other machines: give --token or LAMINA_TOKEN",
        ),
        (["iris.safetensors", "--token", "short"], "a token needs 16 to 200 letters"),
        (["iris.safetensors", "--allow-host", "http://x"], "a host needs a name or an address without a port"),
        (["iris.safetensors", "iris.safetensors"], "two models are called iris"),
        (["none.safetensors"], "none.safetensors"),
        (["pictured.safetensors"], "pictured takes tables whose"),
        (["iris.safetensors", "--host", "256.1.1.1", "--token", TOKEN], "256.1.1.1, port 8000, cannot be used"),
    ],
)
def test_what_it_refuses(models: Path, words: list[str], why: str) -> None:
    assert why in error_of(lamina(models, "serve", *words))


@pytest.mark.slow
def test_a_port_that_is_taken(models: Path) -> None:
    with serving(models, "iris.safetensors") as served:
        outcome = lamina(models, "serve", "iris.safetensors", "--port", served.port)
        assert f"127.0.0.1, port {served.port}, cannot be used" in error_of(outcome)


def test_its_help_shows_how(models: Path) -> None:
    outcome = lamina(models, "serve", "--help")
    assert outcome.status == 0
    assert "lamina serve digits.safetensors" in outcome.out
    assert "curl -F file=@photo.png http://127.0.0.1:8000/predict" in outcome.out


def client(port: int, lost: list[object], counts: list[int]) -> None:
    """Ask on one connection after the other until nobody listens; what was sent whole and not answered is lost."""
    count = 0
    while True:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            connection.connect()
        except OSError:
            break
        with contextlib.closing(connection):
            while True:
                try:
                    status, answer = ask(connection, "POST", "/v2/models/iris/infer", FLOWER)
                except (OSError, http.client.HTTPException, ValueError) as error:
                    lost.append(error)
                    break
                count += 1
                if status == 200 and answer["outputs"][0]["data"] != ["setosa"]:
                    lost.append(answer)
                if status not in (200, 429, 503):
                    lost.append(status)
                if connection.sock is None:  # the server has said that it was the last answer
                    break
    counts.append(count)


@pytest.mark.slow
def test_sigterm_under_load_loses_nothing(models: Path) -> None:
    for _ in range(5):
        with serving(models, "iris.safetensors") as served:
            lost: list[object] = []
            counts: list[int] = []
            threads = [threading.Thread(target=client, args=(served.port, lost, counts)) for _ in range(8)]
            for thread in threads:
                thread.start()
            time.sleep(1.0)
            began = time.monotonic()
            served.process.send_signal(signal.SIGTERM)
            for thread in threads:
                thread.join(30)
            status, _, err = served.end()
            assert status == 0, err
            assert time.monotonic() - began < 12
            assert lost == []
            assert sum(counts) > 100


@pytest.mark.slow
def test_a_second_sigterm_ends_it_at_once(models: Path) -> None:
    with serving(models, "iris.safetensors") as served, contextlib.closing(served.connection()) as connection:
        connection.putrequest("POST", "/v2/models/iris/infer")
        connection.putheader("Content-Length", "100")
        connection.endheaders(b"{")
        time.sleep(0.2)
        served.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        assert served.process.poll() is None  # it waits for the body
        served.process.send_signal(signal.SIGTERM)
        assert served.process.wait(5) in (-signal.SIGTERM, 128 + signal.SIGTERM)


@pytest.mark.slow
def test_a_model_that_does_not_load_starts_nothing(models: Path, tmp_path: Path) -> None:
    (tmp_path / "x.safetensors").write_bytes((models / "iris.safetensors").read_bytes()[:-1])
    process = start(tmp_path, "serve", "x.safetensors", "--port", "0")
    out, err = process.communicate(timeout=TIMEOUT)
    assert (process.returncode, out) == (2, "")
    assert err.startswith("error: x.safetensors")
    assert isinstance(process, subprocess.Popen)
