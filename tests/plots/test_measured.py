"""What figures of a model show: the same alone and in the report, and against what the model itself says."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas
import pytest

import lamina
from lamina.errors import SettingError
from lamina.explaining.representation import layer_outputs
from lamina.model.examples import held_out_examples
from lamina.model.model import Model
from lamina.plots.measured import points_of, predictions_of, regions_of, two_that_matter
from lamina.plots.page import render
from lamina.plots.places import two_dimensions
from lamina.plots.seen import look
from tests import trained


def both_kinds() -> pandas.DataFrame:
    """A table for `trained.targets`, with a price that is not known."""
    size = np.random.default_rng(1).normal(5, 2, 60)
    frame = pandas.DataFrame({"size": size, "price": 3 * size, "kind": np.where(size > 5, "large", "small")})
    frame.loc[3, "price"] = np.nan
    return frame


def test_points_have_the_color_of_their_true_class() -> None:
    tested = held_out_examples(trained.iris(), "iris")
    ax = lamina.plot("points", trained.iris(), "iris").axes[0]
    counts = {drawn.get_label(): len(drawn.get_offsets()) for drawn in ax.collections}
    assert counts == Counter(tested.targets.tolist())
    found = points_of(trained.iris(), tested)
    assert found.groups == tested.targets.tolist()
    expected, _ = two_dimensions(list(layer_outputs(trained.iris(), tested.encoded).values())[-2])
    np.testing.assert_allclose(found.places, expected)


@pytest.mark.slow
def test_points_of_groups_stand_in_the_code_itself() -> None:
    model, tested = trained.groups(), held_out_examples(trained.groups(), "iris")
    found = points_of(model, tested)
    assert found.groups == [str(answer.value) for answer in model.answers(tested.encoded)]
    np.testing.assert_allclose(found.places, two_dimensions(model.outputs(tested.encoded))[0], atol=1e-4)


def test_points_without_classes_have_one_color_and_no_legend() -> None:
    made = lamina.plot("points", trained.diabetes(), "diabetes")
    assert len(made.axes[0].collections) == 1
    assert made.legends == []


@pytest.mark.slow
def test_predictions_of_several_targets_leave_out_what_is_not_known() -> None:
    frame = both_kinds()
    [found] = predictions_of(look(trained.targets(), frame))
    assert (found.target, found.rows.tolist()) == ("price", [row for row in range(60) if row != 3])
    np.testing.assert_allclose(found.truth, frame["price"].drop(3), rtol=1e-6)
    answers = trained.targets().predict(frame)
    np.testing.assert_allclose(found.answers, [float(answers[row].by_target["price"].value) for row in found.rows])
    left = lamina.plot("predicted", trained.targets(), frame, target="price").axes[0]
    np.testing.assert_allclose(left.collections[0].get_offsets()[:, 0], found.truth)
    with pytest.raises(SettingError, match="the model predicts price; got target='kind'"):
        lamina.plot("predicted", trained.targets(), frame, target="kind")


@pytest.mark.slow
def test_regions_are_drawn_over_the_two_columns_that_matter_most() -> None:
    tested = held_out_examples(trained.iris(), "iris")
    found = lamina.permutation_importance(trained.iris(), "iris")
    assert list(regions_of(trained.iris(), tested).columns) == two_that_matter(trained.iris(), found)
    named = ("sepal width (cm)", "petal width (cm)")
    assert regions_of(trained.iris(), tested, named).columns == named
    with pytest.raises(SettingError, match="regions are drawn of a class or a number; this model predicts one of 3 gr"):
        regions_of(trained.groups(), tested)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("make", "source", "names"),
    [
        (trained.iris, "iris", ["points", "regions", "columns", "noise", "representation", "confusion"]),
        (trained.groups, "iris", ["points"]),
        (trained.diabetes, "diabetes", ["predicted", "regions", "columns", "noise"]),
    ],
)
def test_the_report_holds_the_figures_that_are_drawn_alone(
    make: Callable[[], Model], source: str, names: list[str], tmp_path: Path
) -> None:
    model = make()
    text = lamina.report(model, source, tmp_path / "x.html").read_text(encoding="utf-8")
    for name in names:
        data = render(lamina.plot(name, model, source))[1]
        assert base64.b64encode(data).decode("ascii") in text, name
