"""PyTorch in its best eager form: prepared float32 tensors, one index a batch, fused Adam, no wait."""

from __future__ import annotations

import time
from typing import Any

from benchmarks.peers.job import LEARNING_RATE, Job, Outcome, finish, start


def pytorch_epoch_times(job: Job) -> Outcome:
    """Train with PyTorch; the layout is "contiguous" (channels first, the default) or "channels_last"."""
    import torch
    from torch.nn.functional import cross_entropy

    from benchmarks import mnist

    torch.set_num_threads(job.cores)
    torch.manual_seed(job.seed)
    data = mnist.load(job.examples)
    flat = job.network == "784-128-10"
    x, y = _tensors(data.train_pictures, data.train_classes, flat, job.layout)
    network = _network(job.network)
    if job.layout == "channels_last":
        network = network.to(memory_format=torch.channels_last)
    optimizer = torch.optim.Adam(network.parameters(), lr=LEARNING_RATE, fused=True)

    def epoch() -> float:
        order = torch.randperm(len(x))
        total, wrong = torch.zeros(()), torch.zeros((), dtype=torch.int64)
        for first in range(0, len(x), job.batch_size):
            rows = order[first : first + job.batch_size]
            truth = y[rows]
            optimizer.zero_grad(set_to_none=True)
            logits = network(x[rows])
            loss = cross_entropy(logits, truth)
            loss.backward()
            optimizer.step()
            total += loss.detach() * len(rows)
            wrong += (logits.detach().argmax(1) != truth).sum()
        _ = wrong.item() / len(x)  # the error of the epoch, as the other libraries give it
        return float(total.item() / len(x))

    seconds, mean_loss = [], 0.0
    for _ in range(job.epochs):
        began = time.perf_counter()
        mean_loss = epoch()
        seconds.append(time.perf_counter() - began)
    x, y = _tensors(data.test_pictures, data.test_classes, flat, job.layout)
    with torch.no_grad():
        error = (network(x).argmax(1) != y).float().mean().item()
    return Outcome(seconds, mean_loss, error)


def _tensors(pictures: Any, classes: Any, flat: bool, layout: str) -> tuple[Any, Any]:
    import numpy as np
    import torch

    x = torch.from_numpy(pictures.astype(np.float32) / 255)
    x = x.flatten(1) if flat else x[:, None]
    if layout == "channels_last":
        x = x.contiguous(memory_format=torch.channels_last)
    return x, torch.from_numpy(classes.astype(np.int64))


def _network(name: str) -> Any:
    from torch import nn

    if name == "784-128-10":
        return nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10))
    return nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.Tanh(), nn.AvgPool2d(2),
        nn.Conv2d(6, 16, 5), nn.Tanh(), nn.AvgPool2d(2), nn.Flatten(),
        nn.Linear(400, 120), nn.Tanh(), nn.Linear(120, 84), nn.Tanh(), nn.Linear(84, 10),
    )  # fmt: skip


if __name__ == "__main__":
    finish(pytorch_epoch_times(start()))
