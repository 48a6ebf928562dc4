"""Record what PyTorch gives for layers, activations and initializers, in float64.

    python tests/reference/record_layers.py

needs `torch` and writes layers.json beside itself; the test reads that file and needs no torch. Inputs and weights
are drawn by NumPy from the seeds in the file and rounded to float32, so that they need not be stored; both sides
then compute sum(output * cosines) and its gradients. PyTorch keeps channels first: arrays are turned on the way.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

TARGET = Path(__file__).with_name("layers.json")
Weights = dict[str, Tensor]
Compute = Callable[[Tensor, Weights], Tensor]


def draw(seed: int, shapes: dict[str, list[int]]) -> dict[str, np.ndarray]:
    """Numbers that float32 holds exactly, one array a name, in the order of the names."""
    chance = np.random.default_rng(seed)
    return {name: chance.normal(size=shape).astype(np.float32).astype(np.float64) for name, shape in shapes.items()}


def record(layer: str, settings: dict[str, Any], shapes: dict[str, list[int]], compute: Compute) -> dict[str, Any]:
    """Output and gradients; the shapes are ours (channels last), the turning is in `compute`."""
    seed = 7
    leaves = {name: torch.tensor(value, requires_grad=True) for name, value in draw(seed, shapes).items()}
    y = compute(leaves["x"], leaves)
    cosines = torch.cos(torch.arange(y.numel(), dtype=torch.float64)).reshape(y.shape)
    (y * cosines).sum().backward()
    return {
        "layer": layer, "settings": settings, "seed": seed, "shapes": shapes, "output": rounded(y),
        "gradients": {name: rounded(leaf.grad) for name, leaf in leaves.items() if leaf.grad is not None},
    }  # fmt: skip


def rounded(tensor: Tensor) -> Any:
    """Nine digits: more than float32 can tell apart."""
    return np.vectorize(lambda v: float(f"{v:.9g}"), otypes=[float])(tensor.detach().numpy()).tolist()


def first(x: Tensor) -> Tensor:
    """Channels first."""
    return torch.movedim(x, -1, 1)


def last(x: Tensor) -> Tensor:
    """Channels last."""
    return torch.movedim(x, 1, -1)


def convolution(padding: list[int] | None = None, **settings: Any) -> Compute:
    """`padding` is what our "same" adds: (before, after) for the last axis, then for the one before it."""

    def compute(x: Tensor, p: Weights) -> Tensor:
        operation = functional.conv2d if x.ndim == 4 else functional.conv1d
        weight = p["weight"].movedim(-1, 0).movedim(-1, 1)
        return last(operation(functional.pad(first(x), padding or [0, 0]), weight, p.get("bias"), **settings))

    return compute


def record_convolutions() -> list[dict[str, Any]]:
    """With strides, dilation and both paddings."""
    sequence = {"x": [2, 9, 2], "weight": [3, 2, 4], "bias": [4]}
    picture = {"x": [2, 7, 6, 2], "weight": [3, 3, 2, 3], "bias": [3]}
    wide = {"x": [2, 7, 6, 2], "weight": [2, 3, 2, 3]}
    grouped = {"x": [2, 5, 4, 4], "weight": [3, 3, 2, 6], "bias": [6]}
    depthwise = {"x": [2, 5, 5, 3], "weight": [2, 3, 1, 6]}
    one = {"x": [2, 4, 3, 3], "weight": [1, 1, 3, 2], "bias": [2]}
    conv1d = {"filters": 4, "size": 3}
    conv2d = {"filters": 3, "size": 3}
    return [
        record("Conv1D", conv1d, sequence, convolution()),
        record("Conv1D", {**conv1d, "stride": 2, "dilation": 2}, sequence, convolution(stride=2, dilation=2)),
        record("Conv1D", {**conv1d, "padding": "same"}, sequence, convolution([1, 1])),
        record("Conv2D", conv2d, picture, convolution()),
        record("Conv2D", {**conv2d, "stride": [2, 1]}, picture, convolution(stride=(2, 1))),
        record("Conv2D", {**conv2d, "dilation": [2, 1]}, picture, convolution(dilation=(2, 1))),
        record("Conv2D", {**conv2d, "padding": "same"}, picture, convolution([1, 1, 1, 1])),
        # 6 columns by steps of 2 lack one place, 7 rows by steps of 2 lack two: what is odd comes at the end.
        record("Conv2D", {**conv2d, "stride": 2, "padding": "same"}, picture, convolution([0, 1, 1, 1], stride=2)),
        record(
            "Conv2D", {"filters": 3, "size": [2, 3], "padding": "same", "bias": False}, wide,
            convolution([1, 1, 0, 1]),
        ),
        record("Conv2D", {"filters": 2, "size": 1}, one, convolution()),
        record("Conv2D", {"filters": 6, "size": 3, "groups": 2}, grouped, convolution(groups=2)),
        record(
            "Conv2D", {"filters": 6, "size": [2, 3], "stride": 2, "padding": "same", "bias": False, "groups": 3},
            depthwise, convolution([1, 1, 0, 1], stride=2, groups=3),
        ),
    ]  # fmt: skip


def record_pools() -> list[dict[str, Any]]:
    """Side by side, overlapping and with gaps."""
    found = []
    for size, stride in ((2, None), (3, 1), (2, 3)):
        for axes, shape in ((1, [2, 9, 2]), (2, [2, 7, 6, 2])):
            for name, prefix in (("MaxPool", "max"), ("AveragePool", "avg")):
                pool = getattr(functional, f"{prefix}_pool{axes}d")
                settings = {"size": size, "stride": stride}
                compute = pooling(pool, size, stride)
                found.append(record(f"{name}{axes}D", settings, {"x": shape}, compute))
    for axes, shape in ((1, [2, 9, 3]), (2, [2, 4, 5, 3])):
        places = tuple(range(1, axes + 1))
        found.append(record(f"GlobalMaxPool{axes}D", {}, {"x": shape}, over(torch.amax, places)))
        found.append(record(f"GlobalAveragePool{axes}D", {}, {"x": shape}, over(torch.mean, places)))
    up = functional.interpolate
    found.append(
        record("UpSample2D", {"size": 2}, {"x": [1, 3, 2, 2]}, lambda x, p: last(up(first(x), scale_factor=2)))
    )
    sides = {"rows": [1, 2], "columns": [0, 3]}
    for value in (0.0, -1.5):
        around = framing((*sides["columns"], *sides["rows"]), value)
        found.append(record("Pad2D", {**sides, "value": value}, {"x": [2, 3, 2, 2]}, around))
    return found


def framing(sides: tuple[int, ...], value: float) -> Compute:
    """PyTorch names the last axis first."""
    return lambda x, p: last(functional.pad(first(x), sides, value=value))


def pooling(pool: Callable[..., Tensor], size: int, stride: int | None) -> Compute:
    """A pool of PyTorch with channels last."""
    return lambda x, p: last(pool(first(x), size, stride))


def over(reduce: Callable[..., Tensor], places: tuple[int, ...]) -> Compute:
    """One number of all places, channel by channel."""
    return lambda x, p: reduce(x, places)


def record_others() -> list[dict[str, Any]]:
    """Dense layers, normalization and embedding."""

    def dense(x: Tensor, p: Weights) -> Tensor:
        return torch.tanh(functional.linear(x, p["weight"].T, p["bias"]))

    def batch_norm(x: Tensor, p: Weights) -> Tensor:
        return last(functional.batch_norm(first(x), None, None, p["scale"], p["bias"], training=True, eps=1e-3))

    def layer_norm(x: Tensor, p: Weights) -> Tensor:
        return functional.layer_norm(x, x.shape[-1:], p["scale"], p["bias"], eps=1e-3)

    norm = {"scale": [3], "bias": [3]}
    return [
        record("Dense", {"units": 3, "activation": "tanh"}, {"x": [4, 5], "weight": [5, 3], "bias": [3]}, dense),
        record("BatchNorm", {"epsilon": 1e-3}, {"x": [6, 3], **norm}, batch_norm),
        record("BatchNorm", {"epsilon": 1e-3}, {"x": [3, 4, 2, 3], **norm}, batch_norm),
        record("LayerNorm", {"epsilon": 1e-3}, {"x": [2, 4, 3], **norm}, layer_norm),
    ]


def recurrent(name: str, bias_back: Callable[[Weights], Tensor], reverse: bool, every: bool) -> Compute:
    """A recurrent module of PyTorch with our weights; its second bias is what `bias_back` makes of them."""

    def compute(x: Tensor, p: Weights) -> Tensor:
        units = p["recurrent_weight"].shape[0]
        module = getattr(nn, name)(x.shape[-1], units, batch_first=True, dtype=torch.float64)
        weights = {
            "weight_ih_l0": p["input_weight"].T, "weight_hh_l0": p["recurrent_weight"].T,
            "bias_ih_l0": p["bias"], "bias_hh_l0": bias_back(p),
        }  # fmt: skip
        y = torch.func.functional_call(module, weights, (x.flip(1) if reverse else x,))[0]
        return (y.flip(1) if reverse else y) if every else y[:, -1]

    return compute


def record_recurrent() -> list[dict[str, Any]]:
    """Both directions, every state and the last one; the LSTM in two directions at once."""
    units, found = 3, []
    for name, theirs, gates in (("Recurrent", "RNN", 1), ("LSTM", "LSTM", 4), ("GRU", "GRU", 3)):
        shapes = {
            "x": [2, 6, 2], "input_weight": [2, gates * units], "recurrent_weight": [units, gates * units],
            "bias": [gates * units], **({"recurrent_bias": [units]} if name == "GRU" else {}),
        }  # fmt: skip

        def back(p: Weights) -> Tensor:
            gates = torch.zeros_like(p["bias"])
            return torch.cat([gates[:-units], p["recurrent_bias"]]) if "recurrent_bias" in p else gates

        for reverse, every in ((False, False), (True, True)):
            settings = {"units": units, "reverse": reverse, "return_sequence": every}
            found.append(record(name, settings, shapes, recurrent(theirs, back, reverse, every)))
    return found


def real_steps(x: Tensor, lengths: list[int] | None) -> Tensor:
    """Which steps stand before the end of their sequence: (batch, steps)."""
    ends = torch.full((len(x),), x.shape[1]) if lengths is None else torch.tensor(lengths)
    return torch.arange(x.shape[1]) < ends[:, None]


def attention(features: int, heads: int, causal: bool, lengths: list[int] | None = None) -> Compute:
    """PyTorch's attention with our weights; what comes after the end of a sequence is not seen, and gives zeros."""

    def compute(x: Tensor, p: Weights) -> Tensor:
        module = nn.MultiheadAttention(features, heads, batch_first=True, dtype=torch.float64)
        weights = {
            "in_proj_weight": p["weight"].T, "in_proj_bias": p["bias"],
            "out_proj.weight": p["output_weight"].T, "out_proj.bias": p["output_bias"],
        }  # fmt: skip
        hidden = torch.ones(x.shape[1], x.shape[1], dtype=torch.bool).triu(1) if causal else None
        real = real_steps(x, lengths)
        masks = {"attn_mask": hidden, "key_padding_mask": None if lengths is None else ~real}
        y: Tensor = torch.func.functional_call(module, weights, (x, x, x), masks)[0]
        return y * real[..., None]

    return compute


def transformer(features: int, heads: int, hidden: int, lengths: list[int] | None = None) -> Compute:
    """PyTorch's encoder layer, causal, with our weights; the end of a sequence as in `attention`."""
    names = {
        "self_attn.in_proj_weight": "attention.weight", "self_attn.in_proj_bias": "attention.bias",
        "self_attn.out_proj.weight": "attention.output_weight", "self_attn.out_proj.bias": "attention.output_bias",
        "linear1.weight": "hidden.weight", "linear1.bias": "hidden.bias",
        "linear2.weight": "output.weight", "linear2.bias": "output.bias",
        "norm1.weight": "attention_norm.scale", "norm1.bias": "attention_norm.bias",
        "norm2.weight": "hidden_norm.scale", "norm2.bias": "hidden_norm.bias",
    }  # fmt: skip

    def compute(x: Tensor, p: Weights) -> Tensor:
        module = nn.TransformerEncoderLayer(
            features, heads, hidden, 0.0, "gelu", batch_first=True, norm_first=True, dtype=torch.float64
        )
        weights = {theirs: p[ours].T if p[ours].ndim == 2 else p[ours] for theirs, ours in names.items()}
        later = torch.ones(x.shape[1], x.shape[1], dtype=torch.bool).triu(1)
        real = real_steps(x, lengths)
        masks = {"src_mask": later, "src_key_padding_mask": None if lengths is None else ~real}
        y: Tensor = torch.func.functional_call(module, weights, (x,), masks)
        return y * real[..., None]

    return compute


def record_attention() -> list[dict[str, Any]]:
    """Attention of one head and of two, causal and not; and the block around it."""
    weights = {"weight": [4, 12], "bias": [12], "output_weight": [4, 4], "output_bias": [4]}
    norm = {"scale": [4], "bias": [4]}
    parts = {
        "attention_norm": norm, "attention": weights, "hidden_norm": norm,
        "hidden": {"weight": [4, 5], "bias": [5]}, "output": {"weight": [5, 4], "bias": [4]},
    }  # fmt: skip
    block = {f"{part}.{name}": shape for part, shapes in parts.items() for name, shape in shapes.items()}
    x = {"x": [2, 5, 4]}
    return [
        record("Attention", {"heads": 1}, {**x, **weights}, attention(4, 1, False)),
        record("Attention", {"heads": 2, "causal": True}, {**x, **weights}, attention(4, 2, True)),
        record("TransformerBlock", {"heads": 2, "hidden": 5, "causal": True}, {**x, **block}, transformer(4, 2, 5)),
    ]


def record_batch_norm_over_time() -> dict[str, Any]:
    """Running numbers after three batches, and an output made with them.

    PyTorch's running variance is that of a sample: its share of each batch is brought to ours, n - 1 over n.
    """
    momentum, rows = 0.75, 5
    layer = nn.BatchNorm1d(3, eps=1e-3, momentum=1 - momentum, dtype=torch.float64)
    batches = draw(11, {str(number): [rows, 3] for number in range(4)})
    variance = torch.ones(3, dtype=torch.float64)
    for number in range(3):
        before = layer.running_var.clone()
        layer(torch.tensor(batches[str(number)]))
        added = layer.running_var - momentum * before
        variance = momentum * variance + added * (rows - 1) / rows
    layer.running_var.copy_(variance)
    layer.eval()
    y = layer(torch.tensor(batches["3"]))
    return {
        "seed": 11, "rows": rows, "momentum": momentum, "epsilon": 1e-3, "mean": rounded(layer.running_mean),
        "variance": rounded(variance), "output": rounded(y),
    }  # fmt: skip


def record_embedding() -> dict[str, Any]:
    """Rows, and the gradient by the rows, of which one is looked up twice and one never."""
    places = [[0, 2, 2], [4, 1, 0]]
    weight = torch.tensor(draw(13, {"weight": [6, 2]})["weight"], requires_grad=True)
    y = functional.embedding(torch.tensor(places), weight)
    (y * torch.cos(torch.arange(y.numel(), dtype=torch.float64)).reshape(y.shape)).sum().backward()
    return {"seed": 13, "places": places, "output": rounded(y), "gradient": rounded(weight.grad)}


def record_activations() -> dict[str, Any]:
    """Values and derivatives; GELU in its exact form. The binary step's derivative is ours alone."""
    functions: dict[str, Callable[[Tensor], Tensor]] = {
        "linear": lambda z: z, "sigmoid": torch.sigmoid, "tanh": torch.tanh,
        "scaled_tanh": lambda z: 1.7159 * torch.tanh(2 * z / 3), "arctan": torch.arctan,
        "relu": functional.relu, "relu6": functional.relu6, "leaky_relu": functional.leaky_relu, "elu": functional.elu,
        "gelu": functional.gelu, "silu": functional.silu, "softplus": functional.softplus,
        "softmax": lambda z: torch.softmax(z, -1),
    }  # fmt: skip
    found: dict[str, Any] = {"points": np.linspace(-8, 8, 33).tolist()}
    for name, function in functions.items():
        z = torch.tensor(found["points"], dtype=torch.float64, requires_grad=True)
        h = function(z)
        (h * torch.cos(torch.arange(33, dtype=torch.float64))).sum().backward()
        found[name] = {"output": rounded(h), "gradient": rounded(z.grad)}
    approximate = functional.gelu(torch.tensor(found["points"], dtype=torch.float64), approximate="tanh")
    found["gelu by tanh"] = {"output": rounded(approximate)}
    return found


def record_initializers() -> dict[str, Any]:
    """Standard deviation of a million weights (1,000 inputs, 1,000 units), and of filters (3, 3, 64, 128)."""
    initializers: dict[str, Callable[[Tensor], Tensor]] = {
        "glorot_uniform": nn.init.xavier_uniform_,
        "glorot_normal": nn.init.xavier_normal_,
        "he_uniform": lambda w: nn.init.kaiming_uniform_(w, nonlinearity="relu"),
        "he_normal": lambda w: nn.init.kaiming_normal_(w, nonlinearity="relu"),
        "lecun_uniform": lambda w: nn.init.kaiming_uniform_(w, nonlinearity="linear"),
        "lecun_normal": lambda w: nn.init.kaiming_normal_(w, nonlinearity="linear"),
        "orthogonal": nn.init.orthogonal_,
    }
    torch.manual_seed(0)
    return {
        name: {"weight": initialize(torch.empty(1000, 1000)).std().item(),
               "filters": initialize(torch.empty(128, 64, 3, 3)).std().item()}
        for name, initialize in initializers.items()
    }  # fmt: skip


def main() -> None:
    """Everything in one file."""
    recorded = {
        "versions": {"torch": torch.__version__},
        "layers": [*record_convolutions(), *record_pools(), *record_others(), *record_recurrent(), *record_attention()],
        "batch_norm_over_time": record_batch_norm_over_time(),
        "embedding": record_embedding(),
        "activations": record_activations(),
        "initializers": record_initializers(),
    }
    TARGET.write_text(json.dumps(recorded) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
