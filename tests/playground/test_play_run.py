"""A run: the library's own numbers, the same start again, edits, other settings, the way back, forks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest

import lamina
from lamina import NonFiniteError, SettingError
from lamina.playground.play_run import PlayRun
from lamina.playground.sources import Sources
from tests.playground.runs import SMALL, small


def weights(run: PlayRun) -> list[bytes]:
    return [np.asarray(leaf).tobytes() for leaf in jax.tree.leaves(run.params)]


@pytest.mark.slow
def test_the_numbers_are_those_of_fit(sources: Sources) -> None:
    run = small(sources, l2=0.01)
    run.step("epoch", 6)
    said = {name: getattr(run.settings, name) for name in ("optimizer", "learning_rate", "l2", "batch_size", "seed")}
    model = lamina.fit(
        "spiral-examples60", "features x1 x2, 4 tanh", epochs=6, schedule="constant", test_share=0.3, **said
    )
    assert run.position.progress.history == model.record.epochs
    for a, b in zip(jax.tree.leaves(run.model("best").params), jax.tree.leaves(model.params), strict=True):
        assert np.asarray(a).tobytes() == np.asarray(b).tobytes()


@pytest.mark.slow
def test_a_saved_model_is_the_file_that_fit_saves(sources: Sources, tmp_path: Path) -> None:
    run = small(sources)
    run.step("epoch", 3)
    path = run.model("best").save(tmp_path / "a.safetensors")
    model = lamina.fit(
        "spiral-examples60", "features x1 x2, 4 tanh", epochs=3, schedule="constant", test_share=0.3, batch_size=8,
        optimizer="adam", learning_rate=0.03, momentum=0.9, weight_decay=0.0, l1=0.0, l2=0.0, seed=0,
    )  # fmt: skip
    assert model.save(tmp_path / "b.safetensors").read_bytes() == path.read_bytes()


def test_what_is_shown_is_saved_with_what_was_done_by_hand(sources: Sources, tmp_path: Path) -> None:
    run = small(sources)
    run.step("epoch", 2)
    run.edit("1/bias", [0], 0.25)
    found = lamina.Model.load(run.model("shown").save(tmp_path / "a.safetensors"))
    assert np.asarray(found.params["1"]["bias"])[0] == np.float32(0.25)
    assert found.record.best_epoch == 2
    assert f"a weight was set by hand after step {run.position.step}" in found.record.notes
    with pytest.raises(SettingError, match='a model is saved as "shown" or "best"; got \'last\''):
        run.model("last")


def test_reset_gives_the_same_start_and_the_same_way(sources: Sources) -> None:
    run = small(sources)
    start = weights(run)
    run.step("epoch", 2)
    there = weights(run)
    run.edit("1/weight", [0, 0], 3.0)
    run.reset()
    assert weights(run) == start
    assert run.remarks == ()
    run.step("epoch", 2)
    assert weights(run) == there


def test_the_loss_after_an_edit_is_that_of_the_edited_weights(sources: Sources) -> None:
    run = small(sources)
    before = run.measured("test")["loss"]
    run.edit("2/bias", [0], 5.0)
    logits = run.outputs("test").astype(np.float64)
    truth = run.prepared.targets[run.part("test")]
    by_hand = np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(len(truth)), truth]
    assert run.measured("test")["loss"] == pytest.approx(by_hand.mean(), rel=1e-5)
    assert run.measured("test")["loss"] > before + 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "kept"),
    [
        ({"learning_rate": 0.1}, "rate"),
        ({"batch_size": 5}, "weights"),
        ({"l1": 0.001, "momentum": 0.5}, "weights"),
        ({"loss": "hinge"}, "weights"),
        ({"optimizer": "gradient_descent"}, "weights"),
        ({"network": "4 relu, dropout 0.2"}, "weights"),
        ({"network": "6 tanh"}, "some weights"),
        ({"network": "4 tanh, 3 tanh"}, "some weights"),
        ({"features": ("x1", "x2", "x1*x2")}, "some weights"),
        ({"noise": 0.3}, "nothing"),
        ({"seed": 2}, "nothing"),
        ({"train_percent": 50}, "nothing"),
    ],
)
def test_what_a_change_keeps(sources: Sources, change: dict[str, Any], kept: str) -> None:
    run = small(sources)
    run.step("epoch", 2)
    run.step("batch")
    step, before = run.position.step, np.asarray(run.params["1"]["weight"])
    assert run.change(replace(run.settings, **change)).kept == kept
    after = np.asarray(run.params["1"]["weight"])
    if kept == "nothing":
        assert run.position.step == 0
        return
    assert run.position.step == step
    assert np.array_equal(after[:2, :4], before)
    run.step("epoch")
    assert run.position.epoch == 3
    assert not np.array_equal(np.asarray(run.params["1"]["weight"])[:2, :4], before)


def test_a_change_of_the_rate_compiles_nothing(sources: Sources) -> None:
    run = small(sources)
    run.step("epoch")
    program = run.run.trainer.compile(run.position.progress)
    run.change(replace(run.settings, learning_rate=0.5))
    assert run.run.trainer.compile(run.position.progress) is program
    run.step("epoch")
    assert run.position.progress.history[-1].learning_rate == pytest.approx(0.5)


def test_a_change_that_is_not_possible_changes_nothing(sources: Sources) -> None:
    run = small(sources)
    run.step("epoch")
    before, settings = weights(run), run.settings
    with pytest.raises(SettingError, match="is no layer in words"):
        run.change(replace(run.settings, network="4 tanhh"))
    assert weights(run) == before
    assert run.settings is settings


def test_the_way_back_and_on_from_there(sources: Sources) -> None:
    run = small(sources)
    ways = []
    for _ in range(4):
        run.keep_snapshot(0.5)
        ways.append(weights(run))
        run.step("epoch")
    run.keep_snapshot(0.5)
    run.rewind(1)
    assert weights(run) == ways[1]
    run.keep_snapshot(0.5)  # what is only looked at is not kept again
    assert len(run.snapshots) == 5
    run.step("epoch")
    assert weights(run) == ways[2]
    run.keep_snapshot(0.5)
    assert [one.number for one in run.snapshots] == [0, 1, 5]
    with pytest.raises(SettingError, match="there is no snapshot 3 any more; choose another place of the slider"):
        run.rewind(3)


@pytest.mark.slow
def test_the_way_back_brings_back_the_network_of_that_time(sources: Sources) -> None:
    run = small(sources)
    run.step("epoch")
    run.keep_snapshot(0.5)
    before = weights(run)
    run.change(replace(run.settings, network="6 tanh", batch_size=5))
    run.step("epoch")
    run.rewind(0)
    assert (run.settings.network, weights(run)) == ("4 tanh", before)
    run.step("epoch")
    assert np.asarray(run.params["1"]["weight"]).shape == (2, 4)


def test_a_fork_leaves_the_first_run_alone(sources: Sources) -> None:
    run = small(sources)
    run.step("epoch")
    run.keep_snapshot(0.5)
    run.step("epoch")
    there = weights(run)
    other = run.forked(0)
    assert other.position.epoch == 1
    other.change(replace(other.settings, learning_rate=0.5))
    other.step("epoch")
    assert weights(run) == there
    assert weights(other) != there
    assert run.settings.learning_rate == 0.03
    other.reset()
    assert other.position.epoch == 1, "a fork begins where it was made"


@pytest.mark.slow
def test_too_high_a_rate_is_told_and_the_last_good_position_stays(sources: Sources) -> None:
    run = small(sources, optimizer="gradient_descent", network="4 relu, 4 relu", loss="mean_squared_error")
    run.step("epoch")
    run.change(replace(run.settings, learning_rate=1e30))
    with pytest.raises(
        NonFiniteError, match=r"the loss is no longer a finite number in epoch .* Lower the learning rate"
    ):
        run.train(5.0, "fast")
    assert all(np.isfinite(np.asarray(leaf)).all() for leaf in jax.tree.leaves(run.params))


@pytest.mark.slow
def test_regression_has_numbers_and_no_classes(sources: Sources) -> None:
    run = PlayRun(sources, replace(SMALL, data="plane", network="", optimizer="gradient_descent", learning_rate=0.1))
    run.step("epoch", 10)
    assert run.viewed.kind == "regression"
    assert run.measured("test")["mean absolute error"] < 0.25
