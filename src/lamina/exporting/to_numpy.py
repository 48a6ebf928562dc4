"""A model as a program of plain NumPy, with its weights beside it in a .npz."""

from __future__ import annotations

import io
from collections.abc import Mapping

import numpy as np

from lamina.exporting.forms import Weight
from lamina.exporting.programs import Program

BODY = '''
with np.load(Path(__file__).with_name($weights), allow_pickle=False) as file:
    w = dict(file)


def predict(inputs: dict[str, Any]) -> dict[str, Any]:
    """The answers for arrays by their names; both stand above."""
    seen = prepare({name: np.asarray(one) for name, one in inputs.items()})
    return answers(network(seen), seen)


def prepare(inputs: dict[str, Any]) -> Any:
    """What the network sees of the inputs."""
$prepare


def network(x: Any) -> Any:
    """What the network gives."""
$network


def answers(outputs: Any, seen: Any) -> dict[str, Any]:
    """What the outputs mean."""
$answers
'''


def to_npz(weights: Mapping[str, Weight]) -> bytes:
    """Weights as the bytes of a .npz file."""
    data = io.BytesIO()
    np.savez(data, **{name: weight.array for name, weight in weights.items()})  # type: ignore[arg-type]  # names are free
    return data.getvalue()


NUMPY = Program(
    files=("numpy_layers", "numpy_sequences", "numpy_generative", "numpy_translation"),
    prefix="",
    ending=".npz",
    imports=("import numpy as np",),
    body=BODY,
    save=to_npz,
)
