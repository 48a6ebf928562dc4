"""Model: saved and loaded, here or in another process, it gives the same outputs to the bit."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import jax
import numpy as np
import pytest

import lamina
from lamina import Dense, Flatten, Model, Sequential, ShapeError
from lamina.errors import DataError, ModelFileError
from tests.trained import MODELS, diabetes, digits, iris, quietly

SOURCES = {"digits": "digits", "normalized": "digits", "iris": "iris", "diabetes": "diabetes", "several": "diabetes"}

PROGRAM = """
import json, sys, lamina
model = lamina.Model.load(sys.argv[1])
encoded, _, _ = model.encoder.encode(lamina.read(sys.argv[2]).inputs)
print(json.dumps({"outputs": model.outputs(encoded).tobytes().hex(), "jax": "torch" in sys.modules}))
"""


def outputs(model: Model, source: str) -> bytes:
    encoded, _, _ = model.encoder.encode(lamina.read(source).inputs)
    return model.outputs(encoded).tobytes()


@pytest.mark.parametrize("name", SOURCES)
def test_saved_and_loaded_it_is_the_same_to_the_bit(name: str, tmp_path: Path) -> None:
    model = MODELS[name]()
    path = model.save(tmp_path / "model.safetensors")
    loaded = Model.load(path)
    assert outputs(loaded, SOURCES[name]) == outputs(model, SOURCES[name])
    assert (loaded.encoder, loaded.network, loaded.task) == (model.encoder, model.network, model.task)
    assert loaded.record == model.record
    assert loaded.path == path
    again = loaded.save(tmp_path / "again.safetensors")
    assert again.read_bytes() == path.read_bytes(), "a model that is saved again is the same file"


@pytest.mark.slow
@pytest.mark.parametrize("name", ["digits", "diabetes"])
def test_the_same_in_another_process(name: str, tmp_path: Path) -> None:
    path = MODELS[name]().save(tmp_path / "model.safetensors")
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, path, SOURCES[name]], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    assert bytes.fromhex(json.loads(done.stdout)["outputs"]) == outputs(MODELS[name](), SOURCES[name])


@pytest.mark.slow
def test_the_same_training_gives_the_same_file(tmp_path: Path) -> None:
    """Source, network, settings, seed and versions decide every byte; another seed gives another file."""
    files = []
    for number, seed in enumerate((1, 1, 2)):
        model = quietly("iris", "mlp", epochs=2, seed=seed)
        files.append(model.save(tmp_path / f"{number}.safetensors").read_bytes())
    assert files[0] == files[1]
    assert files[0] != files[2]


def test_predictions_of_everything_that_can_be_asked() -> None:
    model, dataset = digits(), lamina.read("digits")
    pixels = dataset.inputs.pixels[..., 0]
    one = model.predict(pixels[0])
    many = model.predict(pixels[:5])
    assert len(one) == 1
    assert len(many) == 5
    assert many[0].value == one[0].value
    assert [prediction.value for prediction in model.predict(dataset)][:5] == [prediction.value for prediction in many]
    for prediction in many:
        shares = list(prediction.probabilities.values())
        assert sum(shares) == pytest.approx(1)
        assert shares == sorted(shares, reverse=True)
        assert prediction.value == next(iter(prediction.probabilities))


def test_a_number_is_answered_in_the_targets_unit() -> None:
    dataset = lamina.read("diabetes")
    answers = np.array([prediction.value for prediction in diabetes().predict(dataset.inputs.values)])
    assert dataset.targets.mean() == pytest.approx(answers.mean(), rel=0.1)
    assert np.corrcoef(answers, dataset.targets)[0, 1] > 0.6


def test_no_examples_get_no_answers() -> None:
    assert iris().predict(np.zeros((0, 4))) == []


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        (np.zeros((3, 5)), "rows of 4 numbers"),
        (np.zeros((2, 3, 3, 4)), "rows of numbers need an array"),
        (np.array([[1.0, 2.0, np.nan, 4.0]]), "row 1 has nan in petal length"),
        ([[1.0, 2.0], [1.0]], "differ in length"),
        ("nosuch.csv", "nosuch.csv: cannot be read"),
    ],
)
def test_what_cannot_be_answered(source: object, complaint: str) -> None:
    with pytest.raises(DataError, match=complaint):
        iris().predict(source)


def test_a_picture_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "bad.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    with pytest.raises(DataError, match=r"bad\.png: "):
        digits().predict(tmp_path / "bad.png")


def test_a_network_must_end_in_what_the_task_needs() -> None:
    with pytest.raises(ShapeError, match=r"predicting class needs a network that gives 3 numbers.*Dense\(3\)"):
        lamina.train("iris", Sequential(Dense(8), Dense(4)))
    with pytest.raises(ShapeError, match="after a Flatten where the shape has more axes"):
        lamina.train("digits", Sequential(Dense(10)))


@pytest.mark.slow
def test_a_layer_of_ones_own_must_be_registered_to_load(tmp_path: Path) -> None:
    """In this process it is; in another one, it is refused by name and nothing is imported."""
    program = f"""
import lamina
from lamina.layers.dense import Dense

@lamina.recipe
class Doubled(lamina.PureLayer):
    units: int
    def output_shape(self, shape): return Dense(self.units).output_shape(shape)
    def parameters(self, shape): return Dense(self.units).parameters(shape)
    def forward(self, params, x): return 2 * Dense(self.units).forward(params, x)

lamina.fit("iris", lamina.Sequential(Doubled(3)), epochs=5, learning_rate=0.1).save({str(tmp_path / "m.safetensors")!r})
print(lamina.Model.load({str(tmp_path / "m.safetensors")!r}).network)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=300, check=False)
    assert done.stdout == "Sequential(Doubled(units=3))\n", done.stderr
    with pytest.raises(ModelFileError, match=r"unknown layer 'Doubled'.*registered with @lamina\.recipe before"):
        Model.load(tmp_path / "m.safetensors")


COMPILED: list[str] = []


def _count(event: str, seconds: float, **_: object) -> None:
    if event.endswith("backend_compile_duration"):
        COMPILED.append(event)


jax.monitoring.register_event_duration_secs_listener(_count)


@pytest.mark.slow
def test_a_second_prediction_compiles_nothing() -> None:
    model = quietly("digits", Sequential(Flatten(), Dense(10)), epochs=1)
    pixels = lamina.read("digits").inputs.pixels
    before = len(COMPILED)
    model.predict(pixels[:3])
    assert len(COMPILED) > before, "the first one does: otherwise nothing is counted here"
    model.predict(pixels[0])  # one alone has a program of its own
    before = len(COMPILED)
    model.predict(pixels[3:6])
    model.predict(pixels[:9])
    model.predict(pixels[5])
    model.predict(pixels[:1])
    assert len(COMPILED) == before


@pytest.mark.slow
def test_resuming_compiles_no_more_than_starting(tmp_path: Path) -> None:
    def train(resume: bool) -> int:
        run = lamina.train("digits", "mlp", epochs=2, batch_size=50, checkpoint=tmp_path / "d.checkpoint.safetensors")
        run.trainer.chunk_seconds = 0.001
        if resume:
            run.resume()
        before = len(COMPILED)
        for count, _ in enumerate(run.chunks(), 1):
            if not resume and count == 7:
                assert run.checkpoint is not None
                run.checkpoint.save(run.progress)
        return len(COMPILED) - before

    started = train(resume=False)
    assert started > 0
    assert train(resume=True) <= started
