"""ONNX graphs that others made become networks of Lamina, or it is said what cannot be read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jax
import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

import lamina as la
from lamina.arrays import Numpy
from lamina.errors import ExportError, ModelFileError
from lamina.exporting.onnx_operators import OPERATORS
from lamina.exporting.to_onnx import network_to_onnx
from tests.exporting.judges import assert_near, runtime

CHANCE = np.random.default_rng(5)


def weights(**shapes: tuple[int, ...]) -> dict[str, Numpy]:
    return {name: CHANCE.uniform(0.2, 1, shape).astype(np.float32) for name, shape in shapes.items()}


def node(kind: str, inputs: str, output: str, **settings: Any) -> Any:
    return helper.make_node(kind, inputs.split(" "), [output], **settings)


def graph(nodes: Sequence[Any], arrays: dict[str, Numpy], shape: tuple[int, ...], opset: int = 18) -> bytes:
    """From x to y."""
    floats = helper.make_tensor_value_info
    made = helper.make_graph(
        list(nodes), "other", [floats("x", TensorProto.FLOAT, ["n", *shape])], [floats("y", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(array, name) for name, array in arrays.items()],
    )  # fmt: skip
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    data: bytes = onnx.shape_inference.infer_shapes(model).SerializeToString()
    return data


def saved(tmp_path: Path, data: bytes) -> Path:
    path = tmp_path / "other.onnx"
    path.write_bytes(data)
    return path


PICTURES = (3, 9, 8)
CONVOLUTIONS = [
    node("Conv", "x w b", "c", kernel_shape=[3, 3], pads=[1, 1, 1, 1]),
    node("BatchNormalization", "c s t m v", "n", epsilon=0.001),
    node("Relu", "n", "r"),
    node("MaxPool", "r", "p", kernel_shape=[2, 2], strides=[2, 2]),
    node("Conv", "p k", "d", kernel_shape=[2, 2], strides=[1, 2], dilations=[2, 1], group=2),
    node("AveragePool", "d", "e", kernel_shape=[2, 1]),
    node("Flatten", "e", "f"),
    node("Gemm", "f a z", "g", transB=1),
    node("LeakyRelu", "g", "h", alpha=0.01),
    node("MatMul", "h o", "i"),
    node("Add", "i q", "j"),
    node("Softmax", "j", "y", axis=1),
]
ARRAYS = weights(
    w=(4, 3, 3, 3), b=(4,), s=(4,), t=(4,), m=(4,), v=(4,), k=(6, 2, 2, 2), a=(5, 12), z=(5,), o=(5, 2), q=(2,)
)  # fmt: skip
RESIDUAL = [
    node("Conv", "x w", "c", kernel_shape=[3, 3], pads=[1, 1, 1, 1]),
    node("Relu", "c", "r"),
    node("Conv", "r k", "d", kernel_shape=[3, 3], auto_pad="SAME_UPPER"),
    node("Add", "d r", "s"),
    node("Conv", "s k", "e", kernel_shape=[3, 3], pads=[1, 1, 1, 1]),
    node("Conv", "s o", "f", kernel_shape=[1, 1]),
    node("Add", "e f", "g"),
    node("Sigmoid", "g", "h"),
    node("Concat", "h g", "i", axis=1),
    node("GlobalAveragePool", "i", "j"),
    node("Flatten", "j", "l"),
    node("Gemm", "l a z", "y"),
]
RESIDUAL_ARRAYS = weights(w=(4, 3, 3, 3), k=(4, 4, 3, 3), o=(4, 4, 1, 1), a=(8, 2), z=(2,))
OF_KERAS = [
    node("Transpose", "x", "t", perm=[0, 3, 1, 2]),
    node("Conv", "t w b", "c", kernel_shape=[3, 3]),
    node("Elu", "c", "e"),
    node("GlobalMaxPool", "e", "g"),
    node("Squeeze", "g axes", "s"),
    node("LayerNormalization", "s u z", "h"),
    node("Tanh", "h", "n"),
    node("Gemm", "n a", "y"),
]
OF_KERAS_ARRAYS = weights(w=(4, 3, 3, 3), b=(4,), u=(4,), z=(4,), a=(4, 2)) | {"axes": np.array([2, 3])}
ROWS = [
    node("Gemm", "x a z", "g"),
    node("BatchNormalization", "g s t m v", "n"),
    node("Dropout", "n", "d"),
    node("Softplus", "d", "e"),
    node("Reshape", "e shape", "r"),
    node("ReduceMean", "r axes", "i", keepdims=0),
    node("Identity", "i", "y"),
]
ROWS_ARRAYS = weights(a=(6, 12), z=(12,), s=(12,), t=(12,), m=(12,), v=(12,)) | {
    "shape": np.array([-1, 2, 3, 2]), "axes": np.array([1, 2]),
}  # fmt: skip
STEPS = [
    node("Conv", "x w b", "c", kernel_shape=[3], pads=[1, 1]),
    node("MaxPool", "c", "p", kernel_shape=[2], strides=[2]),
    node("Sigmoid", "p", "g"),
    node("Mul", "p g", "s"),
    node("AveragePool", "s", "a", kernel_shape=[2]),
    node("ReduceMax", "a axes", "m", keepdims=0),
    node("Sub", "m mean", "d"),
    node("Div", "d spread", "e"),
    node("Mul", "e two", "f"),
    node("Add", "f shift", "h"),
    node("Unsqueeze", "h one", "u"),
    node("Slice", "u from to along", "l"),
    node("Squeeze", "l one", "y"),
]
STEPS_ARRAYS = weights(w=(4, 3, 3), b=(4,), mean=(4,), spread=(4,), shift=(4,)) | {
    "axes": np.array([2]), "two": np.array(2, np.float32), "one": np.array([1]), "from": np.array([-3]),
    "to": np.array([2**40]), "along": np.array([2]),
}  # fmt: skip
LARGER = [
    node("Sub", "x shift", "b"),
    node("Resize", "b  scales", "r", mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor"),
    node("Conv", "r w", "c", kernel_shape=[1, 1]),
    node("Add", "c bias", "a"),
    node("ReduceMean", "a axes", "y", keepdims=0),
]
LARGER_ARRAYS = weights(shift=(3, 1, 1), w=(4, 3, 1, 1), bias=(1, 4, 1, 1)) | {
    "scales": np.array([1, 1, 2, 3], np.float32), "axes": np.array([2, 3]),
}  # fmt: skip
GRAPHS: dict[str, tuple[Sequence[Any], dict[str, Numpy], tuple[int, ...]]] = {
    "convolutions": (CONVOLUTIONS, ARRAYS, PICTURES),
    "residual": (RESIDUAL, RESIDUAL_ARRAYS, PICTURES),
    "of keras": (OF_KERAS, OF_KERAS_ARRAYS, (9, 8, 3)),
    "rows": (ROWS, ROWS_ARRAYS, (6,)),
    "steps": (STEPS, STEPS_ARRAYS, (3, 8)),
    "larger": (LARGER, LARGER_ARRAYS, PICTURES),
}


@pytest.mark.parametrize("name", list(GRAPHS))
def test_a_graph_of_others_gives_the_same_as_a_network(name: str, tmp_path: Path) -> None:
    nodes, arrays, shape = GRAPHS[name]
    data = graph(nodes, arrays, shape)
    network, params, state, ours = la.import_onnx(saved(tmp_path, data))
    x = CHANCE.normal(size=(5, *shape)).astype(np.float32)
    first = name in ("convolutions", "residual", "steps", "larger")
    turned = np.moveaxis(x, 1, -1) if first else x
    assert ours == turned.shape[1:]
    found = np.asarray(jax.jit(lambda p, s, x: network.apply(p, s, x)[0])(params, state, turned))
    assert_near(found, runtime(data)({"x": x})["y"])


NETWORKS: dict[str, tuple[la.Layer, tuple[int, ...]]] = {
    "mlp": (la.Sequential(la.Dense(5, "relu"), la.Dense(4, "elu", bias=False), la.LayerNorm(), la.Dense(3)), (6,)),
    "lenet5": (la.lenet5(), (28, 28, 1)),
    "residual": (
        la.Sequential(la.Residual(la.Conv2D(2, 3, "tanh", padding="same"), la.Conv2D(2, 1)), la.GlobalAveragePool2D()),
        (6, 5, 1),
    ),
    "framed": (
        la.Sequential(
            la.Pad2D((1, 0), (2, 1), -0.5), la.Conv2D(2, 3, "relu6", 2), la.Pad2D((1, 1), (1, 1)), la.MaxPool2D(3, 2)
        ),
        (6, 7, 2),
    ),
    "parallel": (la.Sequential(la.Parallel(la.Dense(2, "sigmoid"), la.Dense(3)), la.Activation("softmax")), (4,)),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", list(NETWORKS))
def test_our_own_graphs_come_back(name: str, tmp_path: Path) -> None:
    network, shape = NETWORKS[name]
    params, state = network.init(jax.random.key(0), jax.ShapeDtypeStruct((1, *shape), "float32"))
    data = network_to_onnx(network, params, state, shape)
    again = la.import_onnx(saved(tmp_path, data))
    x = CHANCE.normal(size=(3, *shape)).astype(np.float32)
    assert_near(again.network.apply(again.params, again.state, x)[0], network.apply(params, state, x)[0])


@pytest.mark.slow
def test_every_operator_that_is_said_to_be_read_is_tried() -> None:
    tried = {one.op_type for nodes, _, _ in GRAPHS.values() for one in nodes}
    for network, shape in NETWORKS.values():
        params, state = network.init(jax.random.key(0), jax.ShapeDtypeStruct((1, *shape), "float32"))
        tried |= {
            one.op_type for one in onnx.load_from_string(network_to_onnx(network, params, state, shape)).graph.node
        }
    assert set(OPERATORS) - tried == {
        "Atan", "Gelu", "Swish", "Cast", "Gather", "RNN", "LSTM", "GRU",
    }, "with tests of their own"  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "name", "opset"), [("Atan", "arctan", 18), ("Gelu", "gelu", 20), ("Swish", "silu", 24)]
)
def test_an_activation_of_a_newer_set(kind: str, name: str, opset: int, tmp_path: Path) -> None:
    read = la.import_onnx(saved(tmp_path, graph([node(kind, "x", "y")], {}, (3,), opset)))
    assert read.network == la.Sequential(la.Activation(name))


REFUSED: list[tuple[Any, dict[str, Numpy], tuple[int, ...], str]] = [
    ([node("Sinh", "x", "y")], {}, (3,), "the operator Sinh has no layer in Lamina; read are Add, Atan"),
    ([node("LeakyRelu", "x", "y", alpha=0.3)], {}, (3,), r"a LeakyRelu with alpha=0\.3"),
    ([node("Gemm", "x a", "y", alpha=2.0)], weights(a=(3, 2)), (3,), "a Gemm with alpha, beta or transA"),
    ([node("MatMul", "x x", "y")], {}, (3, 3), "a second factor that is no fixed matrix"),
    ([node("Add", "x a", "y")], weights(a=(8, 3)), (8, 3), "a fixed array that is no number a channel"),
    ([node("Sub", "a x", "y")], weights(a=(3,)), (3,), "a Sub with a fixed array in front"),
    ([node("Div", "x a", "y")], {"a": np.zeros(3, np.float32)}, (3,), "a weight holds NaN or infinity"),
    ([node("Mul", "x x", "y")], {}, (3,), r"a Mul with other values than x and Sigmoid\(x\)"),
    ([node("Cast", "x", "i", to=7), node("Cast", "i", "y", to=1)], {}, (3,), "a Cast with to=7"),
    ([node("Gather", "x a", "y", axis=1)], {"a": np.array([1, 0])}, (3, 2), "a Gather with axis=1, or several places"),
    ([node("Slice", "x a b c d", "y")],
     {"a": np.array([0]), "b": np.array([4]), "c": np.array([1]), "d": np.array([2])}, (8,), "another step than 1"),
    ([node("Unsqueeze", "x a", "y")], {"a": np.array([0])}, (3,), r"an? Unsqueeze with axes=\[0\]"),
    ([node("Conv", "x a", "y", group=3)], weights(a=(3, 1, 3)), (3, 8), "group=3 along a sequence"),
    ([helper.make_node("BatchNormalization", ["x", *"aaaa"], ["y", "m", "v"], training_mode=1)],
     weights(a=(3,)), (3, 8, 8), "training_mode"),
    ([node("Relu", "x", "r"), node("BatchNormalization", "r a a a a", "y")], weights(a=(8,)), (8, 8),
     "a BatchNormalization with arrays that are not fixed, or channels that stand last"),
    ([node("Reshape", "x a", "y")], {"a": np.array([1, -1])}, (3, 2), r"a Reshape with the target \[1, -1\]"),
    ([node("Reshape", "x a", "y")], {"a": np.array([2, -1, 3])}, (6,), r"a Reshape with the target \[2, -1, 3\]"),
    ([node("Identity", "x", "y")], {}, (3,), "it computes nothing that is a layer"),
    ([node("Sinh", "a", "b"), node("Add", "x b", "y")], weights(a=(3,)), (3,),
     "a Sinh that takes nothing of the input"),
    ([node("ConstantOfShape", "a", "b"), node("Add", "x b", "y")], {"a": np.array([2**40, 1])}, (3,),
     "a ConstantOfShape gives more than 67,108,864 fixed numbers"),
    ([node("Softmax", "x", "y", axis=1)], {}, (3, 4), "a Softmax with axis=1"),
    ([node("Relu", "x", "r"), node("Transpose", "r", "y", perm=[0, 2, 1, 3])], {}, (3, 8, 8),
     "its output has its axes in an order that is neither ours"),
    ([node("Transpose", "x", "t", perm=[0, 2, 1, 3]), node("Conv", "t a", "y")], weights(a=(2, 8, 3, 3)), (3, 8, 8),
     "other inputs than pictures with their channels first"),
    ([node("Flatten", "x", "y", axis=2)], {}, (3, 8), "a Flatten with axis=2"),
    ([node("Concat", "x x", "y", axis=0)], {}, (3,), "a Concat with axis=0"),
    ([node("Add", "x x", "y")], {}, (3,), "an Add of a value and itself"),
    ([node("ReduceMean", "x a", "y")], {"a": np.array([1])}, (3, 8, 8), r"a ReduceMean with axes=\[1\]"),
    ([node("Gemm", "x a", "y")], {"a": np.full((3, 2), np.nan, np.float32)}, (3,), "a weight holds NaN or infinity"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("nodes", "arrays", "shape", "why"), REFUSED, ids=lambda one: one if isinstance(one, str) else ""
)
def test_what_no_layer_covers_is_named(nodes: Any, arrays: Any, shape: Any, why: str, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=why):
        la.import_onnx(saved(tmp_path, graph(nodes, arrays, shape)))


def test_a_flatten_of_channels_that_stand_first_needs_what_comes_behind(tmp_path: Path) -> None:
    nodes = [node("MaxPool", "x", "p", kernel_shape=[2, 2]), node("Flatten", "p", "y")]
    with pytest.raises(ExportError, match="it ends with a Flatten of channels that stand first"):
        la.import_onnx(saved(tmp_path, graph(nodes, {}, (3, 8, 8))))


def test_an_input_without_lengths_is_refused(tmp_path: Path) -> None:
    data = graph([node("Relu", "x", "y")], {}, ())
    with pytest.raises(ExportError, match="the input x needs the lengths of all its axes"):
        la.import_onnx(saved(tmp_path, data))


@pytest.mark.parametrize("content", [b"", b"no graph at all", b"\x08\x08\x12\x02" + b"\xff" * 50])
def test_what_is_no_graph_is_refused(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match=r"not (an|a sound) ONNX file"):
        la.import_onnx(saved(tmp_path, content))


def test_a_graph_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    nodes, arrays, shape = GRAPHS["rows"]
    data = graph(nodes, arrays, shape)
    for end in range(0, len(data), 97):
        with pytest.raises((ModelFileError, ExportError)):
            la.import_onnx(saved(tmp_path, data[:end]))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="cannot be read: No such file"):
        la.import_onnx(tmp_path / "nothing.onnx")


def beside(tmp_path: Path, location: str, **told: str) -> Path:
    """A graph whose weight stands in another file."""
    folder = tmp_path / "model"
    folder.mkdir(exist_ok=True)
    model = onnx.load_from_string(graph([node("Gemm", "x a", "y")], {"a": np.ones((3, 2), np.float32)}, (3,)))
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in {"location": location, **told}.items():
        tensor.external_data.add(key=key, value=value)
    path = folder / "other.onnx"
    path.write_bytes(model.SerializeToString())
    return path


def test_arrays_in_a_file_beside_it_are_read(tmp_path: Path) -> None:
    path = beside(tmp_path, "arrays.bin", offset="4", length="24")
    (path.parent / "arrays.bin").write_bytes(bytes(4) + np.arange(6, dtype=np.float32).tobytes())
    assert la.import_onnx(path).params["0"]["weight"].tolist() == [[0, 1], [2, 3], [4, 5]]


@pytest.mark.parametrize("location", ["../outside.bin", "/etc/hostname", "nothing.bin", "", ".", "a\0b"])
def test_arrays_outside_of_its_folder_are_refused(location: str, tmp_path: Path) -> None:
    (tmp_path / "outside.bin").write_bytes(bytes(24))
    with pytest.raises(ModelFileError, match=r"is no file within .*nothing outside of its folder is read"):
        la.import_onnx(beside(tmp_path, location))


def test_a_link_out_of_its_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "outside.bin").write_bytes(bytes(24))
    path = beside(tmp_path, "link.bin")
    (path.parent / "link.bin").symlink_to(tmp_path / "outside.bin")
    with pytest.raises(ModelFileError, match="is no file within"):
        la.import_onnx(path)


@pytest.mark.parametrize("told", [{"offset": "20"}, {"length": "999"}, {"offset": "-4"}, {"length": "9" * 30}])
def test_arrays_that_end_behind_their_file_are_refused(told: dict[str, str], tmp_path: Path) -> None:
    path = beside(tmp_path, "arrays.bin", **told)
    (path.parent / "arrays.bin").write_bytes(bytes(24))
    with pytest.raises(ModelFileError):
        la.import_onnx(path)


def test_rows_of_a_table_are_an_embedding(tmp_path: Path) -> None:
    """Whole numbers go in, as they do where texts are tokens."""
    nodes = [node("Cast", "x", "i", to=7), node("Gather", "w i", "e"), node("ReduceMean", "e axes", "y", keepdims=0)]
    model = onnx.load_from_string(graph(nodes, weights(w=(6, 3)) | {"axes": np.array([1])}, (4,)))
    model.graph.input[0].type.tensor_type.elem_type = TensorProto.INT32
    data = model.SerializeToString()
    network, params, state, shape = la.import_onnx(saved(tmp_path, data))
    assert (network, shape) == (la.Sequential(la.Embedding(6, 3), la.GlobalAveragePool1D()), (4,))
    x = CHANCE.integers(0, 6, (5, 4)).astype(np.int32)
    assert_near(network.apply(params, state, x)[0], runtime(data)({"x": x})["y"])


def test_a_bias_along_another_axis_is_no_bias(tmp_path: Path) -> None:
    """Four steps and four units: what stands behind a Transpose must not be taken for what was in front of it."""
    nodes = [node("MatMul", "x w", "m"), node("Transpose", "m", "t", perm=[0, 2, 1]), node("Add", "t b", "y")]
    with pytest.raises(ExportError, match="an Add with a fixed array that is no number a channel"):
        la.import_onnx(saved(tmp_path, graph(nodes, weights(w=(3, 4), b=(4,)), (4, 3))))


def test_whole_numbers_go_into_a_table_alone(tmp_path: Path) -> None:
    model = onnx.load_from_string(graph([node("Cast", "x", "i", to=6), node("Relu", "i", "y")], {}, (4,)))
    model.graph.input[0].type.tensor_type.elem_type = TensorProto.INT64
    model.graph.output[0].type.tensor_type.elem_type = TensorProto.INT32
    model = onnx.shape_inference.infer_shapes(model)
    with pytest.raises(ExportError, match="a Relu of whole numbers has no layer in Lamina"):
        la.import_onnx(saved(tmp_path, model.SerializeToString()))


def test_a_graph_for_one_length_of_batch_comes_in(tmp_path: Path) -> None:
    nodes = [node("Reshape", "x a", "r"), node("Gemm", "r w", "y")]
    model = onnx.load_from_string(graph(nodes, weights(w=(6, 2)) | {"a": np.array([5, -1])}, (3, 2)))
    model.graph.input[0].type.tensor_type.shape.dim[0].dim_value = 5
    data = model.SerializeToString()
    network, params, state, _ = la.import_onnx(saved(tmp_path, data))
    x = CHANCE.normal(size=(5, 3, 2)).astype(np.float32)
    assert_near(network.apply(params, state, x)[0], runtime(data)({"x": x})["y"])
