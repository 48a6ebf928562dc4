"""What `lamina serve` bears, beside a FastAPI app that calls PyTorch for the same network.

python -m benchmarks.serving
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.commands import LAMINA
from benchmarks.report import table, tell, wait_until_quiet
from benchmarks.serving.driver import TOLERANCE, Load, Question, load, request

PICTURES = 200
CONNECTIONS, RATE = 32, 1_500.0
CROWD, CROWD_SECONDS = 1_000, 20.0
NORMAL_MS = 50.0
RESTARTS = 20
GOALS = (
    "1,500 a second with p99 under 50 ms; of 1,000 connections only 200, 429 or 503, normal again within 1 s; 0 lost"
)
HEADINGS = (
    "server", "asked", "right a second", "p50 ms", "p99 ms", "slowest ms", "wrong", "server us", "driver us",
)  # fmt: skip
"""The last two: processor time a request."""


def main() -> None:
    """Load both servers in turn, then the crowd and the restarts, and tell."""
    options = _options()
    wait_until_quiet(options.write)
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder) / "digits.safetensors"
        ours, theirs = _prepare(model, Path(folder) / "weights.npz")
        rows = _rows("lamina serve", _lamina(model), ours, options.seconds)
        if _installed("fastapi", "torch"):
            rows += _rows("FastAPI and PyTorch", _peer(Path(folder) / "weights.npz"), theirs, options.seconds)
        crowd = _crowd(model, ours, options.crowd_seconds)
        restarts = _restarts(model, ours, options.restarts)
    tell("Serving", f"{_what()}\n\n{table(HEADINGS, rows)}\n\n{crowd}\n\n{restarts}", options.write)


def _prepare(model: Path, weights: Path) -> tuple[list[Question], list[Question]]:
    """Train the network, save it for both servers, and ask it offline."""
    import lamina

    trained = lamina.fit("digits", "mlp", epochs=20, seed=0)
    trained.save(model)
    first, second = (trained.params[place] for place in ("1", "2"))
    encoder: Any = trained.encoder
    parts: dict[str, Any] = {
        f"{name}/{part}": np.asarray(layer[part])
        for name, layer in (("first", first), ("second", second))
        for part in ("weight", "bias")
    }
    np.savez(weights, mean=encoder.mean, scale=encoder.scale, **parts)
    pictures = lamina.read("digits").inputs.pixels[:PICTURES]  # type: ignore[attr-defined]  # digits are pictures
    ours, theirs = [], []
    for picture, answer in zip(pictures, trained.predict(pictures), strict=True):
        pixels, value = picture.reshape(-1).tolist(), str(answer.value)
        shares = [answer.probabilities[str(number)] for number in range(10)]
        document = {"inputs": [{"name": "pictures", "datatype": "UINT8", "shape": [1, 8, 8, 1], "data": pixels}]}
        ours.append(Question(request("/v2/models/digits/infer", document), _check_lamina(value, shares)))
        theirs.append(Question(request("/predict", {"pixels": pixels}), _check_peer(value, shares)))
    return ours, theirs


def _check_lamina(value: str, shares: Sequence[float]) -> Any:
    def wrong(body: bytes) -> str:
        digit, probabilities = json.loads(body)["outputs"]
        return _difference(digit["data"][0], probabilities["data"], value, shares, TOLERANCE)

    return wrong


def _check_peer(value: str, shares: Sequence[float]) -> Any:
    def wrong(body: bytes) -> str:
        found = json.loads(body)
        return _difference(found["digit"], found["probabilities"], value, shares, 1e-4)

    return wrong


def _difference(value: str, shares: Sequence[float], right: str, expected: Sequence[float], tolerance: float) -> str:
    farthest = max(abs(a - b) for a, b in zip(shares, expected, strict=True))
    return "" if value == right and farthest <= tolerance else f"{value} for {right}, {farthest:.2g} off"


class Running:
    """A server in a process of its own."""

    def __init__(self, words: Sequence[str], port: int, question: Question) -> None:
        self.port = port
        self.process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        end = time.monotonic() + 120
        while load(port, [question], 1, 0.05, ends=True).statuses[200] == 0:
            if self.process.poll() is not None or time.monotonic() > end:
                self.process.kill()
                sys.exit(f"{' '.join(words)} does not answer")
            time.sleep(0.1)

    def processor_seconds(self) -> float:
        """What it has used so far; NaN where the system does not tell."""
        try:
            fields = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        except OSError:
            return float("nan")
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def end(self) -> int:
        """SIGTERM; its status."""
        self.process.send_signal(signal.SIGTERM)
        self.process.communicate(timeout=60)
        return self.process.returncode


def _lamina(model: Path) -> list[str]:
    return [*LAMINA, "serve", f"digits={model}", "--port"]


def _peer(weights: Path) -> list[str]:
    return [sys.executable, "-m", "benchmarks.serving.peer", str(weights)]


def _started(words: Sequence[str], questions: Sequence[Question]) -> Running:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    return Running([*words, str(port)], port, questions[0])


def _rows(name: str, words: Sequence[str], questions: Sequence[Question], seconds: float) -> list[Sequence[object]]:
    """A server at the goal's rate, and as fast as it can."""
    server = _started(words, questions)
    load(server.port, questions, CONNECTIONS, 1.0)
    rows = [
        _row(name, f"{RATE:,.0f} a second", server, questions, seconds, RATE),
        _row(name, f"{CONNECTIONS} at once", server, questions, seconds, 0.0),
    ]
    server.end()
    return rows


def _row(
    name: str, asked: str, server: Running, questions: Sequence[Question], seconds: float, rate: float
) -> Sequence[object]:
    before = server.processor_seconds()
    found = load(server.port, questions, CONNECTIONS, seconds, rate)
    used, count = server.processor_seconds() - before, max(1, found.statuses.total())
    row = (
        name, asked, f"{found.rate:,.0f}", f"{found.milliseconds(0.5):.1f}", f"{found.milliseconds(0.99):.1f}",
        f"{found.milliseconds(1.0):.1f}", len(found.wrong), f"{1e6 * used / count:,.0f}",
        f"{1e6 * found.processor_seconds / count:,.0f}",
    )  # fmt: skip
    print(row, found.wrong[:3], flush=True)
    return row


def _crowd(model: Path, questions: Sequence[Question], seconds: float) -> str:
    """Many connections at once, and how soon the server is as before."""
    server = _started(_lamina(model), questions)
    found = load(server.port, questions, CROWD, seconds)
    ended = time.perf_counter()
    while not load(server.port, questions, 1, 0.05).milliseconds(1.0) <= NORMAL_MS:
        time.sleep(0.05)
    recovered = time.perf_counter() - ended
    server.end()
    told = ", ".join(f"{count:,} with {status}" for status, count in sorted(found.statuses.items()))
    print(found.wrong[:5], flush=True)
    return (
        f"{CROWD:,} connections that each ask again when answered, for {seconds:g} s: {told}; p99 of those with 200 "
        f"{found.milliseconds(0.99):,.0f} ms; wrong or lost {len(found.wrong)}; an answer within 50 ms again after "
        f"{recovered:.2f} s."
    )


def _restarts(model: Path, questions: Sequence[Question], times: int) -> str:
    """SIGTERM while it is asked: whatever was sent whole must be answered."""
    statuses: Counter[int] = Counter()
    lost: list[str] = []
    codes: Counter[int] = Counter()
    for _ in range(times):
        server = _started(_lamina(model), questions)
        found, code = _ended_under_load(server, questions)
        statuses, lost = statuses + found.statuses, lost + found.wrong
        codes[code] += 1
    print(lost[:5], flush=True)
    told = ", ".join(f"{count:,} with {status}" for status, count in sorted(statuses.items()))
    ends = ", ".join(f"{count} with {code}" for code, count in codes.items())
    return f"{times} restarts by SIGTERM under load: {told}; lost or wrong {len(lost)}; exit status: {ends}."


def _ended_under_load(server: Running, questions: Sequence[Question]) -> tuple[Load, int]:
    with ThreadPoolExecutor(1) as threads:
        loading = threads.submit(load, server.port, questions, CONNECTIONS, 10.0, ends=True)
        time.sleep(1.0)
        code = server.end()
        return loading.result(), code


def _installed(*packages: str) -> bool:
    lacking = [one for one in packages if importlib.util.find_spec(one) is None]
    if lacking:
        print(f"{', '.join(lacking)} is not installed: FastAPI and PyTorch are left out", flush=True)
    return not lacking


def _what() -> str:
    return (
        f"Goals: {GOALS}. `lamina serve` with a perceptron of 64-128-10 on the digits, one picture a request as "
        f"JSON, by the Open Inference Protocol. The driver shares the machine's cores with the server and checks every "
        f"answer against `Model.predict` (class, probabilities to {TOLERANCE:g}); latency counts from the moment at "
        f"which a request was due. FastAPI and PyTorch: the same weights, one thread, "
        f"uvicorn as it is installed, answers to 1e-4."
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.serving", description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=20.0, help="of each load")
    parser.add_argument("--crowd-seconds", type=float, default=CROWD_SECONDS, help="of 1,000 connections")
    parser.add_argument("--restarts", type=int, default=RESTARTS, help="how many")
    parser.add_argument("--write", action="store_true", help="put the section into benchmarks/RESULTS.md")
    return parser.parse_args()


if __name__ == "__main__":
    main()
