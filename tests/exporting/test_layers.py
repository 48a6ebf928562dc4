"""One table: every layer is exported and gives what Lamina gives, or there is a reason why it stays."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
import pytest

import lamina as la
from lamina import Layer, Sequential
from lamina.arrays import Numpy
from lamina.errors import ExportError
from lamina.exporting.every_layer import WRITERS
from lamina.exporting.to_onnx import network_to_onnx
from lamina.layers.activations import ACTIVATIONS
from lamina.recipes import RECIPES, recipe
from tests.contracts.cases import CASES, SEQUENCE, Case, each_case
from tests.contracts.test_layers import batch, registered_layers, start
from tests.exporting.judges import BATCHES, assert_near, reference, runtime, told

MORE = [
    *(Case(la.Recurrent(3, name, skip_padding=skip), SEQUENCE, None)
      for name in ("tanh", "relu", "leaky_relu", "scaled_tanh") for skip in (False, True)),
    *(Case(kind(3, return_sequence=every, reverse=back), SEQUENCE, None)
      for kind in (la.LSTM, la.GRU) for every in (False, True) for back in (False, True)),
    Case(la.Feedback((3, 2), ("direct", "lateral", "indirect"), "gelu", skip_padding=True), SEQUENCE, None),
    Case(la.TransformerBlock(2, 3), (5, 4), None),
    Case(la.Attention(2, causal=True), (5, 4), None),
    Case(la.Dense(3, "relu6"), (20,), None),
    Case(la.Parallel(la.Dense(2)), (4,), None),
    Case(Sequential(la.Conv2D(3, 3, "relu", padding="same", stride=2), la.MaxPool2D(2), la.Flatten()), (9, 8, 2), None),
]  # fmt: skip
"""Settings that are written another way than those of the contract table."""


def examples(case: Case, rows: int) -> Numpy:
    """Random examples; of sequences some steps are zero, and one example is nothing but zeros;
    of pairs some have no target."""
    x = batch(case, rows)
    if isinstance(case.layer, la.Translator | la.TransformerTranslator):
        x[::2, case.layer.source_steps :] = 0
        x[4::6] = 0
    if not case.entries and len(case.shape) == 2:
        x[::2, -2:] = 0
        x[1::4, 0] = 0
        x[2:3] = 0
    return x


def ours(case: Case, params: Any, state: Any, x: Numpy) -> Numpy:
    """What Lamina gives outside training."""
    return told(case.layer, jax.jit(lambda p, s, x: case.layer.apply(p, s, x)[0])(params, state, x))


def judged(case: Case) -> None:
    """The graph gives what the layer gives, whatever the batch."""
    params, state = start(case)
    x = examples(case, max(BATCHES))
    wanted = ours(case, params, state, x)
    x = x.astype(np.float32) if isinstance(case.layer, la.GeneralBoltzmann) else x
    data = network_to_onnx(case.layer, params, state, case.shape, x.dtype.name)
    ask, asked = runtime(data), reference(data)
    for rows in BATCHES:
        assert_near(ask({"inputs": x[:rows]})["outputs"], wanted[:rows])
    assert_near(asked({"inputs": x[:7]})["outputs"], wanted[:7])


def test_every_layer_is_written() -> None:
    assert {kind.__name__ for kind in WRITERS} == registered_layers()


def test_every_layer_that_is_written_is_judged() -> None:
    judged = {type(case.layer) for case in CASES}
    assert set(WRITERS) - judged == set()


@each_case
def test_a_layer_as_a_graph(case: Case) -> None:
    judged(case)


@pytest.mark.parametrize("case", MORE, ids=lambda case: repr(case.layer).replace(" ", ""))
def test_a_setting_that_is_written_another_way(case: Case) -> None:
    judged(case)


@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
def test_an_activation_in_its_far_ranges(name: str) -> None:
    case = Case(la.Activation(name), (5,), None)
    x = np.array([[-80.0, -5, 0, 5, 80]], np.float32)
    data = network_to_onnx(case.layer, {}, {}, case.shape)
    assert_near(runtime(data)({"inputs": x})["outputs"], ours(case, {}, {}, x))


def test_an_entry_that_does_not_exist_is_never_anothers_row() -> None:
    layer = la.Embedding(3, 2, padding=True, from_floats=True)
    params = {"weight": np.ones((3, 2), np.float32)}
    ask = runtime(network_to_onnx(layer, params, {}, (5,)))
    found = ask({"inputs": np.array([[0, 1, 3, -1, 1.5]], np.float32)})["outputs"]
    assert np.isnan(found[0, :, 0]).tolist() == [False, False, True, True, True]
    assert found[0, :2, 0].tolist() == [0, 1]


def test_a_layer_of_ones_own_is_named() -> None:
    network = Sequential(la.Dense(2), Sequential(la.Flatten(), own_layer()))
    params, state = network.init(jax.random.key(0), jax.ShapeDtypeStruct((1, 3), "float32"))
    with pytest.raises(ExportError, match=r"layer 2\.2, Doubled, is none of the layers that can be exported"):
        network_to_onnx(network, params, state, (3,))


def own_layer() -> Layer:
    """A layer that Lamina does not bring, registered once."""
    if "Doubled" not in RECIPES:

        @recipe
        class Doubled(la.PureLayer):
            """2 x."""

            def output_shape(self, shape: Any) -> Any:
                return tuple(shape)

            def parameters(self, shape: Any) -> Any:
                return {}

            def forward(self, params: Any, x: Any) -> Any:
                return 2 * x

    made: Layer = RECIPES["Doubled"]()
    return made
