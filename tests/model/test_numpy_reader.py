"""The reader of examples/, written in NumPy from the documents alone, gives the answers that Lamina gives."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

import lamina
from lamina import Conv2D, Dense, Flatten, Sequential
from tests import trained


@pytest.fixture(scope="module")
def reader(repository: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("reader", repository / "examples" / "read_model_numpy.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_it_is_short(repository: Path) -> None:
    assert len((repository / "examples" / "read_model_numpy.py").read_text().splitlines()) <= 150


@pytest.mark.parametrize("name", sorted(trained.MODELS.keys() - {"sounds", "several"}))  # it is kept short
def test_it_answers_the_proof(name: str, reader: ModuleType, tmp_path: Path) -> None:
    """Made-up rows, pictures of other sizes and drawings, all read from the file by the reader itself."""
    document, tensors = reader.read(trained.MODELS[name]().save(tmp_path / "model.safetensors"))
    inputs = [getattr(made, "row", None) or tensors[f"proof/{i}"] for i, made in enumerate(document.proof.inputs)]
    answers = reader.predict(document, tensors, inputs)
    np.testing.assert_allclose(answers, tensors["proof/answers"], atol=document.proof.tolerance)


@pytest.mark.slow
def test_it_knows_groups_of_a_convolution(reader: ModuleType, tmp_path: Path) -> None:
    layers = (Conv2D(4, 3, "relu"), Conv2D(6, 3, "tanh", groups=2), Conv2D(6, 2, groups=6), Flatten(), Dense(10))
    saved = lamina.fit("digits", Sequential(*layers), epochs=0).save(tmp_path / "model.safetensors")
    document, tensors = reader.read(saved)
    inputs = [tensors[f"proof/{i}"] for i in range(len(document.proof.inputs))]
    answers = reader.predict(document, tensors, inputs)
    np.testing.assert_allclose(answers, tensors["proof/answers"], atol=document.proof.tolerance)


@pytest.mark.slow
def test_it_predicts_for_a_picture_and_for_rows(repository: Path, tmp_path: Path) -> None:
    """As its first line says; the answers are those of Model.predict."""
    picture = np.random.default_rng(5).integers(0, 256, (40, 30, 3)).astype(np.uint8)
    np.save(tmp_path / "picture.npy", picture)
    row = [repr(number / 7) for number in range(10)]
    digits, diabetes = trained.digits(), trained.diabetes()
    asked = ((digits, [str(tmp_path / "picture.npy")], picture[None]), (diabetes, row, [list(map(float, row))]))
    for model, arguments, source in asked:
        path = model.save(tmp_path / "model.safetensors")
        command = [sys.executable, str(repository / "examples" / "read_model_numpy.py"), str(path), *arguments]
        said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout.strip()
        value = model.predict(source)[0].value
        assert said == value if isinstance(value, str) else float(said) == pytest.approx(value, rel=1e-4)


def test_it_says_what_it_does_not_know(reader: ModuleType) -> None:
    with pytest.raises(ValueError, match="knows no UpSample2D"):
        reader.apply(SimpleNamespace(type="UpSample2D"), {}, "0", np.zeros((1, 2, 2, 1)))


def test_it_refuses_a_damaged_file(reader: ModuleType, tmp_path: Path) -> None:
    path = trained.iris().save(tmp_path / "model.safetensors")
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(bytes(data))
    with pytest.raises(ValueError, match="checksum"):
        reader.read(path)
