"""Programs for PyTorch and Keras, by the real libraries where they are installed: `pip install "lamina[bench]"`."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import jax
import numpy as np
import pytest

from lamina.exporting.programs import Program, write_program
from lamina.exporting.to_keras import KERAS
from lamina.exporting.to_torch import TORCH
from tests import trained
from tests.contracts.cases import Case
from tests.contracts.test_layers import start
from tests.exporting.functions import as_function
from tests.exporting.judges import BATCHES, assert_near, told
from tests.exporting.test_layers import CASES, MORE, examples, ours
from tests.exporting.test_models import MODELS, asked, assert_answers
from tests.exporting.test_networks import drawn, every_network

PROGRAMS = {"torch": TORCH, "keras": KERAS}
each_library = pytest.mark.parametrize("name", list(PROGRAMS))


def library(name: str) -> Program:
    """The program of a library that is installed; else the test is left out."""
    os.environ.setdefault("KERAS_BACKEND", "jax")
    pytest.importorskip(name)
    return PROGRAMS[name]


def array_of(name: str, values: Any) -> Any:
    """An array as the library has it."""
    if name == "torch":
        import torch

        return torch.from_numpy(np.array(values))
    from keras import ops

    return ops.convert_to_tensor(values)


def plain(name: str, values: Any) -> Any:
    """And back."""
    if name == "torch":
        return values.detach().numpy()
    from keras import ops

    return ops.convert_to_numpy(values)


@each_library
@pytest.mark.parametrize("case", [*CASES, *MORE], ids=lambda case: repr(case.layer).replace(" ", ""))
def test_a_layer_by_the_library(name: str, case: Case) -> None:
    program = library(name)
    params, state = start(case)
    x = examples(case, 7)
    network, arrays = as_function(program, case.layer, params, state, case.shape)
    given = x.astype(np.float32) if type(case.layer).__name__ == "GeneralBoltzmann" else x
    found = network(array_of(name, given), {key: array_of(name, one) for key, one in arrays.items()})
    assert_near(plain(name, found), ours(case, params, state, x))


@pytest.mark.slow
@each_library
@pytest.mark.parametrize("which", sorted(every_network()))
def test_a_ready_network_by_the_library(name: str, which: str) -> None:
    program = library(name)
    make, shape, entries = every_network()[which]
    network, x = make(), drawn(shape, entries)
    params, state = network.init(jax.random.key(1), jax.ShapeDtypeStruct((1, *shape), x.dtype))
    wanted = jax.jit(lambda p, s, x: network.apply(p, s, x)[0])(params, state, x)
    own, arrays = as_function(program, network, params, state, shape)
    found = own(array_of(name, x), {key: array_of(name, one) for key, one in arrays.items()})
    assert_near(plain(name, found), told(network, wanted))


def loaded(path: Path) -> ModuleType:
    """A program as a module."""
    spec = importlib.util.spec_from_file_location("exported_program", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules.pop("exported_program", None)
    spec.loader.exec_module(module)
    return module


def written(name: str, model: str, folder: Path) -> ModuleType:
    """A model's program, written and loaded."""
    text, weights = write_program(MODELS[model](), library(name), "some", prepare=True)
    (folder / "some.py").write_text(text, encoding="utf-8")
    (folder / "some.weights.safetensors").write_bytes(weights)
    return loaded(folder / "some.py")


@pytest.mark.slow
@each_library
@pytest.mark.parametrize("model", sorted(MODELS))
def test_a_model_by_the_library(name: str, model: str, tmp_path: Path) -> None:
    program = written(name, model, tmp_path)
    for rows in BATCHES:
        given, encoded = asked(MODELS[model](), rows)
        assert_answers(program.predict(given), MODELS[model](), encoded)


def test_a_network_in_torch_goes_on_learning(tmp_path: Path) -> None:
    program = written("torch", "normalized", tmp_path)
    import torch

    network = program.Network()
    x, y = torch.rand(32, 8, 8, 1), torch.randint(0, 10, (32,))
    optimizer = torch.optim.SGD(network.parameters(), 0.1)
    losses = []
    for _ in range(5):
        loss = torch.nn.functional.cross_entropy(network(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < losses[0]
    assert {name for name, _ in network.named_buffers()} == {"2/mean", "2/variance"}


def test_a_network_in_keras_goes_on_learning(tmp_path: Path) -> None:
    program = written("keras", "normalized", tmp_path)
    network = program.Network()
    chance = np.random.default_rng(0)
    x, y = chance.uniform(size=(32, 8, 8, 1)).astype("float32"), chance.integers(0, 10, 32)
    import keras

    network.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    history = network.fit(x, y, epochs=3, verbose=0).history["loss"]
    assert history[-1] < history[0]
    assert len(network.trainable_weights) == 6
    assert trained.normalized().state
