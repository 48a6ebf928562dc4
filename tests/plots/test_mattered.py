"""Pictures of what mattered: what stands on their axes, and how they are saved."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lamina.errors import SaveError, SettingError
from lamina.explaining.answering import Found, largest_numbers
from lamina.explaining.mattering import Mattered
from lamina.explaining.permutation import Importance, Importances
from lamina.plots.labels import label
from lamina.plots.mattered import importance_picture, mattered_picture, numbers_picture, sound_picture
from lamina.plots.style import COLORS, line, save
from tests.plots.looking import cut, overlapping

GRAY = np.arange(16, dtype=np.uint8).reshape(4, 4, 1)


@pytest.mark.parametrize("dark", [False, True])
def test_what_mattered_stands_beside_the_picture(dark: bool) -> None:
    values = np.linspace(-1, 2, 16).reshape(4, 4, 1)
    made = mattered_picture(GRAY, values, "photo.png -> 7 (90 %)", dark=dark)
    shown, mattered, *_ = made.axes
    np.testing.assert_array_equal(shown.images[0].get_array(), GRAY[..., 0])
    np.testing.assert_allclose(mattered.images[0].get_array(), values[..., 0])
    assert mattered.images[0].get_clim() == (-2.0, 2.0)
    assert made.get_suptitle() == "photo.png -> 7 (90 %)"
    assert (np.mean(made.get_facecolor()[:3]) < 0.5) == dark


def test_names_of_files_and_classes_are_no_formulas(tmp_path: Path) -> None:
    name = "$_in_$.png -> <b>x</b> (90 %)"
    drawn = (
        mattered_picture(GRAY, np.ones((4, 4, 1)), name),
        sound_picture(np.ones((5, 4)), np.ones((5, 4)), 0.1, name),
    )
    for made in drawn:
        text = save(made, tmp_path / "x.svg").read_text(encoding="utf-8")
        assert text.count(">$_in_$.png -&gt; &lt;b&gt;x&lt;/b&gt; (90 %)<") == 1


def test_colors_pictures_are_drawn_in_color() -> None:
    colors = np.zeros((4, 4, 3), np.uint8)
    made = mattered_picture(colors, np.ones((4, 4, 3)), "x")
    assert made.axes[0].images[0].get_array().shape == (4, 4, 3)
    np.testing.assert_allclose(made.axes[1].images[0].get_array(), 3.0)


@pytest.mark.parametrize("dark", [False, True])
def test_columns_have_a_bar_each(dark: bool) -> None:
    columns = [Importance(f"$x_{place}$ {'long ' * place}", 0.5 - place / 20, 0.01 * place) for place in range(25)]
    made = importance_picture(Importances("flowers", 1_000, "error", 0.02, tuple(columns), 5), dark=dark)
    (ax,) = made.axes
    assert [bar.get_width() for bar in ax.patches] == [one.worse for one in columns[:20]]
    labels = [one.get_text() for one in ax.get_yticklabels()]
    assert labels[1] == label(columns[1].column)
    assert labels[19] == label(columns[19].column, 40)
    (spreads,) = [lines for lines in ax.collections if len(lines.get_segments()) == 20]
    ends = [sorted(x for x, _ in segment) for segment in spreads.get_segments()]
    np.testing.assert_allclose(ends[4], [0.3 - 0.04, 0.3 + 0.04])
    assert made.get_supxlabel() == "rise of the error (2.00 %) where the column is shuffled"
    assert made.get_suptitle() == "flowers, 1,000 rows"
    made.draw_without_rendering()
    assert ax.get_ylim()[0] > ax.get_ylim()[1], "the most important one stands on top"


@pytest.mark.parametrize("dark", [False, True])
def test_words_have_a_bar_each_on_their_side(dark: bool) -> None:
    values = np.array([0.5, -2.0, 0.0, 1.0, *np.linspace(0.01, 0.1, 30)], np.float32)
    words = [f"step {step}, '$w_{step}$'" for step in range(len(values))]
    mattered = Mattered("integrated", values, 1.5, 0, words=True, without=0.0)
    found = Found("$5.txt -> spam (90 %)", "spam", mattered, lambda place: words[place[0]])
    made = numbers_picture(found, dark=dark)
    (ax,) = made.axes
    widths = [bar.get_width() for bar in ax.patches]
    assert widths == [value for _, value in largest_numbers(found, 20)]
    assert widths[:3] == [-2.0, 1.0, 0.5]
    assert len(widths) == 20
    assert [one.get_text() for one in ax.get_yticklabels()][:2] == [label(words[1]), label(words[3])]
    low, high = ax.get_xlim()
    assert low == -high < -2
    assert ax.get_xlabel() == "the output spam: lower  |  higher"
    assert made.get_suptitle() == r"\$5.txt -> spam (90 %)"
    assert cut(made) == overlapping(made) == []


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
def test_the_same_figure_is_the_same_bytes(suffix: str, tmp_path: Path) -> None:
    written = [
        save(mattered_picture(GRAY, GRAY / 1.0, "x"), tmp_path / f"{number}{suffix}").read_bytes() for number in (1, 2)
    ]
    assert written[0][:4] in (b"\x89PNG", b"<?xm", b"%PDF")
    assert written[0] == written[1]


def test_text_in_a_svg_is_text(tmp_path: Path) -> None:
    drawn = save(mattered_picture(GRAY, GRAY / 1.0, "photo.png -> 7"), tmp_path / "x.svg").read_text()
    assert "photo.png -&gt; 7</text>" in drawn


def test_what_cannot_be_saved(tmp_path: Path) -> None:
    made = mattered_picture(GRAY, GRAY / 1.0, "x")
    with pytest.raises(SettingError, match=r"saved as \.png, \.svg, \.pdf; got 'x\.gif'"):
        save(made, tmp_path / "x.gif")
    with pytest.raises(SaveError, match="could not be written"):
        save(made, tmp_path / "nowhere" / "x.png")


def test_lines_differ_without_color() -> None:
    looks = [(line(number)["linestyle"], line(number)["marker"]) for number in range(len(COLORS))]
    assert len(set(looks)) == len(COLORS)
    assert line(0, dark=True)["color"] != line(0)["color"]


@pytest.mark.slow
def test_a_sound_stands_above_what_mattered() -> None:
    loud, values = np.arange(12.0).reshape(4, 3), np.linspace(-3, 2, 12).reshape(4, 3)
    made = sound_picture(loud, values, 0.5, "beep -> high")
    above, below, *_ = made.axes
    np.testing.assert_array_equal(above.images[0].get_array(), loud.T)
    np.testing.assert_array_equal(below.images[0].get_array(), values.T)
    assert below.images[0].get_clim() == (-3.0, 3.0)
    assert below.get_xlim() == (0.0, 2.0)
    assert above.images[0].origin == "lower"
