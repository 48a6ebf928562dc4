"""Odd tables from reading to a saved model that predicts: no warning, no NaN, or a refusal in words."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import lamina
from lamina.errors import DataError
from tests.trained import quietly

KINDS = "ab"
ODD = {
    "three rows": "1,a\n2,b\n3,a\n",
    "huge numbers": "".join(f"{(-1) ** n * 1e30 * n},{KINDS[n % 2]}\n" for n in range(60)),
    "one huge number": "".join(f"{n if n != 30 else 1e30},{KINDS[n % 2]}\n" for n in range(60)),
    "huge answers": "".join(f"{n}.5,{n * 1e30}\n" for n in range(60)),
    "one example of a class": "".join(f"{n}.5,{KINDS[n % 2]}\n" for n in range(60)) + "3,c\n",
    "every example a class": "".join(f"{n}.5,c{n}\n" for n in range(40)),
    "constant but for one row": "".join(f"{int(n == 0)},{KINDS[n % 2]}\n" for n in range(60)),
    "the first and the last day": "".join(
        f"{'9999-12-31' if n % 2 else '0001-01-01'},{KINDS[n % 2]}\n" for n in range(40)
    ),
    "a third missing": "".join(f"{n if n % 3 else ''},{KINDS[n % 2]}\n" for n in range(60)),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", ODD)
def test_an_odd_table_is_learnt_from(name: str, tmp_path: Path) -> None:
    path = tmp_path / "odd.csv"
    path.write_text(f"x,y\n{ODD[name]}")
    quietly(path, target="y", epochs=2).save(tmp_path / "odd.safetensors")
    model = lamina.Model.load(tmp_path / "odd.safetensors")
    assert len(model.predict(path)) == ODD[name].count("\n")
    assert np.isfinite(model.evaluate(path).loss)
    assert all(np.isfinite(result.value) for result in model.record.results)


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        ("1,a\n", "no column is left to learn from"),
        ("7,a\n" * 5 + "7,b\n" * 5, "no column is left to learn from: each is constant, an ID or too varied"),
        ("1,a\n2,a\n3,a\n", 'every example has the same y, "a": a classification needs at least two classes'),
        ("1,7.5\n2,7.5\n3,7.5\n", "every example has the same y, 7.5: there is nothing to learn"),
    ],
)
def test_an_odd_table_with_nothing_to_learn(rows: str, complaint: str, tmp_path: Path) -> None:
    (tmp_path / "odd.csv").write_text(f"x,y\n{rows}")
    with pytest.raises(DataError, match=complaint):
        quietly(tmp_path / "odd.csv", target="y", epochs=1)
