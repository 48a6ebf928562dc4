"""Graphs that PyTorch wrote, where it is installed: `pip install "lamina[bench]"`."""

from __future__ import annotations

import importlib.util
import io
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lamina as la
from lamina.errors import ExportError
from lamina.exporting.to_onnx import network_to_onnx
from tests.exporting.judges import assert_near, runtime
from tests.exporting.test_onnx_import import saved

CHANCE = np.random.default_rng(2)
STEPS, FEATURES = 5, 3


def recurrent(kind: str, take: str, **settings: Any) -> Any:
    """A recurrent layer and a Linear behind all steps, the last one, or the last state."""
    import torch

    class Network(torch.nn.Module):  # type: ignore[misc]  # PyTorch is without types here
        def __init__(self) -> None:
            super().__init__()
            self.layer = getattr(torch.nn, kind)(FEATURES, 4, batch_first=True, **settings)
            self.ending = torch.nn.Linear(8 if settings.get("bidirectional") and take != "state" else 4, 2)

        def forward(self, x: Any) -> Any:
            every, state = self.layer(x)
            state = state[0] if isinstance(state, tuple) else state
            return self.ending(
                {"every": lambda: every, "last": lambda: every[:, -1], "state": lambda: state[-1]}[take]()
            )

    return Network()


def pictures() -> Any:
    """Two blocks of convolutions with BatchNorm that has seen data, one of them around the other."""
    from torch import nn

    class Network(nn.Module):  # type: ignore[misc]  # PyTorch is without types here
        def __init__(self) -> None:
            super().__init__()
            self.first = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2))
            self.second = nn.Sequential(nn.Conv2d(4, 4, 3, padding=1, bias=False), nn.BatchNorm2d(4), nn.SiLU())
            self.ending = nn.Sequential(nn.Flatten(), nn.Linear(4 * 4 * 3, 6), nn.LayerNorm(6), nn.Linear(6, 2))

        def forward(self, x: Any) -> Any:
            h = self.first(x)
            return self.ending(h + self.second(h))

    return Network()


def residual() -> Any:
    """A ResNet as torchvision designs it, with its stem and two blocks, the second of which halves the sides."""
    from torch import nn

    class Block(nn.Module):  # type: ignore[misc]  # PyTorch is without types here
        def __init__(self, channels: int, filters: int, stride: int) -> None:
            super().__init__()
            self.body = nn.Sequential(
                nn.Conv2d(channels, filters, 3, stride, 1, bias=False), nn.BatchNorm2d(filters), nn.ReLU(inplace=True),
                nn.Conv2d(filters, filters, 3, 1, 1, bias=False), nn.BatchNorm2d(filters),
            )  # fmt: skip
            shorter = nn.Conv2d(channels, filters, 1, stride, bias=False), nn.BatchNorm2d(filters)
            self.around = nn.Identity() if stride == 1 else nn.Sequential(*shorter)

        def forward(self, x: Any) -> Any:
            return nn.functional.relu(self.body(x) + self.around(x))

    stem = nn.Conv2d(3, 4, 7, 2, 3, bias=False), nn.BatchNorm2d(4), nn.ReLU(inplace=True), nn.MaxPool2d(3, 2, 1)
    ending = nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(6, 5)
    return nn.Sequential(*stem, Block(4, 4, 1), Block(4, 6, 2), *ending)


def inverted() -> Any:
    """A MobileNetV2 of three blocks: wider, a filter for each channel, narrower; ReLU6 behind the first two."""
    from torch import nn

    def convolution(channels: int, filters: int, size: int, stride: int = 1, groups: int = 1) -> Any:
        conv = nn.Conv2d(channels, filters, size, stride, size // 2, groups=groups, bias=False)
        return nn.Sequential(conv, nn.BatchNorm2d(filters), nn.ReLU6(inplace=True))

    class Block(nn.Module):  # type: ignore[misc]  # PyTorch is without types here
        def __init__(self, channels: int, filters: int, stride: int) -> None:
            super().__init__()
            wide, self.keeps = 3 * channels, stride == 1 and channels == filters
            self.body = nn.Sequential(
                convolution(channels, wide, 1), convolution(wide, wide, 3, stride, wide),
                nn.Conv2d(wide, filters, 1, bias=False), nn.BatchNorm2d(filters),
            )  # fmt: skip

        def forward(self, x: Any) -> Any:
            return x + self.body(x) if self.keeps else self.body(x)

    blocks = Block(4, 4, 1), Block(4, 6, 2), Block(6, 6, 1)
    return nn.Sequential(convolution(3, 4, 3, 2), *blocks, convolution(6, 8, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
                         nn.Dropout(0.2), nn.Linear(8, 5))  # fmt: skip


def framed() -> Any:
    """Means with zeros around, a frame of its own, the largest behind numbers of both signs."""
    from torch import nn

    return nn.Sequential(nn.ZeroPad2d((1, 0, 2, 1)), nn.Conv2d(3, 4, 3), nn.AvgPool2d(3, 2, 1), nn.MaxPool2d(2, 1, 1),
                         nn.Flatten(), nn.Linear(4 * 6 * 5, 2))  # fmt: skip


def steps() -> Any:
    """Convolutions along a sequence, with its channels first."""
    from torch import nn

    return nn.Sequential(nn.Conv1d(FEATURES, 4, 3, padding=1), nn.BatchNorm1d(4), nn.ELU(), nn.MaxPool1d(2),
                         nn.Flatten(), nn.Linear(8, 3), nn.Tanh())  # fmt: skip


def tokens() -> Any:
    """An Embedding, its mean, a Linear."""
    import torch

    class Network(torch.nn.Module):  # type: ignore[misc]  # PyTorch is without types here
        def __init__(self) -> None:
            super().__init__()
            self.rows, self.ending = torch.nn.Embedding(9, 4, padding_idx=0), torch.nn.Linear(4, 2)

        def forward(self, x: Any) -> Any:
            return self.ending(self.rows(x).mean(1))

    return Network()


def normal(*shape: int) -> Any:
    return CHANCE.normal(size=(7, *shape)).astype(np.float32)


NETWORKS: dict[str, tuple[Callable[[], Any], Any]] = {
    **{f"{kind} {take}": (partial(recurrent, kind, take), normal(STEPS, FEATURES))
       for kind in ("RNN", "LSTM", "GRU") for take in ("every", "last", "state")},
    "both ways": (lambda: recurrent("LSTM", "every", bidirectional=True), normal(STEPS, FEATURES)),
    "both ways, the second's state": (lambda: recurrent("GRU", "state", bidirectional=True), normal(STEPS, FEATURES)),
    "two deep": (lambda: recurrent("GRU", "last", num_layers=2, bidirectional=True), normal(STEPS, FEATURES)),
    "without biases": (lambda: recurrent("RNN", "every", bias=False, nonlinearity="relu"), normal(STEPS, FEATURES)),
    "pictures": (pictures, normal(3, 8, 6)),
    "a ResNet, even sides": (residual, normal(3, 32, 40)),
    "a ResNet, odd sides": (residual, normal(3, 35, 37)),
    "a MobileNet, even sides": (inverted, normal(3, 24, 20)),
    "a MobileNet, odd sides": (inverted, normal(3, 21, 25)),
    "framed": (framed, normal(3, 8, 8)),
    "steps": (steps, normal(FEATURES, STEPS)),
    "tokens": (tokens, CHANCE.integers(0, 9, (7, 6))),
}  # fmt: skip
"""How a network is made, and examples."""
PICTURES = ("pictures", "framed", *(f"a {kind}, {which} sides" for kind in ("ResNet", "MobileNet")
                                   for which in ("even", "odd")))  # fmt: skip
"""What takes pictures with their channels first."""
UNROLLED = ("RNN every", "RNN last", "RNN state", "without biases")
"""What the new exporter writes out step by step, so that no layer is left in it."""


def written(network: Any, x: Any, new: bool, folder: Path) -> bytes:
    """A graph with any number of examples, by PyTorch's new exporter or its old one."""
    import torch

    given = torch.from_numpy(x)
    network.train()(given)  # so that running means are none at all no more
    network.eval()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the exporters, about themselves
        if new:
            path = folder / "torch.onnx"
            how = {"dynamic_shapes": ({0: torch.export.Dim("n")},), "external_data": False, "verbose": False}
            torch.onnx.export(network, (given,), path, dynamo=True, input_names=["x"], output_names=["y"], **how)
            return path.read_bytes()
        file = io.BytesIO()
        how = {"input_names": ["x"], "output_names": ["y"], "dynamic_axes": {"x": {0: "n"}}}
        torch.onnx.export(network, (given,), file, dynamo=False, **how)
        return file.getvalue()


@pytest.mark.parametrize("new", [False, True], ids=["old exporter", "new exporter"])
@pytest.mark.parametrize("name", list(NETWORKS))
def test_a_network_of_torch_comes_in(name: str, new: bool, tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    if new and importlib.util.find_spec("onnxscript") is None:
        pytest.skip("the new exporter needs onnxscript")
    torch.manual_seed(0)
    make, x = NETWORKS[name]
    data = written(make(), x, new, tmp_path)
    if new and name in UNROLLED:
        with pytest.raises(ExportError, match="a Squeeze with other axes"):
            la.import_onnx(saved(tmp_path, data))
        return
    network, params, state, shape = la.import_onnx(saved(tmp_path, data))
    turned = np.moveaxis(x, 1, -1) if name in (*PICTURES, "steps") else x
    assert shape == turned.shape[1:]
    found = network.apply(params, state, turned.astype("int32") if name == "tokens" else turned)[0]
    wanted = runtime(data)({"x": x})["y"]
    assert_near(found, wanted)
    if name in PICTURES:
        ours = network_to_onnx(network, params, state, shape)
        assert_near(runtime(ours)({"inputs": turned})["outputs"], wanted)
