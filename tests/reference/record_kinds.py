"""Record what PyTorch gives for stacks and whole networks, and for kinds that bring their own loss, in float64.

    python -m tests.reference.record_kinds

needs `torch` and writes kinds.json beside itself; the test reads that file and needs no torch. Inputs, weights and
what a layer draws by chance come from the seeds in the file, as in record_layers.py.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.distributions import Normal, kl_divergence
from torch.nn import functional
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from tests.reference.record_layers import Compute, Weights, attention, draw, first, last, record, rounded, transformer

TARGET = Path(__file__).with_name("kinds.json")
UNITS, STEPS, FEATURES = 2, 6, 2
KINDS = {"Recurrent": ("RNN", 1), "LSTM": ("LSTM", 4), "GRU": ("GRU", 3)}
"""Our name -> PyTorch's, and how many blocks of columns the weights have."""
GAMES = ("original", "non_saturating", "hinge", "wasserstein")


def directions(both: bool) -> list[tuple[str, str]]:
    """Where a direction's weights stand, ours and PyTorch's."""
    return [("forward.", ""), ("backward.", "_reverse")] if both else [("", "")]


def stack(kind: str, depth: int, both: bool, every: bool, lengths: list[int] | None) -> Compute:
    """Recurrent layers of PyTorch on top of each other, with our weights; packed sequences where lengths are told."""

    def compute(x: Tensor, p: Weights) -> Tensor:
        module = getattr(nn, KINDS[kind][0])(
            FEATURES, UNITS, depth, batch_first=True, bidirectional=both, dtype=torch.float64
        )
        weights: Weights = {}
        for number in range(depth):
            for ours, theirs in directions(both):
                own, end = f"{number}.{ours}", f"l{number}{theirs}"
                weights |= {
                    f"weight_ih_{end}": p[f"{own}input_weight"].T, f"weight_hh_{end}": p[f"{own}recurrent_weight"].T,
                    f"bias_ih_{end}": p[f"{own}bias"], f"bias_hh_{end}": second_bias(p, own),
                }  # fmt: skip
        packed = None if lengths is None else pack_padded_sequence(x, torch.tensor(lengths), True, False)
        y, after = torch.func.functional_call(module, weights, (x if packed is None else packed,))
        if every:
            return y if packed is None else pad_packed_sequence(y, True, total_length=STEPS)[0]
        states = after[0] if kind == "LSTM" else after
        return torch.cat(list(states[-2:] if both else states[-1:]), dim=-1)

    return compute


def second_bias(p: Weights, own: str) -> Tensor:
    """PyTorch's second bias: our GRU has one for its last block, nothing else has any."""
    empty = torch.zeros_like(p[f"{own}bias"])
    extra = p.get(f"{own}recurrent_bias")
    return empty if extra is None else torch.cat([empty[:-UNITS], extra])


def stack_shapes(kind: str, depth: int, both: bool) -> dict[str, list[int]]:
    """Sequences and the weights of a stack."""
    columns, shapes = KINDS[kind][1] * UNITS, {"x": [2, STEPS, FEATURES]}
    for number in range(depth):
        features = FEATURES if number == 0 else UNITS * (1 + both)
        for ours, _ in directions(both):
            own = f"{number}.{ours}"
            shapes |= {
                f"{own}input_weight": [features, columns], f"{own}recurrent_weight": [UNITS, columns],
                f"{own}bias": [columns], **({f"{own}recurrent_bias": [UNITS]} if kind == "GRU" else {}),
            }  # fmt: skip
    return shapes


def record_stacks() -> list[dict[str, Any]]:
    """In both directions, on top of each other, and with sequences of different lengths."""
    cases: list[tuple[str, int, bool, bool, list[int] | None]] = [
        ("LSTM", 1, True, True, None), ("LSTM", 2, False, False, None), ("Recurrent", 2, True, True, None),
        ("GRU", 2, True, False, None), ("Recurrent", 1, False, True, [6, 4]), ("GRU", 2, True, True, [6, 3]),
        ("LSTM", 2, True, False, [1, 6]),
    ]  # fmt: skip
    found = []
    for kind, depth, both, every, lengths in cases:
        settings = {"depth": depth, "both": both, "every": every, "lengths": lengths}
        shapes = stack_shapes(kind, depth, both)
        found.append(record(kind, settings, shapes, stack(kind, depth, both, every, lengths)))
    return found


def record_attention() -> list[dict[str, Any]]:
    """Sequences of different lengths, causal and not, and in a whole block."""
    weights = {"weight": [4, 12], "bias": [12], "output_weight": [4, 4], "output_bias": [4]}
    norm = {"scale": [4], "bias": [4]}
    parts = {
        "attention_norm": norm, "attention": weights, "hidden_norm": norm,
        "hidden": {"weight": [4, 5], "bias": [5]}, "output": {"weight": [5, 4], "bias": [4]},
    }  # fmt: skip
    block = {f"{part}.{name}": shape for part, shapes in parts.items() for name, shape in shapes.items()}
    x, lengths, found = {"x": [2, 5, 4]}, [3, 5], []
    for causal in (False, True):
        settings = {"heads": 2, "causal": causal, "skip_padding": True}
        found.append(record("Attention", settings, {**x, **weights}, attention(4, 2, causal, lengths)))
    settings = {"heads": 2, "hidden": 5, "causal": True, "skip_padding": True}
    found.append(record("TransformerBlock", settings, {**x, **block}, transformer(4, 2, 5, lengths)))
    return [{**one, "lengths": lengths} for one in found]


def resnet(training: bool) -> Compute:
    """torchvision's BasicBlocks: three of them behind a convolution, in our order of weights."""

    def convolved(x: Tensor, p: Weights, name: str, stride: int = 1) -> Tensor:
        weight = p[f"{name}.weight"].movedim(-1, 0).movedim(-1, 1)
        return functional.conv2d(x, weight, stride=stride, padding=weight.shape[-1] // 2)

    def norm(x: Tensor, p: Weights, name: str) -> Tensor:
        mean, variance = (p[f"memory.{name}.{kind}"].detach() for kind in ("mean", "variance"))
        running = (None, None) if training else (mean, variance.abs() + 0.5)
        return functional.batch_norm(x, *running, p[f"{name}.scale"], p[f"{name}.bias"], training, eps=1e-5)

    def block(x: Tensor, p: Weights, name: str, stride: int) -> Tensor:
        y = functional.relu(norm(convolved(x, p, f"{name}.body.0", stride), p, f"{name}.body.1"))
        y = norm(convolved(y, p, f"{name}.body.3"), p, f"{name}.body.4")
        if stride > 1:
            x = norm(convolved(x, p, f"{name}.shortcut.0", stride), p, f"{name}.shortcut.1")
        return functional.relu(y + x)

    def compute(x: Tensor, p: Weights) -> Tensor:
        y = functional.relu(norm(convolved(first(x), p, "0"), p, "1"))
        for name, stride in (("3", 1), ("4", 2), ("5", 2)):
            y = block(y, p, name, stride)
        return y.mean((2, 3)) @ p["7.weight"] + p["7.bias"]

    return compute


def record_resnets() -> list[dict[str, Any]]:
    """The numbers of the batch while training, and those remembered outside of it; odd sides, as PyTorch pads them."""
    filters = {"0": (3, 2, 2), "3.body.0": (3, 2, 2), "3.body.3": (3, 2, 2)}
    for name, few, many in (("4", 2, 4), ("5", 4, 8)):
        filters |= {f"{name}.body.0": (3, few, many), f"{name}.body.3": (3, many, many)}
        filters |= {f"{name}.shortcut.0": (1, few, many)}
    shapes = {"x": [2, 9, 9, 2], "7.weight": [8, 3], "7.bias": [3]}
    for name, (size, before, after) in filters.items():
        *parents, place = name.split(".")
        behind = ".".join([*parents, str(int(place) + 1)])
        shapes |= {f"{name}.weight": [size, size, before, after], f"{behind}.scale": [after], f"{behind}.bias": [after]}
        shapes |= {f"memory.{behind}.mean": [after], f"memory.{behind}.variance": [after]}
    return [record("resnet", {"training": training}, shapes, resnet(training)) for training in (True, False)]


def record_lenet5() -> dict[str, Any]:
    """The common form with weights of an eighth; of each gradient its sum with cosines and its length."""
    shapes = {
        "x": [2, 28, 28, 1], "0.weight": [5, 5, 1, 6], "0.bias": [6], "2.weight": [5, 5, 6, 16], "2.bias": [16],
        "5.weight": [400, 120], "5.bias": [120], "6.weight": [120, 84], "6.bias": [84], "7.weight": [84, 10],
        "7.bias": [10],
    }  # fmt: skip
    drawn = draw(7, shapes)
    p = {name: torch.tensor(value / 8, requires_grad=True) for name, value in drawn.items()}
    y = first(p["x"])
    for name, padding in (("0", 2), ("2", 0)):
        weight = p[f"{name}.weight"].movedim(-1, 0).movedim(-1, 1)
        y = functional.avg_pool2d(torch.tanh(functional.conv2d(y, weight, p[f"{name}.bias"], padding=padding)), 2)
    y = last(y).flatten(1)
    for name in ("5", "6"):
        y = torch.tanh(y @ p[f"{name}.weight"] + p[f"{name}.bias"])
    y = y @ p["7.weight"] + p["7.bias"]
    (y * cosines(y)).sum().backward()
    told = {name: rounded(torch.stack([(one.grad * cosines(one)).sum(), one.grad.norm()])) for name, one in p.items()}
    return {"seed": 7, "shapes": shapes, "output": rounded(y), "gradients": told}


def cosines(like: Tensor) -> Tensor:
    """cos 0, cos 1, cos 2 ... in the shape of a tensor."""
    return torch.cos(torch.arange(like.numel(), dtype=torch.float64)).reshape(like.shape)


def variational(beta: float, noisy: bool) -> Compute:
    """The two terms by PyTorch's distributions."""

    def compute(x: Tensor, p: Weights) -> Tensor:
        mean, logarithm = (x @ p["encoder.weight"] + p["encoder.bias"]).chunk(2, -1)
        code = Normal(mean, torch.exp(logarithm / 2))
        z = code.mean + code.stddev * p["noise"].detach() if noisy else code.mean
        given = Normal(z @ p["decoder.weight"] + p["decoder.bias"], 1.0)
        constant = x.shape[-1] * math.log(2 * math.pi) / 2
        divergence = kl_divergence(code, Normal(0.0, 1.0)).sum(-1)
        return torch.stack([-given.log_prob(x).sum(-1) - constant, beta * divergence], 1)

    return compute


def record_variational() -> list[dict[str, Any]]:
    """Outside training, and with noise while training."""
    shapes = {
        "x": [4, 3], "noise": [4, 2], "encoder.weight": [3, 4], "encoder.bias": [4], "decoder.weight": [2, 3],
        "decoder.bias": [3],
    }  # fmt: skip
    return [
        record("Variational", {"beta": 0.5, "training": noisy}, shapes, variational(0.5, noisy))
        for noisy in (False, True)
    ]


def adversarial(game: str) -> Compute:
    """Both terms with PyTorch's losses; its own derivative of a derivative makes the penalty."""

    def judge(p: Weights, examples: Tensor) -> Tensor:
        hidden = torch.tanh(examples @ p["discriminator.0.weight"] + p["discriminator.0.bias"])
        return (hidden @ p["discriminator.1.weight"] + p["discriminator.1.bias"])[:, 0]

    def compute(x: Tensor, p: Weights) -> Tensor:
        drawn = p["noise"].detach() @ p["generator.weight"] + p["generator.bias"]
        held = drawn.detach()
        real, against, score = judge(p, x), judge(p, held), judge({n: w.detach() for n, w in p.items()}, drawn)
        if game == "hinge":
            return torch.stack([functional.relu(1 - real) + functional.relu(1 + against), -score], 1)
        if game == "wasserstein":
            share = torch.frac(p["share"].detach().abs())
            between = share * x + (1 - share) * held
            slope = torch.autograd.grad(judge(p, between).sum(), between, create_graph=True)[0]
            return torch.stack([against - real + 10 * (slope.norm(dim=1) - 1) ** 2, -score], 1)
        one, zero = torch.ones_like(real), torch.zeros_like(real)
        surprise = functional.binary_cross_entropy_with_logits
        caught = surprise(real, one, reduction="none") + surprise(against, zero, reduction="none")
        if game == "original":
            return torch.stack([caught, -surprise(score, zero, reduction="none")], 1)
        return torch.stack([caught, surprise(score, one, reduction="none")], 1)

    return compute


def record_games() -> list[dict[str, Any]]:
    """Each game with a discriminator of two layers."""
    shapes = {
        "x": [5, 3], "noise": [5, 2], "share": [5, 1], "generator.weight": [2, 3], "generator.bias": [3],
        "discriminator.0.weight": [3, 4], "discriminator.0.bias": [4], "discriminator.1.weight": [4, 1],
        "discriminator.1.bias": [1],
    }  # fmt: skip
    return [record("Adversarial", {"game": game}, shapes, adversarial(game)) for game in GAMES]


def main() -> None:
    """Everything in one file."""
    recorded = {
        "versions": {"torch": torch.__version__},
        "stacks": record_stacks(),
        "attention": record_attention(),
        "resnets": record_resnets(),
        "lenet5": record_lenet5(),
        "variational": record_variational(),
        "games": record_games(),
    }
    TARGET.write_text(json.dumps(recorded) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
