"""How long raw data takes to be read: a table of a million rows and 20 columns, and 60,000 small pictures in folders.

python -m benchmarks.reading
"""

from __future__ import annotations

import argparse
import csv
import io
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.commands import Finished, run
from benchmarks.report import table, tell, wait_until_quiet

HEADINGS = ("what", "MB", "seconds", "examples a second", "peak MiB")
WORDS = np.array([f"word{number}" for number in range(2000)])
COLORS = np.array(["red", "green", "blue", "yellow", "brown"])
CLASSES = 10
CHUNK = 50_000

READ_TABLE = """
import sys, time
from pathlib import Path
from lamina.data.column_kinds import guess_kinds
from lamina.data.table_reading import read_table_file
began = time.perf_counter()
table = read_table_file(Path(sys.argv[1])).table
kinds = guess_kinds(table)
print(time.perf_counter() - began, len(table), sorted(guess.kind for guess in kinds.values()))
"""
READ_PICTURES = """
import sys, time
import numpy as np
import lamina
from lamina.data.fitting import decode_inputs
began = time.perf_counter()
dataset = lamina.read(sys.argv[1])
decode_inputs(dataset.inputs).fit(np.arange(len(dataset)))
print(time.perf_counter() - began, len(dataset))
"""


def main() -> None:
    """Make both sources in a temporary folder, read each in a process of its own, and tell."""
    options = _options()
    with tempfile.TemporaryDirectory() as folder:
        sources = (Path(folder) / "table.csv", Path(folder) / "pictures")
        write_table(sources[0], options.rows)
        write_pictures(sources[1], options.pictures)
        wait_until_quiet(options.write)
        programs = (READ_TABLE, READ_PICTURES)
        found = []
        for code, path in zip(programs, sources, strict=True):
            for file in _files(path):  # some systems give up what nobody asked for lately
                file.read_bytes()
            found.append(run([sys.executable, "-c", code, str(path)]))
        sizes = [sum(file.stat().st_size for file in _files(path)) for path in sources]
    names = (f"a CSV of {options.rows:,} rows, 20 columns", f"{options.pictures:,} PNGs of 28 x 28 in class folders")
    rows = [row(*facts) for facts in zip(names, sizes, found, strict=True)]
    tell("Reading", f"{_what()}\n\n{table(HEADINGS, rows)}", options.write)


def row(name: str, size: int, finished: Finished) -> Sequence[object]:
    """The table's line for one source."""
    seconds, count = finished.output.split()[:2]
    rate = int(count) / float(seconds)
    peak = "-" if finished.mebibytes is None else f"{finished.mebibytes:.0f}"
    return name, f"{size / 1e6:.0f}", f"{float(seconds):.1f}", f"{rate:,.0f}", peak


def write_table(path: Path, rows: int, seed: int = 0) -> None:
    """10 columns of numbers, 5 of a few categories, 3 of dates, 2 of texts of six words."""
    chance = np.random.default_rng(seed)
    kinds = (("number", 10), ("category", 5), ("date", 3), ("text", 2))
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow([f"{kind} {place}" for kind, count in kinds for place in range(count)])
        for start in range(0, rows, CHUNK):
            writer.writerows(zip(*_columns(chance, min(CHUNK, rows - start)), strict=True))


def write_pictures(folder: Path, count: int, seed: int = 0) -> None:
    """Grey pictures in ten class folders."""
    from PIL import Image

    chance = np.random.default_rng(seed)
    for label in range(CLASSES):
        (folder / str(label)).mkdir(parents=True)
    for place in range(count):
        picture = io.BytesIO()
        Image.fromarray(chance.integers(0, 256, (28, 28), np.uint8)).save(picture, "PNG", compress_level=1)
        (folder / str(place % CLASSES) / f"{place}.png").write_bytes(picture.getvalue())


def _columns(chance: np.random.Generator, rows: int) -> list[list[object]]:
    moments = np.datetime64("2015-01-01T00:00:00") + chance.integers(0, 3 * 10**8, rows).astype("m8[s]")
    columns = [(chance.normal(size=rows) * 10 ** (place % 4)).round(3) for place in range(10)]
    columns += [COLORS[chance.integers(0, len(COLORS), rows)] for _ in range(5)]
    days = moments.astype("M8[D]")
    columns += [
        days.astype(str),
        np.char.replace(moments.astype(str), "T", " "),
        np.char.replace(days.astype(str), "-", "/"),
    ]
    texts = [[" ".join(words) for words in WORDS[chance.integers(0, len(WORDS), (rows, 6))]] for _ in range(2)]
    return [*(column.tolist() for column in columns), *texts]


def _files(path: Path) -> list[Path]:
    return [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]


def _what() -> str:
    return (
        "Wall seconds within a process of its own, from the file to typed columns (table) or to one array of bytes "
        "(pictures); the imports are not counted, the file is in the system's memory. Peak memory is the process's."
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reading", description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000, help="of the table")
    parser.add_argument("--pictures", type=int, default=60_000, help="how many")
    parser.add_argument("--write", action="store_true", help="put the section into benchmarks/RESULTS.md")
    return parser.parse_args()


if __name__ == "__main__":
    main()
