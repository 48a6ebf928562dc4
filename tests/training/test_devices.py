"""Several devices of one machine: the numbers of one; and layers that compute in bfloat16."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lamina import Embedding, SettingError
from lamina.kernels.native import build
from lamina.training.devices import Devices
from lamina.training.loop import Trainer
from lamina.training.records import Progress
from lamina.training.settings import Settings
from tests.training.test_loop import blobs, network, objective

PROGRAM = """
import json, sys
import jax, numpy as np
from lamina import BatchNorm, Conv2D, Dense, Dropout, Flatten, Sequential
from lamina.training.loop import Trainer
from lamina.training.settings import Settings
from lamina.training.step import Data, Objective
from lamina.training.windows import HostData

draw = np.random.default_rng(0)
examples = (draw.normal(size=(90, 6, 6, 1)).astype("f"), draw.normal(size=(90, 3)).astype("f"), np.ones(90, "f"))
network = Sequential(Conv2D(4, 3, bias=False), BatchNorm(), Flatten(), Dense(8, "tanh"), Dropout(0.2), Dense(3))
objective = Objective(lambda outputs, wanted: ((outputs - wanted) ** 2).mean(axis=1))
found = {"devices": len(jax.local_devices())}
for devices in (1, 4):
    for streamed in (False, True):
        settings = Settings(epochs=3, batch_size=16, devices=devices)
        data = HostData(*examples, window=2) if streamed else Data(*map(jax.numpy.asarray, examples))
        trainer = Trainer(network, objective, settings, data, Data(*map(jax.numpy.asarray, examples)))
        progress = trainer.start()
        while not trainer.finished(progress):
            progress = trainer.advance(progress)
        weights = progress.train.params["3"]["weight"]
        native = "custom_call_target=\\"lamina_" in trainer.compile(progress).as_text()
        found[f"{devices} {streamed}"] = [
            [measure.value for epoch in progress.history for measure in (*epoch.training, *epoch.validation)],
            np.asarray(weights).ravel().tolist(), len(weights.sharding.device_set), native,
        ]
print(json.dumps(found))
"""


@pytest.mark.slow
@pytest.mark.parametrize("kernels", ["pure", ""])
def test_four_devices_give_the_numbers_of_one(kernels: str) -> None:
    flags = {"XLA_FLAGS": "--xla_force_host_platform_device_count=4", "LAMINA_KERNELS": kernels}
    words = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(words, capture_output=True, text=True, env={**os.environ, **flags})
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout)
    assert found["devices"] == 4
    losses, weights, used, native = found["1 False"]
    assert used == 1
    assert native == (not kernels and build() != "")
    assert len(losses) == 6
    for run in ("1 True", "4 False", "4 True"):
        np.testing.assert_allclose(found[run][0], losses, rtol=1e-5)
        np.testing.assert_allclose(found[run][1], weights, rtol=1e-4, atol=1e-5)
        assert found[run][2] == int(run[0])
        assert not (found[run][2] == 4 and found[run][3]), "each of four devices would compute whole batches"


def test_more_devices_than_there_are() -> None:
    count = len(jax.local_devices())
    with pytest.raises(SettingError, match=rf"devices=1000, but this machine has {count} \(.+\): take at most {count}"):
        Trainer(network(), objective(), Settings(batch_size=1000, devices=1000), blobs())


def test_a_batch_that_cannot_be_shared_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jax, "local_devices", lambda: ["one", "another"])
    with pytest.raises(SettingError, match="a batch of 15 examples cannot be shared out evenly among 2 devices"):
        Trainer(network(), objective(), Settings(batch_size=15, devices=2), blobs())


def test_one_device_changes_nothing() -> None:
    rows = jnp.ones((4, 2))
    assert Devices(1).share(rows) is rows
    assert Devices(1).everywhere(rows) is rows


def ended(made: Trainer) -> Progress:
    progress = made.start()
    while not made.finished(progress):
        progress = made.advance(progress)
    return progress


@pytest.mark.slow
def test_bfloat16_computes_the_layers_and_keeps_weights_and_statistics() -> None:
    exact, rough = (
        ended(Trainer(network(), objective(), Settings(epochs=4, batch_size=8, compute_type=compute_type), blobs()))
        for compute_type in ("float32", "bfloat16")
    )
    kept = (rough.train.params, rough.train.state)
    assert {leaf.dtype for leaf in jax.tree.leaves(kept)} == {jnp.dtype("float32")}
    losses = [[epoch.training[0].value for epoch in progress.history] for progress in (exact, rough)]
    assert losses[0] != losses[1]
    np.testing.assert_allclose(losses[0], losses[1], rtol=0.05)


def test_bfloat16_does_not_hold_large_places() -> None:
    layer = Embedding(300, 2, from_floats=True)
    params, state = layer.init(jax.random.key(0), jnp.ones((1, 2)))
    with pytest.raises(SettingError, match="needs numbers up to 299; bfloat16 holds whole ones up to 256 only"):
        layer.apply(params, state, jnp.ones((1, 2), jnp.bfloat16))


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"compute_type": "float16"}, "compute_type must be one of float32, bfloat16; got 'float16'"),
        ({"devices": 0}, "devices must be a whole number from 1 to 1,024; got 0"),
    ],
)
def test_settings_out_of_range(said: dict[str, object], words: str) -> None:
    with pytest.raises(SettingError, match=words):
        Settings(**said)
