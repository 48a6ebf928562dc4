"""Activations that are spelled out in several nodes: ours, PyTorch's and others' ways, and what only looks like one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest
from onnx import helper, numpy_helper

import lamina as la
from lamina.errors import ExportError
from lamina.exporting.to_onnx import network_to_onnx
from tests.exporting.judges import assert_near, runtime
from tests.exporting.test_onnx_import import graph, node, saved, weights

CHANCE = np.random.default_rng(4)
VALUES = {"root": 2**0.5, "one": 1, "half": 0.5, "two": 2, "less": 0.7, "many": 20}
NUMBERS = {name: np.array(value, np.float32) for name, value in VALUES.items()}
ERF = [node("Div", "x root", "a"), node("Erf", "a", "b"), node("Add", "b one", "c")]
WAYS: dict[str, tuple[str, list[Any]]] = {
    "x first": ("gelu", [*ERF, node("Mul", "x c", "d"), node("Mul", "d half", "y")]),
    "half first": ("gelu", [node("Mul", "half x", "h"), *ERF, node("Mul", "h c", "y")]),
    "divided by two": ("gelu", [*ERF, node("Mul", "c x", "d"), node("Div", "d two", "y")]),
    "cut off": (
        "softplus",
        [
            node("Exp", "x", "a"),
            node("Add", "a one", "b"),
            node("Log", "b", "c"),
            node("Greater", "x many", "d"),
            node("Where", "d x c", "y"),
        ],
    ),
    "plain": ("softplus", [node("Exp", "x", "a"), node("Add", "one a", "b"), node("Log", "b", "y")]),
}


@pytest.mark.parametrize("way", list(WAYS))
def test_a_way_of_others(way: str, tmp_path: Path) -> None:
    name, nodes = WAYS[way]
    data = graph(nodes, NUMBERS, (4,))
    read = la.import_onnx(saved(tmp_path, data))
    assert read.network == la.Sequential(la.Activation(name))
    x = CHANCE.normal(size=(7, 4)).astype(np.float32)
    assert_near(read.network.apply(read.params, read.state, x)[0], runtime(data)({"x": x})["y"])


def test_constants_may_be_nodes(tmp_path: Path) -> None:
    """As PyTorch's old exporter has them; and two in a row are two."""
    given = [helper.make_node("Constant", [], [name], value=numpy_helper.from_array(one))
             for name, one in NUMBERS.items()]  # fmt: skip
    first = [*ERF, node("Mul", "x c", "d"), node("Mul", "d half", "e")]
    second = [node("Div", "e root", "f"), node("Erf", "f", "g"), node("Add", "g one", "i"), node("Mul", "e i", "j"),
              node("Mul", "j half", "y")]  # fmt: skip
    read = la.import_onnx(saved(tmp_path, graph([*given, *first, *second], {}, (4,))))
    assert read.network == la.Sequential(la.Activation("gelu"), la.Activation("gelu"))


@pytest.mark.parametrize("activation", ["gelu", "softplus"])
def test_our_own_way_comes_back(activation: str, tmp_path: Path) -> None:
    network = la.Sequential(la.Dense(5, activation), la.Dense(2))
    params, state = network.init(jax.random.key(0), jax.ShapeDtypeStruct((1, 3), "float32"))
    read = la.import_onnx(saved(tmp_path, network_to_onnx(network, params, state, (3,))))
    x = CHANCE.normal(size=(7, 3)).astype(np.float32)
    assert_near(read.network.apply(read.params, read.state, x)[0], network.apply(params, state, x)[0])
    assert la.Activation(activation) in read.network.layers


@pytest.mark.parametrize(
    "nodes",
    [
        [*ERF, node("Mul", "x c", "d"), node("Mul", "d less", "y")],
        [*ERF, node("Mul", "c c", "d"), node("Mul", "d half", "y")],
        [*ERF, node("Mul", "x c", "d"), node("Mul", "d half", "e"), node("Add", "e b", "y")],
    ],
    ids=["another factor", "without x", "used besides"],
)
def test_what_only_looks_like_one_is_none(nodes: list[Any], tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="the operator Erf has no layer in Lamina"):
        la.import_onnx(saved(tmp_path, graph(nodes, NUMBERS, (4,))))


def test_nodes_that_nobody_uses_are_not_read(tmp_path: Path) -> None:
    nodes = [node("Gemm", "x a", "y"), node("Sinh", "y", "left")]
    read = la.import_onnx(saved(tmp_path, graph(nodes, weights(a=(3, 2)), (3,))))
    assert read.network == la.Sequential(la.Dense(2, bias=False))
