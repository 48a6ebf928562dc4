"""Right answers: what each kind of model is told, and what is no answer of it."""

from __future__ import annotations

import numpy as np
import pandas
import pytest

import lamina
from lamina.data.prediction_inputs import read_inputs
from lamina.errors import DataError, SettingError
from lamina.explaining.explanation import explain
from lamina.explaining.goals import goal_of
from lamina.tasks.forecasting import Forecasting
from tests import trained

SALES = Forecasting("sales", 2, (10.0,), (5.0,), (False,))
BOTH = Forecasting("sales,cost", 2, (10.0, 0.0), (5.0, 1.0), (False, False))
ROW = pandas.DataFrame({"size": [5.5], "wide": [True]})


@pytest.mark.parametrize("given", ["15,20", " 15 , 20", [15, 20], (15.0, 20), np.array([15, 20])])
def test_a_forecast_has_a_right_answer_for_each_step(given: object) -> None:
    goal = goal_of(SALES, given)
    np.testing.assert_allclose(goal.target, [[1.0, 2.0]])
    assert goal.compared is not None
    np.testing.assert_allclose(goal.compared, [1.0, 2.0])
    assert goal.names == ("sales, 1 ahead", "sales, 2 ahead")


def test_of_several_targets_ahead_each_is_named() -> None:
    goal = goal_of(BOTH, "15,1,20,2")
    np.testing.assert_allclose(goal.target, [[1.0, 1.0, 2.0, 2.0]])
    assert goal.names == ("sales, 1 ahead", "cost, 1 ahead", "sales, 2 ahead", "cost, 2 ahead")


@pytest.mark.slow
def test_several_targets_have_a_right_answer_each() -> None:
    model = trained.targets()
    told = explain(model, ROW, "large,16.5")
    assert told.loss is not None
    assert told.loss.value == pytest.approx(model.evaluate(ROW.assign(kind="large", price=16.5)).loss, rel=1e-4)
    assert goal_of(model.task, ("small", 2)).target.tolist() == goal_of(model.task, "small,2").target.tolist()


def test_what_is_no_right_answer() -> None:
    for given, complaint in (
        ("15", r"needs 2 values with commas between them \(sales, step after step\); got 1"),
        ("15,x", "'15,x' is no answer of this model: could not convert"),
    ):
        with pytest.raises(DataError, match=complaint):
            goal_of(SALES, given)
    for given, complaint in (
        ("large", r"needs 2 values with commas between them \(kind,price\); got 1"),
        ("huge,1", "the model knows the classes large, small; the data has huge besides"),
    ):
        with pytest.raises(DataError, match=complaint):
            explain(trained.targets(), ROW, given)


@pytest.mark.slow
def test_a_model_that_learns_without_answers_has_none() -> None:
    with pytest.raises(SettingError, match=r"need a right answer: .*; this model predicts .*: leave the target out"):
        explain(trained.groups(), [[5.1, 3.5, 1.4, 0.2]], "1")
    told = explain(trained.groups(), [[5.1, 3.5, 1.4, 0.2]])
    assert told.loss is None
    assert told.remarks[-1] == "it learns without right answers, by a loss within its layers: no way back is told"


@pytest.mark.slow
def test_the_target_has_its_name_in_the_loss() -> None:
    told = explain(trained.diabetes(), np.zeros((1, 10)), 150.0)
    assert told.loss is not None
    assert any(line.startswith("disease progression ") for line in told.loss.lines)


@pytest.mark.slow
def test_an_autoencoders_right_answer_is_its_input() -> None:
    model = trained.quietly("iris", lamina.autoencoder((4,), 2, (6,)), epochs=5, seed=0, task="reconstruction")
    row = [[5.1, 3.5, 1.4, 0.2]]
    told = explain(model, row, "input")
    assert told.loss is not None
    assert told.loss.value == pytest.approx(float(model.predict(row)[0].value), rel=1e-3)
    seen = np.asarray(model.encoder.on_device(model.encoder.encode(read_inputs(row, model.encoder))[0]))[0]
    assert explain(model, row, seen).loss == told.loss
    assert told.loss.lines[0].startswith("L = ((")
    for given in ("3", 3.0, [1.0, 2.0]):
        with pytest.raises(
            DataError, match="the right answer of this model is the input itself, and is called so; got"
        ):
            explain(model, row, given)
