"""ONNX files that lie, hide or surprise: what cannot be read is said at once, all of it, and nothing hangs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

import lamina as la
from lamina.errors import ExportError, ModelFileError
from tests.exporting.test_onnx_import import graph, node, saved, weights


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.onnx")
    with pytest.raises(ModelFileError, match=r"pipe\.onnx: not a regular file"):
        la.import_onnx(tmp_path / "pipe.onnx")


def test_every_operator_that_no_layer_covers_is_listed(tmp_path: Path) -> None:
    """Those of other sets by their set's name; what hangs on constants alone is none of them."""
    nodes = [
        node("Exp", "a", "b"), node("Sinh", "x", "c"), node("Relu", "c", "d"), node("Sinh", "d", "e"),
        node("MatMul", "e a", "f"), node("Erf", "f", "y"),
    ]  # fmt: skip
    model = onnx.load_from_string(graph(nodes, weights(a=(3, 3)), (3,)))
    model.graph.node[4].op_type, model.graph.node[4].domain = "FusedGemm", "com.microsoft"
    model.opset_import.append(helper.make_opsetid("com.microsoft", 1))
    why = r"the operators Sinh \(2 times\), com.microsoft.FusedGemm, Erf have no layer in Lamina; read are Add, Atan"
    with pytest.raises(ExportError, match=why):
        la.import_onnx(saved(tmp_path, model.SerializeToString()))


def test_an_axis_that_there_is_not(tmp_path: Path) -> None:
    model = onnx.load_from_string(graph([node("Softmax", "x", "y", axis=1)], {}, (3, 8)))
    model.graph.node[0].attribute[0].i = 7
    with pytest.raises(ExportError, match="the axis 7 is asked for, of a value of 3 axes"):
        la.import_onnx(saved(tmp_path, model.SerializeToString()))


def test_axes_may_be_a_single_number(tmp_path: Path) -> None:
    """Not as ONNX says, but what is meant is clear."""
    model = onnx.load_from_string(graph([node("ReduceMean", "x a", "y", keepdims=0)], {"a": np.array([1])}, (3, 8)))
    del model.graph.initializer[0].dims[:]
    assert la.import_onnx(saved(tmp_path, model.SerializeToString())).network == la.Sequential(la.GlobalAveragePool1D())


def test_a_graph_within_a_graph_is_no_layer(tmp_path: Path) -> None:
    shape = helper.make_tensor_value_info("q", TensorProto.FLOAT, None)
    branches = {f"{name}_branch": helper.make_graph([node(kind, "x", "q")], name, [], [shape])
                for name, kind in (("then", "Relu"), ("else", "Tanh"))}  # fmt: skip
    data = graph([node("If", "a", "y", **branches)], {"a": np.array(True)}, (3,))
    with pytest.raises(ExportError, match="the operator If has no layer in Lamina"):
        la.import_onnx(saved(tmp_path, data))


def test_constants_are_bounded_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lamina.exporting.from_onnx.LARGEST", 5)
    nodes = [node("Neg", "a", "b"), node("Neg", "b", "c"), node("Add", "x c", "y")]
    with pytest.raises(ExportError, match="it computes more than 5 fixed numbers"):
        la.import_onnx(saved(tmp_path, graph(nodes, weights(a=(3,)), (3,))))


def test_an_array_of_an_unknown_type_is_refused(tmp_path: Path) -> None:
    model = onnx.load_from_string(graph([node("Gemm", "x a", "y")], weights(a=(3, 2)), (3,)))
    model.graph.initializer[0].data_type = 99
    with pytest.raises(ExportError, match="the array 'a' is no array: its type is 99"):
        la.import_onnx(saved(tmp_path, model.SerializeToString()))


def test_texts_are_no_weights(tmp_path: Path) -> None:
    data = graph([node("Gemm", "x a", "y")], weights(a=(3, 2)), (3,))
    model = onnx.load_from_string(data)
    texts: Any = [b"one"] * 6
    model.graph.initializer[0].CopyFrom(helper.make_tensor("a", TensorProto.STRING, (3, 2), texts))
    with pytest.raises((ExportError, ModelFileError)):
        la.import_onnx(saved(tmp_path, model.SerializeToString()))
