"""The functions of preparation and of answers as ONNX nodes."""

from __future__ import annotations

import math

import numpy as np

from lamina.arrays import Numpy
from lamina.data.spectrogram import FULL_SCALE
from lamina.exporting.forms import Value, Weight
from lamina.exporting.onnx_graph import ML, Graph
from lamina.exporting.onnx_layers import join, softmax, squared_distances
from lamina.tasks.forecasting import MOST

FLOAT, DOUBLE = 1, 11


def picture(g: Graph, pictures: Value, factor: float, shift: float) -> Value:
    """factor x + shift of bytes."""
    return g.op("Add", g.op("Mul", g.op("Cast", pictures, to=FLOAT), factor), shift)


def standardize(g: Graph, rows: Value, means: tuple[float, ...], scales: tuple[float, ...]) -> Value:
    """(x - mean) / scale in double precision, then as float."""
    return g.op("Cast", g.op("Div", g.op("Sub", rows, np.array(means)), np.array(scales)), to=FLOAT)


def standardize_series(
    g: Graph, values: Value, means: tuple[float, ...], scales: tuple[float, ...], logs: tuple[bool, ...]
) -> Value:
    """(log x - mean) / scale, the logarithm of some columns alone."""
    if any(logs):
        chosen = np.array(logs)
        safe = g.op("Where", chosen, values, np.float64(1))
        values = g.op("Where", chosen, g.op("Log", safe), values)
    return standardize(g, values, means, scales)


def points_on_circles(g: Graph, days: Value, periods: tuple[float, ...]) -> Value:
    """cos and sin of 2 pi days / period, side by side."""
    angles = [g.op("Mul", g.op("Unsqueeze", days, [-1]), np.float64(2 * math.pi / period)) for period in periods]
    return g.op("Cast", join(g, *(g.op(turn, angle) for angle in angles for turn in ("Cos", "Sin"))), to=FLOAT)


def number_column(
    g: Graph, numbers: Value, mean: float, scale: float, edges: tuple[float, ...], can_miss: bool
) -> Value:
    """The number, its places between the edges, and the mark of a missing one."""
    x = g.op("Unsqueeze", standardize(g, numbers, (mean,), (scale,)), [1])
    lacking = g.op("IsNaN", x)
    known = g.op("Where", lacking, 0.0, x)
    parts = [known]
    if len(edges) > 1:
        low, high = np.array(edges[:-1], np.float32), np.array(edges[1:], np.float32)
        parts.append(g.op("Clip", g.op("Div", g.op("Sub", known, low), high - low), 0.0, 1.0))
    return join(g, *parts, *([g.op("Cast", lacking, to=FLOAT)] if can_miss else []))


def category_column(g: Graph, texts: Value, values: tuple[str, ...], rare: bool) -> Value:
    """One-hot: behind the mark of the rare ones, or without it and equal parts for what was never seen."""
    table = {"keys_strings": list(values), "values_int64s": list(range(1, len(values) + 1)), "default_int64": 0}
    places = g.op("Unsqueeze", g.op("LabelEncoder", texts, domain=ML, **table), [1])
    first = 0 if rare else 1
    hot = g.op("Cast", g.op("Equal", places, np.arange(first, len(values) + 1)[None]), to=FLOAT)
    return hot if rare else g.op("Where", g.op("Equal", places, np.int64(0)), 1.0 / len(values), hot)


def date_column(g: Graph, seconds: Value, mean: float, scale: float, circles: tuple[tuple[float, float], ...]) -> Value:
    """The time, points on circles, and the mark of a missing one."""
    x = g.op("Unsqueeze", seconds, [1])
    lacking = g.op("IsNaN", x)
    known = g.op("Where", lacking, np.float64(0), x)
    parts = [g.op("Div", g.op("Sub", known, np.float64(mean)), np.float64(scale))]
    for period, start in circles:
        turned = g.op("Mod", g.op("Sub", known, np.float64(start)), np.float64(period), fmod=1)
        angle = g.op("Mul", turned, np.float64(2 * math.pi / period))
        parts += [g.op("Sin", angle), g.op("Cos", angle)]
    told = g.op("Where", lacking, np.float64(0), join(g, *parts))
    return g.op("Cast", join(g, told, g.op("Cast", lacking, to=DOUBLE)), to=FLOAT)


def spectrogram(
    g: Graph, samples: Value, window: Weight, bands: Weight, floor: float, mean: float, scale: float
) -> Value:
    """(log(mel powers + floor) - mean) / scale; the Fourier transform is a product with cosines and sines."""
    length = len(window.array)
    blocks = g.op("Mul", g.op("Cast", samples, to=FLOAT), 1 / FULL_SCALE)
    blocks = g.op("Reshape", blocks, [0, -1, length // 2])
    before = g.op("Slice", blocks, [0], [-1], [1])
    frames = g.op("Concat", before, g.op("Slice", blocks, [1], [2**62], [1]), axis=-1)
    parts = [g.op("MatMul", frames, wave) for wave in _waves(window.array)]
    powers = g.op("Add", *(g.op("Mul", part, part) for part in parts))
    logarithms = g.op("Log", g.op("Add", g.op("MatMul", powers, bands), floor))
    return g.op("Unsqueeze", g.op("Div", g.op("Sub", logarithms, mean), scale), [-1])


def likeliest(g: Graph, chances: Value, names: tuple[str, ...]) -> Value:
    """The name of the largest."""
    return g.op("Gather", list(names), g.op("ArgMax", chances, axis=-1, keepdims=0), axis=0)


def in_unit(
    g: Graph, outputs: Value, means: tuple[float, ...], scales: tuple[float, ...], logs: tuple[bool, ...]
) -> Value:
    """Outputs times scale plus mean, step after step, as double; exp of those whose logarithm was learnt."""
    steps = g.op("Reshape", g.op("Cast", outputs, to=DOUBLE), [0, -1, len(means)])
    values = g.op("Add", g.op("Mul", steps, np.array(scales)), np.array(means))
    if any(logs):
        chosen = np.array(logs)
        safe = g.op("Where", chosen, g.op("Min", values, np.float64(MOST)), np.float64(0))
        values = g.op("Where", chosen, g.op("Exp", safe), values)
    return g.op("Flatten", values, axis=1)


def mean_of_members(g: Graph, outputs: Value, temperature: float) -> Value:
    """The mean over the members."""
    return g.op("Div", g.op("ReduceMean", outputs, [1], keepdims=0), temperature)


def mean_of_classes(g: Graph, outputs: Value, temperature: float) -> Value:
    """The logarithm of the members' mean probabilities."""
    chances = g.op("ReduceMean", softmax(g, outputs), [1], keepdims=0)
    return g.op("Div", g.op("Log", chances), temperature)


def shares_of_groups(g: Graph, outputs: Value, centers: tuple[tuple[float, ...], ...], width: float) -> Value:
    """exp(-|code - c_j|^2 / (2 width^2)), divided by their sum."""
    squares = squared_distances(g, outputs, Weight("centers", np.array(centers, np.float32)))
    return softmax(g, g.op("Mul", squares, -1 / (2 * width**2)))


def mean_squared_difference(g: Graph, outputs: Value, seen: Value) -> Value:
    """The mean over all numbers of an example."""
    apart = g.op("Flatten", g.op("Sub", outputs, seen), axis=1)
    return g.op("ReduceMean", g.op("Mul", apart, apart), [1], keepdims=0)


def total(g: Graph, outputs: Value, count: int) -> Value:
    """The sum of the first numbers."""
    return g.op("ReduceSum", g.op("Slice", outputs, [0], [count], [1]), [1], keepdims=0)


def _waves(window: Numpy) -> tuple[Numpy, Numpy]:
    """Cosines and sines (samples, frequencies), each sample times the window."""
    samples, frequencies = np.arange(len(window))[:, None], np.arange(len(window) // 2 + 1)
    angles = 2 * np.pi * ((samples * frequencies) % len(window)) / len(window)
    cosines, sines = (turn(angles) * window.astype(np.float64)[:, None] for turn in (np.cos, np.sin))
    return cosines.astype(np.float32), sines.astype(np.float32)
