"""What is compared: sizes, seeds, cells."""

from __future__ import annotations

import pytest

from lamina import SettingError
from lamina.comparing.plan import Cell, Contestant, Plan, check_seeds, check_sizes, sizes_from


def test_every_contestant_size_and_seed_is_a_cell_once() -> None:
    plan = Plan((Contestant("network"), Contestant("SVM", "HOG")), (10.0, 100.0), 3)
    cells = plan.cells
    assert len(cells) == len(set(cells)) == 12
    assert cells[0] == Cell(Contestant("network"), 10.0, 0)
    assert [cell.size for cell in cells] == [10.0] * 6 + [100.0] * 6
    assert str(cells[-1]) == "SVM on HOG, 100 %, seed 2"


@pytest.mark.parametrize(("text", "sizes"), [("5,10,100", (5.0, 10.0, 100.0)), ("50 %, 2.5", (2.5, 50.0))])
def test_sizes_in_words(text: str, sizes: tuple[float, ...]) -> None:
    assert sizes_from(text) == sizes


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("5,ten", "--sizes needs percents such as 5,10,25,50,100; got '5,ten'"),
        ("", "--sizes needs percents"),
        ("0,50", "above 0 and up to 100; got 0, 50"),
        ("50,200", "above 0 and up to 100; got 50, 200"),
        ("nan", "above 0 and up to 100; got nan"),
    ],
)
def test_sizes_that_are_none(text: str, complaint: str) -> None:
    with pytest.raises(SettingError, match=complaint):
        sizes_from(text)


def test_no_sizes_at_all() -> None:
    with pytest.raises(SettingError, match="above 0 and up to 100; got none"):
        check_sizes([])


@pytest.mark.parametrize("seeds", [0, 101, 2.5, True])
def test_seeds_that_are_none(seeds: int) -> None:
    with pytest.raises(SettingError, match=f"seeds must be a whole number from 1 to 100; got {seeds}"):
        check_seeds(seeds)
