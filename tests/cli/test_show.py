"""lamina show: layers, shapes, counts, the training, and whether the proof holds."""

from __future__ import annotations

import json
import os
import stat
from dataclasses import replace
from pathlib import Path

import numpy as np

from lamina.model.container import read_container, to_bytes
from tests.cli.program import lamina
from tests.trained import iris


def test_the_whole_of_a_model_in_words(models: Path) -> None:
    outcome = lamina(models, "show", "digits.safetensors")
    assert outcome.status == 0
    lines = outcome.out.splitlines()
    assert lines[1].split() == ["input", "8", "x", "8", "x", "1"]
    assert lines[2].startswith('hidden  1  Conv2D(filters=4, activation="relu")')
    assert lines[2].split()[-6:] == ["6", "x", "6", "x", "4", "40"]
    assert lines[5].startswith("output  4  Dense(units=10)")
    assert lines[5].split()[-1] == str(3 * 3 * 4 * 10 + 10)
    assert lines[6] == "410 parameters, 2 layers with weights: not a deep network: at most one hidden layer"
    assert "trained on  digits: shuffled, stratified 80/20, seed 1" in outcome.out
    assert "1,295 training, 143 validation, 359 test" in outcome.out
    assert "epochs      3, the weights are those of epoch 3" in outcome.out
    assert lines[-1].startswith("proof       holds: ")


def test_the_state_of_a_model_is_not_counted_as_learnt(models: Path) -> None:
    outcome = lamina(models, "show", "normalized.safetensors")
    learnt = 64 * 16 + 16 + 2 * 16 + 16 * 10 + 10
    assert f"{learnt:,} parameters" in outcome.out


def test_as_json(models: Path) -> None:
    document = json.loads(lamina(models, "show", "digits.safetensors", "--json").out)
    assert document["proof_holds"] is True
    assert document["parameters"] == 410
    assert document["depth"] == 2
    assert [layer["role"] for layer in document["layers"]] == ["input", "hidden", "", "", "output"]
    assert document["record"]["source"] == "digits"
    assert document["task"]["classes"] == [str(digit) for digit in range(10)]


def test_without_the_proof(models: Path) -> None:
    assert "proof  " not in lamina(models, "show", "iris.safetensors", "--no-prove").out
    assert "proof_holds" not in json.loads(lamina(models, "show", "iris.safetensors", "--no-prove", "--json").out)


def test_a_proof_that_does_not_hold_is_shown(models: Path, tmp_path: Path) -> None:
    container = read_container(models / "iris.safetensors")
    tensors = {**container.tensors, "params/1/weight": container.tensors["params/1/weight"] * np.float32(1.05)}
    (tmp_path / "changed.safetensors").write_bytes(to_bytes(container.document, tensors))
    assert "proof       DOES NOT HOLD: 8 made-up inputs" in lamina(tmp_path, "show", "changed.safetensors").out
    assert json.loads(lamina(tmp_path, "show", "changed.safetensors", "--json").out)["proof_holds"] is False


def test_what_a_file_says_cannot_pass_for_a_line_of_ours(tmp_path: Path) -> None:
    """A name with a line feed, a terminal's escape code or reversed writing is shown with what it is made of."""
    model = iris()
    record = replace(model.record, source="iris\nproof       holds", split="\x1b[2J\u202egnp.exe")
    replace(model, record=record).save(tmp_path / "iris.safetensors")
    out = lamina(tmp_path, "show", "iris.safetensors").out
    assert sum(line.startswith("proof  ") for line in out.splitlines()) == 1
    assert "trained on  iris\\nproof       holds: \\x1b[2J\\u202egnp.exe" in out
    assert out.isascii()


def test_the_file_is_not_touched(models: Path) -> None:
    path = models / "iris.safetensors"
    before, mode = path.read_bytes(), stat.S_IMODE(os.stat(path).st_mode)
    lamina(models, "show", "iris.safetensors")
    assert path.read_bytes() == before
    assert stat.S_IMODE(os.stat(path).st_mode) == mode
