"""Networks out of ONNX graphs: the operators that our layers cover, read as layers with their weights."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from lamina.arrays import Numpy, Params, Shape, State
from lamina.errors import ExportError, SettingError, ShapeError
from lamina.exporting.onnx_chains import BATCH, Chain, Node, as_sequential, first, plain, with_article
from lamina.exporting.onnx_constants import LARGEST, arrays_of, computed
from lamina.exporting.onnx_file import read_onnx
from lamina.exporting.onnx_moving import FLOAT, WHOLE
from lamina.exporting.onnx_operators import ACTIVATIONS, OPERATORS
from lamina.exporting.onnx_spelled import with_activations
from lamina.layers.combining import Sequential

CHANNELS_FIRST = ("Conv", "MaxPool", "AveragePool", "GlobalMaxPool", "GlobalAveragePool", "BatchNormalization")
NUMBER_BY_NUMBER = {*ACTIVATIONS, "Add", "Cast", "Clip", "Div", "Dropout", "Identity", "Mul", "Sub"}
TO_CHANNELS_FIRST = [0, 3, 1, 2]


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
        ExportError: operators or a setting that no layer covers; names all of them, and says what can be read.

    Example:
        >>> import lamina
        >>> model = lamina.fit("iris", lamina.Sequential(lamina.Dense(3)), epochs=1)
        >>> _ = lamina.export(model, "iris.onnx", prepare=False)
        >>> lamina.import_onnx("iris.onnx").network.output_shape((4,))
        (3,)
    """
    model = read_onnx(Path(path))
    try:
        chain = _read(model)
    except (ExportError, ShapeError, SettingError) as error:
        raise ExportError(f"{path}: {error}") from None
    if chain.order is not None:
        raise ExportError(f"{path}: it ends with a Flatten of channels that stand first, which has no layer in Lamina")
    if not chain.steps:
        raise ExportError(f"{path}: it computes nothing that is a layer")
    if not (chain.plain or chain.first):
        raise ExportError(f"{path}: its output has its axes in an order that is neither ours nor with channels first")
    network, params, state = as_sequential(chain.steps)
    return Imported(network, params, state, _input(model.graph)[1].shape)


def _read(model: Any) -> Chain:
    """The chain to the graph's output."""
    from onnx import helper

    graph = model.graph
    fixed, numbers = arrays_of(graph), 0
    name, start = _input(graph)
    nodes = with_activations(graph, fixed)
    _require_known(nodes, name)
    chains = {name: start}
    wanted = {one for node in nodes for one in node.input} | {one.name for one in graph.output}
    for node in nodes:
        if not any(one in chains for one in node.input):
            fixed[node.output[0]] = computed(node, fixed, model.opset_import)
            numbers += fixed[node.output[0]].size
            if numbers > LARGEST:
                raise ExportError(f"it computes more than {LARGEST:,} fixed numbers")
            continue
        settings = {one.name: helper.get_attribute_value(one) for one in node.attribute}
        if node.op_type == "Shape":
            lengths = chains[node.input[0]].lengths[settings.get("start", 0) : settings.get("end")]
            fixed[node.output[0]] = np.array(lengths, np.int64)
            continue
        found = _value(node, chains, fixed, settings)
        chains |= zip(node.output, found, strict=False)
        if wanted & set(filter(None, node.output[len(found) :])):
            raise ExportError(
                f"{with_article(node.op_type)} whose output {node.output[len(found)]!a} is used has no layer in Lamina"
            )
    if len(graph.output) != 1 or graph.output[0].name not in chains:
        raise ExportError("a network needs one output; export the network alone")
    return chains[graph.output[0].name]


def _require_known(nodes: Iterable[Any], start: str) -> None:
    """Raise an ExportError that lists every operator, from the input on, that no layer covers."""
    hanging, unknown = {start}, Counter[str]()
    for node in nodes:
        own = node.domain in ("", "ai.onnx")
        within = any(one.HasField("g") for one in node.attribute)  # a graph within may take what is outside of it
        if (hanging.isdisjoint(node.input) and not within) or (own and node.op_type == "Shape"):
            continue
        hanging.update(node.output)
        if not (own and node.op_type in OPERATORS):
            unknown[node.op_type if own else f"{node.domain}.{node.op_type}"] += 1
    if unknown:
        told = ", ".join(f"{name} ({count} times)" if count > 1 else name for name, count in unknown.items())
        one = len(unknown) == 1
        raise ExportError(
            f"the operator{'' if one else 's'} {told} {'has' if one else 'have'} no layer in Lamina; read are "
            f"{', '.join(sorted(OPERATORS))}"
        )


def _value(
    node: Any, chains: Mapping[str, Chain], fixed: Mapping[str, Numpy], settings: Mapping[str, Any]
) -> tuple[Chain, ...]:
    """What an operator gives."""
    given = tuple(chains[one] for one in node.input if one in chains)
    arrays = {place: fixed[one] for place, one in enumerate(node.input) if one in fixed}
    if len(given) + len(arrays) < sum(map(bool, node.input)):
        raise ExportError(
            f"{with_article(node.op_type)} that takes what is neither fixed nor a layer's has no layer in Lamina"
        )
    if any(one.whole for one in given) and node.op_type not in ("Cast", "Gather", "Identity"):
        raise ExportError(f"{with_article(node.op_type)} of whole numbers has no layer in Lamina")
    found = OPERATORS[node.op_type](Node(node.op_type, given, arrays, settings))
    return (found,) if isinstance(found, Chain) else found


def _input(graph: Any) -> tuple[str, Chain]:
    """The input's name, and the chain that begins with it."""
    fixed = {one.name for one in graph.initializer}
    given = [one for one in graph.input if one.name not in fixed]
    if len(given) != 1 or given[0].type.tensor_type.elem_type not in (FLOAT, *WHOLE):
        raise ExportError("a network needs one input, of float32; export the network alone, without its preparation")
    batch, *sides = [dim.dim_value for dim in given[0].type.tensor_type.shape.dim] or [0]
    if not sides or not all(sides):
        raise ExportError(f"the input {given[0].name} needs the lengths of all its axes but the first")
    readers = [node for node in graph.node if given[0].name in node.input]
    turned = any(node.op_type == "Transpose" for node in readers) or _turned_later(graph.node, given[0].name)
    convolved = any(node.op_type in CHANNELS_FIRST for node in readers)
    how: dict[str, Any] = {"whole": given[0].type.tensor_type.elem_type in WHOLE, "batch": batch or BATCH}
    if len(sides) not in (2, 3) or turned or not (len(sides) == 3 or convolved):
        return given[0].name, Chain((), tuple(sides), plain(tuple(sides)), **how)
    ours = (*sides[1:], sides[0])
    return given[0].name, Chain((), ours, first(ours), **how)


def _turned_later(nodes: Iterable[Any], start: str) -> bool:
    """Whether what comes in is made another number by number, and then gets its channels first."""
    same, behind = {start}, set[str]()
    for node in nodes:
        taken = set(node.input) - {""}
        if taken & behind:
            behind.update(node.output)
        elif taken & same and node.op_type in NUMBER_BY_NUMBER:
            same.update(node.output)
        elif taken & same:
            perms = [list(one.ints) for one in node.attribute if one.name == "perm"]
            if node.op_type == "Transpose" and perms == [TO_CHANNELS_FIRST]:
                return True
            behind.update(node.output)
    return False
