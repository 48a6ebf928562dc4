"""What holds for every figure: no text is cut or covered, every form can be written, light and dark differ."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lamina.plots.style import save
from tests.plots.looking import cut, overlapping
from tests.plots.made import MADE


@pytest.mark.parametrize("name", MADE)
def test_no_text_is_cut_or_covered(name: str) -> None:
    drawn = MADE[name](False)
    assert cut(drawn) == []
    assert overlapping(drawn) == []


@pytest.mark.parametrize("name", MADE)
def test_the_ground_is_light_or_dark(name: str) -> None:
    light, dark = (np.mean(MADE[name](choice).get_facecolor()[:3]) for choice in (False, True))
    assert (light, dark < 0.2) == (1.0, True)


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
@pytest.mark.parametrize("name", ["confusion", "reliability", "forecast", "learnt"])
def test_every_form_is_written(name: str, suffix: str, tmp_path: Path) -> None:
    assert save(MADE[name](False), tmp_path / f"x{suffix}").stat().st_size > 1000


def test_a_text_that_is_cut_or_covered_is_seen() -> None:
    drawn = MADE["columns"](False)
    for height in (0.0, 0.05):
        drawn.axes[0].text(0, height, "long " * 60).set_in_layout(False)
    assert cut(drawn) == ["long " * 60] * 2
    assert overlapping(drawn) == [("long " * 60, "long " * 60)]
