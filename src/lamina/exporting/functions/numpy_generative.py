"""The functions of layers that tell the terms of their loss, in plain NumPy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np

from lamina.exporting.functions.numpy_layers import Array, sigmoid, softplus

Machine: TypeAlias = tuple[Array, Array, Array, tuple[int, ...]]
"""weight, visible_bias, hidden_bias, and which neurons are turned over."""


def variational_terms(x: Array, given: Array, mean: Array, spread: Array, beta: float) -> Array:
    """|x - x'|^2 / 2, and beta sum (exp v + m^2 - 1 - v) / 2."""
    spread = np.clip(spread, -10, 10)
    distance = np.square(x - given).reshape(len(x), -1).sum(axis=1) / 2
    divergence = beta * (np.exp(spread) + np.square(mean) - 1 - spread).sum(axis=1) / 2
    return np.stack([distance, divergence], axis=1)


def energies_apart(v: Array, turned: Array, weight: Array, visible_bias: Array, hidden_bias: Array) -> Array:
    """F(v) - F(turned), neuron by neuron, since the difference of the two sums would be rounded as they are."""
    hidden = softplus(turned @ weight + hidden_bias) - softplus(v @ weight + hidden_bias)
    return np.asarray((turned - v) @ visible_bias + hidden.sum(axis=-1))


def boltzmann(x: Array, machines: Sequence[Machine], gaussian: bool) -> Array:
    """Of each machine minus its pseudo-likelihood, or for normal neurons the distance of the reconstruction."""
    v, told = x if gaussian else between_zero_and_one(x), []
    for number, (weight, visible_bias, hidden_bias, places) in enumerate(machines):
        chances = sigmoid(v @ weight + hidden_bias)
        if gaussian and number == 0:
            told.append(np.square(v - (chances @ weight.T + visible_bias)).sum(axis=1) / 2)
        else:
            turned = np.repeat(v[:, None], len(places), axis=1)
            turned[:, range(len(places)), list(places)] = 1 - v[:, list(places)]
            apart = energies_apart(v[:, None], turned, weight, visible_bias, hidden_bias)
            told.append(v.shape[1] * softplus(apart).mean(axis=1))
        v = chances
    return np.stack(told, axis=1)


def general_boltzmann(x: Array, weight: Array, bias: Array, inputs: int, rounds: int) -> Array:
    """-sum_i log p(v_i | all others), the hidden neurons brought to rest first."""
    v = between_zero_and_one(x)
    hidden = np.full((len(v), len(bias) - inputs), 0.5, v.dtype)
    for _ in range(rounds):
        hidden = sigmoid(np.concatenate([v, hidden], axis=1) @ weight + bias)[:, inputs:]
    z = (np.concatenate([v, hidden], axis=1) @ weight + bias)[:, :inputs]
    return np.asarray((softplus(z) - v * z).sum(axis=1, keepdims=True))


def self_organizing(x: Array, weight: Array, columns: int) -> Array:
    """The distance from the nearest neuron, and whether the second nearest is no neighbor of it."""
    squared = np.square(x).sum(axis=1, keepdims=True) - 2 * x @ weight.T + np.square(weight).sum(axis=1)
    nearest = np.argsort(squared, axis=1, kind="stable")[:, :2]
    distance = np.sqrt(np.maximum(np.take_along_axis(squared, nearest[:, :1], axis=1), 0))
    places = np.stack([nearest // columns, nearest % columns], axis=-1)
    apart = np.abs(places[:, 0] - places[:, 1]).max(axis=1, keepdims=True) > 1
    return np.concatenate([distance, apart.astype(x.dtype)], axis=1)


def between_zero_and_one(x: Array) -> Array:
    """x; NaN for what is no chance."""
    return np.where((x >= -0.001) & (x <= 1.001), x, np.nan).astype(np.float32)
