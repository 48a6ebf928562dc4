"""The memory that training takes for N and for 10 N examples with the same limit: pictures, sounds and a table.

    python -m benchmarks.memory --memory 30MB --pictures 4000 --sounds 600 --rows 40000

Each run is a command of its own, `lamina train SOURCE --memory LIMIT`, whose peak of resident memory the system tells.
"""

from __future__ import annotations

import argparse
import io
import os
import subprocess
import sys
import tempfile
import time
import wave
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.report import table, tell

SIDE = 64
RATE_HZ = 8_000
COLUMNS = 20


@dataclass(frozen=True)
class Peak:
    """What one run took."""

    kind: str
    examples: int
    source_bytes: int
    peak_bytes: int
    seconds: float


def make_pictures(path: Path, count: int) -> Path:
    """An archive of colored pictures of two classes, which differ in their light."""
    chance = np.random.default_rng(0)
    with zipfile.ZipFile(path.with_suffix(".zip"), "w") as archive:
        for place in range(count):
            bright = place % 2
            pixels = chance.integers(60 * bright, 196 + 60 * bright, (SIDE, SIDE, 3), dtype=np.uint8)
            file = io.BytesIO()
            Image.fromarray(pixels).save(file, "JPEG", quality=80)
            archive.writestr(f"{('dark', 'light')[bright]}/{place}.jpg", file.getvalue())
    return path.with_suffix(".zip")


def make_sounds(path: Path, count: int) -> Path:
    """A folder of noises of a second, of two classes: one as loud as it began, one that swells."""
    chance = np.random.default_rng(0)
    swelling = np.linspace(0.1, 1, RATE_HZ)
    for place in range(count):
        samples = chance.normal(0, 3_000, RATE_HZ) * (swelling if place % 2 else 1)
        file = path / ("steady", "swelling")[place % 2] / f"{place}.wav"
        file.parent.mkdir(parents=True, exist_ok=True)
        with wave.open(str(file), "wb") as sound:
            sound.setparams((1, 2, RATE_HZ, 0, "NONE", ""))
            sound.writeframes(samples.astype("<i2").tobytes())
    return path


def make_table(path: Path, count: int) -> Path:
    """A table of numbers and a category, whose sum is the target."""
    chance = np.random.default_rng(0)
    names = [*(f"number {place}" for place in range(COLUMNS)), "color", "class"]
    with path.with_suffix(".csv").open("w", encoding="utf-8") as file:
        file.write(",".join(names) + "\n")
        for _ in range(count):
            numbers = chance.normal(size=COLUMNS)
            color = ("red", "green", "blue")[int(chance.integers(3))]
            answer = "high" if numbers.sum() + (color == "red") > 0 else "low"
            file.write(",".join([*(f"{number:.6f}" for number in numbers), color, answer]) + "\n")
    return path.with_suffix(".csv")


KINDS: dict[str, tuple[Callable[[Path, int], Path], tuple[str, ...]]] = {
    "pictures": (make_pictures, ("--layers", "conv 4 relu, pool, pool, pool")),
    "sounds": (make_sounds, ("--layers", "conv 4 relu, pool, pool")),
    "rows": (make_table, ("--target", "class", "--layers", "16 relu")),
}


def measure(kind: str, count: int, memory: str, folder: Path) -> Peak:
    """Make a source, train on it in a process of its own, and ask for its peak."""
    make, options = KINDS[kind]
    source = make(folder / f"{kind}{count}", count)
    command = [
        sys.executable, "-m", "lamina.cli", "train", str(source), "--memory", memory, "--epochs", "2", "--no-log",
        "-o", str(folder / f"{kind}{count}.safetensors"), *options,
    ]  # fmt: skip
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    taken = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return Peak(kind, count, size_of(source), taken, time.perf_counter() - began)


def size_of(source: Path) -> int:
    """The bytes of a file, or of all files in a folder."""
    return sum(file.stat().st_size for file in source.rglob("*")) if source.is_dir() else source.stat().st_size


HEADINGS = ("examples", "source MB", "peak of memory MB", "s", "peak by that of a tenth")


def main() -> None:
    """Measure each kind with N and 10 N examples, and tell."""
    options = _options()
    rows = []
    for kind in KINDS:
        if not (count := getattr(options, kind)):
            continue
        with tempfile.TemporaryDirectory() as folder:
            peaks = [measure(kind, number, options.memory, Path(folder)) for number in (count, 10 * count)]
        rows += [_row(one, peaks[0]) for one in peaks]
        print(*rows[-2:], sep="\n", flush=True)
    what = (
        f"Peaks of resident memory of whole commands, `lamina train SOURCE --memory {options.memory}` for two "
        f"epochs of a "
        "small network, with N examples and with ten times as many, Python and its libraries included."
    )
    tell("Memory with a limit", f"{what}\n\n{table(HEADINGS, rows)}", options.write)


def _row(one: Peak, first: Peak) -> tuple[str, ...]:
    ratio = f"{one.peak_bytes / first.peak_bytes:.2f}" if one is not first else ""
    sizes = (f"{size / 1e6:,.0f}" for size in (one.source_bytes, one.peak_bytes))
    return (f"{one.examples:,} {one.kind}", *sizes, f"{one.seconds:.0f}", ratio)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--memory", default="30MB")
    for kind, count in (("pictures", 4_000), ("sounds", 600), ("rows", 40_000)):
        parser.add_argument(f"--{kind}", type=int, default=count, help="N; 0 leaves the kind out")
    parser.add_argument("--write", action="store_true", help="put the section into benchmarks/RESULTS.md")
    return parser.parse_args()


if __name__ == "__main__":
    main()
