"""The proof: whatever decides an answer cannot be changed by 5 % without the file being refused."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lamina import Model
from lamina.errors import LaminaWarning, ModelFileError, UnprovenError
from lamina.model.container import Container, read_container, to_bytes
from lamina.model.document import read_model
from lamina.model.proof import difference, make_proof
from tests.trained import MODELS_AND_TABLES as MODELS
from tests.trained import diabetes, digits, iris

NUDGE = 1.05
Place = tuple[str | int, ...]


LONG = ("targets", "pictured", "sounds", "several")
"""Take long to train; what is new in them, tables and pictures, is proved fast by the others."""
KINDS = [pytest.param(name, marks=[pytest.mark.slow] * (name in LONG)) for name in MODELS]


@pytest.fixture(scope="module", params=KINDS)
def container(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Container:
    path = tmp_path_factory.mktemp("proof") / "model.safetensors"
    MODELS[request.param]().save(path)
    return read_container(path)


def fitted_numbers(document: Any, place: Place = ()) -> Iterator[tuple[Place, float]]:
    """Every number with a point in a part of the document, with its place."""
    pairs: list[tuple[str | int, Any]] = []
    if isinstance(document, dict):
        pairs = list(document.items())
    elif isinstance(document, list):
        pairs = list(enumerate(document))
    elif isinstance(document, float):
        yield place, document
    for name, child in pairs:
        yield from fitted_numbers(child, (*place, name))


def nudged(document: Any, place: Place) -> Any:
    """A copy with the number at `place` 5 % larger."""
    changed = copy.deepcopy(document)
    inner = changed
    for name in place[:-1]:
        inner = inner[name]
    inner[place[-1]] *= NUDGE
    return changed


def refusal(container: Container, folder: Path) -> str:
    """What a load of this container says; an empty text where it is taken."""
    path = folder / "changed.safetensors"
    path.write_bytes(to_bytes(container.document, container.tensors))
    try:
        Model.load(path)
    except ModelFileError as error:
        return str(error)
    return ""


def test_an_unchanged_file_is_taken(container: Container, tmp_path: Path) -> None:
    assert refusal(container, tmp_path) == ""


def test_every_tensor_is_proved(container: Container, tmp_path: Path) -> None:
    """A tensor of zeros alone (a bias that learnt nothing) is left out: 5 % of zero is zero."""
    taken, tried = [], 0
    for name, tensor in container.tensors.items():
        if name.startswith("proof/") or not tensor.any():
            continue
        tried += 1
        changed = {**container.tensors, name: tensor * np.float32(NUDGE)}
        if "the proof does not hold" not in refusal(Container(container.document, changed), tmp_path):
            taken.append(name)
    assert tried >= 4
    assert taken == []


def as_good_as_zero(part: Any, place: Place, value: float) -> bool:
    """Zero, or the mean of a column that is centered already: 5 % of it moves no input by 0.25 % of its scale."""
    return value == 0 or (place[0] == "means" and abs(value) < 0.05 * part["scales"][place[1]])


def test_every_fitted_number_is_proved(container: Container, tmp_path: Path) -> None:
    """A number may also be out of its range when it has grown, such as a share above 1."""
    taken, tried = [], 0
    for part in ("encoder", "task"):
        for place, value in fitted_numbers(container.document[part]):
            if as_good_as_zero(container.document[part], place, value):
                continue
            tried += 1
            changed = {**container.document, part: nudged(container.document[part], place)}
            said = refusal(Container(changed, container.tensors), tmp_path)
            if "the proof does not hold" not in said and "shares between 0 and 1" not in said:
                taken.append((part, *place))
    assert tried >= 2
    assert taken == []


def test_class_names_are_proved(tmp_path: Path) -> None:
    """Two names changed places: the numbers are the same, the answers are not."""
    iris().save(tmp_path / "iris.safetensors")
    container = read_container(tmp_path / "iris.safetensors")
    task = container.document["task"]
    changed = {**container.document, "task": {**task, "classes": task["classes"][::-1]}}
    assert "the proof does not hold" in refusal(Container(changed, container.tensors), tmp_path)


def test_an_unproven_model_can_be_taken_with_a_warning(tmp_path: Path) -> None:
    iris().save(tmp_path / "iris.safetensors")
    container = read_container(tmp_path / "iris.safetensors")
    path = tmp_path / "changed.safetensors"
    weight = "params/1/weight"
    tensors = {**container.tensors, weight: container.tensors[weight] * np.float32(NUDGE)}
    path.write_bytes(to_bytes(container.document, tensors))
    with pytest.raises(UnprovenError, match=r"other answers here: off by .*, allowed .*Trained with lamina .*"):
        Model.load(path)
    with pytest.warns(LaminaWarning, match="the proof does not hold"):
        model = Model.load(path, allow_unproven=True)
    np.testing.assert_array_equal(model.params["1"]["weight"], tensors[weight])


@pytest.mark.parametrize("name", KINDS)
def test_the_proof_of_a_read_model_holds_to_the_bit(name: str, tmp_path: Path) -> None:
    model, proof = read_model(MODELS[name]().save(tmp_path / "model.safetensors"))
    assert difference(model, proof) == 0
    assert 0 < proof.tolerance <= 1.0001e-4 * max(float(np.abs(proof.answers).max()), 1e-3)


def test_the_inputs_of_a_proof_are_raw() -> None:
    """Pictures of other sizes than the trained one, rows as texts: the preparation is proved too."""
    pictures, rows = make_proof(digits()).inputs, make_proof(diabetes()).inputs
    shapes = {picture.shape[:2] for picture in pictures if isinstance(picture, np.ndarray)}
    assert (8, 8) in shapes
    assert len(shapes) >= 3
    assert all(isinstance(row, tuple) and all(isinstance(text, str) for text in row) for row in rows)


@pytest.mark.parametrize(
    ("proof", "complaint"),
    [
        ({"values": ["setosa"]}, "proof.values: expected a value for each input"),
        ({"values": [1] * 8}, "proof.values: expected class names or numbers with a point"),
        ({"values": "setosa"}, "proof.values: expected a value for each input"),
        ({"tolerance": 0.0}, "proof.tolerance: expected a positive number"),
        ({"tolerance": 1}, "proof.tolerance: expected a positive number"),
        ({"inputs": []}, "proof.inputs: expected 1 to 1,024 examples"),
        (
            {"inputs": [{"row": [1.0]}] * 8},
            r"proof.inputs\[0\]: expected a row of texts, a text, or the shape of a picture",
        ),
        ({"inputs": [{"sound": [4, 1]}] * 8}, r"proof.inputs\[0\]: expected a row of texts"),
        ({"inputs": [{"sound": [4, 1], "rate_hz": 0}] * 8}, r"proof.inputs\[0\]: expected a row of texts"),
        ({"inputs": [{"series": [4, 1], "row": []}] * 8}, r"proof.inputs\[0\]: expected a row of texts"),
        ({"inputs": [{"text": 1}] * 8}, r"proof.inputs\[0\]: expected a row of texts"),
        ({"inputs": [{}] * 8}, r"proof.inputs\[0\]: expected a row of texts"),
        ({"inputs": [{"picture": [2, 2]}] * 8}, r"proof.inputs\[0\]: expected a row of texts"),
        ({"more": 1}, "proof: expected the fields inputs, values and tolerance"),
    ],
)
def test_a_proof_that_is_none_is_refused(proof: dict[str, Any], complaint: str, tmp_path: Path) -> None:
    iris().save(tmp_path / "iris.safetensors")
    container = read_container(tmp_path / "iris.safetensors")
    document = {**container.document, "proof": {**container.document["proof"], **proof}}
    path = tmp_path / "changed.safetensors"
    path.write_bytes(to_bytes(document, container.tensors))
    with pytest.raises(ModelFileError, match=complaint):
        Model.load(path)


@pytest.mark.parametrize("values", [["iris"] * 8, [1.0] * 8, ["setosa", *[1.0] * 7]])
def test_values_of_another_kind_or_name_do_not_prove(values: list[Any], tmp_path: Path) -> None:
    iris().save(tmp_path / "iris.safetensors")
    container = read_container(tmp_path / "iris.safetensors")
    document = {**container.document, "proof": {**container.document["proof"], "values": values}}
    assert "the proof does not hold" in refusal(Container(document, container.tensors), tmp_path)
