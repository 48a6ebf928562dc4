"""What the kinds of networks cannot learn from, as a person meets it: a clear sentence, before anything is trained."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import lamina as la
from lamina import Adversarial, BatchNorm, Boltzmann, DataError, Dense, Sequential, SettingError, ShapeError
from lamina.model.preparation import Choices, prepare
from lamina.networks import NETWORKS
from tests.cli.program import error_of, lamina
from tests.data.makers import class_files, write
from tests.data.series_makers import write_table

OWN_LOSS = "loss, label_smoothing and class_weights are for targets: leave them out for"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tables with one class, with a class an example, with few rows; pictures of one class."""
    made = tmp_path_factory.mktemp("bad")
    long, wide = np.random.default_rng(0).normal(size=(2, 40)).round(3)
    write_table(made / "one.csv", long=long, wide=wide, kind=["rose"] * 40)
    write_table(made / "each.csv", long=long, wide=wide, kind=[f"rose {n}" for n in range(40)])
    write_table(made / "few.csv", long=long[:8], wide=wide[:8])
    write_table(made / "same.csv", long=[1, 2] * 20, wide=[3, 4] * 20)
    write_table(made / "two.csv", long=long, wide=wide, kind=["rose", "tulip"] * 20)
    (made / "story.txt").write_text("Once upon a time there was a machine that learnt. " * 80, encoding="utf-8")
    return write(made / "one", class_files(classes=("cat",))).parent


@pytest.mark.parametrize("name", ["svm", "linear_svm", "perceptron", "siamese"])
@pytest.mark.parametrize(("source", "options"), [("one", ()), ("one.csv", ("--target", "kind"))])
def test_one_class(folder: Path, name: str, source: str, options: tuple[str, ...]) -> None:
    said = error_of(lamina(folder, "train", source, *options, "--network", name))
    assert "two classes" in said
    assert "cat" in said or "rose" in said


def test_one_class_in_python() -> None:
    x = np.random.default_rng(0).normal(size=(20, 3))
    for name in ("svm", "perceptron"):
        with pytest.raises(DataError, match='every example has the same target, "a": a classification needs at least'):
            la.train((x, ["a"] * 20), name)
    with pytest.raises(DataError, match='every example has the same target, "a": similarity needs two classes'):
        la.train((x, ["a"] * 20), "siamese")
    with pytest.raises(DataError, match="no two examples have the same target: similarity needs"):
        la.train((x, [f"class {n}" for n in range(20)]), "siamese")


@pytest.mark.parametrize(
    ("source", "options", "message"),
    [
        (
            "few.csv",
            ("--task", "clustering", "--groups", 50),
            "clustering into 50 groups needs 50 different examples or more to learn from; there are ",
        ),
        (
            "same.csv",
            ("--task", "clustering", "--groups", 3),
            "clustering into 3 groups needs 3 different examples or more to learn from; there are 2. Take fewer groups",
        ),
        (
            "same.csv",
            ("--task", "clustering"),
            "clustering into as many groups as fit best needs 3 different examples or more to learn from; there are 2.",
        ),
        ("few.csv", ("--task", "clustering", "--groups", 2_000), "clustering needs 2 to 1,000 groups; got 2000"),
        (
            "two.csv",
            ("--target", "kind", "--groups", 3),
            "groups are what a clustering finds: give --task clustering besides, or leave them out",
        ),
        ("few.csv", ("--task", "clustering", "--network", "vae"), "vae is for generation, not for clustering"),
        ("few.csv", ("--task", "reconstruction", "--network", "som"), "som is for generation, not for reconstruction"),
        ("few.csv", ("--network", "vae", "--loss", "hinge"), f"{OWN_LOSS} generation"),
        ("few.csv", ("--network", "autoencoder", "--label-smoothing", 0.1), f"{OWN_LOSS} reconstruction"),
        ("two.csv", ("--target", "kind", "--network", "gan", "--class-weights"), f"{OWN_LOSS} generation"),
        (
            "two.csv",
            ("--target", "kind", "--network", "siamese", "--batch-size", 1),
            "similarity compares the examples of a batch: it needs a batch_size of 2 or more; got 1",
        ),
        (
            "story.txt",
            ("--network", "vae"),
            "story is one text, for the task language; generation needs several examples",
        ),
    ],
)
def test_what_cannot_be_learnt(folder: Path, source: str, options: tuple[object, ...], message: str) -> None:
    outcome = lamina(folder, "train", source, *options)
    assert error_of(outcome).startswith(message)
    assert "epoch" not in outcome.out


def test_an_autoencoder_by_name_finds_groups(folder: Path) -> None:
    prepared = prepare(la.read(folder / "two.csv", task="clustering"), Choices("autoencoder", groups=2))
    assert (prepared.dataset.task, prepared.groups) == ("clustering", 2)


@pytest.mark.slow
def test_a_machine_beyond_zero_and_one_says_so_and_not_that_the_rate_is_too_high() -> None:
    x = 5 * np.random.default_rng(0).normal(size=(40, 3))
    run = la.train((x, ["a", "b"] * 20), Sequential(Boltzmann((4,))), epochs=1)
    with pytest.raises(SettingError, match=r"needs values from 0 to 1; got -?\d.* Take visible='gaussian' for others"):
        list(run)


@pytest.mark.slow
def test_a_collapsed_game_is_told_of(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A generator of which every noise makes the same example, and that learns nothing."""
    blind = Sequential(Dense(2, bias=False, initializer="zeros"))
    monkeypatch.setitem(NETWORKS, "gan", lambda shape, outputs: Adversarial(blind, Dense(1, initializer="zeros"), 3))
    words = ("--network", "gan", "--epochs", 1, "--learning-rate", 1e-9, "-o", "collapsed")
    trained = lamina(folder, "train", "two.csv", "--target", "kind", *words)
    assert trained.status == 0, trained
    assert "note: the generator has collapsed: what it draws differs by 0 % of what real examples " in trained.err
    assert "Train with another game (hinge, wasserstein), a lower learning rate or another seed." in trained.err


@pytest.mark.parametrize("name", ["rnn", "lstm", "gru", "transformer"])
def test_a_sequence_of_no_steps(name: str) -> None:
    design = getattr(la, name)
    with pytest.raises((ShapeError, SettingError), match=r"got \(batch, 0, 3\)|steps from 1"):
        design((0, 3), 2).output_shape((0, 3))
    with pytest.raises(ShapeError, match=r"needs .*sequences of shape \(batch, steps, features\)"):
        design((3,), 2)


def test_a_series_with_windows_of_no_steps(folder: Path) -> None:
    for option in ("--window", "--horizon"):
        said = error_of(lamina(folder, "train", "two.csv", "--target", "long", "--task", "forecasting", option, 0))
        assert said == f"{option} needs a whole number of steps, 1 or more; got 0"


def test_texts_of_which_none_has_a_word() -> None:
    """Every step of them is filled up, and hidden from the network."""
    prepared = prepare((["", "  ", "", " "] * 5, ["a", "b"] * 10), Choices("lstm"))
    assert "20 texts have no word: nothing can be told from them" in prepared.notes
    assert not np.asarray(prepared.inputs).any()


@pytest.mark.parametrize("layer", [BatchNorm(), Adversarial(Dense(3), Dense(1), 2)], ids=repr)
def test_a_mask_that_hides_all_rows_leaves_finite_numbers(layer: la.Layer) -> None:
    x = jnp.full((4, 3), jnp.nan)

    def after(key: jax.Array) -> Any:
        return layer.apply(*layer.init(key, x), x, key=key, training=True, mask=jnp.zeros(4))[1]

    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(jax.jit(after)(jax.random.key(0))))
