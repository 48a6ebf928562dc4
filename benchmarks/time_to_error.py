"""MNIST in forty seconds: the error of `lamina train --time 40s`, and how long others take to 1.0 %.

python -m benchmarks.time_to_error --write
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.commands import LAMINA, mnist_folder, run
from benchmarks.report import table, tell, wait_until_quiet

LIMIT = 40.0
WANTED = 0.010
MOST_EPOCHS = 15
BATCH, RATE = 128, 3e-3
ONE_SEED = "Keras on JAX"
"""It takes a quarter of an hour a seed."""
HEADINGS = ("program", "median s", "slowest s", "test error", "worst", "reached 1.0 %")
PEERS = {
    "PyTorch, channels first": ("torch", "contiguous"),
    "PyTorch, channels last": ("torch", "channels_last"),
    "Keras on JAX": ("keras", ""),
}


def main() -> None:
    """Run all programs, several seeds each, in turn, and tell."""
    options = _options()
    if options.child:
        print(json.dumps(_child(options.child, options.seed)))
        return
    folder = mnist_folder()
    wait_until_quiet(options.write)
    found: dict[str, list[tuple[float, float]]] = {}
    for seed in range(options.seeds):
        found.setdefault(f"`lamina train mnist --time {LIMIT:g}s`", []).append(_lamina(folder, seed))
        for name, (package, _) in PEERS.items():
            if importlib.util.find_spec(package) is not None and not (seed and name == ONE_SEED):
                found.setdefault(name, []).append(_peer(name, seed))
    parts = table(("part of Lamina's run", "s"), [(name, f"{value:.1f}") for name, value in _parts(folder).items()])
    body = f"{_what(options.seeds)}\n\n{table(HEADINGS, [_row(*item) for item in found.items()])}\n\n{parts}"
    tell("MNIST in forty seconds", body, options.write)


def _row(name: str, runs: Sequence[tuple[float, float]]) -> Sequence[object]:
    seconds, errors = zip(*runs, strict=True)
    reached = sum(error <= WANTED for error in errors)
    return (
        name, f"{statistics.median(seconds):.1f}", f"{max(seconds):.1f}", f"{100 * statistics.median(errors):.2f} %",
        f"{100 * max(errors):.2f} %", f"{reached} of {len(errors)}",
    )  # fmt: skip


def _lamina(folder: Path, seed: int) -> tuple[float, float]:
    """Wall seconds from the start of the process to its end, and the test error; nothing compiled before."""
    with tempfile.TemporaryDirectory() as made:
        model, environment = str(Path(made) / "mnist.safetensors"), {"LAMINA_CACHE": str(Path(made) / "cache")}
        words = [*LAMINA, "train", str(folder), "--time", f"{LIMIT:g}s", "--seed", str(seed), "-o", model]
        finished = run(words, environment)
        shown = json.loads(run([*LAMINA, "show", model, "--json"], environment).output)
    error = next(one["value"] for one in shown["record"]["results"] if one["name"] == "error")
    print(f"Lamina, seed {seed}: {finished.seconds:.1f} s, {100 * error:.2f} %", flush=True)
    return finished.seconds, error


def _peer(name: str, seed: int) -> tuple[float, float]:
    """Wall seconds from the start of the process to the end of the first epoch with the error that is wanted."""
    words = [sys.executable, "-m", "benchmarks.time_to_error", "--child", name, "--seed", str(seed)]
    began = time.time()
    found = json.loads(run(words).output.splitlines()[-1])
    print(f"{name}, seed {seed}: {found['at'] - began:.1f} s, {100 * found['error']:.2f} %", flush=True)
    return found["at"] - began, found["error"]


def _child(name: str, seed: int) -> dict[str, float]:
    """Train until the test error is low enough, or for all epochs; when that was, and the error."""
    package, layout = PEERS[name]
    epochs = _pytorch(layout, seed) if package == "torch" else _keras(seed)
    error = 1.0
    for _ in range(MOST_EPOCHS):
        error = next(epochs)
        if error <= WANTED:
            break
    return {"at": time.time(), "error": error}


def _pytorch(layout: str, seed: int) -> Any:
    """The test error after each epoch of the usual loop, with the network that `lamina train` takes for MNIST."""
    import torch
    from torch import nn
    from torch.nn.functional import cross_entropy

    from benchmarks import mnist

    torch.manual_seed(seed)
    data = mnist.load(None)
    form = torch.channels_last if layout == "channels_last" else torch.contiguous_format
    x, test = (
        _tensor(pictures).contiguous(memory_format=form) for pictures in (data.train_pictures, data.test_pictures)
    )
    y, truth = (torch.from_numpy(classes).long() for classes in (data.train_classes, data.test_classes))
    network = nn.Sequential(
        nn.Conv2d(1, 16, 3, bias=False), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, bias=False), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Dropout(0.15), nn.Linear(800, 128), nn.ReLU(), nn.Dropout(0.15), nn.Linear(128, 10),
    ).to(memory_format=form)  # fmt: skip
    adam = torch.optim.Adam(network.parameters(), lr=RATE, fused=True)
    while True:
        network.train()
        order = torch.randperm(len(x))
        for first in range(0, len(x), BATCH):
            rows = order[first : first + BATCH]
            adam.zero_grad(set_to_none=True)
            cross_entropy(network(x[rows]), y[rows]).backward()
            adam.step()
        network.eval()
        with torch.inference_mode():
            wrong = sum(
                int((network(test[at : at + 1000]).argmax(1) != truth[at : at + 1000]).sum())
                for at in range(0, 10_000, 1000)
            )
        yield wrong / len(test)


def _tensor(pictures: Any) -> Any:
    import torch

    return torch.tensor(pictures).float()[:, None] / 255


def _keras(seed: int) -> Any:
    """The test error after each epoch of `fit`, with the same network."""
    os.environ["KERAS_BACKEND"] = "jax"
    import keras
    from keras import layers

    from benchmarks import mnist

    keras.utils.set_random_seed(seed)
    data = mnist.load(None)
    x, test = (pictures[..., None].astype("float32") / 255 for pictures in (data.train_pictures, data.test_pictures))
    network = keras.Sequential([
        keras.Input((28, 28, 1)),
        layers.Conv2D(16, 3, use_bias=False), layers.BatchNormalization(), layers.ReLU(), layers.MaxPooling2D(2),
        layers.Conv2D(32, 3, use_bias=False), layers.BatchNormalization(), layers.ReLU(), layers.MaxPooling2D(2),
        layers.Flatten(), layers.Dropout(0.15), layers.Dense(128, "relu"), layers.Dropout(0.15), layers.Dense(10),
    ])  # fmt: skip
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    network.compile(optimizer=keras.optimizers.Adam(RATE), loss=loss, jit_compile=True)
    while True:
        network.fit(x, data.train_classes, batch_size=BATCH, verbose=0)
        yield float((network.predict(test, batch_size=1000, verbose=0).argmax(1) != data.test_classes).mean())


def _parts(folder: Path) -> dict[str, float]:
    """Wall seconds of each part, in one process that does what the command does."""
    words = [sys.executable, "-c", PARTS, str(folder), f"{LIMIT:g}"]
    with tempfile.TemporaryDirectory() as made:
        output = run(words, {"LAMINA_CACHE": made}).output
    parts: dict[str, float] = json.loads(output.splitlines()[-1])
    return parts


PARTS = """
import json, sys, tempfile, time
moments = {"": time.perf_counter()}
import jax, lamina
moments["starting Python and JAX"] = time.perf_counter()
dataset = lamina.read(sys.argv[1])
moments["reading"] = time.perf_counter()
run = lamina.train(dataset, seconds=float(sys.argv[2]) - (moments["reading"] - moments[""]))
moments["preparing"] = time.perf_counter()
for _ in run:
    pass
moments["training and validation, compiling included"] = time.perf_counter()
model = run.model
moments["test"] = time.perf_counter()
model.save(tempfile.mkdtemp() + "/mnist.safetensors")
moments["proof and file"] = time.perf_counter()
times = list(moments.values())
parts = {name: times[place + 1] - times[place] for place, name in enumerate(list(moments)[1:])}
print(json.dumps({**parts, "of which compiling": run.trainer.compile_seconds, "epochs": run.progress.epochs_done}))
"""


def _what(seeds: int) -> str:
    return (
        f"{seeds} seeds each, {ONE_SEED} one. Lamina: the whole command, from the start of the process to its end, no "
        "program compiled before, with the error of the saved model on the 10,000 test pictures, which it looks at "
        "once, in the end. The others: the same network (two convolutions with batch norms, "
        f"{BATCH} examples a step, Adam at {RATE}, the better of 0.001 and 0.003, which stays as it is, for how many "
        "epochs it takes is not known before), from the start of the process to the end of the first epoch after which "
        f"the error on the test pictures is at most {100 * WANTED:.1f} %; they look after every epoch, {MOST_EPOCHS} "
        "at most, which favors them."
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.time_to_error", description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3, help="runs of each program")
    parser.add_argument("--write", action="store_true", help="put the section into benchmarks/RESULTS.md")
    parser.add_argument("--child", choices=PEERS, help=argparse.SUPPRESS)
    parser.add_argument("--seed", type=int, default=0, help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
