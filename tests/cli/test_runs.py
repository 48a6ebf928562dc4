"""lamina runs: what lamina train leaves, side by side."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lamina.model.run_log import LOG_NAME
from tests.cli.program import error_of, lamina
from tests.model.test_run_log import ENTRY

TRAIN = ("train", "iris", "--network", "mlp", "--epochs", "2")


def logged(folder: Path, *entries: dict[str, object]) -> Path:
    path = folder / LOG_NAME
    path.write_text("".join(json.dumps({**ENTRY, **entry}) + "\n" for entry in entries), encoding="utf-8")
    return path


@pytest.mark.slow
def test_a_run_is_logged_beside_its_model_and_shown(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    lamina(tmp_path, *TRAIN, "-o", "models/a")
    lamina(tmp_path, *TRAIN, "-o", "models/b", "--seed", "1", "--learning-rate", "0.01")
    lines = lamina(tmp_path, "runs", "models").out.splitlines()
    assert len(lines) == 3
    assert "settings that differ" in lines[0]
    assert "a.safetensors" in lines[1]
    assert lines[1].endswith("learning_rate=0.003, seed=0")
    assert lines[2].endswith("learning_rate=0.01, seed=1")
    found = json.loads(lamina(tmp_path, "runs", "models", "--json").out)
    assert [one["model"] for one in found] == ["a.safetensors", "b.safetensors"]


@pytest.mark.slow
def test_a_model_file_is_the_same_with_and_without_a_log(tmp_path: Path) -> None:
    lamina(tmp_path, *TRAIN, "-o", "a")
    with_log = (tmp_path / "a.safetensors").read_bytes()
    (tmp_path / LOG_NAME).unlink()
    lamina(tmp_path, *TRAIN, "-o", "a", "--no-log")
    assert not (tmp_path / LOG_NAME).exists()
    assert (tmp_path / "a.safetensors").read_bytes() == with_log


def test_a_log_that_cannot_be_written_spoils_no_run(tmp_path: Path) -> None:
    (tmp_path / LOG_NAME).mkdir()
    outcome = lamina(tmp_path, *TRAIN)
    assert outcome.status == 0
    assert "note: lamina-runs.jsonl: the run cannot be added to the log: " in outcome.err
    assert (tmp_path / "iris.safetensors").exists()


def test_the_best_comes_first_and_runs_without_the_figure_last(tmp_path: Path) -> None:
    errors = [{"error": 0.3}, {"loss": 1.0}, {"error": 0.1}]
    logged(tmp_path, *({"model": f"{place}.safetensors", "results": one} for place, one in enumerate(errors)))
    lines = lamina(tmp_path, "runs", "--best", "error").out.splitlines()
    assert [line.split()[2] for line in lines[1:]] == ["2.safetensors", "0.safetensors", "1.safetensors"]
    assert "10.00 %" in lines[1]
    refused = error_of(lamina(tmp_path, "runs", "--best", "beauty"))
    assert refused == "--best needs a figure of these runs: error, loss; got 'beauty'"


def test_what_is_no_run_and_what_cannot_be_compared_is_named(tmp_path: Path) -> None:
    path = logged(tmp_path, {}, {"fingerprint": "cd"})
    path.write_text(path.read_text(encoding="utf-8") + "half a li", encoding="utf-8")
    outcome = lamina(tmp_path, "runs", LOG_NAME)
    assert outcome.status == 0
    assert "note: lamina-runs.jsonl: left out what is no run: line 3" in outcome.err
    assert "note: runs on iris had 2 different states of the data: compare their figures with care" in outcome.err
    assert len(outcome.out.splitlines()) == 3


def test_no_log_and_an_empty_one(tmp_path: Path) -> None:
    assert "there is no log of runs at lamina-runs.jsonl" in error_of(lamina(tmp_path, "runs"))
    (tmp_path / LOG_NAME).touch()
    assert lamina(tmp_path, "runs").out == "no runs\n"


def test_what_a_terminal_obeys_is_made_visible(tmp_path: Path) -> None:
    logged(tmp_path, {"model": "a\x1b[2J\nb"})
    out = lamina(tmp_path, "runs").out
    assert "\x1b" not in out
    assert len(out.splitlines()) == 2
