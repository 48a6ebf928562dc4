"""LeNet-5 in both forms, and residual networks."""

from __future__ import annotations

import statistics
import time

import numpy as np

import lamina
from benchmarks.commands import data_set
from benchmarks.kinds.machines import error
from benchmarks.kinds.section import Section, finished, mnist, percent

SUBSET, SUBSET_EPOCHS = 4_000, 12


def lenet() -> Section:
    """Both forms on MNIST."""
    forms = {
        "`lamina train $LAMINA_DATA/mnist --network lenet5`": "lenet5",
        "`lamina.fit(mnist, lamina.lenet5(original=True))`": lamina.lenet5(original=True),
    }
    rows = []
    for name, network in forms.items():
        errors, seconds = [], []
        for seed in range(3):
            began = time.perf_counter()
            errors.append(error(finished(str(mnist()), network, seed=seed)))
            seconds.append(time.perf_counter() - began)
            print(name, seed, errors[-1], seconds[-1], flush=True)
        rows.append(
            (name, 3, percent(statistics.mean(errors)), percent(max(errors)), f"{statistics.mean(seconds):.0f}")
        )
    what = "Error on MNIST's 10,000 test pictures, the defaults' epochs. Goal: at most 1.1 %."
    return Section("LeNet-5: MNIST", what, ("form", "seeds", "mean error", "worst error", "mean s"), rows)


def resnet() -> Section:
    """ResNet-20 on CIFAR-10."""
    began = time.perf_counter()
    run = finished(str(data_set("cifar10")), "resnet", epochs=10, seed=0)
    seconds = time.perf_counter() - began
    row = (
        "`lamina train $LAMINA_DATA/cifar10 --network resnet --epochs 10`",
        percent(1 - error(run)),
        f"{seconds:.0f}",
    )
    what = "Right answers on the 10,000 test photos after 10 epochs. Goal: 75 %."
    return Section("ResNet-20: CIFAR-10", what, ("command", "right", "s"), [row])


def depth() -> Section:
    """A network of 56 layers with and without ways around them, on a part of CIFAR-10."""
    dataset = lamina.read(data_set("cifar10"))
    chance = np.random.default_rng(0)
    chosen = np.sort(chance.permutation(np.flatnonzero(dataset.parts != "test"))[:SUBSET])
    some = dataset.subset(np.concatenate([chosen, np.flatnonzero(dataset.parts == "test")[:1_000]]))
    rows = []
    for layers in (20, 56):
        for skips in (True, False):
            began = time.perf_counter()
            network = lamina.resnet((32, 32, 3), 10, depth=layers, skips=skips)
            run = finished(some, network, epochs=SUBSET_EPOCHS, seed=0)
            last = run.progress.history[-1]
            rows.append((layers, "yes" if skips else "no", f"{last['loss']:.3f}", percent(last["error"]),
                         percent(error(run)), f"{time.perf_counter() - began:.0f}"))  # fmt: skip
            print(rows[-1], flush=True)
    what = (
        f"{SUBSET:,} photos of CIFAR-10 drawn at random (a tenth of them for validation), {SUBSET_EPOCHS} epochs, "
        f"1,000 "
        "test photos. Training loss and error are those of the last epoch, while the photos vary."
    )
    return Section("Depth with and without skip connections", what, (
        "layers", "skips", "training loss", "training error", "test error", "s"), rows)  # fmt: skip
