"""What an evaluation says besides its figures."""

from __future__ import annotations

import lamina
from tests import trained


def test_figures_on_the_training_data_are_said_to_flatter() -> None:
    found = trained.iris().evaluate("iris")
    assert len(found.notes) == 1
    assert "trained on 108 of these examples, so that the figures flatter; its loss on the 30 others" in found.notes[0]
    assert found.to_json()["notes"] == list(found.notes)


def test_other_data_is_evaluated_without_a_word() -> None:
    dataset = lamina.read("iris")
    assert trained.iris().evaluate(dataset.subset(range(0, 150, 2))).notes == ()
