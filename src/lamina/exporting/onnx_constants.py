"""What a graph computes of constants and of lengths alone, such as the zeros that a recurrent operator begins with."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from lamina.arrays import Numpy
from lamina.errors import ExportError
from lamina.exporting.onnx_chains import with_article

FOLDED = frozenset((
    "Add", "Cast", "Concat", "Constant", "ConstantOfShape", "Div", "Expand", "Gather", "Identity", "Mul", "Neg",
    "Reshape", "Shape", "Slice", "Squeeze", "Sub", "Transpose", "Unsqueeze",
))  # fmt: skip
"""Operators that are computed while a graph is read."""
LARGEST = 2**26
"""Numbers in what they give, and in all of them together."""


def arrays_of(graph: Any) -> dict[str, Numpy]:
    """The fixed arrays of a graph by their names.

    Raises:
        ExportError: an array of a type that ONNX does not know.
    """
    return {one.name: array_of(one) for one in graph.initializer}


def array_of(tensor: Any) -> Numpy:
    """An array as ONNX has it.

    Raises:
        ExportError: of a type that ONNX does not know.
    """
    from onnx import numpy_helper

    try:
        return np.asarray(numpy_helper.to_array(tensor))
    except (KeyError, TypeError, ValueError):
        raise ExportError(f"the array {tensor.name!a} is no array: its type is {tensor.data_type}") from None


def computed(node: Any, fixed: Mapping[str, Numpy], opsets: Any) -> Numpy:
    """What an operator gives of fixed arrays.

    Args:
        node: as ONNX has it.
        fixed: arrays by their names.
        opsets: the versions of ONNX's operators.

    Raises:
        ExportError: an operator that is not computed, one that takes something else, or that would give far too much.
    """
    from onnx import helper
    from onnx.reference import ReferenceEvaluator

    given = {name: fixed[name] for name in node.input if name in fixed}
    if node.op_type not in FOLDED or node.domain not in ("", "ai.onnx") or len(given) < len(set(node.input) - {""}):
        raise ExportError(f"{with_article(node.op_type)} that takes nothing of the input has no layer in Lamina")
    if _most(node, list(given.values())) > LARGEST:
        raise ExportError(f"{with_article(node.op_type)} gives more than {LARGEST:,} fixed numbers")
    inputs = [
        helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(array.dtype), array.shape)
        for name, array in given.items()
    ]
    graph = helper.make_graph([node], "constant", inputs, [helper.make_empty_tensor_value_info(node.output[0])])
    model = helper.make_model(graph, opset_imports=opsets)
    try:
        (found,) = ReferenceEvaluator(model).run(None, given)
    except (ValueError, TypeError, IndexError, RuntimeError) as error:
        raise ExportError(f"{with_article(node.op_type)} of fixed arrays does not add up: {error}") from None
    return np.asarray(found)


def _most(node: Any, given: list[Numpy]) -> int:
    """At most so many numbers come out."""
    if node.op_type in ("ConstantOfShape", "Expand"):
        return math.prod(max(int(one), 1) for one in given[-1].reshape(-1)) * (given[0].size or 1)
    if node.op_type == "Concat":
        return sum(one.size for one in given)
    return math.prod(one.size or 1 for one in given)
