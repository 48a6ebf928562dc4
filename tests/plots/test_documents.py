"""The page of plots: every plot is told of, every picture is there, and none is heavy."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lamina.plots.catalog import PLOTS

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGE = (DOCS / "plots.md").read_text(encoding="utf-8")
HEAVIEST = 150_000


@pytest.mark.parametrize("name", PLOTS)
def test_every_plot_is_told_of_as_it_is_called(name: str) -> None:
    assert f"`{name} {PLOTS[name].arguments}".rstrip() + "`" in PAGE


@pytest.mark.parametrize("picture", sorted(re.findall(r"\((images/[^)]+)\)", PAGE)))
def test_every_picture_is_there_and_light(picture: str) -> None:
    assert 1_000 < (DOCS / picture).stat().st_size < HEAVIEST
