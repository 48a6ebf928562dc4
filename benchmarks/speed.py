"""The time of a whole epoch on MNIST, shuffling and metrics included, beside other libraries in the same run.

    python -m benchmarks.speed
    python -m benchmarks.speed --rounds 1 --epochs 2 --examples 6000      # a quick look

Every library has a process of its own; they take turns, several rounds, so that a disturbance meets all.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.commands import mnist_folder, run
from benchmarks.peers.job import Job, Outcome
from benchmarks.report import table, tell, wait_until_quiet

TASKS = (("784-128-10", 32), ("784-128-10", 128), ("LeNet-5", 64))
HEADINGS = ("library", "median s", "fastest s", "against Lamina", "compiling s", "loss", "test error")


@dataclass(frozen=True)
class Peer:
    """A library: what it is called, the package and the program that it needs, what it can train."""

    name: str
    package: str
    module: str
    networks: tuple[str, ...] = ("784-128-10", "LeNet-5")
    layout: str = ""


PEERS = (
    Peer("Lamina", "lamina", "lamina"),
    Peer("PyTorch (channels first)", "torch", "pytorch", layout="contiguous"),
    Peer("PyTorch (channels last)", "torch", "pytorch", ("LeNet-5",), "channels_last"),
    Peer("Keras on JAX", "keras", "keras_on_jax"),
    Peer("scikit-learn", "sklearn", "scikit_learn", ("784-128-10",)),
)


def main() -> None:
    """Run every library on every network in turn, and tell."""
    options = _options()
    mnist_folder()
    wait_until_quiet(options.write)
    peers = [peer for peer in PEERS if _is_installed(peer)]
    sections = []
    for network, batch_size in TASKS:
        able = [peer for peer in peers if network in peer.networks]
        outcomes: dict[str, list[Outcome]] = {peer.name: [] for peer in able}
        for seed in range(options.rounds):
            job = Job(network, batch_size, options.epochs, seed, options.cores, options.examples)
            for peer in able:
                outcomes[peer.name].append(_measure(peer, job))
        sections.append(f"### {network}, batch {batch_size}\n\n{table(HEADINGS, rows(outcomes))}")
    tell("Time of an epoch", f"{_what(options)}\n\n" + "\n\n".join(sections), options.write)


def rows(outcomes: dict[str, list[Outcome]]) -> list[Sequence[object]]:
    """A line a library. The first epoch's surplus over the median of the later ones is called compiling."""
    own = _later_median(outcomes["Lamina"]) if "Lamina" in outcomes else float("nan")
    lines: list[Sequence[object]] = []
    for name, runs in outcomes.items():
        median = _later_median(runs)
        fastest = min(second for run in runs for second in run.epoch_seconds[1:])
        compiling = statistics.median(run.epoch_seconds[0] for run in runs) - median
        loss = statistics.mean(run.loss for run in runs)
        error = statistics.mean(run.error for run in runs)
        figures = (f"{median:.3f}", f"{fastest:.3f}", f"{median / own:.2f}", f"{max(0.0, compiling):.2f}")
        lines.append((name, *figures, f"{loss:.4f}", f"{100 * error:.2f} %"))
    return lines


def _later_median(runs: Sequence[Outcome]) -> float:
    return statistics.median(second for run in runs for second in run.epoch_seconds[1:])


def _measure(peer: Peer, job: Job) -> Outcome:
    words = Job(**{**vars(job), "layout": peer.layout}).words()
    finished = run([sys.executable, "-m", f"benchmarks.peers.{peer.module}", *words])
    outcome = Outcome(**json.loads(finished.output.splitlines()[-1]))
    epochs = " ".join(f"{second:.3f}" for second in outcome.epoch_seconds)
    print(f"{job.network}, batch {job.batch_size}, round {job.seed + 1}, {peer.name}: {epochs} s", flush=True)
    return outcome


def _is_installed(peer: Peer) -> bool:
    found = importlib.util.find_spec(peer.package) is not None
    if not found:
        print(f'{peer.name} is left out: {peer.package} is not installed (pip install ".[bench]")')
    return found


def _what(options: argparse.Namespace) -> str:
    examples = f"the first {options.examples:,}" if options.examples else "all 60,000"
    return (
        f"{examples} training pictures, Adam at 0.001, {options.cores} cores; rounds: {options.rounds}, "
        f"each of {options.epochs} epochs, the first of them apart (compiling). An epoch includes shuffling "
        f"and the training loss and error (scikit-learn: the loss alone). Loss: of the last epoch; test "
        f"error: on the 10,000 test pictures afterwards; both are means over the rounds, to show that the "
        f"same was learnt."
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed", description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3, help="processes a library, taking turns")
    parser.add_argument("--epochs", type=int, default=4, help="epochs a process, the first of them not counted")
    parser.add_argument("--cores", type=int, default=2, help="processor cores that each library may use")
    parser.add_argument("--examples", type=int, help="training pictures, for a quick look; all where not given")
    parser.add_argument("--write", action="store_true", help="put the section into benchmarks/RESULTS.md")
    options = parser.parse_args()
    if options.epochs < 2 or options.rounds < 1:
        parser.error("it takes at least one round and two epochs: the first is not counted")
    return options


if __name__ == "__main__":
    main()
