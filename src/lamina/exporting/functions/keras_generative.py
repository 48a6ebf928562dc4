"""The functions of layers that tell the terms of their loss, in Keras."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeAlias

from keras import ops

from lamina.exporting.functions.keras_layers import Tensor, dense, sigmoid, softplus

Machine: TypeAlias = tuple[Tensor, Tensor, Tensor, tuple[int, ...]]
"""weight, visible_bias, hidden_bias, and which neurons are turned over."""


def variational_terms(x: Tensor, given: Tensor, mean: Tensor, spread: Tensor, beta: float) -> Tensor:
    """|x - x'|^2 / 2, and beta sum (exp v + m^2 - 1 - v) / 2."""
    spread = ops.clip(spread, -10, 10)
    distance = ops.sum(ops.square(x - given), axis=tuple(range(1, len(x.shape)))) / 2
    divergence = beta * ops.sum(ops.exp(spread) + ops.square(mean) - 1 - spread, axis=1) / 2
    return ops.stack([distance, divergence], axis=1)


def energies_apart(v: Tensor, turned: Tensor, weight: Tensor, visible_bias: Tensor, hidden_bias: Tensor) -> Tensor:
    """F(v) - F(turned), neuron by neuron, since the difference of the two sums would be rounded as they are."""
    hidden = softplus(dense(turned, weight, hidden_bias)) - softplus(dense(v, weight, hidden_bias))
    return ops.sum((turned - v) * visible_bias, axis=-1) + ops.sum(hidden, axis=-1)


def boltzmann(x: Tensor, machines: Sequence[Machine], gaussian: bool) -> Tensor:
    """Of each machine minus its pseudo-likelihood, or for normal neurons the distance of the reconstruction."""
    v, told = x if gaussian else between_zero_and_one(x), []
    for number, (weight, visible_bias, hidden_bias, places) in enumerate(machines):
        chances = sigmoid(dense(v, weight, hidden_bias))
        if gaussian and number == 0:
            again = dense(chances, ops.transpose(weight), visible_bias)
            told.append(ops.sum(ops.square(v - again), axis=1) / 2)
        else:
            marks = ops.take(ops.eye(v.shape[1]), list(places), axis=0)
            turned = v[:, None] + marks * (1 - 2 * v[:, None])
            apart = energies_apart(v[:, None], turned, weight, visible_bias, hidden_bias)
            told.append(v.shape[1] * ops.mean(softplus(apart), axis=1))
        v = chances
    return ops.stack(told, axis=1)


def general_boltzmann(x: Tensor, weight: Tensor, bias: Tensor, inputs: int, rounds: int) -> Tensor:
    """-sum_i log p(v_i | all others), the hidden neurons brought to rest first."""
    v = between_zero_and_one(x)
    neurons = bias.shape[0]
    held = ops.pad(v, ((0, 0), (0, neurons - inputs)))
    hidden = ops.arange(neurons) >= inputs
    s = ops.where(hidden, 0.5, held)
    for _ in range(rounds):
        s = ops.where(hidden, sigmoid(dense(s, weight, bias)), held)
    z = dense(s, weight, bias)[:, :inputs]
    return ops.sum(softplus(z) - v * z, axis=1, keepdims=True)


def self_organizing(x: Tensor, weight: Tensor, columns: int) -> Tensor:
    """The distance from the nearest neuron, and whether the second nearest is no neighbor of it."""
    own, of_weights = ops.sum(ops.square(x), axis=1, keepdims=True), ops.sum(ops.square(weight), axis=1)
    smallest, nearest = ops.top_k(-(own - 2 * ops.matmul(x, ops.transpose(weight)) + of_weights), 2)
    distance = ops.sqrt(ops.maximum(-smallest[:, :1], 0.0))
    places = ops.stack([nearest // columns, nearest % columns], axis=-1)
    apart = ops.max(ops.abs(places[:, 0] - places[:, 1]), axis=1, keepdims=True) > 1
    return ops.concatenate([distance, ops.cast(apart, x.dtype)], axis=1)


def between_zero_and_one(x: Tensor) -> Tensor:
    """x; NaN for what is no chance."""
    return ops.where(ops.logical_and(x >= -0.001, x <= 1.001), x, math.nan)
