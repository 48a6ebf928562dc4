"""What a peer is asked to do, and how it answers."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass

NETWORKS = ("784-128-10", "LeNet-5")
LEARNING_RATE = 1e-3


@dataclass(frozen=True)
class Job:
    """One training run: Adam at 1e-3, the rate constant, the examples in a new order every epoch.

    Args:
        network: one of NETWORKS.
        batch_size: examples a step.
        epochs: how many are timed, the first included.
        seed: weights and order.
        cores: how many processor cores the process may use.
        examples: how many of the training pictures; None takes all.
        layout: of the pictures in memory, where the library knows several.
    """

    network: str
    batch_size: int
    epochs: int
    seed: int
    cores: int
    examples: int | None = None
    layout: str = ""

    def words(self) -> list[str]:
        """The job as command-line options."""
        return [f"--{name.replace('_', '-')}={value}" for name, value in asdict(self).items() if value is not None]


@dataclass(frozen=True)
class Outcome:
    """What a run gave.

    Args:
        epoch_seconds: the wall seconds of every epoch; the first includes compiling.
        loss: the mean training loss of the last epoch.
        error: the share of wrong answers on the 10,000 test pictures afterwards.
    """

    epoch_seconds: Sequence[float]
    loss: float
    error: float


def start() -> Job:
    """The job of this process, from its command line; call it before the library is imported."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--network", choices=NETWORKS, default=NETWORKS[0])
    parser.add_argument("--layout", default="")
    for name, default in (("batch-size", 32), ("epochs", 3), ("seed", 0), ("cores", 2), ("examples", None)):
        parser.add_argument(f"--{name}", type=int, default=default)
    job = Job(**vars(parser.parse_args()))
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: job.cores])
    os.environ["OMP_NUM_THREADS"] = str(job.cores)
    return job


def finish(outcome: Outcome) -> None:
    """Print the outcome for the program that asked."""
    print(json.dumps(asdict(outcome)))
