"""The log of past runs: one JSON line a run, in the folder of its model file."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lamina.errors import DataError, SaveError
from lamina.model.record import Record
from lamina.model.run import Run
from lamina.model.summary import count_parameters
from lamina.recipes import to_json
from lamina.training.settings import Settings

LOG_NAME = "lamina-runs.jsonl"
MAX_LINE = 1024 * 1024
"""A line that is longer was not written by us."""
FIELDS: dict[str, type | tuple[type, ...]] = {
    "when": str, "source": str, "model": str, "network": str, "parameters": int, "settings": dict, "epochs": int,
    "seconds": (int, float), "results": dict, "fingerprint": str,
}  # fmt: skip
"""What a line must have to be shown."""


@dataclass(frozen=True)
class RunLog:
    """Past runs, oldest first, and the numbers of the lines that are none."""

    runs: tuple[dict[str, Any], ...]
    broken: tuple[int, ...]


def log_path(model_file: Path) -> Path:
    """The log beside a model file."""
    return model_file.with_name(LOG_NAME)


def run_entry(run: Run, model_file: Path, seconds: float) -> dict[str, Any]:
    """What is kept of a run that has ended: what came in, how it was trained, what came out."""
    model, prepared = run.model, run.prepared
    record = model.record
    return {
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "source": record.source,
        "fingerprint": record.fingerprint,
        "examples": [record.training, record.validation, record.test],
        "split": record.split,
        "predicts": prepared.task.describe(),
        "network": repr(model.network),
        "parameters": count_parameters(model.network.parameters(model.encoder.input_shape)),
        "settings": plain_settings(record.settings),
        "epochs": len(record.epochs),
        "best_epoch": record.best_epoch,
        "seconds": round(seconds, 2),
        "results": _results(record),
        "stopped": run.stopped,
        "model": model_file.name,
        "versions": list(record.versions),
    }


def plain_settings(settings: Settings) -> dict[str, Any]:
    """Settings by name, with the learning rate that was taken."""
    found = {name: value for name, value in to_json(settings).items() if name != "type"}
    return {**found, "learning_rate": settings.rate, "schedule": repr(settings.schedule)}


def append_run(path: Path, entry: Mapping[str, Any]) -> None:
    """Add one line in one write, so that two runs that end at once do not mix.

    Raises:
        SaveError: it cannot be written.
    """
    line = (json.dumps(entry, allow_nan=False) + "\n").encode("ascii")
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0), 0o666)
        try:
            if os.lseek(descriptor, 0, os.SEEK_END):
                os.lseek(descriptor, -1, os.SEEK_END)
                if os.read(descriptor, 1) != b"\n":
                    line = b"\n" + line  # a process that was killed left half a line
            os.write(descriptor, line)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise SaveError(f"{path}: the run cannot be added to the log: {error.strerror}") from error


def read_log(path: Path) -> RunLog:
    """The runs in a log; a line that is no run is left out and counted.

    Raises:
        DataError: there is no log, or it cannot be read.
    """
    runs: list[dict[str, Any]] = []
    broken: list[int] = []
    try:
        with path.open("rb") as file:
            for number, line in enumerate(iter(lambda: file.readline(MAX_LINE), b""), 1):
                run = _run(line)
                if run is not None:
                    runs.append(run)
                elif line.strip():
                    broken.append(number)
    except FileNotFoundError:
        raise DataError(f"there is no log of runs at {path}; lamina train writes it beside the model file") from None
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror})") from None
    return RunLog(tuple(runs), tuple(broken))


def _run(line: bytes) -> dict[str, Any] | None:
    """A line as a run; None where it is none."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or any(not isinstance(found.get(name), kind) for name, kind in FIELDS.items()):
        return None
    numbers = all(isinstance(value, int | float) for value in found["results"].values())
    return found if numbers else None


def _results(record: Record) -> dict[str, float]:
    """The figures on the test part, and those of the validation part at the epoch whose weights were kept."""
    found = {measure.name: measure.value for measure in record.results}
    if 0 < record.best_epoch <= len(record.epochs):
        best = record.epochs[record.best_epoch - 1]
        found |= {f"validation {measure.name}": measure.value for measure in best.validation}
    return {name: value for name, value in found.items() if math.isfinite(value)}
