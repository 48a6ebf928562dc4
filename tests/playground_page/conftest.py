"""One playground and one browser for the tests of a module."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.playground_page.driving import Playground, opened_page

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


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
