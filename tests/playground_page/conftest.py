"""One playground and one browser for the tests of a module."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
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
def launch() -> Iterator[Callable[..., Any]]:
    """Starts an installed Chromium without a window, with more options; skipped with the reason where there is none."""
    sync = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install '.[browser]'")
    path = next((found for name in BROWSERS if (found := shutil.which(name))), None)
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


@pytest.fixture(scope="module")
def browser(launch: Callable[..., Any]) -> Any:
    """One browser for the tests of a module."""
    return launch()


@pytest.fixture
def page(browser: Any, playground: Playground) -> Iterator[Any]:
    """The page, with the spiral at its start; afterwards no error must have been told by the browser."""
    yield from opened_page(browser, playground.address)
