"""A model as an ONNX graph: one file that runtimes of many languages and devices take."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Mapping
from typing import Any

from lamina.arrays import Params, Shape, State
from lamina.errors import ExportError
from lamina.exporting import onnx_generative, onnx_layers, onnx_preparation, onnx_sequences, onnx_translation
from lamina.exporting.answers import write_answers
from lamina.exporting.every_layer import write_network
from lamina.exporting.forms import Form, Input, Output, Value
from lamina.exporting.onnx_graph import IR_VERSION, ML, ML_OPSET, OPSET, Graph, used
from lamina.exporting.playing_layers import shape_told
from lamina.exporting.preparation import left_outside, write_preparation, write_without_preparation
from lamina.layers.base import Layer
from lamina.model.model import Model

LARGEST = 2**31 - 1
"""Bytes of a file: ONNX's own limit."""
KINDS = {"float32": 1, "uint8": 2, "int16": 5, "int32": 6, "int64": 7, "str": 8, "float64": 11}
"""ONNX's numbers for the types of inputs and outputs."""


class OnnxForm(Form):
    """Calls become nodes; the functions stand in onnx_layers.py and its neighbors."""

    def __init__(self) -> None:
        self.graph = Graph()
        self.inputs: list[Input] = []

    def call(self, function: str, *given: Any, **settings: Any) -> Value:
        """The nodes of a function."""
        for module in (onnx_layers, onnx_sequences, onnx_generative, onnx_translation, onnx_preparation):
            if hasattr(module, function):
                value: Value = getattr(module, function)(self.graph, *given, **settings)
                return value
        raise ExportError(f"there is no {function} in ONNX")

    def input(self, given: Input) -> Value:
        """An input of the graph."""
        self.inputs.append(given)
        return given.name

    def keep(self, value: Value) -> Value:
        """Every value has a name."""
        return value

    def say(self, text: str) -> None:
        """Nothing: nodes have no remarks."""


def model_to_onnx(model: Model, prepare: bool = True) -> bytes:
    """A model as the bytes of an .onnx file.

    Args:
        model: a trained model.
        prepare: whether the graph takes raw inputs and gives answers; else what the network sees, and what it gives.

    Raises:
        ExportError: a layer or a preparation that ONNX cannot hold; `onnx` is not installed.
    """
    form = OnnxForm()
    seen = write_preparation(form, model.encoder) if prepare else write_without_preparation(form, model.encoder)
    outputs = write_network(form, model.network, model.params, model.state, model.encoder.input_shape, seen)
    plain = {Output("outputs", "float32", model.task.output_shape, "what the network gives"): outputs}
    answers = write_answers(form, model.task, outputs, seen) if prepare else plain
    told = {
        "lamina": importlib.metadata.version("lamina"), "predicts": model.task.describe(),
        "before": " ".join(left_outside(model.encoder)) if prepare else "the preparation is left out",
    }  # fmt: skip
    return _to_bytes(form, answers, told)


def network_to_onnx(network: Layer, params: Params, state: State, shape: Shape, kind: str = "float32") -> bytes:
    """A network alone as the bytes of an .onnx file, with `inputs` (batch, ...) and `outputs`.

    Args:
        network: the layers.
        params, state: its arrays.
        shape: of one example.
        kind: of the inputs' numbers; "int32" for tokens.

    Raises:
        ExportError: a layer that ONNX cannot hold; `onnx` is not installed.
    """
    form = OnnxForm()
    seen = form.input(Input("inputs", kind, tuple(shape), "examples"))
    outputs = write_network(form, network, params, state, shape, seen)
    given = Output("outputs", "float32", shape_told(network, shape), "what the network gives")
    return _to_bytes(form, {given: outputs}, {"lamina": importlib.metadata.version("lamina")})


def _require_free_names(form: OnnxForm, answers: Mapping[Output, Value]) -> None:
    """Raise an ExportError where an input is called like something else in the graph."""
    taken = {*form.graph.arrays, *(one.name for one in answers)}
    taken.update(name for node in form.graph.nodes for name in node.output)
    for one in form.inputs:
        if one.name in taken:
            raise ExportError(
                f"the column {one.name} is called like something else in the graph. Rename it in the table and train "
                f"again, or export the network alone: --no-prepare (in Python prepare=False)"
            )


def _to_bytes(form: OnnxForm, answers: Mapping[Output, Value], told: Mapping[str, str]) -> bytes:
    """The whole graph, checked by ONNX itself."""
    from onnx import checker, helper

    graph, infos = form.graph, helper.make_tensor_value_info
    _require_free_names(form, answers)
    for output, value in answers.items():
        graph.named(value, output.name)
    inputs = [infos(one.name, KINDS[one.kind], ["batch", *one.shape], one.told) for one in form.inputs]
    outputs = [infos(one.name, KINDS[one.kind], ["batch", *one.shape], one.told) for one in answers]
    made = helper.make_graph(
        used(graph.nodes, [one.name for one in answers]), "lamina", inputs, outputs, graph.tensors()
    )
    sets = [helper.make_opsetid("", OPSET), helper.make_opsetid(ML, ML_OPSET)]
    model = helper.make_model(made, opset_imports=sets, ir_version=IR_VERSION, producer_name="lamina")
    helper.set_model_props(model, dict(told))
    if model.ByteSize() > LARGEST:
        raise ExportError(f"the graph would have {model.ByteSize():,} bytes; an ONNX file has at most {LARGEST:,}")
    checker.check_model(model, full_check=True)
    data: bytes = model.SerializeToString()
    return data
