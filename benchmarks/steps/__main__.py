"""The time of a training step, shuffling and metrics included, beside other libraries in the same run.

    python -m benchmarks.steps --write
    python -m benchmarks.steps lenet5 resnet --rounds 1

Every library has a process of its own; they take turns, several rounds, so that a disturbance meets all.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import statistics
import sys
from collections.abc import Sequence

from benchmarks.commands import run
from benchmarks.report import processor, table, tell, wait_until_quiet
from benchmarks.steps.in_others import KERAS, SCIKIT_LEARN
from benchmarks.steps.in_pytorch import PICTURES
from benchmarks.steps.picture import draw
from benchmarks.steps.tasks import TASKS

LAMINA, TORCH, LAST, COMPILED = "Lamina", "PyTorch", "PyTorch, channels last", "PyTorch, compiled"
KERAS_NAME, LEARN = "Keras on JAX", "scikit-learn"
PACKAGES = {LAMINA: "lamina", TORCH: "torch", LAST: "torch", COMPILED: "torch", KERAS_NAME: "keras", LEARN: "sklearn"}


def main() -> None:
    """Run every library on every network in turn, and tell."""
    options = _options()
    if options.child:
        _child(options.child[0], options.child[1], options.epochs, options.cores)
        return
    wait_until_quiet(options.write)
    rate = _matrix_rate(options.cores)
    found = {name: _medians(name, options) for name in options.names or TASKS}
    rows = [_row(name, step, rate) for name, step in found.items()]
    headings = ("network", "Lamina ms", "PyTorch ms", "channels last", "compiled", "Keras on JAX", "scikit-learn",
                "as fast as the better PyTorch", "goal", "of the matrix rate")  # fmt: skip
    body = f"{_what(options, rate)}\n\n{table(headings, rows)}\n\n{_missed(found)}"
    if options.write and not options.names:
        draw({TASKS[name].title: _ratios(step) for name, step in found.items()}, [TASKS[name].goal for name in found])
        body += "\n\n![As fast as the better PyTorch](../docs/images/steps.svg)"
    some = f": {', '.join(options.names)}" if options.names else ""
    tell(f"Time of a training step: {processor()}{some}", body, options.write)


def libraries(name: str) -> list[str]:
    """Those that can train a task and are installed."""
    able = [LAMINA, TORCH, *([LAST] if name in PICTURES else []), *([] if name == "gan" else [COMPILED])]
    able += [KERAS_NAME] * (name in KERAS) + [LEARN] * (name in SCIKIT_LEARN)
    return [library for library in able if importlib.util.find_spec(PACKAGES[library]) is not None]


def _medians(name: str, options: argparse.Namespace) -> dict[str, float]:
    """Milliseconds of a step by library: over all rounds but each process's first two epochs."""
    seconds: dict[str, list[float]] = {library: [] for library in libraries(name)}
    for round_number in range(options.rounds):
        for library in seconds:
            words = [sys.executable, "-m", "benchmarks.steps", "--child", library, name]
            finished = run([*words, f"--epochs={options.epochs}", f"--cores={options.cores}"])
            found = json.loads(finished.output.splitlines()[-1])
            seconds[library] += found[2:]
            print(f"{name}, round {round_number + 1}, {library}: {found}", flush=True)
    return {library: 1e3 * statistics.median(all_of) / TASKS[name].steps for library, all_of in seconds.items()}


def _ratios(step: dict[str, float]) -> dict[str, float]:
    """How many times as fast as the better form of eager PyTorch each library is."""
    better = min((step[library] for library in (TORCH, LAST) if library in step), default=float("nan"))
    return {library: better / own for library, own in step.items() if library not in (TORCH, LAST)}


def _missed(found: dict[str, dict[str, float]]) -> str:
    """Which goals are missed, and what takes the time there."""
    told = [
        f"{TASKS[name].title}: {TASKS[name].profile or 'not yet explained'}."
        for name, step in found.items()
        if _ratios(step)[LAMINA] < TASKS[name].goal
    ]
    return " ".join([f"{len(told)} of {len(found)} goals are missed.", *told])


def _row(name: str, step: dict[str, float], rate: float) -> Sequence[object]:
    """The table's line of a network."""
    shown = [f"{step[one]:.2f}" if one in step else "" for one in (LAMINA, TORCH, LAST, COMPILED, KERAS_NAME, LEARN)]
    share = _work(name) / (step[LAMINA] / 1e3) / rate
    ratio = _ratios(step)[LAMINA]
    return (TASKS[name].title, *shown, f"{ratio:.2f}", f"{TASKS[name].goal:g}", f"{100 * share:.0f} %")


def _child(library: str, name: str, epochs: int, cores: int) -> None:
    """One library on one task, in a process of its own."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:cores])
    os.environ["OMP_NUM_THREADS"] = str(cores)
    print(json.dumps(_measured(library, name, epochs)))


def _measured(library: str, name: str, epochs: int) -> list[float]:
    from benchmarks.steps import in_lamina, in_others, in_pytorch

    if library == LAMINA:
        return in_lamina.epoch_seconds(name, epochs)
    if library == KERAS_NAME:
        return in_others.keras_epoch_seconds(name, epochs)
    if library == LEARN:
        return in_others.scikit_learn_epoch_seconds(name, epochs)
    layout = "channels_last" if library == LAST else "contiguous"
    return in_pytorch.epoch_seconds(name, epochs, layout, library == COMPILED)


def _work(name: str) -> float:
    """Multiplications and additions of a step, as XLA counts those of the pure forms: forwards, and twice back."""
    words = (
        "import sys, jax, jax.numpy as jnp; from benchmarks.steps import in_lamina, tasks; name = sys.argv[1]\n"
        "x = jnp.asarray(tasks.TASKS[name].examples(tasks.TASKS[name].batch)[0]); net = in_lamina.network(name)\n"
        "x = in_lamina.prepare(name)(x); loops = tasks.TASKS[name].loops; x = x[:, :1] if loops > 1 else x\n"
        "params, state = net.init(jax.random.key(0), x)\n"
        "forward = jax.jit(lambda p, x: net.apply(p, state, x, key=jax.random.key(0), training=True)[0])\n"
        "print(3 * loops * forward.lower(params, x).compile().cost_analysis()['flops'])"
    )
    return float(run([sys.executable, "-c", words, name], {"LAMINA_KERNELS": "pure"}).output.splitlines()[-1])


def _matrix_rate(cores: int) -> float:
    """Of a product of 1,024 x 1,024, float32: multiplications and additions a second."""
    words = "from lamina.kernels.measuring import rates; print(rates()[0].value * 1e9)"
    return float(run([sys.executable, "-c", words]).output.splitlines()[-1])


def _what(options: argparse.Namespace, rate: float) -> str:
    return (
        f"Milliseconds of a step of training (forwards, backwards, Adam), the median over {options.rounds} rounds of "
        f"{options.epochs} epochs each, the first two left out; {options.cores} cores; random examples of the right "
        "shapes. Lamina: the trainer behind `lamina train`, drawing the order, gathering and adding up the loss "
        "included. PyTorch: eager, tensors made once, one index a batch, fused Adam. Of the matrix rate: what the step "
        f"multiplies and adds, as a share of the {rate / 1e9:.0f} GFLOP/s of a product of 1,024 x 1,024. "
        "Cells are empty where a library was not asked: Keras and scikit-learn for networks that their own `fit` does "
        "not train as they stand, torch.compile for the two turns of the GAN."
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.steps", description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", choices=[*TASKS, []], help="all where none is given")
    parser.add_argument("--rounds", type=int, default=3, help="processes a library, taking turns")
    parser.add_argument("--epochs", type=int, default=6, help="epochs a process, the first two not counted")
    parser.add_argument("--cores", type=int, default=2, help="processor cores that each library may use")
    parser.add_argument("--write", action="store_true", help="put the section into benchmarks/RESULTS.md")
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.epochs < 3 or options.rounds < 1:
        parser.error("it takes at least one round and three epochs: the first two are not counted")
    return options


if __name__ == "__main__":
    main()
