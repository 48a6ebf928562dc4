"""An installed Chromium without a window, for the tests that look at pages."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@contextmanager
def chromium() -> Iterator[Callable[..., Any]]:
    """Starts one, with more options; the test is skipped with the reason where there is none."""
    sync = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install '.[browser]'")
    path = next((found for name in NAMES if (found := shutil.which(name))), None)
    with sync.sync_playwright() as driver:
        path = path or (driver.chromium.executable_path if Path(driver.chromium.executable_path).exists() else None)
        if path is None:
            pytest.skip("no Chromium is installed: playwright install chromium")
        opened: list[Any] = []

        def start(*options: str) -> Any:
            options = ("--no-sandbox", "--disable-gpu", *options)
            opened.append(driver.chromium.launch(executable_path=path, args=list(options)))
            return opened[-1]

        yield start
        for one in opened:
            one.close()
