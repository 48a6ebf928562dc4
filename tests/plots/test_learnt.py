"""How examples were learnt: kinds, losses and order on the axes."""

from __future__ import annotations

import numpy as np
import pytest

from lamina.errors import DataError
from lamina.model.following import Followed
from lamina.plots.learnt import learnt_picture, suspicious_pictures
from tests.plots.made import followed, pictures


def test_kinds_and_losses_stand_on_the_axes() -> None:
    left, right = learnt_picture(followed()).axes
    assert [patch.get_width() for patch in left.patches] == [1, 1, 1, 1]
    assert [tick.get_text() for tick in left.get_yticklabels()] == [
        "learnt early", "learnt late", "forgotten", "never learnt"
    ]  # fmt: skip
    assert [line.get_label() for line in right.lines] == ["learnt early", "learnt late", "forgotten", "never learnt"]
    np.testing.assert_allclose(right.lines[3].get_ydata(), followed().losses[:, 3])
    assert right.lines[0].get_xdata().tolist() == [1, 2, 3, 4, 5, 6]


def test_the_most_suspicious_come_first() -> None:
    drawn = suspicious_pictures(followed(), pictures, 2)
    first, second = drawn.axes
    assert first.get_title() == "y?\nloss 3.5"
    assert (first.get_xlabel(), second.get_xlabel()) == ("d", "b")
    assert int(np.asarray(first.images[0].get_array())[0, 0]) == 30


def test_without_examples_there_is_nothing_to_suspect() -> None:
    nothing = Followed((), (), (1,), np.zeros((1, 0)), np.zeros((1, 0), bool))
    with pytest.raises(DataError, match="suspicious labels need training examples that were followed"):
        suspicious_pictures(nothing, pictures)
