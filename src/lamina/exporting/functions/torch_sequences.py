"""The functions of layers along a sequence in PyTorch."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TypeAlias

import torch

from lamina.exporting.functions.torch_layers import Tensor, dense, softmax

Activation: TypeAlias = Callable[[Tensor], Tensor]
Step: TypeAlias = Callable[[list[Tensor], Tensor], list[Tensor]]
"""(states, z_t) -> states; the first is what the layer gives."""


def embedding(x: Tensor, weight: Tensor, padding: bool) -> Tensor:
    """W[x]; NaN for an entry that does not exist, zeros for entry 0 where it only fills up."""
    exists = (x >= 0) & (x < len(weight)) & (x == torch.floor(x))
    rows = torch.where(exists[..., None], weight[torch.where(exists, x, 0).long()], math.nan)
    return torch.where(x[..., None] == 0, 0.0, rows) if padding else rows


def along(
    x: Tensor, z: Tensor, units: tuple[int, ...], step: Step, return_sequence: bool, reverse: bool, skip_padding: bool
) -> Tensor:
    """The states along x; a step of zeros only fills up: it leaves them as they are, and gives zeros."""
    states = [z.new_zeros(len(x), count) for count in units]
    given = []
    real = (x != 0).any(dim=-1, keepdim=True) | (not skip_padding)
    for place in reversed(range(x.shape[1])) if reverse else range(x.shape[1]):
        after = step(states, z[:, place])
        states = [torch.where(real[:, place], new, old) for new, old in zip(after, states, strict=True)]
        given.append(torch.where(real[:, place], states[0], 0.0))
    return torch.stack(given[::-1] if reverse else given, dim=1) if return_sequence else states[0]


def recurrent(
    x: Tensor, weight: Tensor, back: Tensor, bias: Tensor, activation: Activation, return_sequence: bool, reverse: bool,
    skip_padding: bool,
) -> Tensor:  # fmt: skip
    """h_t = f(x_t W + h_(t-1) U + b)."""

    def step(states: list[Tensor], z: Tensor) -> list[Tensor]:
        return [activation(z + states[0] @ back)]

    return along(x, x @ weight + bias, (len(back),), step, return_sequence, reverse, skip_padding)


def lstm(
    x: Tensor, weight: Tensor, back: Tensor, bias: Tensor, return_sequence: bool, reverse: bool, skip_padding: bool
) -> Tensor:
    """c_t = s(f) c_(t-1) + s(i) tanh(g); h_t = s(o) tanh(c_t)."""

    def step(states: list[Tensor], z: Tensor) -> list[Tensor]:
        h, c = states
        i, f, g, o = (z + h @ back).chunk(4, dim=-1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        return [torch.sigmoid(o) * torch.tanh(c), c]

    units = len(back)
    return along(x, x @ weight + bias, (units, units), step, return_sequence, reverse, skip_padding)


def gru_step(h: Tensor, z: Tensor, back: Tensor, back_bias: Tensor) -> Tensor:
    """h_t from h_(t-1) and z = x_t W + b."""
    r, u, n = z.chunk(3, dim=-1)
    of_r, of_u, of_n = (h @ back).chunk(3, dim=-1)
    new = torch.tanh(n + torch.sigmoid(r + of_r) * (of_n + back_bias))
    return new + torch.sigmoid(u + of_u) * (h - new)


def gru(
    x: Tensor, weight: Tensor, back: Tensor, bias: Tensor, back_bias: Tensor, return_sequence: bool, reverse: bool,
    skip_padding: bool,
) -> Tensor:  # fmt: skip
    """R = s(r + r'); Z = s(u + u'); N = tanh(n + R (n' + b')); h_t = (1 - Z) N + Z h_(t-1)."""

    def step(states: list[Tensor], z: Tensor) -> list[Tensor]:
        return [gru_step(states[0], z, back, back_bias)]

    return along(x, x @ weight + bias, (len(back),), step, return_sequence, reverse, skip_padding)


def feedback(
    x: Tensor, matrix: Tensor, layers: Sequence[tuple[Tensor, Tensor]], activation: Activation, return_sequence: bool,
    skip_padding: bool,
) -> Tensor:  # fmt: skip
    """All layers' states side by side; what comes back to a layer is its part of h_(t-1) times the matrix."""
    units = [len(bias) for _, bias in layers]

    def step(states: list[Tensor], x: Tensor) -> list[Tensor]:
        back, found = (states[0] @ matrix).split(units, dim=-1), []
        for (weight, bias), own in zip(layers, back, strict=True):
            x = activation(x @ weight + own + bias)
            found.append(x)
        return [torch.cat(found, dim=-1)]

    every = along(x, x, (len(matrix),), step, return_sequence, False, skip_padding)
    return every[..., -units[-1] :]


def attention(
    x: Tensor, weight: Tensor, bias: Tensor, output_weight: Tensor, output_bias: Tensor, heads: int, causal: bool,
    skip_padding: bool,
) -> Tensor:  # fmt: skip
    """softmax(Q K^T / sqrt(d)) V for each head, brought together; nobody looks at a step of zeros."""
    batch, steps, features = x.shape
    parts = dense(x, weight, bias).reshape(batch, steps, 3, heads, features // heads)
    queries, keys, values = parts.permute(2, 0, 3, 1, 4)
    scores = queries @ keys.transpose(-1, -2) / math.sqrt(features // heads)
    real = (x != 0).any(dim=-1) | (not skip_padding)
    if causal:
        scores = scores.masked_fill(torch.ones_like(scores).triu(1) > 0, -1e30)
    scores = scores.masked_fill(~real[:, None, None], -1e30)
    joined = (softmax(scores) @ values).transpose(1, 2).reshape(x.shape)
    return torch.where(real[..., None], dense(joined, output_weight, output_bias), 0.0)


def keep_real(y: Tensor, x: Tensor) -> Tensor:
    """y, and zeros where a step of x is all zero."""
    return torch.where((x != 0).any(dim=-1, keepdim=True), y, 0.0)


def largest_of_real(x: Tensor) -> Tensor:
    """The maximum over the steps that are not all zero; 0 where there is none."""
    real = (x != 0).any(dim=-1, keepdim=True)
    return torch.where(real.any(dim=1), torch.where(real, x, -math.inf).amax(dim=1), 0.0)


def mean_of_real(x: Tensor) -> Tensor:
    """The mean over the steps that are not all zero; 0 where there is none."""
    count = (x != 0).any(dim=-1).sum(dim=1, keepdim=True)
    return x.sum(dim=1) / count.clamp(min=1)
