"""lamina export: a model file in, a file for other programs out."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

import lamina as library
from lamina.arrays import Numpy
from tests.cli.program import error_of, lamina
from tests.exporting.judges import runtime


@pytest.fixture
def folder(models: Path, tmp_path: Path) -> Path:
    """Some models, in a folder of their own."""
    for name in ("iris", "digits"):
        shutil.copy(models / f"{name}.safetensors", tmp_path)
    return tmp_path


def test_a_model_becomes_a_graph(folder: Path) -> None:
    outcome = lamina(folder, "export", "digits.safetensors", "-o", "seen.onnx")
    assert outcome.status == 0, outcome
    assert outcome.out.splitlines()[0].startswith("checked  the same outputs for 6 made-up examples: off by ")
    assert outcome.out.splitlines()[1] == "saved    seen.onnx"
    assert "note: Pictures must be 8 x 8 in grey" in outcome.err
    pixels: Numpy = library.read("digits").inputs.pixels[:5]
    found = runtime((folder / "seen.onnx").read_bytes())({"pictures": pixels})
    model = library.Model.load(folder / "digits.safetensors")
    assert found["class"].tolist() == [str(one.value) for one in model.predict(pixels)]
    assert np.allclose(found["probabilities"].sum(axis=1), 1, atol=1e-6)


def test_its_name_is_the_models(folder: Path) -> None:
    assert lamina(folder, "export", "iris.safetensors").out.endswith("saved    iris.onnx\n")
    assert (folder / "iris.onnx").exists()


def test_no_form_takes_the_place_of_another(folder: Path) -> None:
    for form in ("numpy", "torch", "keras"):
        assert lamina(folder, "export", "iris.safetensors", "--to", form).out.endswith(f"saved    iris_{form}.py\n")
    assert sorted(path.name for path in folder.glob("iris*")) == [
        "iris.safetensors", "iris_keras.py", "iris_keras.weights.safetensors", "iris_numpy.py",
        "iris_numpy.weights.npz", "iris_torch.py", "iris_torch.weights.safetensors",
    ]  # fmt: skip


def test_the_network_alone(folder: Path) -> None:
    outcome = lamina(folder, "export", "digits.safetensors", "--no-prepare")
    assert "note" not in outcome.err
    found = runtime((folder / "digits.onnx").read_bytes())({"inputs": np.zeros((2, 8, 8, 1), np.float32)})
    assert list(found) == ["outputs"]


def test_what_is_wrong_is_said_in_one_line(folder: Path) -> None:
    assert "a model is exported to one of onnx" in error_of(lamina(folder, "export", "iris.safetensors", "--to", "pdf"))
    assert "nothing.safetensors" in error_of(lamina(folder, "export", "nothing.safetensors"))
    assert "cannot be saved" in error_of(lamina(folder, "export", "iris.safetensors", "-o", "no/where.onnx"))
