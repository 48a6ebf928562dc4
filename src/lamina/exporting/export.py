"""Export: a model file in, a file for other programs out, which answers the model's own proof before it is saved."""

from __future__ import annotations

import importlib.util
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lamina.arrays import Numpy, jnp
from lamina.errors import ExportError, SettingError
from lamina.exporting.answers import shape_of_outputs
from lamina.exporting.given_inputs import Given, given_inputs
from lamina.exporting.preparation import left_outside
from lamina.exporting.programs import Program, write_program
from lamina.model.model import Model
from lamina.model.proof import answer
from lamina.model.saving import save_atomically

TOLERANCE = 1e-4
"""Of the largest output: sums in another order differ by about a tenth of this. As for the model file's own proof."""


@dataclass(frozen=True)
class Exported:
    """What was written.

    Args:
        paths: of the files.
        before: what is to be done to raw data before the exported model takes it, a sentence each.
        off: the largest difference of an output from the model's own, on its made-up examples; None where what was
            written cannot be run here.
    """

    paths: tuple[Path, ...]
    before: tuple[str, ...]
    off: float | None


def export(model: Model, path: str | Path, to: str = "onnx", prepare: bool = True) -> Exported:
    """Write a model in another form, once it has given the model's own answers.

    Args:
        model: a trained model.
        path: of the file.
        to: the form: "onnx" (one file), or "numpy", "torch" or "keras" (a program, and its weights beside it).
        prepare: whether it takes raw inputs and gives answers; else what the network sees, and what it gives.

    Raises:
        SettingError: another form, or the model's own file as the place.
        ExportError: a layer that the form cannot hold, onnx is not installed, other answers than the model's.
        SaveError: a file cannot be written.

    Example:
        >>> import lamina
        >>> model = lamina.fit("iris", lamina.Sequential(lamina.Dense(3)), epochs=1)
        >>> exported = lamina.export(model, "iris.onnx")
        >>> exported.paths[0].name, exported.off < 1e-5
        ('iris.onnx', True)
    """
    if to not in FORMS:
        raise SettingError(f"a model is exported to one of {', '.join(FORMS)}; got {to!r}")
    files, ask = FORMS[to](model, Path(path), prepare)
    if model.path is not None and any(one.resolve() == model.path.resolve() for one in files):
        raise SettingError(f"{path} is the model file itself; give what is exported another name")
    try:
        off = _difference(model, ask, prepare) if ask is not None else None
    except ImportError:  # what the program's packages need in turn, such as a backend of Keras
        off = None
    for one, data in files.items():
        save_atomically(one, data, lambda written: None)
    return Exported(tuple(files), tuple(left_outside(model.encoder)) if prepare else (), off)


Ask = Callable[[Given], Numpy]
"""What an exported model gives for its inputs: the network's outputs."""
Made = tuple[Mapping[Path, bytes], Ask | None]
"""The files, and what is in them as a function; None where it cannot be run here."""


def _onnx(model: Model, path: Path, prepare: bool) -> Made:
    if importlib.util.find_spec("onnx") is None:
        raise ExportError('ONNX files need the package onnx, which is not installed: pip install "lamina[onnx]"')
    from lamina.exporting.to_onnx import model_to_onnx

    data = model_to_onnx(model, prepare)
    return {path: data}, _runtime(data)


def _numpy(model: Model, path: Path, prepare: bool) -> Made:
    from lamina.exporting.to_numpy import NUMPY

    return _program(model, path, prepare, NUMPY, ())


def _torch(model: Model, path: Path, prepare: bool) -> Made:
    from lamina.exporting.to_torch import TORCH

    return _program(model, path, prepare, TORCH, ("torch", "safetensors"))


def _keras(model: Model, path: Path, prepare: bool) -> Made:
    from lamina.exporting.to_keras import KERAS

    return _program(model, path, prepare, KERAS, ("keras", "safetensors"))


def _program(model: Model, path: Path, prepare: bool, program: Program, needs: tuple[str, ...]) -> Made:
    """A program and its weights; it can be asked where the packages that it needs are installed."""
    text, weights = write_program(model, program, path.stem, prepare)
    files = {path.with_name(f"{path.stem}.weights{program.ending}"): weights, path: text.encode()}
    here = all(importlib.util.find_spec(package) is not None for package in needs)
    return files, (lambda given: _run(files, path, given)) if here else None


FORMS: dict[str, Callable[[Model, Path, bool], Made]] = {
    "onnx": _onnx, "numpy": _numpy, "torch": _torch, "keras": _keras,
}  # fmt: skip
"""Form -> (model, path, prepare) -> files."""
ENDINGS = {"onnx": ".onnx", "numpy": "_numpy.py", "torch": "_torch.py", "keras": "_keras.py"}
"""Form -> what stands behind the model's name in its file's; no form takes the place of another."""


def _difference(model: Model, ask: Ask, prepare: bool) -> float:
    """How far the outputs for the model's made-up examples are from its own.

    Raises:
        ExportError: too far.
    """
    examples = model.encoder.made_up()
    wanted = answer(model, tuple(examples))[..., : shape_of_outputs(model.task)[-1]]
    given = given_inputs(model.encoder, examples) if prepare else {"inputs": _seen(model, examples)}
    off = float(np.abs(ask(given) - wanted).max())
    if not off <= TOLERANCE * max(float(np.abs(wanted).max()), 1.0):
        raise ExportError(
            f"what was made gives other answers than the model: off by {off:.3g}. Nothing was saved; please report it "
            f"with the model's `lamina show --json`."
        )
    return off


def _seen(model: Model, examples: list[Any]) -> Numpy:
    encoded = np.stack([model.encoder.encode_raw(example) for example in examples])
    return np.asarray(model.encoder.on_device(jnp.asarray(encoded)))


def _runtime(data: bytes) -> Ask:
    """The graph in ONNX Runtime, or where that is not installed in ONNX's own slow reference."""
    if importlib.util.find_spec("onnxruntime") is None:
        import onnx
        from onnx.reference import ReferenceEvaluator

        evaluator: Any = ReferenceEvaluator(onnx.load_from_string(data))
        return lambda given: np.asarray(evaluator.run(["outputs"], given)[0])
    import onnxruntime

    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    return lambda given: np.asarray(session.run(["outputs"], given)[0])


def _run(files: Mapping[Path, bytes], path: Path, given: Given) -> Numpy:
    """What a program gives, run from a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        for one, data in files.items():
            (Path(folder) / one.name).write_bytes(data)
        spec = importlib.util.spec_from_file_location(f"lamina_exported_{path.stem}", Path(folder) / path.name)
        if spec is None or spec.loader is None:
            raise SettingError(f"a program needs a name that ends in .py; got {path.name}")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return np.asarray(module.predict(given)["outputs"])
