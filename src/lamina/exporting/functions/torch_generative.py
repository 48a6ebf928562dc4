"""The functions of layers that tell the terms of their loss, in PyTorch."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeAlias

import torch

from lamina.exporting.functions.torch_layers import Tensor, sigmoid, softplus

Machine: TypeAlias = tuple[Tensor, Tensor, Tensor, tuple[int, ...]]
"""weight, visible_bias, hidden_bias, and which neurons are turned over."""


def variational_terms(x: Tensor, given: Tensor, mean: Tensor, spread: Tensor, beta: float) -> Tensor:
    """|x - x'|^2 / 2, and beta sum (exp v + m^2 - 1 - v) / 2."""
    spread = spread.clamp(-10, 10)
    distance = (x - given).square().reshape(len(x), -1).sum(dim=1) / 2
    divergence = beta * (torch.exp(spread) + mean.square() - 1 - spread).sum(dim=1) / 2
    return torch.stack([distance, divergence], dim=1)


def energies_apart(v: Tensor, turned: Tensor, weight: Tensor, visible_bias: Tensor, hidden_bias: Tensor) -> Tensor:
    """F(v) - F(turned), neuron by neuron, since the difference of the two sums would be rounded as they are."""
    hidden = softplus(turned @ weight + hidden_bias) - softplus(v @ weight + hidden_bias)
    return (turned - v) @ visible_bias + hidden.sum(dim=-1)


def boltzmann(x: Tensor, machines: Sequence[Machine], gaussian: bool) -> Tensor:
    """Of each machine minus its pseudo-likelihood, or for normal neurons the distance of the reconstruction."""
    v, told = x if gaussian else between_zero_and_one(x), []
    for number, (weight, visible_bias, hidden_bias, places) in enumerate(machines):
        chances = sigmoid(v @ weight + hidden_bias)
        if gaussian and number == 0:
            told.append((v - (chances @ weight.T + visible_bias)).square().sum(dim=1) / 2)
        else:
            turned = v[:, None].repeat(1, len(places), 1)
            turned[:, range(len(places)), list(places)] = 1 - v[:, list(places)]
            apart = energies_apart(v[:, None], turned, weight, visible_bias, hidden_bias)
            told.append(v.shape[1] * softplus(apart).mean(dim=1))
        v = chances
    return torch.stack(told, dim=1)


def general_boltzmann(x: Tensor, weight: Tensor, bias: Tensor, inputs: int, rounds: int) -> Tensor:
    """-sum_i log p(v_i | all others), the hidden neurons brought to rest first."""
    v = between_zero_and_one(x)
    hidden = v.new_full((len(v), len(bias) - inputs), 0.5)
    for _ in range(rounds):
        hidden = sigmoid(torch.cat([v, hidden], dim=1) @ weight + bias)[:, inputs:]
    z = (torch.cat([v, hidden], dim=1) @ weight + bias)[:, :inputs]
    return (softplus(z) - v * z).sum(dim=1, keepdim=True)


def self_organizing(x: Tensor, weight: Tensor, columns: int) -> Tensor:
    """The distance from the nearest neuron, and whether the second nearest is no neighbor of it."""
    squared = x.square().sum(dim=1, keepdim=True) - 2 * x @ weight.T + weight.square().sum(dim=1)
    smallest, nearest = torch.topk(squared, 2, dim=1, largest=False)
    distance = torch.sqrt(smallest[:, :1].clamp(min=0))
    places = torch.stack([nearest // columns, nearest % columns], dim=-1)
    apart = (places[:, 0] - places[:, 1]).abs().amax(dim=1, keepdim=True) > 1
    return torch.cat([distance, apart.to(x.dtype)], dim=1)


def between_zero_and_one(x: Tensor) -> Tensor:
    """x; NaN for what is no chance."""
    return torch.where((x >= -0.001) & (x <= 1.001), x, math.nan)
