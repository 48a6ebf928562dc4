"""A playground that runs in its own process, and a browser that looks at it."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
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
        threading.Thread(target=self._read, daemon=True).start()
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


@pytest.fixture(scope="module")
def playground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Playground]:
    """One playground for the tests of a module; each begins with what the one before has left."""
    started = Playground(tmp_path_factory.mktemp("playground"))
    yield started
    started.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """An installed Chromium without a window; skipped with the reason where there is none."""
    sync = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install '.[browser]'")
    path = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    with sync.sync_playwright() as driver:
        path = path or (driver.chromium.executable_path if Path(driver.chromium.executable_path).exists() else None)
        if path is None:
            pytest.skip("no Chromium is installed: playwright install chromium")
        opened = driver.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Any, playground: Playground) -> Iterator[Any]:
    """The page, with the spiral at its start; afterwards no error must have been told by the browser."""
    yield from opened_page(browser, playground.address)


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
    assert told == []
    assert others == []
