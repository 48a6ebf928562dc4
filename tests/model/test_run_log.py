"""The log of runs: one line a run, whatever else is in the file."""

from __future__ import annotations

import concurrent.futures
import json
from pathlib import Path
from typing import Any

import pytest

import lamina
from lamina.errors import DataError, SaveError
from lamina.model.run_log import LOG_NAME, append_run, log_path, read_log, run_entry
from lamina.training.settings import Settings

ENTRY: dict[str, Any] = {
    "when": "2026-01-02T03:04:05+00:00", "source": "iris", "model": "iris.safetensors", "network": "Dense(3)",
    "parameters": 15, "settings": {"seed": 0}, "epochs": 2, "seconds": 1.5, "results": {"error": 0.25},
    "fingerprint": "ab",
}  # fmt: skip


@pytest.fixture(scope="module")
def run() -> lamina.Run:
    run = lamina.train("iris", lamina.Sequential(lamina.Dense(3)), epochs=2, learning_rate=0.05, seed=4)
    for _ in run:
        pass
    return run


@pytest.mark.slow
def test_an_entry_says_what_came_in_and_out(run: lamina.Run) -> None:
    found = run_entry(run, Path("models") / "iris.safetensors", 3.14159)
    record = run.model.record
    assert found["source"] == "iris"
    assert found["fingerprint"] == record.fingerprint
    assert (found["model"], found["parameters"], found["epochs"], found["seconds"]) == ("iris.safetensors", 15, 2, 3.14)
    assert found["settings"]["seed"] == 4
    assert found["settings"]["learning_rate"] == 0.05
    assert found["results"]["error"] == {one.name: one.value for one in record.results}["error"]
    best = record.epochs[record.best_epoch - 1]
    assert found["results"]["validation loss"] == best["validation loss"]
    assert json.loads(json.dumps(found)) == found


def test_the_rate_that_was_taken_is_kept() -> None:
    from lamina.model.run_log import plain_settings

    assert plain_settings(Settings(optimizer="momentum"))["learning_rate"] == 0.05


@pytest.mark.slow
def test_what_is_appended_is_read_again(tmp_path: Path, run: lamina.Run) -> None:
    path = log_path(tmp_path / "iris.safetensors")
    assert path == tmp_path / LOG_NAME
    for seconds in (1, 2):
        append_run(path, run_entry(run, Path("iris.safetensors"), seconds))
    found = read_log(path)
    assert [one["seconds"] for one in found.runs] == [1, 2]
    assert found.broken == ()
    assert path.read_bytes().count(b"\n") == 2


def test_lines_that_are_no_runs_are_left_out_and_counted(tmp_path: Path) -> None:
    good = json.dumps(ENTRY)
    lines = [
        good, "{", "[]", "", json.dumps({**ENTRY, "epochs": "2"}), json.dumps({**ENTRY, "results": {"error": "low"}}),
        "\udcff", json.dumps({key: value for key, value in ENTRY.items() if key != "model"}), "[" * 100_000, good,
    ]  # fmt: skip
    path = tmp_path / LOG_NAME
    path.write_bytes("\n".join(lines).encode("utf-8", "surrogateescape"))
    found = read_log(path)
    assert len(found.runs) == 2
    assert found.broken == (2, 3, 5, 6, 7, 8, 9)


def test_half_a_line_spoils_no_later_one(tmp_path: Path) -> None:
    path = tmp_path / LOG_NAME
    path.write_bytes(json.dumps(ENTRY).encode()[:40])
    append_run(path, ENTRY)
    append_run(path, ENTRY)
    found = read_log(path)
    assert (len(found.runs), found.broken) == (2, (1,))


def test_many_that_end_at_once(tmp_path: Path) -> None:
    path = tmp_path / LOG_NAME
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: append_run(path, {**ENTRY, "epochs": number}), range(64)))
    found = read_log(path)
    assert sorted(one["epochs"] for one in found.runs) == list(range(64))
    assert found.broken == ()


def test_a_log_that_cannot_be_written_or_read(tmp_path: Path) -> None:
    (tmp_path / LOG_NAME).mkdir()
    with pytest.raises(SaveError, match="the run cannot be added to the log"):
        append_run(tmp_path / LOG_NAME, ENTRY)
    with pytest.raises(DataError, match="cannot be read"):
        read_log(tmp_path / LOG_NAME)
    with pytest.raises(DataError, match=r"there is no log of runs at .*lamina train writes it"):
        read_log(tmp_path / "elsewhere" / LOG_NAME)
