"""Record what PyTorch and Keras give for losses, optimizers and schedules, in float64.

    python tests/reference/record_training.py

needs `torch` and `keras` and writes training.json beside itself; the tests read that file and need neither.
Where a library defines something differently, docs/training.md says so, and nothing is recorded from it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ["KERAS_BACKEND"] = "torch"

import keras
import numpy as np
import torch
from torch.nn import functional

STEPS = 20
TARGET = Path(__file__).with_name("training.json")


def numbers(*shape: int, seed: int) -> np.ndarray:
    """Numbers that float32 holds exactly, so that both sides start from the same."""
    return as_float32(np.random.default_rng(seed).normal(size=shape))


def as_float32(array: np.ndarray) -> np.ndarray:
    """The nearest numbers that float32 holds."""
    return array.astype(np.float32).astype(np.float64)


def loss_record(loss: Callable[..., Any], predictions: np.ndarray, targets: np.ndarray) -> dict[str, Any]:
    """The loss of each example, and the gradient of their sum."""
    leaf = torch.tensor(predictions, requires_grad=True)
    value = loss(leaf, torch.tensor(targets))
    value.sum().backward()
    return {
        "predictions": predictions.tolist(),
        "targets": targets.tolist(),
        "loss": value.tolist(),
        "gradient": leaf.grad.tolist(),
    }


def by_example(function: Callable[..., Any], reduction: str = "mean", **settings: Any) -> Callable[..., Any]:
    """An elementwise loss of PyTorch, reduced over each example's outputs."""
    return lambda y, t: getattr(function(y, t, reduction="none", **settings), reduction)(dim=1)


def record_losses() -> dict[str, Any]:
    """By the name of ours; after a colon, which use of it."""
    y, t = 2 * numbers(6, 4, seed=0), numbers(6, 4, seed=1)
    classes = np.array([0, 3, 1, 1, 2, 0])
    shares = functional.softmax(torch.tensor(t), dim=1).numpy()
    signs = 2 * np.eye(4)[classes] - 1
    cross_entropy, squared = functional.cross_entropy, functional.mse_loss
    return {
        "quadratic": loss_record(lambda a, b: 0.5 * by_example(squared, "sum")(a, b), y, t),
        "mean_squared_error": loss_record(by_example(squared), y, t),
        "mean_absolute_error": loss_record(by_example(functional.l1_loss), y, t),
        "huber": loss_record(by_example(functional.huber_loss), y, t),
        "huber: delta 0.5": loss_record(by_example(functional.huber_loss, delta=0.5), y, t),
        "cross_entropy: classes": loss_record(lambda a, b: cross_entropy(a, b, reduction="none"), y, classes),
        "cross_entropy: shares": loss_record(lambda a, b: cross_entropy(a, b, reduction="none"), y, shares),
        "cross_entropy: smoothed by 0.1": loss_record(
            lambda a, b: cross_entropy(a, b, reduction="none", label_smoothing=0.1), y, classes
        ),
        "binary_cross_entropy": loss_record(
            by_example(functional.binary_cross_entropy_with_logits), y, 1 / (1 + np.exp(-t))
        ),
        # Keras averages over the outputs, we add up: times their number.
        "hinge": loss_record(lambda a, b: 4 * keras.losses.hinge(b, a), y, signs),
        "perceptron": loss_record(lambda a, b: functional.relu(-a * b).sum(dim=1), y, signs),
    }


def gradients() -> list[dict[str, np.ndarray]]:
    """Gradients that change their sign and shrink a thousandfold on the way."""
    sizes = as_float32(np.geomspace(3, 0.003, STEPS))
    weights, biases = numbers(STEPS, 3, 2, seed=2), numbers(STEPS, 2, seed=3)
    return [
        {"weight": as_float32(s * w), "bias": as_float32(s * b)} for s, w, b in zip(sizes, weights, biases, strict=True)
    ]


def start() -> dict[str, np.ndarray]:
    return {"weight": numbers(3, 2, seed=4), "bias": numbers(2, seed=5)}


def record_torch(make: Callable[..., Any]) -> dict[str, Any]:
    """The parameters after each of the steps."""
    params = {name: torch.tensor(value, requires_grad=True) for name, value in start().items()}
    optimizer = make(params)
    history: dict[str, list[Any]] = {"weight": [], "bias": []}
    for gradient in gradients():
        for name, value in params.items():
            value.grad = torch.tensor(gradient[name])
        optimizer.step()
        for name, value in params.items():
            history[name].append(value.tolist())
    return history


def record_keras(optimizer: keras.optimizers.Optimizer) -> dict[str, Any]:
    params = {name: keras.Variable(value, dtype="float64") for name, value in start().items()}
    optimizer.build(list(params.values()))
    history: dict[str, list[Any]] = {"weight": [], "bias": []}
    for gradient in gradients():
        optimizer.apply([keras.ops.convert_to_tensor(gradient[name], "float64") for name in params])
        for name, value in params.items():
            history[name].append(keras.ops.convert_to_numpy(value).tolist())
    return history


def decayed(params: dict[str, Any], amount: float) -> list[dict[str, Any]]:
    """Decay for the weight and none for the bias."""
    return [
        {"params": [params["weight"]], "weight_decay": amount},
        {"params": [params["bias"]], "weight_decay": 0.0},
    ]


def record_optimizers() -> dict[str, Any]:
    torch_optimizers: dict[str, tuple[float, Callable[..., Any]]] = {
        "gradient_descent": (0.1, lambda p: torch.optim.SGD(p.values(), lr=0.1)),
        "momentum": (0.05, lambda p: torch.optim.SGD(p.values(), lr=0.05, momentum=0.9)),
        "nesterov": (0.05, lambda p: torch.optim.SGD(p.values(), lr=0.05, momentum=0.9, nesterov=True)),
        "adadelta": (1.0, lambda p: torch.optim.Adadelta(p.values(), lr=1.0, rho=0.95, eps=1e-6)),
        "adam": (0.01, lambda p: torch.optim.Adam(p.values(), lr=0.01)),
        "adamax": (0.01, lambda p: torch.optim.Adamax(p.values(), lr=0.01)),
        "adamw": (0.01, lambda p: torch.optim.AdamW(decayed(p, 1e-4), lr=0.01)),
        "adamw: weight_decay 0.1": (0.01, lambda p: torch.optim.AdamW(decayed(p, 0.1), lr=0.01)),
    }
    records = {
        name: {"from": "torch", "rate": rate, **record_torch(make)} for name, (rate, make) in torch_optimizers.items()
    }
    keras_optimizers = {
        "adagrad": keras.optimizers.Adagrad(0.05, initial_accumulator_value=0.1, epsilon=1e-7),
        "rmsprop": keras.optimizers.RMSprop(0.01, rho=0.9, epsilon=1e-8),
    }
    for name, optimizer in keras_optimizers.items():
        rate = float(optimizer.learning_rate)
        records[name] = {"from": "keras", "rate": round(rate, 6), **record_keras(optimizer)}
    return records


def rates(make: Callable[..., Any], steps: int) -> list[float]:
    """The rate of each step of a scheduler of PyTorch, for a rate of 1."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    scheduler = make(optimizer)
    found = []
    for _ in range(steps):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return found


def record_schedules() -> dict[str, Any]:
    scheduler, steps = torch.optim.lr_scheduler, 60
    return {
        "StepDecay(3, 0.1)": rates(lambda o: scheduler.StepLR(o, steps // 3, 0.1), steps),
        "ExponentialDecay(0.01)": rates(lambda o: scheduler.ExponentialLR(o, 0.01 ** (1 / steps)), steps),
        "Cosine(0.0, 0.1)": rates(lambda o: scheduler.CosineAnnealingLR(o, steps, 0.1), steps),
        # From 1/25 to 1 at step 20 (0.3 of 70, less one), then to 1/25/400 at step 69.
        "OneCycle(0.3, 0.04, 0.0001)": rates(
            lambda o: scheduler.OneCycleLR(o, 1.0, total_steps=70, pct_start=0.3, final_div_factor=400), 70
        ),
    }


def main() -> None:
    record = {
        "recorded with": {"torch": torch.__version__, "keras": keras.__version__, "numpy": np.__version__},
        "losses": record_losses(),
        "start": {name: value.tolist() for name, value in start().items()},
        "gradients": [{name: value.tolist() for name, value in g.items()} for g in gradients()],
        "optimizers": record_optimizers(),
        "schedules": record_schedules(),
    }
    TARGET.write_text(json.dumps(record) + "\n")


if __name__ == "__main__":
    main()
