"""One playground and one browser for the tests of a module."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.chromium import chromium
from tests.playground_page.driving import Playground, opened_page


@pytest.fixture(scope="module")
def playground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Playground]:
    """One playground for the tests of a module; each begins with what the one before has left."""
    started = Playground(tmp_path_factory.mktemp("playground"))
    yield started
    started.stop()


@pytest.fixture(scope="module")
def launch() -> Iterator[Callable[..., Any]]:
    """Starts an installed Chromium without a window, with more options; skipped with the reason where there is none."""
    with chromium() as start:
        yield start


@pytest.fixture(scope="module")
def browser(launch: Callable[..., Any]) -> Any:
    """One browser for the tests of a module."""
    return launch()


@pytest.fixture
def page(browser: Any, playground: Playground) -> Iterator[Any]:
    """The page, with the spiral at its start; afterwards no error must have been told by the browser."""
    yield from opened_page(browser, playground.address)
