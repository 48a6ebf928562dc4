"""The page on layers names all of them."""

from __future__ import annotations

from pathlib import Path

import pytest

import lamina
from lamina import Layer
from lamina.layers.activations import ACTIVATIONS
from lamina.layers.initializers import INITIALIZERS

LAYERS = [n for n in lamina.__all__ if isinstance(t := getattr(lamina, n), type) and issubclass(t, Layer)]


@pytest.mark.parametrize("name", [*LAYERS, *ACTIVATIONS, *INITIALIZERS])
def test_the_page_names_it(name: str, repository: Path) -> None:
    page = (repository / "docs" / "layers.md").read_text(encoding="utf-8")
    assert f"`{name}`" in page or f"`{name}(" in page
