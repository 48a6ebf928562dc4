"""Whoever watches is told how far a long reading is; nobody else is."""

from __future__ import annotations

from pathlib import Path

import lamina
from lamina.data.fitting import decode_inputs
from lamina.data.watching import watched
from tests.data.makers import class_files, zipped


def test_every_chunk_of_files_is_told_of(tmp_path: Path) -> None:
    dataset = lamina.read(zipped(tmp_path / "p.zip", class_files(50)))
    told: list[tuple[str, int, int]] = []
    with watched(lambda *one: told.append(one)):
        decode_inputs(dataset.inputs)
        assert len(dataset.hashes) == 100
    decode_inputs(dataset.inputs)
    assert told == [
        ("reading pictures", 64, 100), ("reading pictures", 100, 100),
        ("looking for copies", 64, 100), ("looking for copies", 100, 100),
    ]  # fmt: skip
