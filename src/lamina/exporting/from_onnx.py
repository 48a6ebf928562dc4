"""Networks out of ONNX graphs: the operators that our layers cover, read as layers with their weights."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from lamina.arrays import Numpy, Params, Shape, State
from lamina.errors import ExportError, SettingError, ShapeError
from lamina.exporting.onnx_chains import FIRST_TO_LAST, Chain, Node, as_sequential
from lamina.exporting.onnx_file import read_onnx
from lamina.exporting.onnx_operators import OPERATORS
from lamina.layers.combining import Sequential


class Imported(NamedTuple):
    """A network that was read.

    Args:
        network: the layers; pictures come in with their channels last, as everywhere in Lamina.
        params, state: its arrays.
        shape: of one example.
    """

    network: Sequential
    params: Params
    state: State
    shape: Shape


def import_onnx(path: str | Path) -> Imported:
    """A network from an ONNX file, made of operators that layers of Lamina cover.

    Raises:
        ModelFileError: no sound ONNX file, or arrays outside of its folder.
        ExportError: an operator or a setting that no layer covers; names it, and says what can be read.

    Example:
        >>> import lamina
        >>> model = lamina.fit("iris", lamina.Sequential(lamina.Dense(3)), epochs=1)
        >>> _ = lamina.export(model, "iris.onnx", prepare=False)
        >>> lamina.import_onnx("iris.onnx").network.output_shape((4,))
        (3,)
    """
    graph = read_onnx(Path(path)).graph
    try:
        chain = _read(graph)
    except (ExportError, ShapeError, SettingError) as error:
        raise ExportError(f"{path}: {error}") from None
    if chain.order is not None:
        raise ExportError(f"{path}: it ends with a Flatten of channels that stand first, which has no layer in Lamina")
    network, params, state = as_sequential(chain.steps)
    return Imported(network, params, state, _input(graph)[1])


def _read(graph: Any) -> Chain:
    """The chain to the graph's output."""
    from onnx import helper, numpy_helper

    fixed = {one.name: numpy_helper.to_array(one) for one in graph.initializer}
    name, shape, first = _input(graph)
    chains: dict[str, Chain] = {name: Chain((), shape, first)}
    for node in graph.node:
        settings = {one.name: helper.get_attribute_value(one) for one in node.attribute}
        if node.op_type == "Constant":
            fixed[node.output[0]] = _constant(settings)
            continue
        if node.op_type not in OPERATORS or node.domain not in ("", "ai.onnx"):
            known = ", ".join(sorted(OPERATORS))
            raise ExportError(f"the operator {node.op_type} has no layer in Lamina; read are {known}")
        arrays = {place: fixed[one] for place, one in enumerate(node.input) if one in fixed}
        given = tuple(chains[one] for one in node.input if one in chains)
        if not given or any(node.output[1:]):
            raise ExportError(
                f"a {node.op_type} that takes nothing of the input, or gives several, has no layer in Lamina"
            )
        chains[node.output[0]] = OPERATORS[node.op_type](Node(node.op_type, given, arrays, settings))
    if len(graph.output) != 1 or graph.output[0].name not in chains:
        raise ExportError("a network needs one output; export the network alone")
    return chains[graph.output[0].name]


def _input(graph: Any) -> tuple[str, Shape, bool]:
    """The input's name, the shape of one example as ours, and whether its channels stand first."""
    fixed = {one.name for one in graph.initializer}
    given = [one for one in graph.input if one.name not in fixed]
    if len(given) != 1 or given[0].type.tensor_type.elem_type != 1:
        raise ExportError("a network needs one input, of float32; export the network alone, without its preparation")
    _, *sides = [dim.dim_value for dim in given[0].type.tensor_type.shape.dim] or [0]
    if not sides or not all(sides):
        raise ExportError(f"the input {given[0].name} needs the lengths of all its axes but the first")
    readers = [node for node in graph.node if given[0].name in node.input]
    turned = any(node.op_type == "Transpose" for node in readers)
    convolved = any(node.op_type in ("Conv", "MaxPool", "AveragePool", "BatchNormalization") for node in readers)
    first = len(sides) in FIRST_TO_LAST and (len(sides) == 3 or convolved) and not turned
    axes = FIRST_TO_LAST[len(sides)] if first else range(len(sides))
    return given[0].name, tuple(sides[axis] for axis in axes), first


def _constant(settings: Mapping[str, Any]) -> Numpy:
    """What a Constant holds."""
    from onnx import numpy_helper

    if "value" in settings:
        return np.asarray(numpy_helper.to_array(settings["value"]))
    return np.asarray(next(iter(settings.values())))
