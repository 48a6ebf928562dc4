"""An ONNX graph while it is built: nodes, and the arrays they take."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from lamina.arrays import Numpy
from lamina.exporting.forms import Value, Weight

OPSET = 18
"""The version of ONNX's operators that is asked for."""
ML_OPSET = 3
ML = "ai.onnx.ml"
"""Operators for texts stand in a second set."""
IR_VERSION = 8
"""The version of the file itself that belongs to them."""

Body = Callable[["Graph", list[Value], list[Value]], tuple[list[Value], list[Value]]]
"""One step of a loop: (graph, states, this step's values) -> (states after it, what it gives)."""


class Graph:
    """Nodes in their order. Into a node goes a value by its name, a Weight, an array or numbers; None is left out."""

    def __init__(self, numbers: Iterator[int] | None = None, prefix: str = "") -> None:
        self.nodes: list[Any] = []
        self.arrays: dict[str, Numpy] = {}
        self._numbers = itertools.count() if numbers is None else numbers
        self._prefix = prefix
        self._constants: dict[tuple[str, tuple[int, ...], bytes], str] = {}
        self._turned: dict[Value, tuple[Value, tuple[int, ...]]] = {}

    def op(self, kind: str, *inputs: Any, domain: str = "", **attributes: Any) -> Value:
        """A node with one output."""
        return self.ops(kind, 1, *inputs, domain=domain, **attributes)[0]

    def ops(self, kind: str, outputs: int, *inputs: Any, domain: str = "", **attributes: Any) -> list[Value]:
        """A node with several outputs."""
        from onnx import helper

        names = [self._name(kind.lower()) for _ in range(outputs)]
        given = [self.name_of(one) for one in inputs]
        name = self._name(kind)
        self.nodes.append(helper.make_node(kind, given, names, name=name, domain=domain, **attributes))
        return names

    def named(self, value: Value, name: str) -> Value:
        """A value under a name of its own, for the outputs of a graph."""
        from onnx import helper

        self.nodes.append(helper.make_node("Identity", [value], [name], name=self._name("Identity")))
        return name

    def name_of(self, given: Any) -> str:
        """What a node is told of its input."""
        if given is None:
            return ""
        if isinstance(given, str):
            return given
        if isinstance(given, Weight):
            name = self._prefix + given.name
            self.arrays.setdefault(name, given.array)
            return name
        return self._constant(_array(given))

    def transpose(self, x: Value, axes: Sequence[int]) -> Value:
        """Axes in another order; two turns that undo each other are none."""
        order = tuple(axes)
        if x in self._turned:
            x, before = self._turned[x]
            order = tuple(before[axis] for axis in order)
        if order == tuple(range(len(order))):
            return x
        y = self.op("Transpose", x, perm=list(order))
        self._turned[y] = (x, order)
        return y

    def scan(self, start: Sequence[Any], steps: Sequence[Value], body: Body) -> tuple[list[Value], list[Value]]:
        """A loop over the first axis of `steps`: the states after it, and what each step gave."""
        from onnx import TensorProto, helper

        inner = Graph(self._numbers, f"loop{next(self._numbers)}/")
        states, now = ([inner._name(kind) for _ in of] for kind, of in (("state", start), ("step", steps)))
        after, given = body(inner, list(states), list(now))
        ends = [inner.op("Identity", one) for one in (*after, *given)]  # a state must not leave as it came in
        graph = helper.make_graph(
            inner.nodes,
            "step",
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in (*states, *now)],
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in ends],
            inner.tensors(),
        )
        found = self.ops("Scan", len(ends), *start, *steps, body=graph, num_scan_inputs=len(steps))
        return found[: len(states)], found[len(states) :]

    def tensors(self) -> list[Any]:
        """The arrays as the graph holds them."""
        from onnx import numpy_helper

        return [numpy_helper.from_array(array, name) for name, array in self.arrays.items()]

    def _constant(self, array: Numpy) -> str:
        """An array's name, the same for the same array."""
        known = (array.dtype.str, array.shape, b"\0".join(map(str.encode, array.ravel())) if array.dtype == object
                 else array.tobytes())  # fmt: skip
        if known not in self._constants:
            name = self._constants[known] = self._name("constant")
            self.arrays[name] = array
        return self._constants[known]

    def _name(self, kind: str) -> str:
        return f"{self._prefix}{kind}_{next(self._numbers)}"


def used(nodes: Sequence[Any], answers: Iterable[str]) -> list[Any]:
    """The nodes that an answer hangs on: turns that undid each other leave some behind."""
    wanted, kept = set(answers), []
    for node in reversed(nodes):
        if wanted.intersection(node.output):
            kept.append(node)
            wanted.update(node.input)
    return kept[::-1]


def _array(given: Any) -> Numpy:
    """Numbers as an array: whole ones as int64, others as float32; arrays keep their type."""
    if isinstance(given, np.ndarray | np.generic):
        return np.asarray(given)
    array = np.asarray(given)
    if array.dtype.kind in "US":
        return array.astype(object)
    return array.astype(np.int64 if array.dtype.kind in "iu" else np.float32) if array.dtype.kind != "b" else array
