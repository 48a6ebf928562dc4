"""One server of several models for the tests that only ask."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lamina.serving.models import Models
from tests.serving.servers import serving
from tests.web.live import Live


@pytest.fixture(scope="session")
def started() -> Iterator[tuple[Live, Models]]:
    with serving("digits", "iris", "diabetes", "table") as found:
        yield found


@pytest.fixture(scope="session")
def server(started: tuple[Live, Models]) -> Live:
    return started[0]


@pytest.fixture(scope="session")
def models(started: tuple[Live, Models]) -> Models:
    return started[1]
