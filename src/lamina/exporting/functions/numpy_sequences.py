"""The functions of layers along a sequence in plain NumPy."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np

from lamina.exporting.functions.numpy_layers import Array, dense, sigmoid, softmax

Activation: TypeAlias = Callable[[Array], Array]
Step: TypeAlias = Callable[[list[Array], Array], list[Array]]
"""(states, z_t) -> states; the first is what the layer gives."""


def embedding(x: Array, weight: Array, padding: bool) -> Array:
    """W[x]; NaN for an entry that does not exist, zeros for entry 0 where it only fills up."""
    exists = (x >= 0) & (x < len(weight)) & (x == np.floor(x))
    rows = np.where(exists[..., None], weight[np.where(exists, x, 0).astype(int)], np.float32(np.nan))
    return np.where(x[..., None] == 0, 0, rows) if padding else rows


def along(
    x: Array, z: Array, units: tuple[int, ...], step: Step, return_sequence: bool, reverse: bool, skip_padding: bool
) -> Array:
    """The states along x; a step of zeros only fills up: it leaves them as they are, and gives zeros."""
    states = [np.zeros((len(x), count), x.dtype) for count in units]
    given = np.zeros((*x.shape[:2], units[0]), x.dtype)
    real = np.any(x != 0, axis=-1, keepdims=True) | (not skip_padding)
    for place in reversed(range(x.shape[1])) if reverse else range(x.shape[1]):
        after = step(states, z[:, place])
        states = [np.where(real[:, place], new, old) for new, old in zip(after, states, strict=True)]
        given[:, place] = np.where(real[:, place], states[0], 0)
    return given if return_sequence else states[0]


def recurrent(
    x: Array, weight: Array, back: Array, bias: Array, activation: Activation, return_sequence: bool, reverse: bool,
    skip_padding: bool,
) -> Array:  # fmt: skip
    """h_t = f(x_t W + h_(t-1) U + b)."""

    def step(states: list[Array], z: Array) -> list[Array]:
        return [activation(z + states[0] @ back)]

    return along(x, x @ weight + bias, (len(back),), step, return_sequence, reverse, skip_padding)


def lstm(
    x: Array, weight: Array, back: Array, bias: Array, return_sequence: bool, reverse: bool, skip_padding: bool
) -> Array:
    """c_t = s(f) c_(t-1) + s(i) tanh(g); h_t = s(o) tanh(c_t)."""

    def step(states: list[Array], z: Array) -> list[Array]:
        h, c = states
        i, f, g, o = np.split(z + h @ back, 4, axis=-1)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        return [sigmoid(o) * np.tanh(c), c]

    units = len(back)
    return along(x, x @ weight + bias, (units, units), step, return_sequence, reverse, skip_padding)


def gru_step(h: Array, z: Array, back: Array, back_bias: Array) -> Array:
    """h_t from h_(t-1) and z = x_t W + b."""
    r, u, n = np.split(z, 3, axis=-1)
    of_r, of_u, of_n = np.split(h @ back, 3, axis=-1)
    new = np.tanh(n + sigmoid(r + of_r) * (of_n + back_bias))
    return new + sigmoid(u + of_u) * (h - new)


def gru(
    x: Array, weight: Array, back: Array, bias: Array, back_bias: Array, return_sequence: bool, reverse: bool,
    skip_padding: bool,
) -> Array:  # fmt: skip
    """R = s(r + r'); Z = s(u + u'); N = tanh(n + R (n' + b')); h_t = (1 - Z) N + Z h_(t-1)."""

    def step(states: list[Array], z: Array) -> list[Array]:
        return [gru_step(states[0], z, back, back_bias)]

    return along(x, x @ weight + bias, (len(back),), step, return_sequence, reverse, skip_padding)


def feedback(
    x: Array, matrix: Array, layers: Sequence[tuple[Array, Array]], activation: Activation, return_sequence: bool,
    skip_padding: bool,
) -> Array:  # fmt: skip
    """All layers' states side by side; what comes back to a layer is its part of h_(t-1) times the matrix."""
    ends = np.cumsum([len(bias) for _, bias in layers])

    def step(states: list[Array], x: Array) -> list[Array]:
        back, found = np.split(states[0] @ matrix, ends[:-1], axis=-1), []
        for (weight, bias), own in zip(layers, back, strict=True):
            x = activation(x @ weight + own + bias)
            found.append(x)
        return [np.concatenate(found, axis=-1)]

    every = along(x, x, (len(matrix),), step, return_sequence, False, skip_padding)
    return every[..., -len(layers[-1][1]) :]


def attention(
    x: Array, weight: Array, bias: Array, output_weight: Array, output_bias: Array, heads: int, causal: bool,
    skip_padding: bool,
) -> Array:  # fmt: skip
    """softmax(Q K^T / sqrt(d)) V for each head, brought together; nobody looks at a step of zeros."""
    batch, steps, features = x.shape
    parts = dense(x, weight, bias).reshape(batch, steps, 3, heads, features // heads)
    queries, keys, values = parts.transpose(2, 0, 3, 1, 4)
    scores = queries @ keys.swapaxes(-1, -2) / math.sqrt(features // heads)
    real = np.any(x != 0, axis=-1) | (not skip_padding)
    if causal:
        scores = np.where(np.tri(steps, dtype=bool), scores, -1e30)
    scores = np.where(real[:, None, None], scores, -1e30)
    joined = (softmax(scores) @ values).swapaxes(1, 2).reshape(x.shape)
    return np.where(real[..., None], dense(joined, output_weight, output_bias), 0)


def keep_real(y: Array, x: Array) -> Array:
    """y, and zeros where a step of x is all zero."""
    return np.where(np.any(x != 0, axis=-1, keepdims=True), y, 0)


def largest_of_real(x: Array) -> Array:
    """The maximum over the steps that are not all zero; 0 where there is none."""
    real = np.any(x != 0, axis=-1, keepdims=True)
    return np.where(real.any(axis=1), np.where(real, x, -np.inf).max(axis=1), 0).astype(x.dtype)


def mean_of_real(x: Array) -> Array:
    """The mean over the steps that are not all zero; 0 where there is none."""
    count = np.any(x != 0, axis=-1).sum(axis=1, keepdims=True).astype(x.dtype)
    return np.asarray(x.sum(axis=1) / np.maximum(count, 1))
