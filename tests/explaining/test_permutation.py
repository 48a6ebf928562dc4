"""Which columns a model uses: against the mean over all pairs of rows, and what is said and refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas
import pytest

import lamina
from lamina.errors import DataError, SettingError
from lamina.explaining.permutation import CAUTION, Importance, Importances, permutation_importance
from lamina.model.examples import held_out_examples
from tests import trained


@pytest.mark.slow
def test_a_shuffled_column_comes_from_any_row_alike() -> None:
    """Over many rounds the error becomes that of all pairs: a row, with this column of another one."""
    model = trained.iris()
    rows = held_out_examples(model, "iris")
    encoded, classes = np.asarray(rows.encoded), np.array(model.task.encode(rows.targets))
    found = permutation_importance(model, "iris", rounds=30)
    for place, name in enumerate(model.encoder.columns):
        pairs = np.repeat(encoded[:, None], len(encoded), axis=1)
        pairs[..., place] = encoded[:, place]
        answers = model.outputs(pairs.reshape(-1, encoded.shape[1])).argmax(axis=-1).reshape(len(encoded), -1)
        expected = (answers != classes[:, None]).mean() - found.before
        (own,) = [one for one in found.columns if one.column == name]
        assert abs(own.worse - expected) <= 4 * own.spread / np.sqrt(30) + 1e-6, name


@pytest.mark.slow
def test_it_is_measured_on_what_was_held_out() -> None:
    model = trained.iris()
    found = permutation_importance(model, "iris")
    assert (found.source, found.examples) == ("iris (the part that the model was tested on)", 30)
    assert (found.measure, found.before) == ("error", pytest.approx(model.evaluate("iris")["error"]))
    assert found.notes == ()
    assert [one.worse for one in found.columns] == sorted((one.worse for one in found.columns), reverse=True)
    flattered = replace(model, record=replace(model.record, split="by hand 80/20, seed 0"))
    assert "so that the figures flatter" in permutation_importance(flattered, "iris").notes[0]


@pytest.mark.slow
def test_the_petals_tell_the_kind_of_an_iris() -> None:
    model = lamina.fit("iris", "mlp", epochs=60, learning_rate=0.01, seed=0)
    first, second, *_ = permutation_importance(model, "iris").columns
    assert {first.column, second.column} == {"petal length (cm)", "petal width (cm)"}
    assert first.worse > 0.1


@pytest.mark.slow
def test_the_same_seed_shuffles_the_same() -> None:
    first, again, other = (permutation_importance(trained.iris(), "iris", seed=seed) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_what_is_printed() -> None:
    found = permutation_importance(trained.diabetes(), "diabetes", rounds=3)
    lines = found.lines(2)
    assert lines[0].startswith("diabetes (the part that the model was tested on), 88 rows: mean absolute error ")
    assert lines[1].endswith("where a column is shuffled, mean and spread of 3 times")
    assert lines[2].split()[0] == found.columns[0].column
    assert lines[-1] == "  ... and 8 others that matter less"
    assert len(str(found).splitlines()) == 12
    assert found.caution == CAUTION


def test_numbers_have_as_many_decimals_as_their_spread_allows() -> None:
    columns = (Importance("fare", 12.3456, 0.234), Importance("age", -0.00123, 0.0123))
    for factor, told in ((1.0, ["12.35 +- 0.23", "-0.00 +- 0.01"]), (1e4, ["123456 +- 2340", "-12 +-  123"])):
        shown = [Importance(one.column, factor * one.worse, factor * one.spread) for one in columns]
        lines = Importances("x", 9, "error", 0.5, tuple(shown), 5).lines()
        assert [line.split(maxsplit=1)[1] for line in lines[2:]] == told


def test_of_many_rows_some_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lamina.explaining.permutation.MOST_ROWS", 20)
    assert permutation_importance(trained.iris(), "iris").examples == 20


@pytest.mark.slow
def test_of_several_targets_the_loss_rises() -> None:
    chance = np.random.default_rng(1)
    size = chance.normal(5, 2, 200)
    frame = pandas.DataFrame({"size": size, "price": 3 * size, "kind": np.where(size > 5, "large", "small")})
    found = permutation_importance(trained.targets(), frame)
    assert found.measure == "loss"
    assert [(one.column, one.worse > 0.5) for one in found.columns] == [("size", True)]


@pytest.mark.slow
def test_what_is_refused() -> None:
    with pytest.raises(SettingError, match="asked of columns; this model takes no table"):
        permutation_importance(trained.digits(), "digits")
    with pytest.raises(SettingError, match="rounds must be a whole number from 2; got 1"):
        permutation_importance(trained.iris(), "iris", rounds=1)
    one = lamina.read("iris").subset(np.array([0]))
    with pytest.raises(DataError, match="iris has one row: columns are shuffled among at least 2"):
        permutation_importance(trained.iris(), one)
    with pytest.raises(SettingError, match="needs right answers; this model has learnt without any"):
        permutation_importance(trained.groups(), "iris")
