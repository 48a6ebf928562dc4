"""The functions of layers that tell the terms of their loss, as ONNX nodes."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from lamina.exporting.forms import Value, Weight
from lamina.exporting.onnx_graph import Graph
from lamina.exporting.onnx_layers import join, softplus
from lamina.layers.generative import TOLERANCE
from lamina.layers.variational import LARGEST

Machine = tuple[Weight, Weight, Weight, tuple[int, ...]]
"""weight, visible_bias, hidden_bias, and which neurons are turned over."""


def variational_terms(g: Graph, x: Value, given: Value, mean: Value, spread: Value, beta: float) -> Value:
    """|x - x'|^2 / 2, and beta sum (exp v + m^2 - 1 - v) / 2."""
    spread = g.op("Clip", spread, -LARGEST, LARGEST)
    distance = g.op("ReduceSumSquare", g.op("Flatten", g.op("Sub", x, given), axis=1), [1], keepdims=1)
    parts = g.op("Sub", g.op("Add", g.op("Exp", spread), g.op("Mul", mean, mean)), g.op("Add", spread, 1.0))
    divergence = g.op("ReduceSum", parts, [1], keepdims=1)
    return join(g, g.op("Mul", distance, 0.5), g.op("Mul", divergence, beta / 2))


def boltzmann(g: Graph, x: Value, machines: Sequence[Machine], gaussian: bool) -> Value:
    """Of each machine minus its pseudo-likelihood, or for normal neurons the distance of the reconstruction."""
    v = x if gaussian else between_zero_and_one(g, x)
    told = []
    for number, machine in enumerate(machines):
        weight, visible_bias, hidden_bias, _ = machine
        chances = g.op("Sigmoid", g.op("Add", g.op("MatMul", v, weight), hidden_bias))
        if gaussian and number == 0:
            again = g.op("Add", g.op("MatMul", chances, g.op("Transpose", weight, perm=[1, 0])), visible_bias)
            told.append(g.op("Mul", g.op("ReduceSumSquare", g.op("Sub", v, again), [1], keepdims=1), 0.5))
        else:
            told.append(_pseudo_likelihood(g, v, machine))
        v = chances
    return join(g, *told)


def general_boltzmann(g: Graph, x: Value, weight: Weight, bias: Weight, inputs: int, rounds: int) -> Value:
    """-sum_i log p(v_i | all others), the hidden neurons brought to rest first."""
    neurons = len(bias.array)
    hidden = np.arange(neurons) >= inputs
    v = between_zero_and_one(g, x)
    held = g.op("MatMul", v, np.eye(inputs, neurons, dtype=np.float32))
    s = g.op("Add", held, np.float32(0.5) * hidden.astype(np.float32))
    for _ in range(rounds):
        chances = g.op("Sigmoid", g.op("Add", g.op("MatMul", s, weight), bias))
        s = g.op("Where", hidden, chances, held)
    z = g.op("Slice", g.op("Add", g.op("MatMul", s, weight), bias), [0], [inputs], [1])
    return g.op("ReduceSum", g.op("Sub", softplus(g, z), g.op("Mul", v, z)), [1], keepdims=1)


def self_organizing(g: Graph, x: Value, weight: Weight, columns: int) -> Value:
    """The distance from the nearest neuron, and whether the second nearest is no neighbor of it."""
    own = g.op("ReduceSumSquare", x, [1], keepdims=1)
    products = g.op("MatMul", x, np.ascontiguousarray(2 * weight.array.T))
    squares = np.square(weight.array).sum(axis=1)
    squared = g.op("Max", g.op("Add", g.op("Sub", own, products), squares), 0.0)
    smallest, numbers = g.ops("TopK", 2, squared, [2], axis=1, largest=0)
    distance = g.op("Sqrt", g.op("Slice", smallest, [0], [1], [1]))
    rows, places = g.op("Div", numbers, np.int64(columns)), g.op("Mod", numbers, np.int64(columns))
    apart = [g.op("Abs", g.op("Sub", *(g.op("Slice", of, [n], [n + 1], [1]) for n in (0, 1)))) for of in (rows, places)]
    return join(g, distance, g.op("Cast", g.op("Greater", g.op("Max", *apart), np.int64(1)), to=1))


def between_zero_and_one(g: Graph, x: Value) -> Value:
    """x; NaN for what is no chance."""
    fits = g.op("And", g.op("GreaterOrEqual", x, -TOLERANCE), g.op("LessOrEqual", x, 1 + TOLERANCE))
    return g.op("Where", fits, x, math.nan)


def _pseudo_likelihood(g: Graph, v: Value, machine: Machine) -> Value:
    """n times the mean of log(1 + exp(F(v) - F(v with one neuron turned over))) over some neurons."""
    inputs, places = len(machine[1].array), machine[3]
    turned = np.zeros((len(places), inputs), np.float32)
    turned[np.arange(len(places)), list(places)] = 1
    each = g.op("Unsqueeze", v, [1])
    others = g.op("Add", each, g.op("Mul", g.op("Sub", 1.0, g.op("Mul", each, 2.0)), turned))
    apart = _energies_apart(g, each, others, machine)
    return g.op("Mul", g.op("ReduceMean", softplus(g, apart), [1], keepdims=0), float(inputs))


def _energies_apart(g: Graph, v: Value, turned: Value, machine: Machine) -> Value:
    """F(v) - F(turned), neuron by neuron, since the difference of the two sums would be rounded as they are."""
    weight, visible_bias, hidden_bias, _ = machine
    before, after = (softplus(g, g.op("Add", g.op("MatMul", one, weight), hidden_bias)) for one in (v, turned))
    hidden = g.op("ReduceSum", g.op("Sub", after, before), [-1], keepdims=1)
    return g.op("Add", g.op("MatMul", g.op("Sub", turned, v), visible_bias.array[:, None]), hidden)
