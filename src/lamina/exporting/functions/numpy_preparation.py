"""The functions of preparation and of answers in plain NumPy."""

from __future__ import annotations

import math

import numpy as np

from lamina.exporting.functions.numpy_layers import Array, softmax, squared_distances


def picture(pictures: Array, factor: float, shift: float) -> Array:
    """factor x + shift of bytes."""
    return pictures.astype(np.float32) * factor + shift


def standardize(rows: Array, means: tuple[float, ...], scales: tuple[float, ...]) -> Array:
    """(x - mean) / scale in double precision, then as float."""
    return ((rows - np.array(means)) / np.array(scales)).astype(np.float32)


def standardize_series(
    values: Array, means: tuple[float, ...], scales: tuple[float, ...], logs: tuple[bool, ...]
) -> Array:
    """(log x - mean) / scale, the logarithm of some columns alone."""
    return standardize(np.where(logs, np.log(np.where(logs, values, 1)), values), means, scales)


def points_on_circles(days: Array, periods: tuple[float, ...]) -> Array:
    """cos and sin of 2 pi days / period, side by side."""
    angles = [days * (2 * math.pi / period) for period in periods]
    return np.stack([turn(angle) for angle in angles for turn in (np.cos, np.sin)], axis=-1).astype(np.float32)


def number_column(numbers: Array, mean: float, scale: float, edges: tuple[float, ...], can_miss: bool) -> Array:
    """The number, its places between the edges, and the mark of a missing one."""
    x = standardize(np.asarray(numbers, np.float64)[:, None], (mean,), (scale,))
    lacking = np.isnan(x)
    parts = [known := np.where(lacking, np.float32(0), x)]
    if edges:
        low, high = np.array(edges[:-1], np.float32), np.array(edges[1:], np.float32)
        parts.append(np.clip((known - low) / (high - low), 0, 1))
    return np.concatenate([*parts, lacking.astype(np.float32)] if can_miss else parts, axis=1)


def category_column(texts: Array, values: tuple[str, ...], rare: bool) -> Array:
    """One-hot: behind the mark of the rare ones, or without it and equal parts for what was never seen."""
    places = {value: place for place, value in enumerate(values, 1)}
    hot = np.eye(len(values) + 1, dtype=np.float32)[[places.get(str(text), 0) for text in texts]]
    return hot if rare else hot[:, 1:] + hot[:, :1] / len(values)


def date_column(seconds: Array, mean: float, scale: float, circles: tuple[tuple[float, float], ...]) -> Array:
    """The time, points on circles, and the mark of a missing one."""
    lacking = np.isnan(seconds)
    known = np.where(lacking, 0, seconds)
    parts = [(known - mean) / scale]
    for period, start in circles:
        angle = 2 * np.pi * ((known - start) % period) / period
        parts += [np.sin(angle), np.cos(angle)]
    return np.stack([*(np.where(lacking, 0, part) for part in parts), lacking], axis=1).astype(np.float32)


def spectrogram(samples: Array, window: Array, bands: Array, floor: float, mean: float, scale: float) -> Array:
    """(log(mel powers + floor) - mean) / scale."""
    blocks = samples.reshape(len(samples), -1, len(window) // 2) * np.float32(1 / 32_768)
    frames = np.concatenate([blocks[:, :-1], blocks[:, 1:]], axis=-1)
    powers = np.square(np.abs(np.fft.rfft(frames * window)))
    return ((np.log(powers @ bands + floor) - mean) / scale).astype(np.float32)[..., None]


def likeliest(chances: Array, names: tuple[str, ...]) -> Array:
    """The name of the largest."""
    return np.array(names, object)[chances.argmax(axis=-1)]


def in_unit(outputs: Array, means: tuple[float, ...], scales: tuple[float, ...], logs: tuple[bool, ...]) -> Array:
    """Outputs times scale plus mean, step after step; exp of those whose logarithm was learnt."""
    values = outputs.astype(np.float64).reshape(len(outputs), -1, len(means)) * np.array(scales) + np.array(means)
    values = np.where(logs, np.exp(np.where(logs, np.minimum(values, LARGEST_LOGARITHM), 0)), values)
    return values.reshape(len(outputs), -1)


LARGEST_LOGARITHM = 700.0


def mean_of_members(outputs: Array, temperature: float) -> Array:
    """The mean over the members."""
    return np.asarray(outputs.mean(axis=1) / temperature)


def mean_of_classes(outputs: Array, temperature: float) -> Array:
    """The logarithm of the members' mean probabilities."""
    return np.asarray(np.log(softmax(outputs).mean(axis=1)) / temperature)


def shares_of_groups(outputs: Array, centers: tuple[tuple[float, ...], ...], width: float) -> Array:
    """exp(-|code - c_j|^2 / (2 width^2)), divided by their sum."""
    return softmax(squared_distances(outputs, np.array(centers, np.float32)) * (-1 / (2 * width**2)))


def mean_squared_difference(outputs: Array, seen: Array) -> Array:
    """The mean over all numbers of an example."""
    return np.asarray(np.square(outputs - seen).reshape(len(seen), -1).mean(axis=1))


def total(outputs: Array, count: int) -> Array:
    """The sum of the first numbers."""
    return np.asarray(outputs[:, :count].sum(axis=1))
