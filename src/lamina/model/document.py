"""The model file's JSON document: a Model as data, and back.

Reading needs NumPy only. What comes from the file is checked in this order: the container and its checksum, the
recipes by the closed vocabulary, the exact set of tensors that recipes and proof ask for; the proof runs last.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import lamina.model.vocabulary  # noqa: F401  # registers every recipe that a file may name
from lamina.arrays import Numpy, Shape
from lamina.data import raw_examples
from lamina.data.encoders import Encoder
from lamina.errors import DataError, LaminaWarning, ModelFileError, SettingError, ShapeError, UnprovenError
from lamina.layers.base import Layer, Variable, Variables
from lamina.model.container import Container, read_container, read_from_bytes, to_bytes
from lamina.model.model import Model
from lamina.model.proof import Proof, difference, encoder_takes, make_proof
from lamina.model.record import Record
from lamina.model.saving import save_atomically
from lamina.model.size import require_moderate
from lamina.model.trees import to_numpy, unflatten
from lamina.recipes import from_json, to_json
from lamina.tasks.base import Task, Value

FIELDS = {"kind", "network", "task", "encoder", "record", "proof"}
MAX_PROOF_INPUTS = 1_024


def save_model(model: Model, path: Path) -> Path:
    """Write a model as one file; it is read back before the old one is replaced."""
    data = model_bytes(model)
    save_atomically(path, data, lambda written: _require_same(read_from_bytes(written, str(path)), data, path))
    return path


def model_bytes(model: Model) -> bytes:
    """The bytes of a model's file."""
    proof = make_proof(model)
    return to_bytes(model_document(model, proof), model_tensors(model, proof))


def load_model(path: Path, allow_unproven: bool = False) -> Model:
    """Read, check and prove a model file."""
    return _proven(*read_model(path), path, allow_unproven)


def load_model_bytes(data: bytes, name: str) -> Model:
    """The same for the bytes of a file; messages call it by this name."""
    return _proven(*model_from(read_from_bytes(data, name), Path(name)), Path(name))


def _proven(model: Model, proof: Proof, path: Path, allow_unproven: bool = False) -> Model:
    """The model, where it gives the answers of its proof."""
    try:
        off = difference(model, proof)
    except DataError as error:
        raise ModelFileError(f"{path}: its proof asks for what its encoder does not take: {error}") from None
    if not off <= proof.tolerance:
        message = (
            f"{path}: the proof does not hold. Its made-up inputs get other answers here: off by {off:.3g}, allowed "
            f"{proof.tolerance:.3g}. Trained with {', '.join(model.record.versions)}. Use the versions it was trained "
            f"with, or load it all the same with --allow-unproven (in Python allow_unproven=True)."
        )
        if not allow_unproven:
            raise UnprovenError(message)
        warnings.warn(message, LaminaWarning, stacklevel=4)
    return model


def read_model(path: Path) -> tuple[Model, Proof]:
    """A model and its proof from a file, all checked but the proof's answers; needs NumPy only."""
    return model_from(read_container(path), path)


def model_document(model: Model, proof: Proof) -> dict[str, Any]:
    """What the file says in JSON."""
    return {
        "kind": "model",
        "network": to_json(model.network),
        "task": to_json(model.task),
        "encoder": to_json(model.encoder),
        "record": to_json(model.record),
        "proof": {
            "inputs": [raw_examples.to_json(raw) for raw in proof.inputs],
            "values": [list(value) if isinstance(value, tuple) else value for value in proof.values],
            "tolerance": proof.tolerance,
        },
    }


def model_tensors(model: Model, proof: Proof) -> dict[str, Numpy]:
    """What the file holds as tensors, by path."""
    arrays = {f"proof/{i}": raw_examples.tensor_of(raw) for i, raw in enumerate(proof.inputs)}
    given = {name: array for name, array in arrays.items() if array is not None}
    weights = {**to_numpy(model.params, "params"), **to_numpy(model.state, "state")}
    return {**weights, **given, "proof/answers": proof.answers}


def model_from(container: Container, path: Path) -> tuple[Model, Proof]:
    """A model and its proof from a container's document and tensors."""
    try:
        return _assemble(container.document, container.tensors, path)
    except (SettingError, ShapeError) as error:
        raise ModelFileError(f"{path}: {error}") from None


def _assemble(document: Mapping[str, Any], tensors: Mapping[str, Numpy], path: Path) -> tuple[Model, Proof]:
    require_kind(document, "model", FIELDS, path)
    encoder: Encoder = from_json(document["encoder"], Encoder, "encoder")
    network: Layer = from_json(document["network"], Layer, "network")
    task: Task = from_json(document["task"], Task, "task")
    record: Record = from_json(document["record"], Record, "record")
    require_moderate(network, encoder.input_shape)
    arrays, values, tolerance = _read_proof(document["proof"])
    expected = network_tensors(network, encoder.input_shape)
    expected["proof/answers"] = ((len(values), *task.output_shape), "float32")
    expected |= arrays
    require_tensors(tensors, expected, path)
    model = Model(encoder, network, task, unflatten(tensors, "params"), unflatten(tensors, "state"), record, path)
    given = enumerate(document["proof"]["inputs"])
    inputs = tuple(raw_examples.rebuild(one, tensors.get(f"proof/{i}")) for i, one in given)
    if not encoder_takes(encoder, inputs):
        raise ModelFileError(f"{path}: proof.inputs are of another kind than {type(encoder).__name__} takes")
    return model, Proof(inputs, tensors["proof/answers"], values, tolerance)


def require_kind(document: Mapping[str, Any], kind: str, fields: set[str], path: Path) -> None:
    """Raise unless the document is of this kind and has exactly these fields."""
    found = document.get("kind")
    if found != kind:
        known = found if found in ("model", "checkpoint") else "file of another kind"
        raise ModelFileError(f"{path}: a {kind} is needed here; this is a {known}")
    if document.keys() != fields:
        odd = sorted(ascii(name)[:40] for name in document.keys() ^ fields)
        raise ModelFileError(f"{path}: unknown or missing fields: {', '.join(odd[:5])}")


def network_tensors(network: Layer, shape: Shape) -> dict[str, tuple[Shape, str]]:
    """The name, shape and type of every tensor that a network has for examples of this shape."""
    declared = {"params": network.parameters(shape), "state": network.memory(shape)}
    return {name: (variable.shape, "float32") for name, variable in _leaves(declared, "").items()}


def _leaves(variables: Variables, prefix: str) -> dict[str, Variable]:
    found: dict[str, Variable] = {}
    for name, child in variables.items():
        path = f"{prefix}/{name}" if prefix else name
        found.update({path: child} if isinstance(child, Variable) else _leaves(child, path))
    return found


def require_tensors(tensors: Mapping[str, Numpy], expected: Mapping[str, tuple[Shape, str]], path: Path) -> None:
    """Raise unless exactly the expected tensors are there, each with its shape and type."""
    missing, extra = sorted(expected.keys() - tensors.keys()), sorted(tensors.keys() - expected.keys())
    if missing or extra:
        told = [f"missing {', '.join(missing[:5])}"] if missing else []
        told += [f"not asked for: {', '.join(ascii(name)[:60] for name in extra[:5])}"] if extra else []
        raise ModelFileError(f"{path}: its tensors do not fit its network: {'; '.join(told)}")
    for name, (shape, kind) in expected.items():
        found = tensors[name]
        if found.shape != shape or found.dtype.name != kind:
            raise ModelFileError(
                f"{path}: tensor {name} must be {kind} of shape {shape}; found {found.dtype.name} of {found.shape}"
            )


def _read_proof(document: Any) -> tuple[dict[str, tuple[Shape, str]], tuple[Value, ...], float]:
    """The tensors that the proof's raw inputs need, the values they got, and its tolerance."""
    if not isinstance(document, dict) or document.keys() != {"inputs", "values", "tolerance"}:
        raise SettingError("proof: expected the fields inputs, values and tolerance")
    tolerance, inputs, values = document["tolerance"], document["inputs"], document["values"]
    if type(tolerance) is not float or not (math.isfinite(tolerance) and 0 < tolerance <= 1e30):
        raise SettingError("proof.tolerance: expected a positive number")
    if not isinstance(inputs, list) or not 1 <= len(inputs) <= MAX_PROOF_INPUTS:
        raise SettingError(f"proof.inputs: expected 1 to {MAX_PROOF_INPUTS:,} examples")
    if not isinstance(values, list) or len(values) != len(inputs):
        raise SettingError("proof.values: expected a value for each input")
    needed = {f"proof/{i}": raw_examples.expected_tensor(one, f"proof.inputs[{i}]") for i, one in enumerate(inputs)}
    arrays = {name: place for name, place in needed.items() if place is not None}
    return arrays, tuple(map(_read_value, values)), tolerance


def _read_value(value: Any) -> Value:
    several = value if isinstance(value, list) else [value]
    if any(type(one) not in (str, float) for one in several):
        raise SettingError("proof.values: expected class names or numbers with a point")
    return tuple(several) if isinstance(value, list) else several[0]


def _require_same(container: Container, data: bytes, path: Path) -> None:
    """What was read back must be a whole model file."""
    model_from(container, path)
