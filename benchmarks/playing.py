"""What somebody at the playground waits for: states a second while it trains, clicks, the answer to a drawn digit.

python -m benchmarks.playing
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import json
import os
import re
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from websockets.sync.client import ClientConnection, connect

from benchmarks.commands import LAMINA
from benchmarks.report import table, tell, wait_until_quiet
from lamina.playground.binary import unpack

PATIENCE_SECONDS = 120.0
CLICKS, DRAWINGS = 200, 60
BETWEEN_SECONDS = 0.03
SIDE = 112
RATES, DELAYS = ("states a second, 2-8-8-1", "goal", "found"), ("milliseconds", "goal", "median", "p99", "slowest")
GOAL, CLICK_GOAL = "20", "100"


class Page:
    """The page's side of the WebSocket."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._count = 0

    def send(self, do: str, **fields: Any) -> int:
        """Give a command; its number."""
        self._count += 1
        self._socket.send(json.dumps({"do": do, "id": self._count, **fields}))
        return self._count

    def until(self, kind: str, number: int | None = None) -> dict[str, Any]:
        """The next message of a kind, or the one that belongs to a command."""
        while True:
            message = self._socket.recv(timeout=PATIENCE_SECONDS)
            found: dict[str, Any] = json.loads(message) if isinstance(message, str) else unpack(message)[0]
            if number is not None and found["kind"] == "refused" and found["id"] == number:
                raise SystemExit(f"the playground refused: {found['text']}")
            if found["kind"] == kind and number in (None, found.get("id")):
                return found

    def does(self, do: str, **fields: Any) -> None:
        """Give a command and wait until it is done."""
        self.until("done", self.send(do, **fields))


def main() -> None:
    """Measure all of it on one playground, and tell."""
    options = _options()
    wait_until_quiet(options.write)
    with tempfile.TemporaryDirectory() as folder, _page(folder) as page:
        page.does("hello")
        page.does("settings", settings={"data": "plane", "network": "8 tanh, 8 tanh"})
        rates = [
            _row_of_rate("an epoch each", _states(page, "epoch", options.seconds)),
            _row_of_rate("training as fast as it can", _states(page, "fast", options.seconds)),
        ]
        delays = [*_clicks(page), *_drawings(page)]
    tell("The playground", f"{_what()}\n\n{table(RATES, rates)}\n\n{table(DELAYS, delays)}", options.write)


@contextlib.contextmanager
def _page(folder: str) -> Iterator[Page]:
    """`lamina play` in a process of its own, and its page."""
    words = [*LAMINA, "play", "--no-browser", "--port", "0"]
    environment = {**os.environ, "LAMINA_CACHE": str(Path(folder) / "cache")}  # what is compiled is compiled here
    server = subprocess.Popen(words, cwd=folder, stdout=subprocess.PIPE, text=True, env=environment)
    try:
        line = server.stdout.readline() if server.stdout is not None else ""
        found = re.search(r"http://([\d.:]+)/#token=(\S+)", line)
        if found is None:
            raise SystemExit(f"lamina play printed no address: {line!r}")
        address, protocols = f"ws://{found[1]}/socket", ["lamina", found[2]]
        with connect(address, subprotocols=protocols, max_size=None, compression=None) as socket:  # type: ignore[arg-type]  # texts are subprotocols
            yield Page(socket)
    finally:
        server.terminate()
        server.wait()


def _states(page: Page, pace: str, seconds: float) -> float:
    """Frames a second while it trains, after one second that is not counted."""
    page.does("run", pace=pace)
    began = time.perf_counter()
    while time.perf_counter() < began + 1:
        page.until("frame")
    began, count = time.perf_counter(), 0
    while time.perf_counter() < began + seconds:
        page.until("frame")
        count += 1
    rate = count / (time.perf_counter() - began)
    page.does("pause")
    return rate


def _clicks(page: Page) -> list[Sequence[object]]:
    """From a click to its being acknowledged and to its effect, while it trains as fast as it can, or compiles."""
    accepted, done, compiling = [], [], []
    page.does("run", pace="fast")
    for place in range(CLICKS):
        time.sleep(BETWEEN_SECONDS)
        began = time.perf_counter()
        number = page.send("settings", settings={"learning_rate": 0.01 + 0.001 * (place % 2)})
        page.until("accepted", number)
        accepted.append(time.perf_counter() - began)
        page.until("done", number)
        done.append(time.perf_counter() - began)
    for place in range(CLICKS // 10):
        page.send("settings", settings={"l2": 1e-6 * (place + 1)})
        page.until("compiling")
        began = time.perf_counter()
        number = page.send("view", map_size=40)
        page.until("accepted", number)
        compiling.append(time.perf_counter() - began)
        page.until("done", number)
    page.does("pause")
    return [
        _row("click acknowledged, while it trains", CLICK_GOAL, accepted),
        _row("click acknowledged, while a program is made", CLICK_GOAL, compiling),
        _row("rate changed, while it trains", "", done),
    ]


def _drawings(page: Page) -> list[Sequence[object]]:
    """From a drawn digit to its answer with each layer's maps and what mattered."""
    page.does("settings", settings={"data": "digits"})
    drawing = {"width": SIDE, "height": SIDE, "pixels": base64.b64encode(_ring().tobytes()).decode()}
    page.does("answer", example={"drawing": drawing}, way="integrated")
    rows = []
    for named, pace in (
        ("while it rests", ""),
        ("while it trains", "epoch"),
        ("while it trains at full speed", "fast"),
    ):
        if pace:
            page.does("run", pace=pace)
        waited = []
        for _ in range(DRAWINGS):
            time.sleep(BETWEEN_SECONDS)
            began = time.perf_counter()
            page.does("answer", example={"drawing": drawing}, way="integrated")
            waited.append(time.perf_counter() - began)
        page.does("pause")
        rows.append(_row(f"drawn digit answered, {named}", "", waited))
    return rows


def _ring() -> np.ndarray[Any, np.dtype[np.uint8]]:
    """A zero in dark ink on white paper."""
    across, down = np.meshgrid(np.linspace(-1, 1, SIDE), np.linspace(-1, 1, SIDE))
    radius = np.hypot(across / 0.4, down / 0.66)
    return np.where(np.abs(radius - 1) < 0.2, 0, 255).astype(np.uint8)


def _row_of_rate(name: str, rate: float) -> Sequence[object]:
    row = (name, GOAL, f"{rate:.1f}")
    print(row, flush=True)
    return row


def _row(name: str, goal: str, seconds: Sequence[float]) -> Sequence[object]:
    ordered = sorted(1e3 * one for one in seconds)
    late = ordered[min(len(ordered) - 1, round(0.99 * len(ordered)))]
    row = (name, goal, *(f"{value:.1f}" for value in (statistics.median(ordered), late, ordered[-1])))
    print(row, flush=True)
    return row


def _what() -> str:
    return (
        "`lamina play` and a page's WebSocket on the same cores. A state holds the losses of all parts, all weights, "
        "a map of 40 x 40 for each neuron and the answers on 80 x 80 places; 25 of them a second are the most. Clicks "
        "change the learning rate; a program is made where a penalty changes. The digit is answered with each layer's "
        "maps and integrated gradients, by a convolution of 16 filters, pooling and 32 neurons, which learn meanwhile."
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.playing", description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=10.0, help="of training whose states are counted")
    parser.add_argument("--write", action="store_true", help="put the section into benchmarks/RESULTS.md")
    return parser.parse_args()


if __name__ == "__main__":
    main()
