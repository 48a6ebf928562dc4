"""Following training examples: the losses are the model's own, the run is not disturbed, wrong labels come first."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

import lamina
from lamina import Dense, Sequential
from lamina.errors import DataError, SettingError
from lamina.model.following import EARLY, FORGOTTEN, LATE, NEVER, Followed, followed_path, load_followed, save_followed
from tests.plots.made import followed


def run(**more: object) -> lamina.Run:
    return lamina.train("iris", Sequential(Dense(8, "tanh"), Dense(3)), epochs=4, learning_rate=0.02, seed=2, **more)


@pytest.mark.slow
def test_the_losses_are_those_of_the_model() -> None:
    under_way = run()
    found = lamina.follow(under_way)
    prepared, params = under_way.prepared, under_way.progress.train.params
    rows = prepared.split.train
    hidden = np.tanh(np.asarray(prepared.inputs[rows], np.float64) @ params["0"]["weight"] + params["0"]["bias"])
    logits = hidden @ params["1"]["weight"] + params["1"]["bias"]
    truth = prepared.task.encode(prepared.dataset.targets[rows])
    expected = np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(len(rows)), truth]
    np.testing.assert_allclose(found.losses[-1], expected, atol=1e-4)
    np.testing.assert_array_equal(found.right[-1], logits.argmax(axis=1) == truth)
    assert found.names[0] == prepared.dataset.inputs.names[rows[0]]
    assert found.targets == tuple(prepared.dataset.targets[rows].tolist())
    assert found.epochs == (1, 2, 3, 4)


@pytest.mark.slow
def test_a_run_that_is_followed_ends_in_the_same_bytes(tmp_path: Path) -> None:
    quiet, watched = run(), run()
    for _ in quiet:
        pass
    lamina.follow(watched)
    one, other = (each.model.save(tmp_path / f"{n}.safetensors") for n, each in enumerate((quiet, watched)))
    assert one.read_bytes() == other.read_bytes()


def test_kinds_are_what_they_say() -> None:
    found = followed()
    assert found.kinds.tolist() == [EARLY, LATE, FORGOTTEN, NEVER]
    assert found.counts == {EARLY: 1, LATE: 1, FORGOTTEN: 1, NEVER: 1}
    assert found.suspicious.tolist() == [3, 1, 2, 0]
    assert str(found).startswith("of 4 training examples 1 learnt early, 1 learnt late, 1 forgotten, 1 never learnt; ")
    assert "to look at first: d (y); b (x)" in str(found)


@pytest.mark.slow
def test_wrong_labels_come_first() -> None:
    dataset = lamina.read("digits")
    chance = np.random.default_rng(3)
    wrong = chance.choice(len(dataset), 60, replace=False)
    targets = dataset.targets.copy()
    targets[wrong] = (targets[wrong].astype(int) + chance.integers(1, 10, 60)) % 10
    under_way = lamina.train(replace(dataset, targets=targets), "mlp", epochs=8, seed=0)
    found = lamina.follow(under_way)
    mistaken = np.isin(under_way.prepared.split.train, wrong)
    assert mistaken.sum() > 30
    assert mistaken[found.suspicious[0]]
    assert roc_auc_score(mistaken, found.suspicion) > 0.95  # chance: 0.5


@pytest.mark.slow
def test_numbers_are_right_within_half_of_their_spread() -> None:
    under_way = lamina.train("diabetes", Sequential(Dense(4, "tanh"), Dense(1)), epochs=2, seed=0, seeds=2)
    found = lamina.follow(under_way)
    model = under_way.model
    rows = under_way.prepared.split.train
    answers = np.array([one.value for one in model.answers(under_way.prepared.inputs[rows])])
    truth = under_way.prepared.dataset.targets[rows]
    spread = truth.std()
    if model.record.best_epoch == 2:  # the weights that were followed last
        np.testing.assert_array_equal(found.right[-1], np.abs(answers - truth) <= spread / 2)
    assert 0.1 < found.right[-1].mean() < 0.9


@pytest.mark.slow
def test_what_cannot_be_followed() -> None:
    with pytest.raises(SettingError, match="needs one target of classes or numbers; this run learns"):
        lamina.follow(lamina.train("iris", lamina.autoencoder((4,), 2), task="clustering", groups=3, epochs=1))
    with pytest.raises(SettingError, match="needs at least one whole epoch"):
        lamina.follow(lamina.train("iris", "mlp", epochs=0))


def test_the_file_gives_back_what_was_kept(tmp_path: Path) -> None:
    path = followed_path(tmp_path / "iris.safetensors")
    assert path.name == "iris.followed.jsonl"
    odd = replace(followed(), names=("a\nb", "\u732b", "=1+1", '"'))
    save_followed(odd, path)
    found = load_followed(path)
    assert (found.names, found.targets, found.epochs, found.fingerprint) == (odd.names, odd.targets, odd.epochs, "f")
    np.testing.assert_allclose(found.losses, odd.losses, rtol=1e-4)
    np.testing.assert_array_equal(found.right, odd.right)
    assert len(path.read_text(encoding="ascii").splitlines()) == 5


@pytest.mark.parametrize(
    "text",
    [
        "", "[]\n", "{}\n", '{"epochs": [1], "fingerprint": "f"}\n', "\x00", "[" * 100_000,
        '{"epochs": [1], "fingerprint": "f"}\n{"example": "a", "target": "b", "losses": [NaN], "right": "1"}\n',
        '{"epochs": [1, 2], "fingerprint": "f"}\n{"example": "a", "target": "b", "losses": [1], "right": "1"}\n',
        '{"epochs": 5, "fingerprint": "f"}\n{"example": "a", "target": "b", "losses": [1], "right": "1"}\n',
    ],
)  # fmt: skip
def test_a_file_of_something_else_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "x.followed.jsonl"
    path.write_text(text)
    with pytest.raises(DataError, match="is not what `lamina train --follow` writes"):
        load_followed(path)
    with pytest.raises(DataError, match="cannot be read"):
        load_followed(tmp_path / "nowhere.jsonl")


def test_losses_are_plain_lines_of_json(tmp_path: Path) -> None:
    path = tmp_path / "x.followed.jsonl"
    one = Followed(("a",), ("b",), (3,), np.array([[0.123456789]]), np.array([[True]]), "f")
    save_followed(one, path)
    head, line = map(json.loads, path.read_text().splitlines())
    assert head == {"epochs": [3], "fingerprint": "f"}
    assert line == {"example": "a", "target": "b", "losses": [0.12346], "right": "1"}
