"""Weights of other programs, from safetensors files, by a mapping."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

import lamina as la
from lamina.errors import ExportError, ModelFileError
from lamina.exporting.foreign_weights import read_safetensors
from tests import trained

NETWORK = la.Sequential(la.Conv2D(4, 3), la.BatchNorm(), la.Flatten(), la.Dense(2, bias=False))
SHAPE = (5, 5, 3)
MAPPING: dict[str, Any] = {
    "0/weight": ("conv.weight", (2, 3, 1, 0)), "0/bias": "conv.bias", "1/scale": "norm.weight", "1/bias": "norm.bias",
    "1/mean": "norm.running_mean", "1/variance": "norm.running_var", "3/weight": ("fc.weight", (1, 0)),
}  # fmt: skip


def others(**changed: Any) -> dict[str, Any]:
    """Tensors as PyTorch would save them."""
    chance = np.random.default_rng(0)
    shapes = {"conv.weight": (4, 3, 3, 3), "fc.weight": (2, 36), **dict.fromkeys(
        ("conv.bias", "norm.weight", "norm.bias", "norm.running_mean", "norm.running_var"), (4,))}  # fmt: skip
    return {**{name: chance.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}, **changed}


def imported(path: Path, mapping: Any = MAPPING, **changed: Any) -> Any:
    save_file(others(**changed), path / "other.safetensors")
    return la.import_weights(NETWORK, SHAPE, path / "other.safetensors", mapping)


@pytest.mark.slow
def test_each_array_finds_its_place(tmp_path: Path) -> None:
    params, state = imported(tmp_path)
    given = others()
    np.testing.assert_array_equal(params["0"]["weight"][1, 2, 0], given["conv.weight"][:, 0, 1, 2])
    np.testing.assert_array_equal(params["3"]["weight"], given["fc.weight"].T)
    np.testing.assert_array_equal(state["1"]["variance"], given["norm.running_var"])
    assert params.keys() == {"0", "1", "3"}
    assert NETWORK.apply(params, state, np.ones((2, *SHAPE), np.float32))[0].shape == (2, 2)


@pytest.mark.parametrize("kind", ["float16", "float64"])
def test_other_kinds_of_numbers_become_float32(kind: str, tmp_path: Path) -> None:
    params, _ = imported(tmp_path, **{"conv.bias": np.array([1, 2, 3, 0.5], kind)})
    assert params["0"]["bias"].dtype == np.float32
    assert params["0"]["bias"].tolist() == [1, 2, 3, 0.5]


def test_bfloat16_too(tmp_path: Path) -> None:
    import ml_dtypes

    save_file({"a": np.array([1.5, -2], ml_dtypes.bfloat16)}, tmp_path / "a.safetensors")
    assert read_safetensors(tmp_path / "a.safetensors")["a"].tolist() == [1.5, -2]


def test_a_model_takes_them(tmp_path: Path) -> None:
    model = trained.iris()
    names = la.weight_names(model.network, (4,))
    save_file(
        {f"their/{name}": np.full(shape, 0.1, np.float32) for name, shape in names.items()}, tmp_path / "w.safetensors"
    )
    mapping = {name: f"their/{name}" for name in names}
    params, state = la.import_weights(model.network, (4,), tmp_path / "w.safetensors", mapping)
    other = dataclasses.replace(model, params=params, state=state)
    assert len({tuple(one.probabilities.values()) for one in other.predict([[5.1, 3.5, 1.4, 0.2]])}) == 1


@pytest.mark.parametrize(
    ("mapping", "why"),
    [
        ({name: one for name, one in MAPPING.items() if name != "0/bias"}, r"0/bias of shape \(4,\) is not mapped"),
        ({**MAPPING, "9/weight": "fc.weight"}, "the network has no 9/weight. The network has 0/weight"),
        ({**MAPPING, "0/bias": "conv.biases"}, "there is no tensor conv.biases for 0/bias; there are "),
        (
            {**MAPPING, "3/weight": "fc.weight"},
            r"3/weight needs the shape \(36, 2\); fc.weight has \(2, 36\).*\(1, 0\)",
        ),
        ({**MAPPING, "3/weight": ("fc.weight", (0, 2))}, r"\(0, 2\) is no order of its axes"),
    ],
)
def test_a_mapping_that_does_not_fit_says_where(mapping: Any, why: str, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=why):
        imported(tmp_path, mapping)


def test_weights_that_are_no_numbers_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=r"conv\.bias holds NaN or infinity"):
        imported(tmp_path, **{"conv.bias": np.full(4, np.inf, np.float32)})


def test_every_shorter_file_is_refused(tmp_path: Path) -> None:
    save_file({"a": np.ones(3, np.float32)}, tmp_path / "a.safetensors")
    whole = (tmp_path / "a.safetensors").read_bytes()
    for end in range(len(whole)):
        (tmp_path / "a.safetensors").write_bytes(whole[:end])
        with pytest.raises(ModelFileError, match=r"a\.safetensors: "):
            read_safetensors(tmp_path / "a.safetensors")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b'"F32"', b'"X32"'), (b"[3]", b"[9]"), (b"[0,12]", b"[0,-1]"), (b'"shape"', b'"shade"'), (b"[3]", b'"a"'),
        (b"{", b"\xff"), (b"[0,12]", b"[4,16]"),
    ],
)  # fmt: skip
def test_a_header_that_lies_is_refused(before: bytes, after: bytes, tmp_path: Path) -> None:
    save_file({"a": np.ones(3, np.float32)}, tmp_path / "a.safetensors")
    whole = (tmp_path / "a.safetensors").read_bytes()
    assert before in whole
    head, header = whole[:8], whole[8:].replace(before, after.ljust(len(before)), 1)
    (tmp_path / "a.safetensors").write_bytes(head + header)
    with pytest.raises(ModelFileError):
        read_safetensors(tmp_path / "a.safetensors")
