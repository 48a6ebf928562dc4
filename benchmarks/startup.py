"""How long a person waits: for the import, for the help, for `lamina train digits` and for its second run.

python -m benchmarks.startup
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.commands import LAMINA, run
from benchmarks.report import table, tell, wait_until_quiet

HEADINGS = ("what", "median s", "fastest s", "slowest s")

IMPORTS = {
    "python, nothing imported": (sys.executable, "-c", "pass"),
    "import numpy": (sys.executable, "-c", "import numpy"),
    "import lamina": (sys.executable, "-c", "import lamina"),
    "lamina --help": (*LAMINA, "--help"),
    "lamina train --help": (*LAMINA, "train", "--help"),
    "import jax": (sys.executable, "-c", "import jax"),
}


def main() -> None:
    """Time everything in turn, several times, and tell."""
    options = _options()
    wait_until_quiet(options.write)
    times = {name: _repeat(words, options.repeats) for name, words in IMPORTS.items()}
    with tempfile.TemporaryDirectory() as folder:
        pairs = [_train_twice(Path(folder) / str(number)) for number in range(options.repeats)]
    times["lamina train digits, empty cache"] = [first for first, _ in pairs]
    times["lamina train digits, again"] = [second for _, second in pairs]
    rows = [row(name, seconds) for name, seconds in times.items()]
    tell("Start", f"{_what(options.repeats)}\n\n{table(HEADINGS, rows)}", options.write)


def row(name: str, seconds: Sequence[float]) -> Sequence[object]:
    """The table's line for one thing."""
    return name, f"{statistics.median(seconds):.2f}", f"{min(seconds):.2f}", f"{max(seconds):.2f}"


def _repeat(words: Sequence[str], times: int) -> list[float]:
    run(words)  # the first one reads files that the others find in memory
    return [run(words).seconds for _ in range(times)]


def _train_twice(folder: Path) -> tuple[float, float]:
    """Seconds of two trainings with a cache that is empty before the first."""
    folder.mkdir()
    environment = {"LAMINA_CACHE": str(folder / "cache")}
    first, second = (
        run([*LAMINA, "train", "digits", "-o", str(folder / f"{name}.safetensors")], environment).seconds
        for name in ("first", "second")
    )
    print(f"lamina train digits: {first:.1f} s, again {second:.1f} s", flush=True)
    return first, second


def _what(repeats: int) -> str:
    return (
        f"Wall seconds from the start of a process to its end; runs of each: {repeats}. The two trainings "
        f"follow each other with one cache of compiled programs, empty before the first; both end with a "
        f"saved model."
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.startup", description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=5, help="how often everything is timed")
    parser.add_argument("--write", action="store_true", help="put the section into benchmarks/RESULTS.md")
    return parser.parse_args()


if __name__ == "__main__":
    main()
