"""Windows of ONNX graphs that look beyond the edge: what is added around becomes a Pad2D, or it is said why not."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

import lamina as la
from lamina.arrays import Numpy
from lamina.errors import ExportError
from lamina.exporting.to_onnx import network_to_onnx
from tests.exporting.judges import assert_near, runtime
from tests.exporting.test_onnx_import import graph, node, saved, weights

CHANCE = np.random.default_rng(8)
LOWEST = float(np.finfo(np.float32).min)
SIDES = ((8, 9), (9, 8), (11, 7))


def read(
    tmp_path: Path, nodes: Sequence[Any], arrays: dict[str, Numpy], shape: tuple[int, ...], opset: int = 18
) -> Any:
    """What is imported, after it gave what ONNX Runtime gives, and gave it again as our own graph."""
    data = graph(nodes, arrays, shape, opset)
    imported = la.import_onnx(saved(tmp_path, data))
    x = CHANCE.normal(0, 4, (3, *shape)).astype(np.float32)
    wanted, turned = runtime(data)({"x": x})["y"], np.moveaxis(x, 1, -1)
    found = np.asarray(imported.network.apply(imported.params, imported.state, turned)[0])
    assert_near(np.moveaxis(found, -1, 1), wanted)
    ours = network_to_onnx(imported.network, imported.params, imported.state, imported.shape)
    assert_near(np.moveaxis(runtime(ours)({"inputs": turned})["outputs"], -1, 1), wanted)
    again = la.import_onnx(saved(tmp_path, ours))
    if any(isinstance(layer, la.Conv2D | la.Pad2D | la.MaxPool2D) for layer in imported.network.layers):
        assert again.network == imported.network
        assert_near(again.network.apply(again.params, again.state, turned)[0], found)
    return imported.network


CONVOLUTIONS: dict[str, tuple[dict[str, Any], int, tuple[int, ...]]] = {
    "3 x 3, stride 2": ({"strides": [2, 2], "pads": [1, 1, 1, 1]}, 1, (4, 2, 3, 3)),
    "7 x 7, stride 2": ({"strides": [2, 2], "pads": [3, 3, 3, 3]}, 1, (4, 2, 7, 7)),
    "more than it reaches": ({"pads": [2, 2, 2, 2]}, 1, (4, 2, 2, 2)),
    "four different sides": ({"strides": [2, 1], "pads": [0, 3, 2, 1]}, 1, (4, 2, 3, 2)),
    "depthwise": ({"strides": [2, 2], "pads": [1, 1, 1, 1], "group": 2}, 2, (4, 1, 3, 3)),
    "with gaps": ({"strides": [1, 2], "pads": [2, 2, 2, 2], "dilations": [2, 2]}, 1, (4, 2, 3, 3)),
    "the odd one before": ({"strides": [2, 2], "auto_pad": "SAME_LOWER"}, 1, (4, 2, 4, 3)),
    "the odd one behind": ({"strides": [2, 2], "auto_pad": "SAME_UPPER"}, 1, (4, 2, 4, 3)),
}


@pytest.mark.parametrize("sides", SIDES)
@pytest.mark.parametrize("name", list(CONVOLUTIONS))
def test_convolutions(name: str, sides: tuple[int, int], tmp_path: Path) -> None:
    settings, groups, shape = CONVOLUTIONS[name]
    conv = node("Conv", "x w b", "y", kernel_shape=shape[2:], **settings)
    network = read(tmp_path, [conv], weights(w=shape, b=(4,)), (2, *sides))
    assert network.layers[-1].groups == groups
    pads = settings.get("pads")
    if pads and len(network.layers) == 2:
        assert network.layers[0] == la.Pad2D((pads[0], pads[2]), (pads[1], pads[3]))


def test_a_frame_is_set_only_where_same_is_another_one(tmp_path: Path) -> None:
    """3 x 3 with stride 2: an odd side has one place on both ends with "same" too, an even one only at its end."""
    conv = node("Conv", "x w", "y", kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
    arrays = weights(w=(4, 2, 3, 3))
    odd, even = (read(tmp_path, [conv], arrays, (2, *sides)).layers for sides in ((9, 7), (8, 7)))
    assert [type(layer) for layer in odd] == [la.Conv2D]
    assert [type(layer) for layer in even] == [la.Pad2D, la.Conv2D]
    assert (odd[0].padding, even[0], even[1].padding) == ("same", la.Pad2D((1, 1), (1, 1)), "valid")


@pytest.mark.parametrize("sides", SIDES)
@pytest.mark.parametrize("settings", [
    {"pads": [1, 1, 1, 1]}, {"pads": [0, 2, 1, 0]}, {"auto_pad": "SAME_UPPER"}, {"auto_pad": "SAME_LOWER"},
], ids=repr)  # fmt: skip
def test_the_largest_is_never_what_stands_around(
    settings: dict[str, Any], sides: tuple[int, int], tmp_path: Path
) -> None:
    pool = node("MaxPool", "n", "y", kernel_shape=[3, 3], strides=[2, 2], **settings)
    network = read(
        tmp_path, [node("Sub", "x far", "n"), pool], {"far": np.full((2, 1, 1), 50, np.float32)}, (2, *sides)
    )
    framed = [layer for layer in network.layers if isinstance(layer, la.Pad2D)]
    assert [layer.value for layer in framed] == [LOWEST] * len(framed)
    assert framed or (sides, settings) == ((11, 7), {"auto_pad": "SAME_UPPER"})


@pytest.mark.parametrize(("kind", "value"), [("Relu", 0.0), ("Sigmoid", 0.0), ("Tanh", LOWEST)])
def test_behind_what_gives_no_negative_numbers_zeros_stand_around(kind: str, value: float, tmp_path: Path) -> None:
    pool = node("MaxPool", "n", "y", kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
    network = read(tmp_path, [node(kind, "x", "n"), pool], {}, (2, 8, 9))
    assert network.layers[1] == la.Pad2D((1, 1), (1, 1), value)


@pytest.mark.parametrize("sides", SIDES)
def test_means_with_zeros_around(sides: tuple[int, int], tmp_path: Path) -> None:
    settings = {"kernel_shape": [3, 2], "strides": [2, 2], "pads": [1, 0, 2, 1]}
    network = read(tmp_path, [node("AveragePool", "x", "y", count_include_pad=1, **settings)], {}, (2, *sides))
    assert network == la.Sequential(la.Pad2D((1, 2), (0, 1)), la.AveragePool2D((3, 2), (2, 2)))


@pytest.mark.parametrize("kind", ["MaxPool", "AveragePool"])
def test_windows_that_fit_exactly_are_not_cut_off(kind: str, tmp_path: Path) -> None:
    pool = node(kind, "x", "y", kernel_shape=[2, 2], strides=[2, 2], ceil_mode=1)
    assert len(read(tmp_path, [pool], {}, (2, 8, 6)).layers) == 1
    with pytest.raises(ExportError, match="ceil_mode=1 and windows that are cut off by the end"):
        la.import_onnx(saved(tmp_path, graph([pool], {}, (2, 8, 7))))


def whole(*numbers: int) -> Numpy:
    return np.array(numbers, np.int64)


PADS: dict[str, tuple[Any, dict[str, Numpy], int]] = {
    "an input": (node("Pad", "x p", "y"), {"p": whole(0, 0, 1, 2, 0, 0, 3, 0)}, 18),
    "with a value": (node("Pad", "x p v", "y"), {"p": whole(0, 0, 1, 2, 0, 0, 3, 0), "v": np.full((), -2.5, "f")}, 18),
    "of some axes": (node("Pad", "x p  a", "y"), {"p": whole(2, 1, 0, 3), "a": whole(-1, 2)}, 18),
    "settings": (node("Pad", "x", "y", pads=[0, 0, 1, 2, 0, 0, 3, 0], value=1.5), {}, 10),
}  # fmt: skip


@pytest.mark.parametrize(("name", "wanted"), [
    ("an input", la.Pad2D((1, 3), (2, 0))), ("with a value", la.Pad2D((1, 3), (2, 0), -2.5)),
    ("of some axes", la.Pad2D((1, 3), (2, 0))), ("settings", la.Pad2D((1, 3), (2, 0), 1.5)),
])  # fmt: skip
def test_the_operator_pad(name: str, wanted: la.Pad2D, tmp_path: Path) -> None:
    pad, arrays, opset = PADS[name]
    assert read(tmp_path, [pad], {key: np.asarray(array) for key, array in arrays.items()}, (2, 5, 4), opset) == (
        la.Sequential(wanted)
    )


def test_nothing_around_is_nothing(tmp_path: Path) -> None:
    pads = {"p": whole(*[0] * 8)}
    network = read(tmp_path, [node("Pad", "x p", "a"), node("Relu", "a", "y")], pads, (2, 5, 4))
    assert network == la.Sequential(la.Activation("relu"))


@pytest.mark.parametrize(("clip", "arrays", "opset", "name"), [
    (node("Clip", "x a b", "y"), {"a": np.float32(0), "b": np.float32(6)}, 18, "relu6"),
    (node("Clip", "x", "y", min=0.0, max=6.0), {}, 6, "relu6"),
    (node("Clip", "x a", "y"), {"a": np.float32(0)}, 18, "relu"),
    (node("Clip", "x", "y", min=0.0), {}, 6, "relu"),
    (node("Clip", "x a b", "y"), {"a": np.float32(0), "b": np.float32(np.inf)}, 18, "relu"),
], ids=str)  # fmt: skip
def test_numbers_that_are_cut_off(clip: Any, arrays: dict[str, Any], opset: int, name: str, tmp_path: Path) -> None:
    found = read(tmp_path, [clip], {key: np.asarray(one) for key, one in arrays.items()}, (2, 5, 4), opset)
    assert found == la.Sequential(la.Activation(name))


WINDOW = {"kernel_shape": [3, 3], "strides": [2, 2]}
PICTURES, STEPS = (3, 8, 8), (3, 8)
REFUSED: list[tuple[Any, dict[str, Any], tuple[int, ...], str]] = [
    (node("Conv", "x a", "y", strides=[2], pads=[1, 1]), weights(a=(2, 3, 3)), STEPS,
     r'a Conv with pads=\[1, 1\] along a sequence with strides=\[2\] \(padding "same" would be \[0, 1\]\)'),
    (node("Conv", "x a", "y", pads=[2000, 0, 0, 0]), weights(a=(2, 3, 3, 3)), PICTURES,
     r"a Conv with pads=\[2000, 0, 0, 0\]"),
    (node("MaxPool", "x", "y", kernel_shape=[3], strides=[2], pads=[1, 1]), {}, STEPS,
     r"a MaxPool with pads=\[1, 1\] along a sequence"),
    (node("MaxPool", "x", "y", ceil_mode=1, **WINDOW), {}, PICTURES, "ceil_mode=1 and windows that are cut off"),
    (node("MaxPool", "x", "y", dilations=[2, 2], **WINDOW), {}, PICTURES, r"a MaxPool with dilations=\[2, 2\]"),
    (node("AveragePool", "x", "y", pads=[1, 1, 1, 1], **WINDOW), {}, PICTURES,
     r"an AveragePool with pads=\[1, 1, 1, 1\] that count for nothing \(count_include_pad=0\)"),
    (node("AveragePool", "x", "y", auto_pad="SAME_LOWER", **WINDOW), {}, PICTURES,
     r"an AveragePool with pads=\[1, 1, 0, 0\] that count for nothing"),
    (node("Pad", "x p", "y", mode="reflect"), {"p": whole(0, 0, 1, 1, 0, 0, 1, 1)}, PICTURES,
     r"a Pad with mode=reflect and value=0\.0"),
    (node("Pad", "x p v", "y"), {"p": whole(0, 0, 1, 1, 0, 0, 1, 1), "v": np.float32(-np.inf)}, PICTURES,
     "a Pad with mode=constant and value=-inf"),
    (node("Pad", "x p", "y"), {"p": whole(0, 1, 0, 0, 0, 0, 0, 0)}, PICTURES,
     r"a Pad with pads=\[0, 1, 0, 0, 0, 0, 0, 0\] of other axes than rows and columns of pictures"),
    (node("Pad", "x p", "y"), {"p": whole(0, 0, 1, 0, 0, 1)}, STEPS, "of other axes than rows and columns of pictures"),
    (node("Pad", "x p", "y"), {"p": whole(0, 0, -1, 0, 0, 0, 0, 0)}, PICTURES, r"a Pad with pads=\[0, 0, -1, 0"),
    (node("Pad", "x p x", "y"), {"p": whole(0, 0, 1, 1, 0, 0, 1, 1)}, PICTURES,
     "a Pad with pads or a value that are not fixed"),
    (node("Clip", "x a x", "y"), {"a": np.float32(0)}, PICTURES, "a Clip with bounds that are not fixed numbers"),
    (node("Clip", "x a b", "y"), {"a": np.float32(0), "b": np.float32(4)}, PICTURES, "a Clip with bounds 0 and 4"),
    (node("Clip", "x a b", "y"), {"a": np.float32(-1), "b": np.float32(6)}, PICTURES, "a Clip with bounds -1 and 6"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("one", "arrays", "shape", "why"), REFUSED, ids=lambda value: value if isinstance(value, str) else ""
)
def test_what_no_layer_covers_is_named(
    one: Any, arrays: dict[str, Any], shape: tuple[int, ...], why: str, tmp_path: Path
) -> None:
    data = graph([one], {key: np.asarray(array) for key, array in arrays.items()}, shape)
    with pytest.raises(ExportError, match=why):
        la.import_onnx(saved(tmp_path, data))


@pytest.mark.parametrize(("kind", "settings", "why"), [
    ("MaxPool", {"kernel_shape": [2, 2], "pads": [2, 2, 2, 2]}, r"pads=\[2, 2, 2, 2\], which are not smaller than"),
    ("MaxPool", {"kernel_shape": [2, 2], "strides": [0, 1]}, r"strides=\[0, 1\]"),
    ("Conv", {"strides": [1]}, r"strides=\[1\]"),
    ("Conv", {"dilations": [1, 0]}, r"dilations=\[1, 0\]"),
    ("Conv", {"pads": [1, 1]}, r"pads=\[1, 1\]"),
    ("Conv", {"pads": [-1, 0, 0, 0]}, r"pads=\[-1, 0, 0, 0\]"),
])  # fmt: skip
def test_settings_that_make_no_sense(kind: str, settings: dict[str, Any], why: str, tmp_path: Path) -> None:
    """As damaged files have them: ONNX's own check may let them through."""
    arrays = weights(a=(2, 3, 3, 3)) if kind == "Conv" else {}
    made = helper.make_graph(
        [node(kind, "x a" if arrays else "x", "y", **settings)], "odd",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", *PICTURES])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [*"nchw"])],
        [onnx.numpy_helper.from_array(array, name) for name, array in arrays.items()],
    )  # fmt: skip
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
    with pytest.raises(ExportError, match=why):
        la.import_onnx(saved(tmp_path, model.SerializeToString()))
