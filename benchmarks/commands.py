"""Running a program and measuring it from outside: wall seconds and the most memory it held."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

LAMINA = (sys.executable, "-m", "lamina")
KIBIBYTES = 1 if sys.platform == "linux" else 1024  # other systems tell bytes


@dataclass(frozen=True)
class Finished:
    """A program that has ended well.

    Args:
        seconds: from its start to its end.
        mebibytes: the most memory it held; None where the system does not tell.
        output: what it wrote to standard output.
    """

    seconds: float
    mebibytes: float | None
    output: str


def run(command: Sequence[str], environment: Mapping[str, str] | None = None) -> Finished:
    """Run a program to its end; where it fails, this program ends with what it said.

    The caller should hold little memory: a child's peak is at least what its parent held at the fork.
    """
    with tempfile.TemporaryFile("w+", encoding="utf-8") as output, tempfile.TemporaryFile("w+") as errors:
        began = time.perf_counter()
        child = subprocess.Popen(command, stdout=output, stderr=errors, env={**os.environ, **(environment or {})})
        mebibytes = _wait(child)
        seconds = time.perf_counter() - began
        output.seek(0)
        errors.seek(0)
        if child.returncode != 0:
            sys.exit(f"{' '.join(command)} ended with status {child.returncode}:\n{errors.read()[-4000:]}")
        return Finished(seconds, mebibytes, output.read())


def _wait(child: subprocess.Popen[bytes]) -> float | None:
    if not hasattr(os, "wait4"):
        child.wait()
        return None
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_maxrss / 1024 / KIBIBYTES


def data_set(path: str) -> Path:
    """A file or folder in the folder that LAMINA_DATA names."""
    named = os.environ.get("LAMINA_DATA")
    if not named or not (Path(named) / path).exists():
        sys.exit(f"{path} is needed: LAMINA_DATA must name a folder that holds it; it is {named!r}")
    return Path(named) / path


def mnist_folder() -> Path:
    """The folder of MNIST's four idx.gz files, in the folder that LAMINA_DATA names."""
    named = os.environ.get("LAMINA_DATA")
    folder = Path(named or "") / "mnist"
    if not named or not (folder / "train-images-idx3-ubyte.gz").is_file():
        sys.exit(
            f"MNIST is needed: LAMINA_DATA must name a folder with mnist/train-images-idx3-ubyte.gz; it is {named!r}"
        )
    return folder
