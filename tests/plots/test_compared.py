"""The curves of a comparison: what stands on their axes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lamina.comparing.results import Found
from lamina.plots.compared import comparison_curves
from lamina.plots.style import ink, line, save
from tests.comparing.made import FLOWERS, found, result


def both_views() -> Found:
    """Eight flat algorithms' worth of lines, on two views."""
    names = [f"rival {number}" for number in range(7)]
    raw = found({**FLOWERS, **{name: {100.0: (0.2, 0.3, 0.25)} for name in names}})
    seen = [result(name, 100.0, seed, 0.1, "HOG") for name in names for seed in range(3)]
    header = replace(raw.header, contestants=(*raw.header.contestants, *((name, "HOG") for name in names)))
    return replace(raw, header=header, results=(*raw.results, *seen))


def test_names_of_data_are_no_formulas(tmp_path: Path) -> None:
    own = found(FLOWERS)
    made = comparison_curves(replace(own, header=replace(own.header, source="$_in_$", target="<b>$_x_$</b>")))
    text = save(made, tmp_path / "x.svg").read_text(encoding="utf-8")
    assert ">$_in_$: &lt;b&gt;$_x_$&lt;/b&gt;, " in text


@pytest.mark.parametrize("dark", [False, True])
def test_means_stand_over_the_number_of_examples_with_their_spread(dark: bool) -> None:
    made = comparison_curves(found(FLOWERS), dark=dark)
    ax = made.axes[0]
    curves = {bar.get_label(): bar for bar in ax.containers}
    assert list(curves) == ["network", "decision tree", "random forest"]
    line, _, (bars,) = curves["network"]
    np.testing.assert_allclose(np.asarray(line.get_ydata(), float), [21.0, 11.0])
    np.testing.assert_allclose(np.asarray(line.get_xdata(), float), [200, 400], rtol=0.05)
    heights = [segment[1, 1] - segment[0, 1] for segment in bars.get_segments()]
    np.testing.assert_allclose(heights, [2.0, 2.0], rtol=1e-6)
    assert [label.get_text() for label in ax.get_xticklabels()] == ["200\n50 %", "400\n100 %"]
    assert ax.get_xscale() == "log"
    assert "guessing (60 %)" in [text.get_text() for text in made.legends[0].get_texts()]
    assert ax.get_ylim()[0] == 0
    assert (np.mean(made.get_facecolor()[:3]) < 0.5) == dark


def test_names_are_no_formulas(tmp_path: Path) -> None:
    raw = found(FLOWERS)
    header = replace(raw.header, source=r"prices $\bad{ of", target="in $ or $x_1$")
    made = comparison_curves(replace(raw, header=header))
    assert save(made, tmp_path / "curves.svg").stat().st_size > 1000
    (tmp_path / "curves.svg").read_text().index(r"prices $\bad{ of: in $ or $x_1$, 3 seeds")


@pytest.mark.parametrize("dark", [False, True])
def test_lines_look_as_in_every_figure(dark: bool) -> None:
    made = comparison_curves(both_views(), dark=dark)
    lines = [bar[0] for bar in made.axes[0].containers]
    assert [str(one.get_color()) for one in lines[:7]] == [line(number, dark)["color"] for number in range(7)]
    assert str(lines[7].get_color()) == ink(dark)


@pytest.mark.parametrize("dark", [False, True])
def test_no_two_lines_have_one_color(dark: bool) -> None:
    made = comparison_curves(both_views(), dark=dark)
    colors = [str(bar[0].get_color()) for bar in made.axes[1].containers[:8]]
    assert len(colors) == len(set(colors)) == 8


def test_each_view_has_its_panel() -> None:
    made = comparison_curves(both_views())
    assert [ax.get_title() for ax in made.axes] == ["raw values", "HOG"]
    assert len(made.axes[0].containers) == 10
    lines = [bar[0] for bar in made.axes[1].containers[:8]]
    looks = {(line.get_color(), line.get_linestyle(), line.get_marker()) for line in lines[:8]}
    assert len(looks) == 8


def test_numbers_keep_their_unit() -> None:
    made = comparison_curves(found({"network": {100.0: (800.0, 900.0)}, "SVM": {}}, measure="mean absolute error"))
    assert made.axes[0].get_ylabel() == "mean absolute error"
    line = made.axes[0].containers[0][0]
    np.testing.assert_allclose(np.asarray(line.get_ydata(), float), [850.0])
