"""Who says whether an exported model is right: ONNX Runtime and ONNX's own reference."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import onnx
import onnxruntime
from onnx.reference import ReferenceEvaluator

from lamina.arrays import Numpy
from lamina.layers.base import Layer
from lamina.layers.self_play import SelfPlay

Answers = dict[str, Numpy]
Ask = Callable[[dict[str, Numpy]], Answers]
BATCHES = (1, 7, 256)


def runtime(data: bytes) -> Ask:
    """A graph in ONNX Runtime."""
    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    names = [one.name for one in session.get_outputs()]
    return lambda given: dict(zip(names, session.run(None, given), strict=True))


def reference(data: bytes) -> Ask:
    """A graph in ONNX's own evaluator, which is slow and simple."""
    evaluator = ReferenceEvaluator(onnx.load_from_string(data))
    return lambda given: dict(zip(evaluator.output_names, map(np.asarray, evaluator.run(None, given)), strict=True))


def told(network: Layer, outputs: Any) -> Numpy:
    """What an exported network tells of its outputs: of a player the moves and the result, not how it fares."""
    found = np.asarray(outputs)
    return found[:, : network.rules.moves + 1] if isinstance(network, SelfPlay) else found


def assert_near(found: Any, wanted: Any, tolerance: float = 1e-5) -> None:
    """Within the tolerance, of the largest number where that is above 1."""
    assert np.shape(found) == np.shape(wanted)
    wanted = np.asarray(wanted, np.float64)
    known = wanted[np.isfinite(wanted)]
    size = max(1.0, float(np.abs(known).max(initial=0.0)))
    np.testing.assert_allclose(found, wanted, rtol=0, atol=tolerance * size)
