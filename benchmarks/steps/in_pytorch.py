"""PyTorch's step in its best eager form: prepared tensors, one index a batch, fused Adam, no wait; or compiled."""

from __future__ import annotations

import itertools
import time
from typing import Any

import numpy as np

from benchmarks.steps.tasks import CHARACTERS, LEARNING_RATE, TASKS, one_hot_rows

PICTURES = ("lenet5", "cnn", "resnet", "gan")
"""Tasks for which both layouts are tried."""


def epoch_seconds(name: str, epochs: int, layout: str = "contiguous", compiled: bool = False) -> list[float]:
    """The wall seconds of every epoch."""
    import torch

    torch.manual_seed(0)
    x, y = _tensors(name, layout)
    step = _game(x, layout) if name == "gan" else _step(name, x, y, layout, compiled)
    seconds = []
    for _ in range(epochs):
        began, order, total = time.perf_counter(), torch.randperm(len(x)), torch.zeros(())
        for first in range(0, len(x), TASKS[name].batch):
            total += step(order[first : first + TASKS[name].batch])
        total.item()
        seconds.append(time.perf_counter() - began)
    return seconds


def _tensors(name: str, layout: str) -> tuple[Any, Any]:
    import torch

    x, y = TASKS[name].data()
    if name == "table":
        x = one_hot_rows(x)
    elif x.dtype == np.uint8:
        x = x.astype(np.float32) / 255
        x = x.transpose(0, 3, 1, 2) if name in PICTURES else x.reshape(len(x), -1)
    inputs = torch.from_numpy(np.ascontiguousarray(x))
    if layout == "channels_last" and inputs.ndim == 4:
        inputs = inputs.contiguous(memory_format=torch.channels_last)
    if name == "transformer":
        inputs = inputs.long()
    return inputs, torch.from_numpy(y) if y.dtype == np.float32 else torch.from_numpy(y).long()


def _laid_out(network: Any, layout: str) -> Any:
    import torch

    return network.to(memory_format=torch.channels_last) if layout == "channels_last" else network


def _step(name: str, x: Any, y: Any, layout: str, compiled: bool) -> Any:
    import torch
    from torch.nn import functional

    network = _laid_out(network_for(name), layout)
    adam = torch.optim.Adam(network.parameters(), lr=LEARNING_RATE, fused=True)
    forward = torch.compile(network) if compiled else network

    def loss(rows: Any) -> Any:
        outputs, truth = forward(x[rows]), y[rows]
        if name == "autoencoder":
            return functional.mse_loss(outputs, x[rows])
        if name == "table":
            return functional.mse_loss(outputs, truth)
        return functional.cross_entropy(outputs.reshape(-1, outputs.shape[-1]), truth.reshape(-1))

    def step(rows: Any) -> Any:
        adam.zero_grad(set_to_none=True)
        found = loss(rows)
        found.backward()
        adam.step()
        return found.detach() * len(rows)

    return step


def _game(x: Any, layout: str) -> Any:
    """One step of both sides, as in the usual loop."""
    import torch
    from torch.nn.functional import softplus

    generator, judge = (_laid_out(network, layout) for network in _both_sides())
    adams = [torch.optim.Adam(one.parameters(), lr=LEARNING_RATE, fused=True) for one in (judge, generator)]

    def step(rows: Any) -> Any:
        drawn = generator(torch.randint(0, 2, (len(rows), 64)) * 2.0 - 1)
        adams[0].zero_grad(set_to_none=True)
        against = (softplus(-judge(x[rows])) + softplus(judge(drawn.detach()))).mean()
        against.backward()
        adams[0].step()
        adams[1].zero_grad(set_to_none=True)
        own = softplus(-judge(drawn)).mean()
        own.backward()
        adams[1].step()
        return against.detach() + own.detach()

    return step


def _both_sides() -> tuple[Any, Any]:
    from torch import nn

    generator = nn.Sequential(
        nn.Linear(64, 128 * 49, bias=False), nn.Unflatten(1, (128, 7, 7)), nn.BatchNorm2d(128), nn.ReLU(),
        nn.Upsample(scale_factor=2), nn.Conv2d(128, 64, 3, padding=1, bias=False), nn.BatchNorm2d(64), nn.ReLU(),
        nn.Upsample(scale_factor=2), nn.Conv2d(64, 32, 3, padding=1, bias=False), nn.BatchNorm2d(32), nn.ReLU(),
        nn.Conv2d(32, 1, 3, padding=1), nn.Tanh(),
    )  # fmt: skip
    judge = nn.Sequential(
        nn.Conv2d(1, 32, 4, 2, 1), nn.LeakyReLU(0.01),
        nn.Conv2d(32, 64, 4, 2, 1, bias=False), nn.BatchNorm2d(64), nn.LeakyReLU(0.01),
        nn.Conv2d(64, 128, 3, 2, 1, bias=False), nn.BatchNorm2d(128), nn.LeakyReLU(0.01),
        nn.Flatten(), nn.Linear(128 * 16, 1),
    )  # fmt: skip
    return generator, judge


def network_for(name: str) -> Any:
    from torch import nn

    if name in ("lstm", "transformer", "resnet"):
        return {"lstm": _lstm, "transformer": _transformer, "resnet": _resnet}[name]()
    dense = {"mlp": (784, 128, 10), "wide_mlp": (784, 512, 512, 10), "table": (410, 128, 64, 1),
             "autoencoder": (784, 256, 64, 256, 784)}  # fmt: skip
    if name in dense:
        sizes = dense[name]
        layers = [part for a, b in itertools.pairwise(sizes) for part in (nn.Linear(a, b), nn.ReLU())]
        return nn.Sequential(*layers[:-1])
    if name == "lenet5":
        return nn.Sequential(
            nn.Conv2d(1, 6, 5, padding=2), nn.Tanh(), nn.AvgPool2d(2),
            nn.Conv2d(6, 16, 5), nn.Tanh(), nn.AvgPool2d(2), nn.Flatten(),
            nn.Linear(400, 120), nn.Tanh(), nn.Linear(120, 84), nn.Tanh(), nn.Linear(84, 10),
        )  # fmt: skip
    return nn.Sequential(
        nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Dropout(0.5), nn.Linear(1600, 10),
    )  # fmt: skip


def _lstm() -> Any:
    from torch import nn

    class Last(nn.Module):  # type: ignore[misc]  # PyTorch is without types here
        def __init__(self) -> None:
            super().__init__()
            self.lstm, self.dense = nn.LSTM(32, 128, batch_first=True), nn.Linear(128, 10)

        def forward(self, x: Any) -> Any:
            return self.dense(self.lstm(x)[0][:, -1])

    return Last()


def _transformer() -> Any:
    import torch
    from torch import nn

    class Language(nn.Module):  # type: ignore[misc]  # PyTorch is without types here
        def __init__(self) -> None:
            super().__init__()
            self.tokens, self.places = nn.Embedding(CHARACTERS, 128), nn.Parameter(torch.zeros(64, 128))
            block = nn.TransformerEncoderLayer(128, 4, 512, 0.0, batch_first=True, norm_first=True)
            self.blocks, self.norm = nn.TransformerEncoder(block, 4, enable_nested_tensor=False), nn.LayerNorm(128)
            self.dense = nn.Linear(128, CHARACTERS)
            self.register_buffer("mask", nn.Transformer.generate_square_subsequent_mask(64))

        def forward(self, x: Any) -> Any:
            seen = self.blocks(self.tokens(x) + self.places, mask=self.mask, is_causal=True)
            return self.dense(self.norm(seen))

    return Language()


def _resnet() -> Any:
    from torch import nn
    from torch.nn.functional import relu

    class Block(nn.Module):  # type: ignore[misc]  # PyTorch is without types here
        def __init__(self, channels: int, filters: int, stride: int) -> None:
            super().__init__()
            self.first = nn.Conv2d(channels, filters, 3, stride, 1, bias=False)
            self.second = nn.Conv2d(filters, filters, 3, 1, 1, bias=False)
            self.norms = nn.ModuleList([nn.BatchNorm2d(filters), nn.BatchNorm2d(filters)])
            around = [nn.Conv2d(channels, filters, 1, stride, bias=False), nn.BatchNorm2d(filters)]
            self.around = nn.Sequential(*around) if stride > 1 else nn.Identity()

        def forward(self, x: Any) -> Any:
            y = relu(self.norms[0](self.first(x)))
            return relu(self.norms[1](self.second(y)) + self.around(x))

    blocks: list[Any] = [nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU()]
    channels = 16
    for filters in (16, 32, 64):
        for number in range(3):
            blocks.append(Block(channels, filters, 2 if filters > 16 and number == 0 else 1))
            channels = filters
    return nn.Sequential(*blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))
