"""What a report looks at: answers to what is asked, without the right ones."""

from __future__ import annotations

import pytest

import lamina
from lamina.data.pairs import Pairs
from lamina.plots.report_numbers import SHOWN
from lamina.plots.seen import look
from tests import pair_models


@pytest.mark.slow
def test_a_model_of_pairs_answers_the_source_and_does_not_see_the_right_answer() -> None:
    run = lamina.train(pair_models.dataset(), epochs=1, batch_size=32, seed=0)
    list(run)
    seen = look(run.model, pair_models.dataset())
    pairs = seen.examples.dataset.inputs
    assert isinstance(pairs, Pairs)
    answered = [str(answer.value) for answer in seen.answers][:SHOWN]
    asked = run.model.predict(list(pairs.sources[:SHOWN]))
    assert answered == [str(answer.value) for answer in asked]
    assert answered != list(pairs.targets[:SHOWN])
