"""New digits, judged by a classifier that has nothing to do with the networks that drew them."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

import lamina
from benchmarks.kinds.machines import error
from benchmarks.kinds.section import Section, finished, mnist, percent

DRAWN = 10_000
SURE = 0.9
NETWORKS: dict[str, dict[str, Any]] = {"gan": {}, "vae": {}, "boltzmann": {}}
"""Network -> settings other than the defaults."""


def samples() -> Section:
    """Ten thousand drawn digits of each network."""
    judge = finished(str(mnist()), "cnn", epochs=4, seed=99)
    rows = []
    for name, settings in NETWORKS.items():
        began = time.perf_counter()
        run = finished(str(mnist()), name, seed=0, **settings)
        seconds = time.perf_counter() - began
        lamina.save_samples(run.model, Path(tempfile.gettempdir()) / f"{name}.png", 100)
        drawn = lamina.sample(run.model, DRAWN, seed=1)
        answers = judge.model.predict(drawn)
        sure = np.mean([answer.probabilities[str(answer.value)] > SURE for answer in answers])
        counts = np.bincount([int(str(answer.value)) for answer in answers], minlength=10) / DRAWN
        rows.append((f"`--network {name}`", percent(float(sure)), percent(counts.min()), percent(counts.max()),
                     f"{seconds:.0f}"))  # fmt: skip
        print(rows[-1], flush=True)
    what = (
        f"{DRAWN:,} samples of each network, trained on MNIST with its defaults, judged by a convolutional "
        f"network (error "
        f"{percent(error(judge))} on the test pictures): how many it is sure of (over {SURE}), and how often the "
        f"rarest and "
        "the commonest digit comes. One seed. Goals for the GAN: 80 %, 4 to 20 %."
    )
    return Section("Samples of digits: MNIST", what, (
        "network", "sure of", "rarest digit", "commonest digit", "s"), rows)  # fmt: skip
