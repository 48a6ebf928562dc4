"""The functions of layers along a sequence in Keras."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TypeAlias

from keras import ops

from lamina.exporting.functions.keras_layers import Tensor, dense, softmax

Activation: TypeAlias = Callable[[Tensor], Tensor]
Step: TypeAlias = Callable[[list[Tensor], Tensor], list[Tensor]]
"""(states, z_t) -> states; the first is what the layer gives."""


def embedding(x: Tensor, weight: Tensor, padding: bool) -> Tensor:
    """W[x]; NaN for an entry that does not exist, zeros for entry 0 where it only fills up."""
    x = ops.cast(x, weight.dtype)
    exists = ops.logical_and(ops.logical_and(x >= 0, x < weight.shape[0]), ops.equal(x, ops.floor(x)))
    rows = ops.take(weight, ops.cast(ops.where(exists, x, 0.0), "int32"), axis=0)
    found = ops.where(ops.expand_dims(exists, -1), rows, math.nan)
    return ops.where(ops.expand_dims(ops.equal(x, 0), -1), 0.0, found) if padding else found


def real_steps(x: Tensor) -> Tensor:
    """(batch, steps, 1): which steps are not all zero."""
    return ops.any(ops.not_equal(x, 0), axis=-1, keepdims=True)


def along(
    x: Tensor, z: Tensor, units: tuple[int, ...], step: Step, return_sequence: bool, reverse: bool, skip_padding: bool
) -> Tensor:
    """The states along x; a step of zeros only fills up: it leaves them as they are, and gives zeros."""
    none = ops.zeros_like(x[:, 0, :1])
    states = [ops.repeat(none, count, axis=1) for count in units]
    given, real = [], real_steps(x)
    for place in reversed(range(x.shape[1])) if reverse else range(x.shape[1]):
        after = step(states, z[:, place])
        if skip_padding:
            after = [ops.where(real[:, place], new, old) for new, old in zip(after, states, strict=True)]
        states = after
        given.append(ops.where(real[:, place], states[0], 0.0) if skip_padding else states[0])
    return ops.stack(given[::-1] if reverse else given, axis=1) if return_sequence else states[0]


def recurrent(
    x: Tensor, weight: Tensor, back: Tensor, bias: Tensor, activation: Activation, return_sequence: bool, reverse: bool,
    skip_padding: bool,
) -> Tensor:  # fmt: skip
    """h_t = f(x_t W + h_(t-1) U + b)."""

    def step(states: list[Tensor], z: Tensor) -> list[Tensor]:
        return [activation(z + ops.matmul(states[0], back))]

    return along(x, dense(x, weight, bias), (back.shape[0],), step, return_sequence, reverse, skip_padding)


def lstm(
    x: Tensor, weight: Tensor, back: Tensor, bias: Tensor, return_sequence: bool, reverse: bool, skip_padding: bool
) -> Tensor:
    """c_t = s(f) c_(t-1) + s(i) tanh(g); h_t = s(o) tanh(c_t)."""

    def step(states: list[Tensor], z: Tensor) -> list[Tensor]:
        h, c = states
        i, f, g, o = ops.split(z + ops.matmul(h, back), 4, axis=-1)
        c = ops.sigmoid(f) * c + ops.sigmoid(i) * ops.tanh(g)
        return [ops.sigmoid(o) * ops.tanh(c), c]

    units = back.shape[0]
    return along(x, dense(x, weight, bias), (units, units), step, return_sequence, reverse, skip_padding)


def gru_step(h: Tensor, z: Tensor, back: Tensor, back_bias: Tensor) -> Tensor:
    """h_t from h_(t-1) and z = x_t W + b."""
    r, u, n = ops.split(z, 3, axis=-1)
    of_r, of_u, of_n = ops.split(ops.matmul(h, back), 3, axis=-1)
    new = ops.tanh(n + ops.sigmoid(r + of_r) * (of_n + back_bias))
    return new + ops.sigmoid(u + of_u) * (h - new)


def gru(
    x: Tensor, weight: Tensor, back: Tensor, bias: Tensor, back_bias: Tensor, return_sequence: bool, reverse: bool,
    skip_padding: bool,
) -> Tensor:  # fmt: skip
    """R = s(r + r'); Z = s(u + u'); N = tanh(n + R (n' + b')); h_t = (1 - Z) N + Z h_(t-1)."""

    def step(states: list[Tensor], z: Tensor) -> list[Tensor]:
        return [gru_step(states[0], z, back, back_bias)]

    return along(x, dense(x, weight, bias), (back.shape[0],), step, return_sequence, reverse, skip_padding)


def feedback(
    x: Tensor, matrix: Tensor, layers: Sequence[tuple[Tensor, Tensor]], activation: Activation, return_sequence: bool,
    skip_padding: bool,
) -> Tensor:  # fmt: skip
    """All layers' states side by side; what comes back to a layer is its part of h_(t-1) times the matrix."""

    def step(states: list[Tensor], x: Tensor) -> list[Tensor]:
        back, found, start = ops.matmul(states[0], matrix), [], 0
        for weight, bias in layers:
            own = back[:, start : start + bias.shape[0]]
            x = activation(dense(x, weight, bias) + own)
            found.append(x)
            start += bias.shape[0]
        return [ops.concatenate(found, axis=-1)]

    every = along(x, x, (matrix.shape[0],), step, return_sequence, False, skip_padding)
    return every[..., -layers[-1][1].shape[0] :]


def attention(
    x: Tensor, weight: Tensor, bias: Tensor, output_weight: Tensor, output_bias: Tensor, heads: int, causal: bool,
    skip_padding: bool,
) -> Tensor:  # fmt: skip
    """softmax(Q K^T / sqrt(d)) V for each head, brought together; nobody looks at a step of zeros."""
    _, steps, features = x.shape
    parts = ops.reshape(dense(x, weight, bias), (-1, steps, 3, heads, features // heads))
    queries, keys, values = (ops.transpose(parts[:, :, place], (0, 2, 1, 3)) for place in range(3))
    scores = ops.matmul(queries, ops.swapaxes(keys, -1, -2)) / math.sqrt(features // heads)
    if causal:
        places = ops.arange(steps)
        scores = ops.where(ops.expand_dims(places, 1) >= places, scores, -1e30)
    real = real_steps(x)
    if skip_padding:
        scores = ops.where(ops.expand_dims(ops.swapaxes(real, 1, 2), 1), scores, -1e30)
    joined = ops.reshape(ops.swapaxes(ops.matmul(softmax(scores), values), 1, 2), (-1, steps, features))
    y = dense(joined, output_weight, output_bias)
    return ops.where(real, y, 0.0) if skip_padding else y


def keep_real(y: Tensor, x: Tensor) -> Tensor:
    """y, and zeros where a step of x is all zero."""
    return ops.where(real_steps(x), y, 0.0)


def largest_of_real(x: Tensor) -> Tensor:
    """The maximum over the steps that are not all zero; 0 where there is none."""
    real = real_steps(x)
    return ops.where(ops.any(real, axis=1), ops.max(ops.where(real, x, -math.inf), axis=1), 0.0)


def mean_of_real(x: Tensor) -> Tensor:
    """The mean over the steps that are not all zero; 0 where there is none."""
    count = ops.sum(ops.cast(real_steps(x), x.dtype), axis=1)
    return ops.sum(x, axis=1) / ops.maximum(count, 1.0)
