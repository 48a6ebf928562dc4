"""A playground in a process of its own, and pages that are watched while a browser shows them."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

START_SECONDS = 90


class Playground:
    """`lamina play` in a folder of its own; what it prints is kept.

    Args:
        folder: where models are saved.
        arguments: behind `lamina play`.
    """

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.folder = folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        command = [sys.executable, "-m", "lamina", "play", *arguments, "--no-browser", "--port", str(port)]
        self.process = subprocess.Popen(
            command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env={**os.environ}
        )
        self.printed: list[str] = []
        self.started = threading.Event()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        self.started.wait(START_SECONDS)
        self.address = next((found[0] for line in self.printed if (found := re.search(r"http://\S+", line))), "")
        if not self.address:
            self.stop()
            pytest.fail("lamina play printed no address:\n" + "".join(self.printed))

    def _read(self) -> None:
        for line in self.process.stdout or ():
            self.printed.append(line)
            if "http://" in line:
                self.started.set()
        self.started.set()

    def stop(self) -> None:
        """End it; what was started is waited for."""
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.reader.join(20)
        if self.process.stdout is not None:
            self.process.stdout.close()


def until(page: Any, expression: str, seconds: float = 30.0) -> None:
    """Wait until an expression holds in a page, whose policy forbids to leave that to a script in it."""
    end = time.monotonic() + seconds
    while not page.evaluate(expression):
        if time.monotonic() > end:
            pytest.fail(f"after {seconds:g} s it does not hold: {expression}\n{page.inner_text('body')[:1500]}")
        page.wait_for_timeout(50)


def opened_page(browser: Any, address: str, **options: Any) -> Iterator[Any]:
    """A page whose console is clean and which asked nobody else."""
    context = browser.new_context(viewport={"width": 1360, "height": 900}, **options)
    shown = context.new_page()
    told: list[str] = []
    asked: list[str] = []
    shown.on("console", lambda message: told.append(message.text) if message.type in ("error", "warning") else None)
    shown.on("pageerror", lambda error: told.append(str(error)))
    shown.on("request", lambda request: asked.append(request.url))
    shown.goto(address)
    shown.wait_for_selector("body[data-step]")
    yield shown
    context.close()
    host = address.split("/")[2]
    others = [url for url in asked if url.split("/")[2] != host and not url.startswith(("blob:", "data:"))]
    assert told == [], told
    assert others == [], others
