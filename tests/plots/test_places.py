"""Examples as points: directions against an independent decomposition, and the regions of a model that is known."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.decomposition import PCA

from lamina.errors import DataError, SettingError
from lamina.explaining.columns import encoded_columns
from lamina.model.examples import held_out_examples
from lamina.plots.places import STEPS, points_picture, region_columns, regions, regions_picture, two_dimensions
from tests.plots.looking import cut, overlapping
from tests.trained import diabetes, digits, iris

ROWS = np.random.default_rng(0).normal(size=(40, 5)) * [5, 3, 1, 1, 1]


def test_two_directions_are_those_of_the_largest_variance() -> None:
    points, axes = two_dimensions(ROWS)
    fitted = PCA(2).fit(ROWS)
    np.testing.assert_allclose(np.abs(points), np.abs(fitted.transform(ROWS)), atol=1e-8)
    share = 100 * fitted.explained_variance_ratio_
    assert axes == (f"first direction ({share[0]:.0f} % of the variance)", f"second direction ({share[1]:.0f} %)")
    turned, _ = two_dimensions(-ROWS)
    np.testing.assert_allclose(turned, -points, atol=1e-8)


@pytest.mark.slow
def test_tsne_keeps_neighbors_together() -> None:
    groups = np.repeat([0, 1], 20)
    rows = np.random.default_rng(0).normal(size=(40, 6)) + 30 * groups[:, None]
    points, axes = two_dimensions(rows, "tsne")
    nearest = [np.argsort(((points - point) ** 2).sum(axis=1))[1] for point in points]
    assert (groups[nearest] == groups).all()
    assert axes == ("first", "second")


def test_what_cannot_be_laid_out() -> None:
    with pytest.raises(SettingError, match="found by pca or tsne; got 'magic'"):
        two_dimensions(ROWS, "magic")
    with pytest.raises(DataError, match=r"three rows of two numbers or more; got \(40, 1\)"):
        two_dimensions(ROWS[:, :1])


def test_points_are_marked_by_group() -> None:
    points = np.arange(8.0).reshape(4, 2)
    drawn = points_picture(points, ["10", "2", "10", "2"], ("x", "y"))
    [ax] = drawn.axes
    assert [one.get_label() for one in ax.collections] == ["2", "10"]
    assert ax.collections[0].get_offsets().tolist() == [[2, 3], [6, 7]]
    paths = [one.get_paths()[0].vertices.tolist() for one in ax.collections]
    assert paths[0] != paths[1]


@pytest.mark.slow
def test_regions_are_what_the_model_answers() -> None:
    model = iris()
    examples = held_out_examples(model, "iris")
    two = ("petal length (cm)", "petal width (cm)")
    region = regions(model, examples, two)
    drawn = regions_picture(region)
    [ax] = drawn.axes
    here = np.median(np.asarray(examples.encoded), axis=0)
    columns = {column.name: column for column in encoded_columns(model.encoder)}
    for name, line in zip(two, region.lines, strict=True):
        here[columns[name].start] = (line[-1] - columns[name].mean) / columns[name].scale
    assert region.answers[-1] == model.answers(here[None])[0].value
    assert cut(drawn) == overlapping(drawn) == []
    assert (ax.get_xlabel(), ax.get_ylabel()) == two
    raw = examples.dataset.inputs.values[:, 2:]
    shown = np.concatenate([np.asarray(one.get_offsets()) for one in ax.collections if len(one.get_offsets()) > 1])
    np.testing.assert_allclose(np.sort(shown[:, 0]), np.sort(raw[:, 0]), atol=1e-4)
    assert ax.get_title() == "the other columns at their usual values"


def test_regions_of_a_number_are_shades() -> None:
    model = diabetes()
    examples = held_out_examples(model, "diabetes")
    ax = regions_picture(regions(model, examples, ("bmi", "s5"))).axes[0]
    values = np.asarray(ax.collections[0].get_array())
    assert values.size == STEPS * STEPS
    middle = np.median(np.asarray(examples.encoded), axis=0)
    names = list(model.encoder.columns)
    rows = np.asarray(examples.encoded)
    middle[names.index("bmi")] = rows[:, names.index("bmi")].min() - 0.06 * np.ptp(rows[:, names.index("bmi")])
    middle[names.index("s5")] = rows[:, names.index("s5")].min() - 0.06 * np.ptp(rows[:, names.index("s5")])
    assert values.ravel()[0] == pytest.approx(float(model.answers(middle[None])[0].value), rel=1e-3)


def test_columns_that_are_not_there() -> None:
    with pytest.raises(SettingError, match=r"the model has sepal length \(cm\).*; got \['rose', 'x'\]"):
        region_columns(iris(), ("rose", "x"))
    with pytest.raises(SettingError, match="two columns of numbers; the model has none"):
        region_columns(digits())
    assert [one.name for one in region_columns(iris())] == ["sepal length (cm)", "sepal width (cm)"]
