"""How long an answer takes: by the command line, and in a running process for one picture and for a thousand.

    python -m benchmarks.prediction --write

Every library has a process of its own; all answer with LeNet-5 for the same pictures of 28 x 28, from bytes to
probabilities.
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
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.commands import LAMINA, mnist_folder, run
from benchmarks.report import table, tell, wait_until_quiet
from lamina.arrays import Numpy

COUNTS = (1, 1_000)
HEADINGS = ("library", "one picture, ms", "slowest of 200, ms", "1,000 pictures, ms")
PACKAGES = {"Lamina": "lamina", "PyTorch": "torch", "Keras on JAX": "keras"}
REPEATS = {1: 200, 1_000: 20}


def main() -> None:
    """Time all libraries in turn, and tell."""
    options = _options()
    if options.child:
        print(json.dumps(_child(options.child, Path(options.model))))
        return
    folder = mnist_folder()
    wait_until_quiet(options.write)
    with tempfile.TemporaryDirectory() as made:
        model = Path(made) / "mnist.safetensors"
        run([*LAMINA, "train", str(folder), "--network", "lenet5", "--epochs", "1", "-o", str(model)])
        command = _command_line(model, Path(made), options.repeats)
        rows = [_row(name, model) for name in PACKAGES if importlib.util.find_spec(PACKAGES[name]) is not None]
    body = f"{_what(command, options.repeats)}\n\n{table(HEADINGS, rows)}"
    tell("Time of an answer", body, options.write)


def _command_line(model: Path, folder: Path, repeats: int) -> Sequence[float]:
    """Wall seconds of `lamina predict MODEL PICTURE`, each a process of its own."""
    from PIL import Image

    Image.fromarray(_pictures(1)[0]).save(folder / "digit.png")
    words = [*LAMINA, "predict", str(model), str(folder / "digit.png")]
    run(words)  # the first one compiles
    return [run(words).seconds for _ in range(repeats)]


def _row(name: str, model: Path) -> Sequence[object]:
    words = [sys.executable, "-m", "benchmarks.prediction", "--child", name, "--model", str(model)]
    found = json.loads(run(words).output.splitlines()[-1])
    one, many = (found[str(count)] for count in COUNTS)
    milliseconds = [1e3 * value for value in (statistics.median(one), max(one), statistics.median(many))]
    print(name, milliseconds, flush=True)
    return name, *(f"{value:.2f}" for value in milliseconds)


def _child(name: str, model: Path) -> dict[int, list[float]]:
    """Wall seconds of each answer, by the number of pictures, after two that are not counted."""
    answer = {"Lamina": _lamina, "PyTorch": _pytorch, "Keras on JAX": _keras}[name](model)
    found = {}
    for count in COUNTS:
        pictures, seconds = _pictures(count), []
        for _ in range(REPEATS[count] + 2):
            began = time.perf_counter()
            answer(pictures)
            seconds.append(time.perf_counter() - began)
        found[count] = seconds[2:]
    return found


def _pictures(count: int) -> Numpy:
    """Digits of MNIST's test part: Lamina would frame what does not look like one."""
    from benchmarks import mnist

    return mnist.load(1).test_pictures[:count]


def _lamina(path: Path) -> Callable[[Numpy], Any]:
    """`Model.predict`: every answer with the probability of each class."""
    import lamina

    model = lamina.Model.load(path)
    return lambda pictures: model.predict(pictures)


def _pytorch(path: Path) -> Callable[[Numpy], Any]:
    import torch

    from benchmarks.steps.in_pytorch import network_for

    torch.set_num_threads(os.cpu_count() or 1)
    network = network_for("lenet5").eval()

    def answer(pictures: Numpy) -> Any:
        with torch.inference_mode():
            x = torch.from_numpy(pictures)[:, None].float() / 255
            return torch.softmax(network(x), dim=1).numpy()

    return answer


def _keras(path: Path) -> Callable[[Numpy], Any]:
    os.environ["KERAS_BACKEND"] = "jax"
    import keras

    from benchmarks.steps.in_others import keras_network

    network = keras_network("lenet5", (28, 28, 1))

    def answer(pictures: Numpy) -> Any:
        x = pictures[..., None].astype(np.float32) / 255
        return np.asarray(keras.ops.softmax(network.predict(x, verbose=0)))

    return answer


def _what(command: Sequence[float], repeats: int) -> str:
    return (
        f"`lamina predict mnist.safetensors digit.png`, from the start of the process to its end: median "
        f"{statistics.median(command):.2f} s, slowest {max(command):.2f} s of {repeats} (goal: 2 s). In a running "
        "process, medians (goal for one picture: 1 ms): LeNet-5, from bytes to probabilities. Lamina: `Model.predict`, "
        "which also names the classes; PyTorch: eager, in inference mode; Keras: `predict`."
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.prediction", description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=7, help="how often the command is run")
    parser.add_argument("--write", action="store_true", help="put the section into benchmarks/RESULTS.md")
    parser.add_argument("--child", choices=PACKAGES, help=argparse.SUPPRESS)
    parser.add_argument("--model", help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
