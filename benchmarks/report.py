"""How a benchmark tells what it found: a table, the machine and the versions, a section of RESULTS.md."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import re
import shlex
import sys
import time
from collections.abc import Sequence
from pathlib import Path

RESULTS = Path(__file__).with_name("RESULTS.md")
HEAD = """# Results

Each section was written by the command that it names (with `--write`), all of its rows in one run on one
machine. What is compared, and how to run it, stands in [README.md](README.md).
"""
QUIET_LOAD = 0.5
"""Programs that run or wait, on average over a minute, at which the machine counts as quiet."""

PACKAGES = ("lamina", "jax", "numpy", "optax", "torch", "keras", "scikit-learn")


def table(headings: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A Markdown table whose columns line up; the first column to the left, numbers to the right."""
    cells = [list(headings), *([str(cell) for cell in row] for row in rows)]
    widths = [max(3, *(len(row[place]) for row in cells)) for place in range(len(headings))]
    rule = [f":{'-' * (widths[0] - 1)}", *(f"{'-' * (width - 1)}:" for width in widths[1:])]
    return "\n".join(_line(row, widths) for row in [cells[0], rule, *cells[1:]])


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = zip(row, widths, strict=True)
    return f"| {' | '.join([first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others)])} |"


def versions() -> str:
    """Python, the packages that are installed, the system, the processor and its cores."""
    found = [f"Python {platform.python_version()}"]
    for package in PACKAGES:
        try:
            found.append(f"{package} {importlib.metadata.version(package)}")
        except importlib.metadata.PackageNotFoundError:
            continue
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{', '.join(found)}; {platform.system()} {platform.machine()}, {processor()}, {cores} cores"


def processor() -> str:
    """The processor's name, where the system tells."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return platform.processor() or "unknown processor"
    name, family = (re.search(rf"^{field}\s*: (.+)$", text, re.MULTILINE) for field in ("model name", "cpu family"))
    told = [name[1].strip()] if name else [platform.machine()]
    return " ".join([*told, f"(family {family[1].strip()})"] if family else told)


def command_line() -> str:
    """The command that is running, as one would type it in the source tree; of a place elsewhere its name."""
    words = [Path(word).name if Path(word).is_absolute() else word for word in sys.argv[1:] if word != "--write"]
    program = Path(sys.argv[0])
    module = f"benchmarks.{program.parent.name if program.stem == '__main__' else program.stem}"
    return shlex.join(["python", "-m", module, *words])


def wait_until_quiet(write: bool, patience_seconds: float = 300.0) -> None:
    """Wait until nothing else keeps the machine busy; where that does not come about, write nothing.

    Libraries suffer unequally from a neighbor, so that the figures would tell of the neighbor.
    """
    if not hasattr(os, "getloadavg"):
        return
    end = time.monotonic() + (patience_seconds if write else 0.0)
    while (load := os.getloadavg()[0]) > QUIET_LOAD and time.monotonic() < end:
        print(f"waiting for the machine to become quiet (load {load:.2f}, needed {QUIET_LOAD})", flush=True)
        time.sleep(20)
    if load > QUIET_LOAD:
        print(f"the machine is busy (load {load:.2f}): these figures are not comparable", flush=True)
        if write:
            sys.exit("nothing is written; run it again on a quiet machine")


def tell(title: str, body: str, write: bool, command: str = "") -> None:
    """Print a section; with `write`, put it into RESULTS.md in the place of the one with its title.

    Args:
        command: that gives this section; the one that is running where none is named.
    """
    section = f"## {title}\n\n`{command or command_line()}`\n\n{versions()}\n\n{body}\n"
    print(f"\n{section}")
    if write:
        before = RESULTS.read_text(encoding="utf-8") if RESULTS.exists() else HEAD
        RESULTS.write_text(with_section(before, title, section), encoding="utf-8")
        print(f"written to {RESULTS}")


def with_section(document: str, title: str, section: str) -> str:
    """A document with one of its sections replaced, or with one more at the end."""
    head, *sections = re.split(r"^(?=## )", document, flags=re.MULTILINE)
    kept = [old.rstrip("\n") + "\n" for old in sections]
    places = [place for place, old in enumerate(kept) if old.split("\n", 1)[0] == f"## {title}"]
    if places:
        kept[places[0]] = section
    else:
        kept.append(section)
    return "\n".join([head.rstrip("\n") + "\n", *kept])
