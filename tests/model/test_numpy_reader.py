"""The reader of examples/, written in NumPy from the documents alone, gives the answers that Lamina gives."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from lamina import Model
from lamina.model.proof import make_proof
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


@pytest.mark.parametrize("make", [trained.digits, trained.normalized, trained.iris])
def test_it_answers_the_proof(make: Any, reader: ModuleType, tmp_path: Path) -> None:
    model: Model = make()
    document, tensors = reader.read(model.save(tmp_path / "model.safetensors"))
    proof = make_proof(model)
    answers = reader.predict(document, tensors, list(proof.inputs))
    np.testing.assert_allclose(answers, proof.answers, atol=proof.tolerance)


def test_it_refuses_a_damaged_file(reader: ModuleType, tmp_path: Path) -> None:
    path = trained.iris().save(tmp_path / "model.safetensors")
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(bytes(data))
    with pytest.raises(ValueError, match="checksum"):
        reader.read(path)
