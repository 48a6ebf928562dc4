"""lamina data: the names, what is here, and fetching before training."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from unittest import mock

import pytest

from lamina.data.fetching import RemoteFile
from lamina.data.named_sets import NAMED_SETS
from tests.cli.program import error_of, lamina
from tests.data.makers import idx_files
from tests.data.server import Served, serving


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAMINA_DATASETS", str(tmp_path / "sets"))


def test_every_set_is_listed(tmp_path: Path) -> None:
    lines = lamina(tmp_path, "data").out.splitlines()
    names = [line.split()[0] for line in lines]
    assert names == [
        "name", "digits", "iris", "wine", "breast_cancer", "diabetes", "tic_tac_toe", "connect_four", "circle",
        "exclusive_or", "gauss", "spiral", "plane", "multi_gauss", "mnist", "fashion_mnist", "cifar10", "imdb",
    ]  # fmt: skip
    assert "comes along" in lines[1]
    mnist = lines[14]
    assert all(word in mnist for word in ("70,000", "11.6 MB", "is fetched", "CC BY-SA 3.0"))
    found = {one["name"]: one for one in json.loads(lamina(tmp_path, "data", "--json").out)}
    assert found["cifar10"]["size"] == 170_052_171
    assert found["cifar10"]["here"] is False
    assert found["cifar10"]["folder"] == str(tmp_path / "sets" / "cifar10")


@pytest.mark.slow
def test_a_name_is_fetched_and_trained_on(tmp_path: Path) -> None:
    files = idx_files({"train": 60, "t10k": 20})
    with serving({f"/{name}": Served(data) for name, data in files.items()}) as server:
        remote = tuple(
            RemoteFile(name, (f"{server.address}/{name}",), len(data), hashlib.sha256(data).hexdigest())
            for name, data in files.items()
        )
        # The command looks names up in the one table that there is; only its files are others here.
        with mock.patch.dict(NAMED_SETS, {"mnist": replace(NAMED_SETS["mnist"], files=remote)}):
            fetched = lamina(tmp_path, "data", "mnist")
            trained = lamina(tmp_path, "train", "mnist", "--network", "mlp", "--epochs", "1")
            evaluated = lamina(tmp_path, "evaluate", "mnist.safetensors", "mnist")
    assert f"note: fetching mnist (0.0 MB) from {server.address[7:]} into {tmp_path / 'sets' / 'mnist'}" in fetched.err
    assert " yes " in fetched.out.splitlines()[1]
    assert trained.status == 0, trained.err
    assert "fetching" not in trained.err
    assert "mnist: 80 examples" in trained.out
    assert "mnist (its test part): 20 examples" in evaluated.out
    assert len(server.asked) == 4


def test_no_network_is_one_sentence_that_says_what_to_do(tmp_path: Path) -> None:
    nowhere = (RemoteFile("images.gz", ("https://nowhere.invalid/images.gz",), 5, "0" * 64),)
    with mock.patch.dict(NAMED_SETS, {"mnist": replace(NAMED_SETS["mnist"], files=nowhere)}):
        text = error_of(lamina(tmp_path, "train", "mnist"))
    assert "nowhere.invalid: no connection" in text
    assert text.endswith(f"put the file there by hand: {nowhere[0].urls[0]} as {tmp_path / 'sets/mnist/images.gz'}")


def test_an_unknown_name(tmp_path: Path) -> None:
    assert error_of(lamina(tmp_path, "data", "mnits")).startswith(
        "there is no data set 'mnits'; there are digits, iris"
    )
    assert "those are digits, iris, wine, breast_cancer, diabetes, tic_tac_toe," in error_of(
        lamina(tmp_path, "train", "mnits")
    )
