"""ONNX's recurrent operators become layers of Lamina, whichever way a graph says them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import helper

import lamina as la
from lamina.arrays import Numpy
from lamina.errors import ExportError
from lamina.exporting.to_onnx import network_to_onnx
from tests.contracts.cases import SEQUENCE, Case
from tests.contracts.test_layers import start
from tests.exporting.judges import assert_near, runtime
from tests.exporting.test_onnx_import import graph, node, saved

CHANCE = np.random.default_rng(9)
STEPS, FEATURES, UNITS = 5, 3, 4
GATES = {"RNN": 1, "LSTM": 4, "GRU": 3}
WAYS = {"forward": 1, "reverse": 1, "bidirectional": 2}
EVERY = [node("Transpose", "Y", "t", perm=[2, 0, 1, 3]), node("Reshape", "t both", "y")]
LAST = [node("Transpose", "Y_h", "t", perm=[1, 0, 2]), node("Reshape", "t row", "y")]


def arrays(kind: str, directions: int) -> dict[str, Numpy]:
    rows = GATES[kind] * UNITS
    shapes = {"w": (rows, FEATURES), "r": (rows, UNITS), "b": (2 * rows,)}
    found = {name: CHANCE.uniform(-1, 1, (directions, *shape)) for name, shape in shapes.items()}
    given = {"both": [0, 0, -1], "row": [0, directions * UNITS], "only": [1], "first": [0]}
    return {name: one.astype(np.float32) for name, one in found.items()} | {
        name: np.array(one, np.int64) for name, one in given.items()
    }


def one(kind: str, inputs: str = "x w r b", outputs: str = "Y Y_h", **settings: Any) -> Any:
    more = {"linear_before_reset": 1} if kind == "GRU" else {}
    names = [name.replace("-", "") for name in inputs.split()]  # "-" is an input that is left out
    return helper.make_node(kind, names, outputs.split(), **{"hidden_size": UNITS, **more, **settings})


def same(tmp_path: Path, data: bytes) -> la.Sequential:
    """The network gives what the judge gives."""
    network, params, state, _ = la.import_onnx(saved(tmp_path, data))
    x = CHANCE.normal(size=(7, STEPS, FEATURES)).astype(np.float32)
    assert_near(network.apply(params, state, x)[0], runtime(data)({"x": x})["y"])
    return network


@pytest.mark.parametrize("ends", ["every", "last"])
@pytest.mark.parametrize("direction", list(WAYS))
@pytest.mark.parametrize("kind", list(GATES))
def test_an_operator_with_time_first(kind: str, direction: str, ends: str, tmp_path: Path) -> None:
    nodes = [node("Transpose", "x", "s", perm=[1, 0, 2]), one(kind, "s w r b", direction=direction)]
    data = graph([*nodes, *(EVERY if ends == "every" else LAST)], arrays(kind, WAYS[direction]), (STEPS, FEATURES))
    found = same(tmp_path, data).layers[0]
    assert isinstance(found, la.Bidirectional) == (direction == "bidirectional")
    layer: Any = found.layer if isinstance(found, la.Bidirectional) else found
    assert type(layer).__name__ == {"RNN": "Recurrent"}.get(kind, kind)
    assert layer.return_sequence == (ends == "every")


@pytest.mark.parametrize("direction", list(WAYS))
@pytest.mark.parametrize("kind", list(GATES))
def test_an_operator_with_the_batch_first(kind: str, direction: str, tmp_path: Path) -> None:
    """ONNX Runtime has no such layout: it judges the same operator with its axes turned by hand."""
    nodes = [one(kind, direction=direction, layout=1), node("Reshape", "Y_h row", "y")]
    data = graph(nodes, arrays(kind, WAYS[direction]), (STEPS, FEATURES))
    network, params, state, _ = la.import_onnx(saved(tmp_path, data))
    x = CHANCE.normal(size=(7, STEPS, FEATURES)).astype(np.float32)
    turned = onnx.load_from_string(data)
    operator = turned.graph.node[0]
    operator.attribute.remove(next(one for one in operator.attribute if one.name == "layout"))
    operator.input[0] = "s"
    turned.graph.node.insert(0, node("Transpose", "x", "s", perm=[1, 0, 2]))
    turned.graph.node.insert(2, node("Transpose", "Y_h", "h", perm=[1, 0, 2]))
    turned.graph.node[3].input[0] = "h"
    assert_near(network.apply(params, state, x)[0], runtime(turned.SerializeToString())({"x": x})["y"])


IN_FRONT = [node("Transpose", "x", "s", perm=[1, 0, 2])]
BEHIND = {
    "a single direction squeezed": [node("Squeeze", "Y only", "e"), node("Transpose", "e", "y", perm=[1, 0, 2])],
    "its last step": [
        node("Squeeze", "Y only", "e"), node("Transpose", "e", "t", perm=[1, 0, 2]),
        node("Gather", "t last", "y", axis=1),
    ],
    "another step": [
        node("Squeeze", "Y only", "e"), node("Gather", "e second", "y", axis=0),
    ],
    "the last states": [node("Gather", "Y_h last", "y", axis=0)],
    "squeezed last states": [node("Squeeze", "Y_h first", "y")],
}  # fmt: skip


@pytest.mark.parametrize("how", list(BEHIND))
def test_what_stands_behind_an_operator(how: str, tmp_path: Path) -> None:
    places = {"last": np.array(-1), "second": np.array(1)}
    data = graph([*IN_FRONT, one("LSTM", "s w r b"), *BEHIND[how]], arrays("LSTM", 1) | places, (STEPS, FEATURES))
    network = same(tmp_path, data)
    if how == "its last step":
        assert network == la.Sequential(la.LSTM(UNITS))


def test_one_direction_of_two(tmp_path: Path) -> None:
    nodes = [*IN_FRONT, one("GRU", "s w r b", direction="bidirectional"), node("Gather", "Y_h back", "y", axis=0)]
    data = graph(nodes, arrays("GRU", 2) | {"back": np.array(1)}, (STEPS, FEATURES))
    assert same(tmp_path, data).layers[1] == la.Slice(UNITS, 2 * UNITS)


@pytest.mark.parametrize("activation", ["Relu", "Sigmoid", "Softplus"])
def test_another_activation(activation: str, tmp_path: Path) -> None:
    nodes = [*IN_FRONT, one("RNN", "s w r b", activations=[activation]), *LAST]
    found: Any = same(tmp_path, graph(nodes, arrays("RNN", 1), (STEPS, FEATURES))).layers[0]
    assert found.activation == activation.lower()


def test_without_biases_and_from_zeros_that_are_computed(tmp_path: Path) -> None:
    """As exporters write it: the state at the beginning is zeros, as many as there are examples."""
    nodes = [
        node("Shape", "x", "count", start=0, end=1), node("Concat", "first_one count units", "sides", axis=0),
        node("Expand", "zero sides", "zeros"), *IN_FRONT, one("LSTM", "s w r - - zeros zeros"), *LAST,
    ]  # fmt: skip
    more = {"first_one": np.array([1]), "units": np.array([UNITS]), "zero": np.array(0, np.float32)}
    same(tmp_path, graph(nodes, arrays("LSTM", 1) | more, (STEPS, FEATURES)))


OF_ONES = np.ones((1, 1, UNITS), np.float32)
REFUSED: list[tuple[list[Any], dict[str, Numpy], str]] = [
    ([one("GRU", "s w r b", linear_before_reset=0)], {}, "a GRU with linear_before_reset=0"),
    ([one("LSTM", "s w r b", clip=2.0)], {}, r"an? LSTM with clip=2\.0"),
    ([one("LSTM", "s w r b", input_forget=1)], {}, "input_forget=1"),
    ([one("RNN", "s w r b", activations=["Affine"])], {}, r"activations=\['Affine'\]"),
    ([one("LSTM", "s w r b", activations=["Sigmoid", "Tanh", "Relu"])], {}, "activations="),
    ([one("LSTM", "s w r b - - - p")], {"p": np.ones((1, 3 * UNITS), np.float32)}, "with peepholes"),
    ([one("RNN", "s w r b - h")], {"h": OF_ONES}, "a state at the beginning that is not zero"),
    ([one("RNN", "s w r b steps")], {"steps": np.array([3] * 7, np.int32)}, r"sequence_lens=\[3, 3"),
    ([one("RNN", "x w r b")], {}, "other inputs than sequences"),
    ([one("LSTM", "s w r b", outputs="Y - C")], {}, "a LSTM whose output 'C' is used has no layer"),
]


@pytest.mark.parametrize(("nodes", "more", "why"), REFUSED, ids=lambda one: one if isinstance(one, str) else "")
def test_what_no_layer_covers_is_named(nodes: Any, more: Any, why: str, tmp_path: Path) -> None:
    kind = nodes[0].op_type
    states = "C" if "C" in nodes[0].output else "Y_h"
    data = graph(
        [*IN_FRONT, *nodes, node("Squeeze", f"{states} first", "y")], arrays(kind, 1) | more, (STEPS, FEATURES)
    )
    with pytest.raises(ExportError, match=why):
        la.import_onnx(saved(tmp_path, data))


OURS = [
    *(kind(3, return_sequence=every, reverse=back)
      for kind in (la.Recurrent, la.LSTM, la.GRU) for every in (False, True) for back in (False, True)),
    la.Bidirectional(la.LSTM(3)), la.Bidirectional(la.GRU(3, return_sequence=True)),
    la.Sequential(la.GRU(3, return_sequence=True), la.LayerNorm(), la.LSTM(2), la.BatchNorm(), la.Dense(2)),
    la.Sequential(la.Conv1D(4, 3, "relu", padding="same"), la.MaxPool1D(2), la.BatchNorm(), la.GlobalMaxPool1D()),
    la.Sequential(la.Dense(3, "silu"), la.GlobalAveragePool1D()),
]  # fmt: skip


@pytest.mark.parametrize("layer", OURS, ids=lambda layer: repr(layer).replace(" ", ""))
def test_our_own_graphs_come_back(layer: la.Layer, tmp_path: Path) -> None:
    case = Case(layer, SEQUENCE, None)
    params, state = start(case)
    data = network_to_onnx(layer, params, state, SEQUENCE)
    again = la.import_onnx(saved(tmp_path, data))
    x = CHANCE.normal(size=(3, *SEQUENCE)).astype(np.float32)
    assert_near(again.network.apply(again.params, again.state, x)[0], layer.apply(params, state, x)[0])
    if isinstance(layer, la.Recurrent | la.LSTM | la.GRU):
        assert again.network == la.Sequential(layer)
        for name, array in params.items():
            np.testing.assert_array_equal(again.params["0"][name], array)
