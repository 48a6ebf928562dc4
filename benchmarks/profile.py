"""What a step of training spends its time on, operation by operation, by JAX's profiler.

python -m benchmarks.profile wide_mlp lstm transformer --write
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import jax

from benchmarks.report import table, tell, wait_until_quiet
from benchmarks.steps.in_lamina import trainer_of
from benchmarks.steps.tasks import TASKS

EPOCHS_BEFORE = 3
"""Epochs that are not looked at: in the first one a program is loaded, and memory is taken."""
MOST_ROWS = 16
INSTRUCTION = re.compile(r"^\s*(?:ROOT )?%?([\w.-]+) = (\([^=]*?\)|\S+) ([\w-]+)\((.*)$")
SHAPE = re.compile(r"[a-z]+\d+\[[\d,]*\]")
TARGET = re.compile(r'custom_call_target="(?:lamina_)?(\w+?)(?:_[0-9])?"')
PLACE = re.compile(r'op_name="[^"]*?/body/([^"]*)"')
Kind = tuple[str, str]
"""What is computed, and of which shape."""
HEADINGS = ("operation", "gives", "times a step", "ms a step", "share")


def main() -> None:
    """Follow one epoch of each, and tell."""
    options = _options()
    wait_until_quiet(options.write)
    sections = [told(name, *followed(name)) for name in options.names]
    tell("What a step of training is spent on", "\n\n".join([WHAT, *sections]), options.write)


def followed(name: str) -> tuple[Mapping[str, Kind], Mapping[str, tuple[float, int]], float]:
    """One epoch of a task: its program's operations in words, each one's seconds and calls, the epoch's seconds."""
    trainer = trainer_of(name, EPOCHS_BEFORE + 1)
    progress = trainer.start()
    for _ in range(EPOCHS_BEFORE):
        progress = _epoch(trainer, progress)
    words = dict(described(trainer.compile(progress).as_text()))
    with tempfile.TemporaryDirectory() as folder:
        with jax.profiler.trace(folder):
            _epoch(trainer, progress)
        [path] = Path(folder).rglob("*.trace.json.gz")
        events = json.loads(gzip.decompress(path.read_bytes()))["traceEvents"]
    return words, *spent(events, words)


def spent(events: Iterable[Mapping[str, Any]], known: Iterable[str]) -> tuple[dict[str, tuple[float, int]], float]:
    """Seconds and calls of the operations that are known, and the seconds from the first one's start to the last's end.

    Args:
        events: of a trace; those with a duration tell microseconds.
        known: the operations of the program.
    """
    seconds: Counter[str] = Counter()
    calls: Counter[str] = Counter()
    names, first, last = set(known), float("inf"), 0.0
    for event in events:
        if event.get("ph") == "X" and event["name"] in names:
            seconds[event["name"]] += event["dur"] / 1e6
            calls[event["name"]] += 1
            first, last = min(first, event["ts"] / 1e6), max(last, (event["ts"] + event["dur"]) / 1e6)
    return {name: (seconds[name], calls[name]) for name in seconds}, last - first


def described(program: str) -> Iterator[tuple[str, Kind]]:
    """Each operation of a compiled program that takes time, by its name: what is called, and of which shape.

    Example:
        >>> line = '%c.1 = f32[2,3]{1,0} custom-call(%x, %y), custom_call_target="lamina_product_1"'
        >>> dict(described(line))
        {'c.1': ('product', '2 x 3')}
    """
    for line in program.splitlines():
        found = INSTRUCTION.match(line)
        if found is None or found[3] in ("get-tuple-element", "tuple", "parameter", "constant", "bitcast", "while"):
            continue
        target, place = TARGET.search(found[4]), PLACE.search(found[4])
        what = target[1].replace("_", " ") if target else _in_words(found[3], place[1] if place else "")
        yield found[1], (what, _shape(found[2]))


def told(name: str, words: Mapping[str, Kind], times: Mapping[str, tuple[float, int]], seconds: float) -> str:
    """A table of what takes most; operations of the same kind and shape are one row."""
    steps = TASKS[name].steps
    sums: dict[Kind, tuple[float, int]] = {}
    for operation, (took, calls) in times.items():
        before = sums.get(words[operation], (0.0, 0))
        sums[words[operation]] = (before[0] + took, before[1] + calls)
    total = sum(took for took, _ in sums.values())
    largest = sorted(sums.items(), key=lambda one: -one[1][0])
    rows = [_row(*kind, *found, steps, total) for kind, found in largest[:MOST_ROWS]]
    rest = [found for _, found in largest[MOST_ROWS:]]
    rows.append(_row("all others", "", sum(one[0] for one in rest), sum(one[1] for one in rest), steps, total))
    head = f"### {TASKS[name].title}: {1e3 * seconds / steps:.2f} ms a step"
    return f"{head}\n\n{table(HEADINGS, rows)}"


def _row(what: str, shape: str, seconds: float, calls: int, steps: int, total: float) -> tuple[object, ...]:
    return what, shape, f"{calls / steps:.0f}", f"{1e3 * seconds / steps:.3f}", f"{100 * seconds / total:.0f} %"


def _in_words(opcode: str, place: str) -> str:
    """What XLA has made of a step's operations, by the last of them and the way it is computed."""
    backwards = "backwards: " if "transpose(" in place else ""
    return f"{backwards}{place.rsplit('/', 1)[-1] or opcode} (XLA)"


def _shape(given: str) -> str:
    shapes = SHAPE.findall(given)
    first = shapes[0].split("[")[1].rstrip("]").replace(",", " x ") if shapes else ""
    return f"{len(shapes)} arrays" if len(shapes) > 1 else first


def _epoch(trainer: Any, progress: Any) -> Any:
    done = progress.epochs_done
    while progress.epochs_done == done:
        progress = trainer.advance(progress)
    return progress


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="+", choices=sorted(TASKS), metavar="NETWORK")
    parser.add_argument("--write", action="store_true", help="write into benchmarks/RESULTS.md")
    return parser.parse_args()


WHAT = (
    "One epoch under JAX's profiler; the times of the operations, which run beside each other where they can, so that "
    "their sum may be more than the step. What has no (XLA) behind it is a native kernel."
)


if __name__ == "__main__":
    main()
