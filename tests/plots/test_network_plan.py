"""Networks drawn: neurons and weights with their signs and sizes, or blocks with shapes and counts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib.axes import Axes

import lamina
from lamina import Activation, BatchNorm, Conv2D, Dense, Dropout, Flatten, Residual, Sequential
from lamina.data.number_encoder import NumberEncoder
from lamina.errors import ShapeError
from lamina.networks import NETWORKS
from lamina.networks.residual import resnet
from lamina.plots.network_blocks import blocks, blocks_figure
from lamina.plots.network_plan import THICKEST, THINNEST, model_network_figure, network_figure, plan
from lamina.plots.style import save
from tests.plots.looking import cut, overlapping
from tests.trained import quietly

SMALL = Sequential(Dense(3, "tanh"), Dropout(0.5), Dense(1))
PARAMS = {
    "0": {"weight": np.array([[1.0, -2.0, 0.5], [0.0, 4.0, -1.0]]), "bias": np.array([0.1, -0.2, 0.0])},
    "2": {"weight": np.array([[2.0], [-4.0], [1.0]]), "bias": np.array([0.5])},
}


def words(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.texts]


def test_every_weight_is_a_line_of_its_sign_and_size() -> None:
    ax = network_figure(SMALL, (2,), PARAMS).axes[0]
    lines = {lines.get_label(): lines for lines in ax.collections if lines.get_label().count(":")}
    counts = {label: len(found.get_segments()) for label, found in lines.items()}
    assert counts == {"1: 0": 1, "1: 1": 3, "1: -1": 2, "2: 0": 0, "2: 1": 2, "2: -1": 1}
    span = THICKEST - THINNEST
    np.testing.assert_allclose(lines["2: -1"].get_linewidths(), [THICKEST])
    np.testing.assert_allclose(lines["1: 1"].get_linewidths(), THINNEST + span * np.array([1.0, 0.5, 4.0]) / 4)
    assert lines["1: 1"].get_linestyle() != lines["1: -1"].get_linestyle()


def test_a_line_joins_the_neurons_of_its_weight() -> None:
    ax = network_figure(SMALL, (2,), PARAMS).axes[0]
    negative = next(lines for lines in ax.collections if lines.get_label() == "2: -1")
    np.testing.assert_allclose(negative.get_segments()[0], [[1, 0], [2, 0]])  # the middle one of three, to the only one


def test_neurons_carry_their_biases_and_layers_their_names() -> None:
    ax = network_figure(SMALL, (2,), PARAMS, inputs=["width", "height"], outputs=["area"]).axes[0]
    assert {"+0.1", "-0.2", "+0.5", "width", "height", "area"} <= set(words(ax))
    assert {"input\n2", "Dense tanh\nDropout\n3", "Dense linear\n1"} <= set(words(ax))


def test_without_weights_all_lines_are_alike() -> None:
    made = network_figure(SMALL, (2,))
    widths = np.concatenate(
        [lines.get_linewidths() for lines in made.axes[0].collections if len(lines.get_paths()) > 1]
    )
    assert len(set(widths[:9])) == 1
    assert made.legends == []


@pytest.mark.parametrize(
    ("network", "shape", "reason"),
    [
        (Sequential(Dense(17), Dense(1)), (2,), "too many neurons"),
        (Sequential(*[Dense(16)] * 3), (16,), "too many weights"),
        (Sequential(Conv2D(2, 3), Flatten(), Dense(2)), (4, 4, 1), "a convolution"),
        (Dense(3), (5, 2), "a sequence"),
    ],
)
def test_what_is_no_plan_becomes_blocks(network: lamina.Layer, shape: tuple[int, ...], reason: str) -> None:
    assert plan(network, shape) is None, reason
    assert "output shape" in words(network_figure(network, shape).axes[0])


def test_a_layer_by_itself_and_small_pictures() -> None:
    assert [column.neurons for column in plan(Dense(3), (2,)) or ()] == [2, 3]
    row = plan(Sequential(Flatten(), Dense(3), BatchNorm(), Activation("relu"), Dense(2)), (2, 2, 1)) or []
    assert [(column.title, column.neurons) for column in row] == [
        ("input\nFlatten", 4), ("Dense linear\nBatchNorm\nrelu", 3), ("Dense linear", 2)
    ]  # fmt: skip


def test_a_network_that_does_not_fit_its_examples_says_so() -> None:
    with pytest.raises(ShapeError, match="Conv2D"):
        network_figure(Conv2D(2, 3), (4,))


def test_blocks_have_shapes_and_counts_and_ways_around() -> None:
    network = Sequential(Conv2D(4, 3), Residual(Sequential(Conv2D(4, 3, padding="same"), BatchNorm()), None, "relu"))
    found = blocks(network, (8, 8, 1))
    assert [one.output for one in found] == [(6, 6, 4)] * 4
    assert [one.parameters for one in found] == [40, 148, 8, 0]
    assert [one.around for one in found] == [0, 0, 0, 2]
    assert found[-1].label == "relu(+ what came in)"


def test_equal_blocks_in_a_row_are_one_that_is_repeated() -> None:
    found = blocks(resnet((32, 32, 3), 10, depth=20), (32, 32, 3))
    assert [one.times for one in found if one.times > 1] == [3, 2, 2]
    assert sum(one.parameters for one in found) == sum(
        count.size for count in sizes(resnet((32, 32, 3), 10, depth=20), (32, 32, 3))
    )
    assert "+ what came in, by Conv2D" in next(one.label for one in found if one.parameters and one.around)


def sizes(network: lamina.Layer, shape: tuple[int, ...]) -> list[np.ndarray]:
    import jax

    params, _ = jax.eval_shape(lambda: network.init(jax.random.key(0), np.zeros((1, *shape), np.float32)))
    return [np.zeros(leaf.shape) for leaf in jax.tree.leaves(params)]


@pytest.mark.parametrize("name", NETWORKS)
def test_every_design_can_be_drawn(name: str) -> None:
    shape = {
        "rnn": (12, 3), "lstm": (12, 3), "gru": (12, 3), "transformer": (12, 3), "mlp": (4,), "perceptron": (4,),
        "svm": (4,), "linear_svm": (4,), "policy": (3, 3), "sound_cnn": (64, 40, 1), "general_boltzmann": (8, 8, 1),
    }.get(name, (32, 32, 1))  # fmt: skip
    network = NETWORKS[name](shape, 3)
    made = network_figure(network, shape)
    assert cut(made) == []
    assert overlapping(made) == []


@pytest.mark.slow
def test_a_model_is_drawn_with_the_names_of_its_columns_and_classes() -> None:
    model = quietly("iris", Sequential(Dense(4, "tanh"), Dense(3)), epochs=2, seed=1)
    made = model_network_figure(model, dark=True)
    assert {"petal length (cm)", "setosa", "virginica"} <= set(words(made.axes[0]))
    largest = max(np.abs(model.params[place]["weight"]).max() for place in ("0", "1"))
    assert [text.get_text() for text in made.legends[0].texts][:2] == [
        f"weight +{largest:.3g}",
        f"weight -{largest:.3g}",
    ]
    assert cut(made) == []


def test_names_of_columns_are_no_formulas(tmp_path: Path) -> None:
    model = quietly("iris", Sequential(Dense(4, "tanh"), Dense(3)), epochs=1, seed=1)
    assert isinstance(model.encoder, NumberEncoder)
    figure = model_network_figure(replace(model, encoder=replace(model.encoder, columns=("$_in_$", "b", "c", "d"))))
    assert ">$_in_$<" in save(figure, tmp_path / "x.svg").read_text(encoding="utf-8")


def test_blocks_name_the_whole() -> None:
    made = blocks_figure(Sequential(Dense(128, "relu"), Dense(3)), (4,))
    assert made.axes[0].get_title() == "1,027 parameters, 2 layers with weights"
