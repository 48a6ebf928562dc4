"""Pictures of the smallest change: what stands on their axes, of a picture, a sound and a row."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lamina.explaining.smallest_change import Change, Moved
from lamina.plots.changes import change_picture, changed_columns, changed_picture, changed_sound
from lamina.plots.style import save
from lamina.tasks.base import Prediction

GRAY = np.arange(16, dtype=np.uint8).reshape(4, 4, 1)
ANSWERS = Prediction("a 1", {"a 1": 0.9}), Prediction("a 7", {"a 7": 0.5})


def test_a_change_stands_between_before_and_after() -> None:
    after = GRAY.copy()
    after[1, 2] += 40
    made = change_picture(Change(GRAY, after, *ANSWERS))
    titles = [axis.get_title() for axis in made.axes[:3]]
    assert titles == [str(ANSWERS[0]), "the change", str(ANSWERS[1])]
    apart = np.asarray(made.axes[1].images[0].get_array())
    assert (apart[1, 2], np.count_nonzero(apart)) == (40.0, 1)


def test_a_sound_stands_above_and_below_its_change() -> None:
    before = np.arange(12.0).reshape(4, 3)
    after = before.copy()
    after[2, 1] -= 3
    samples = np.zeros(8, np.int16)
    made = change_picture(Change(samples, samples, *ANSWERS, spectrograms=(before, after), step_seconds=0.5))
    above, middle, below, *_ = made.axes
    for ax, shown in ((above, before), (middle, after - before), (below, after)):
        np.testing.assert_array_equal(ax.images[0].get_array(), shown.T)
        assert (ax.images[0].origin, ax.get_xlim()) == ("lower", (0.0, 2.0))
    assert above.images[0].get_clim() == below.images[0].get_clim() == (0.0, 11.0), "one scale for both"
    assert middle.images[0].get_clim() == (-3.0, 3.0)
    assert [ax.get_title() for ax in (above, middle, below)] == [str(ANSWERS[0]), "the change", str(ANSWERS[1])]


def test_a_row_has_a_bar_for_each_number_that_changes() -> None:
    moved = [Moved(f"column {place}", 5.0, 5.0 - place, (-1.0) ** place / (place + 1)) for place in range(20)]
    row = np.zeros(20, np.float32)
    made = change_picture(Change(row, row, *ANSWERS, columns=tuple(moved)))
    (ax,) = made.axes
    assert [bar.get_width() for bar in ax.patches] == [one.by for one in moved[:15]]
    assert ax.get_yticklabels()[1].get_text() == "column 1\n5 to 4"
    low, high = ax.get_xlim()
    assert low == -high, "0 stands in the middle"
    assert made.get_suptitle().endswith("a 7 (50.0 %)\nand 5 columns that change less")
    made.draw_without_rendering()
    assert ax.get_ylim()[0] > ax.get_ylim()[1], "the largest change stands on top"


@pytest.mark.slow
@pytest.mark.parametrize("dark", [False, True])
def test_names_of_classes_and_columns_are_no_formulas(dark: bool, tmp_path: Path) -> None:
    name = "$_in_$ <b>x</b> (90 %)"
    loud = np.ones((5, 4))
    drawn = (
        changed_picture(GRAY, GRAY, (name, name), dark=dark),
        changed_sound(loud, loud, 0.1, (name, name), dark=dark),
        changed_columns([Moved(name, 1.0, 2.0, 0.5)], (name, name), dark=dark),
    )
    for made, times in zip(drawn, (2, 2, 3), strict=True):
        text = save(made, tmp_path / "x.svg").read_text(encoding="utf-8")
        assert text.count("$_in_$ &lt;b&gt;x&lt;/b&gt; (90 %)") == times
