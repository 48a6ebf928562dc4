"""Read a Lamina model file and predict, in NumPy alone: python read_model_numpy.py digits.safetensors picture.npy

Written from docs/model-file.md and docs/data.md. Takes pictures as .npy arrays of bytes, or a row of numbers as texts.
"""

import hashlib
import json
import sys
from functools import partial
from types import SimpleNamespace

import numpy as np


def read(path):
    data = np.fromfile(path, np.uint8).tobytes()
    end = 8 + int.from_bytes(data[:8], "little")
    header = json.loads(data[8:end])
    metadata = header.pop("__metadata__")
    start = data.index(b'"sha256":"') + 10
    if hashlib.sha256(data[:start] + data[start + 64 :]).hexdigest() != metadata["sha256"]:
        raise ValueError("the checksum does not fit")
    types = {"F32": "<f4", "I32": "<i4", "U32": "<u4", "U8": "u1"}
    tensors = {}
    for name, entry in header.items():
        first, last = (end + offset for offset in entry["data_offsets"])
        tensors[name] = np.frombuffer(data[first:last], types[entry["dtype"]]).reshape(entry["shape"])
    return json.loads(metadata["lamina"], object_hook=lambda fields: SimpleNamespace(**fields)), tensors


ACTIVATIONS = {"linear": lambda z: z, "relu": lambda z: np.maximum(z, 0), "tanh": np.tanh}
two = partial(np.broadcast_to, shape=2)  # 3 -> [3, 3]


def windows(x, size, stride, dilation=(1, 1), same=False):
    for axis, (s, t, d) in enumerate(zip(size, stride, dilation, strict=True), start=1):
        total = max(0, (-(-x.shape[axis] // t) - 1) * t + (s - 1) * d + 1 - x.shape[axis]) if same else 0
        x = np.pad(x, [(total // 2, total - total // 2) if one == axis else (0, 0) for one in range(4)])
    reach = [(s - 1) * d + 1 for s, d in zip(size, dilation, strict=True)]
    found = np.lib.stride_tricks.sliding_window_view(x, reach, axis=(1, 2))
    return found[:, :: stride[0], :: stride[1], :, :: dilation[0], :: dilation[1]]


def apply(layer, tensors, path, x):
    get = {name.split("/")[-1]: array for name, array in tensors.items() if name.split("/")[1:-1] == path.split("/")}
    kind = layer.type
    if kind == "Sequential":
        for number, inner in enumerate(layer.layers):
            x = apply(inner, tensors, f"{path}/{number}" if path else str(number), x)
        return x
    if kind in ("Dense", "Linear", "Conv2D"):
        formula, parts = "...i,ij->...j", [(x, get["weight"])]
        if kind == "Conv2D":
            x = windows(x, two(layer.size), two(layer.stride), two(layer.dilation), layer.padding == "same")
            formula, groups = "nijcab,abcf->nijf", getattr(layer, "groups", 1)
            parts = zip(np.split(x, groups, 3), np.split(get["weight"], groups, 3), strict=True)
        z = np.concatenate([np.einsum(formula, *part, optimize=True) for part in parts], -1)
        return ACTIVATIONS[getattr(layer, "activation", "linear")](z + get.get("bias", 0))
    if kind == "BatchNorm":
        return (x - get["mean"]) / np.sqrt(get["variance"] + layer.epsilon) * get["scale"] + get["bias"]
    if kind in ("MaxPool2D", "AveragePool2D"):
        found = windows(x, two(layer.size), two(layer.size if layer.stride is None else layer.stride))
        return found.max((-2, -1)) if kind == "MaxPool2D" else found.mean((-2, -1))
    if kind == "Activation":
        return ACTIVATIONS[layer.name](x)
    if kind not in ("Flatten", "Dropout"):
        raise ValueError(f"this short reader knows no {kind}")
    return x.reshape(len(x), -1) if kind == "Flatten" else x  # Dropout does nothing here


def resize(p, height, width):
    def matrix(before, after):
        s = before / after
        r = np.maximum(0, 1 - np.abs(np.arange(before) - ((np.arange(after)[:, None] + 0.5) * s - 0.5)) / max(s, 1))
        return r / r.sum(1, keepdims=True)

    return np.einsum("ij,jk...,lk->il...", matrix(p.shape[0], height), p.astype(float), matrix(p.shape[1], width))


def fit(p, side):
    return resize(p, *(max(1, int(n * min(1, side / max(p.shape)) + 0.5)) for n in p.shape))


def spread(p, r, extreme):
    return extreme(np.lib.stride_tricks.sliding_window_view(np.pad(p, r, mode="edge"), (2 * r + 1,) * 2), axis=(2, 3))


def kept_pieces(v):
    labels, before = np.where(v > 0.15, np.arange(1, v.size + 1).reshape(v.shape), 0), None
    while before is None or (labels != before).any():
        before, labels = labels, np.where(v > 0.15, spread(labels, 1, np.max), 0)
    amounts = np.bincount(labels.ravel(), weights=v.ravel())
    amounts[0] = 0
    edge = np.unique(np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]]))
    inner = np.where(np.isin(np.arange(len(amounts)), edge), 0, amounts)
    amounts = inner if inner.max() > 0.3 * amounts.max() else amounts
    return spread((amounts > 0.08 * amounts.max())[labels].astype(float), 1, np.max)


def frame(picture, ink, height, width):
    c = fit(g := fit(picture, 256), 64)
    hi, lo = spread(c, 10, np.max), spread(c, 10, np.min)
    light = (2 * c - hi - lo).sum() > 0
    ground = resize(spread(hi, 10, np.min) if light else spread(lo, 10, np.max), *g.shape)
    contrast = (ground - g) * (1 if light else -1)
    counts, edges = np.histogram(np.maximum(contrast, 0), 64)
    middles, below, total = (edges[1:] + edges[:-1]) / 2, np.cumsum(counts)[:-1], counts.sum()
    sums = np.cumsum(counts * middles)
    parting = (sums[-1] * below / total - sums[:-1]) ** 2 / np.maximum(below * (total - below), 1e-300)
    level = np.median(contrast[contrast > edges[1:-1][np.argmax(parting)]])
    v = np.clip((contrast / level - 0.2) / 0.6, 0, 1)
    v = np.where(resize(kept_pieces(fit(v, 64)), *v.shape) > 0.25, v, 0)
    rows, columns = np.nonzero(v > 0.25 * v.max())
    cut = v[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    placed, a, b = cut, ink.height * height / cut.shape[0], ink.width * width / cut.shape[1]
    steps = ((0, height, ink.row, a if ink.squeeze else min(a, b)), (1, width, ink.column, min(a, b)))
    for axis, after, at, scale in steps:
        n, amounts = cut.shape[axis], cut.sum(1 - axis)
        center = amounts @ (np.arange(n) + 0.5) / amounts.sum() if ink.by_mass else n / 2
        x, q = (np.arange(after) + 0.5 - at * after) / scale + center - 0.5, max(1 / scale, 1)
        p = np.maximum(0, 1 - np.abs(np.arange(n) - x[:, None]) / q) / q
        placed = p @ placed if axis == 0 else placed @ p.T
    placed = np.clip(placed * ink.strength / placed[placed > 0.125 * placed.max()].mean(), 0, 1)
    return 255 * placed if ink.ground == 0 else 255 - 255 * placed


def encode(encoder, raw):
    if encoder.type == "NumberEncoder":
        return ((np.array([float(t) for t in raw]) - encoder.means) / encoder.scales).astype(np.float32)
    shape, ink = (encoder.height, encoder.width), encoder.ink
    if encoder.channels == 1 and raw.shape[-1] == 3:
        raw = np.floor(raw @ [0.299, 0.587, 0.114] + 0.500001)[..., None]
    raw = raw if encoder.channels == raw.shape[-1] else np.repeat(raw, encoder.channels, -1)
    corners = raw[[0, 0, -1, -1], [0, -1, 0, -1], 0].astype(float)
    if ink and (raw.shape[:2] != shape or np.median(np.abs(corners - ink.ground)) >= 64):
        raw = frame(raw[..., 0], ink, *shape)[..., None]
    elif raw.shape[:2] != shape:
        raw = resize(raw, *shape)
    return ((np.floor(raw + 0.500001).clip(0, 255) / 255 - encoder.mean) / encoder.scale).astype(np.float32)


def predict(document, tensors, raws):
    return apply(document.network, tensors, "", np.stack([encode(document.encoder, raw) for raw in raws]))


if __name__ == "__main__":
    model, arrays = read(sys.argv[1])
    z = predict(model, arrays, [np.load(sys.argv[2])] if sys.argv[2].endswith(".npy") else [sys.argv[2:]])[0]
    task = model.task
    print(task.classes[z.argmax()] if hasattr(task, "classes") else task.mean + task.scale * z[0])
