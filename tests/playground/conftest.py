"""What every test of the playground may ask for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lamina.playground.sources import Sources


@pytest.fixture
def sources() -> Iterator[Sources]:
    """Sources whose uploads go with the test."""
    with Sources() as made:
        yield made
