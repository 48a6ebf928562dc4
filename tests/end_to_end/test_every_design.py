"""Every design that has a name: documented, trained for an epoch by command, saved, loaded, asked and evaluated."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path

import numpy as np
import pytest

from lamina import Model, sample
from lamina.networks import NETWORKS, TASKS
from tests.cli.program import lamina
from tests.data.makers import encoded, noise, write
from tests.data.series_makers import months, wave, write_table
from tests.data.sound_makers import sound_folders

SOURCES: dict[str, tuple[str, tuple[object, ...], str]] = {
    "table": ("flowers.csv", ("--target", "kind"), "flowers.csv"),
    "plain": ("plain.csv", (), "plain.csv"),
    "pictures": ("pictures", (), "pictures/cat"),
    "sounds": ("sounds", (), "sounds/low"),
    "series": ("sales.csv", ("--target", "sold", "--horizon", 2, "--window", 6), "sales.csv"),
}
"""A kind of data: the source, what is said of it, and what is asked for in the end."""
LEARNS_FROM = {
    **dict.fromkeys(("cnn", "deep_cnn", "photo_cnn", "lenet5", "resnet"), "pictures"),
    **dict.fromkeys(("rnn", "lstm", "gru", "transformer"), "series"),
    **dict.fromkeys(TASKS, "plain"),
    **dict.fromkeys(("conv_autoencoder", "general_boltzmann"), "pictures"),
    "sound_cnn": "sounds",
}
"""Designs for one kind of data, or for a table without a target; all others take a table with classes."""
OF_BOARDS = "policy"
"""tests/cli/test_play.py is about it."""
QUICK = ("perceptron",)
"""The others take longer to compile; tests of their own train them too."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small source of each kind."""
    made = tmp_path_factory.mktemp("designs")
    chance = np.random.default_rng(0)
    long, wide = chance.normal(size=(2, 60)).round(3)
    write_table(made / "flowers.csv", long=long, wide=wide, kind=np.where(long + wide > 0, "rose", "tulip"))
    write_table(made / "plain.csv", long=long, wide=wide)
    write_table(made / "sales.csv", month=months(60), sold=wave(60, noise=0.5).round(3))
    write(made / "sounds", sound_folders())
    pictures = {
        f"{name}/{place}.png": encoded(noise(100 * number + place, (12, 12)))
        for number, name in enumerate(("cat", "dog"))
        for place in range(10)
    }
    return write(made / "pictures", pictures).parent


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=[] if n in QUICK else [pytest.mark.slow]) for n in NETWORKS if n != OF_BOARDS]
)
def test_it_is_trained_saved_loaded_asked_and_evaluated(name: str, folder: Path) -> None:
    source, options, asked = SOURCES[LEARNS_FROM.get(name, "table")]
    words = (*options, "--network", name, "--epochs", 1, "-o", name, "--no-log")
    trained = lamina(folder, "train", source, *words)
    assert trained.status == 0, trained
    file = f"{name}.safetensors"
    predicted = lamina(folder, "predict", file, asked, "--json")
    assert predicted.status == 0, predicted
    answers = json.loads(predicted.out)
    assert answers
    assert not any("error" in answer for answer in answers)
    evaluated = lamina(folder, "evaluate", file, source, "--json")
    assert evaluated.status == 0, evaluated
    assert math.isfinite(json.loads(evaluated.out)["loss"])
    if TASKS.get(name) == "generation":
        assert np.isfinite(np.asarray(sample(Model.load(folder / file), 3), np.float64)).all()


def test_every_design_has_a_row_in_the_documents(repository: Path) -> None:
    text = (repository / "docs" / "kinds.md").read_text(encoding="utf-8")
    table = text.split("\n## ")[0]
    named = {name for row in re.findall(r"^\|([^|]*)\|", table, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)}
    assert set(NETWORKS) <= named
