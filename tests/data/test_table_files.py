"""Sheets and Parquet files, by the libraries of the extra `tables`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lamina
from lamina.data.table import Table
from lamina.data.table_reading import read_table_file
from lamina.errors import DataError

pd = pytest.importorskip("pandas")
FORMS = [("xlsx", "openpyxl", "to_excel"), ("parquet", "pyarrow", "to_parquet")]


def frame() -> Any:
    """Twenty rows of every usual kind, some values missing."""
    return pd.DataFrame(
        {
            "size": [1.5, None, *np.arange(18) / 4],
            "count": range(20),
            "side": ["north", "south", None, "north"] * 5,
            "day": pd.date_range("2024-02-27", periods=20),
            "open": [True, False] * 10,
            "kind": ["a", "b"] * 10,
        }
    )


@pytest.mark.parametrize(("suffix", "library", "write"), FORMS)
def test_every_value_arrives(suffix: str, library: str, write: str, tmp_path: Path) -> None:
    pytest.importorskip(library)
    path = tmp_path / f"t.{suffix}"
    getattr(frame(), write)(path, index=False)
    table = read_table_file(path).table
    assert list(table.columns) == ["size", "count", "side", "day", "open", "kind"]
    assert np.isnan(table.columns["size"][1])
    assert table.columns["size"][2:5].tolist() == [0.0, 0.25, 0.5]
    assert table.columns["count"].tolist() == list(range(20))
    assert table.columns["side"][:4].tolist() == ["north", "south", None, "north"]
    assert table.columns["day"][2] == "2024-02-29T00:00:00"
    assert table.columns["open"][:2].tolist() == ["True", "False"]


@pytest.mark.parametrize(("suffix", "library", "write"), FORMS)
def test_it_is_learnt_from_like_any_table(suffix: str, library: str, write: str, tmp_path: Path) -> None:
    pytest.importorskip(library)
    path = tmp_path / f"t.{suffix}"
    getattr(frame(), write)(path, index=False)
    found = lamina.read(path, target="kind")
    assert isinstance(found.inputs, Table)
    kinds = {name: guess.kind for name, guess in found.inputs.kinds.items()}
    assert (kinds["size"], kinds["side"], kinds["day"], kinds["open"]) == ("number", "category", "date", "category")
    assert set(found.targets.tolist()) == {"a", "b"}


@pytest.mark.parametrize(("suffix", "library", "write"), FORMS)
def test_a_damaged_file_is_named(suffix: str, library: str, write: str, tmp_path: Path) -> None:
    pytest.importorskip(library)
    path = tmp_path / f"t.{suffix}"
    getattr(frame(), write)(path, index=False)
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(DataError, match=rf"t\.{suffix}: cannot be read as"):
        read_table_file(path)
