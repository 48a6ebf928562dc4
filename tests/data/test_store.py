"""Examples on disk: the same as an array, from any thread, and nothing is left of them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import namedtuple
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lamina.data import store
from lamina.data.store import Spill, StoredList, StoredRows, pieces, select
from lamina.errors import SaveError


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LAMINA_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def stored(array: np.ndarray[Any, Any]) -> StoredRows:
    rows = StoredRows(array.shape, array.dtype)
    for place, row in enumerate(array):
        rows[place] = row
    return rows


ARRAY = np.random.default_rng(0).integers(0, 1000, (23, 3, 2)).astype(np.int16)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 22), max_size=40), st.slices(23), st.slices(40))
def test_rows_on_disk_are_those_of_an_array(places: list[int], part: slice, again: slice) -> None:
    rows, chosen = stored(ARRAY), np.array(places, np.int64)
    for found, expected in (
        (rows[part], ARRAY[part]),
        (rows[chosen], ARRAY[chosen]),
        (rows.select(chosen)[again], ARRAY[chosen][again]),
        (select(rows, chosen)[:], select(ARRAY, chosen)[:]),
    ):
        assert found.dtype == expected.dtype
        assert found.shape == expected.shape
        assert found.tolist() == expected.tolist()


def test_what_was_never_written_is_zero_and_several_rows_can_be_written_at_once() -> None:
    rows = StoredRows((9, 2), np.dtype(np.float32))
    rows[3:6] = np.arange(6).reshape(3, 2)
    expected = np.zeros((9, 2), np.float32)
    expected[3:6] = np.arange(6).reshape(3, 2)
    assert rows[:].tolist() == expected.tolist()
    assert (len(rows), rows.shape, rows.select(np.array([1, 2])).shape) == (9, (9, 2), (2, 2))


def test_many_threads_write_and_read() -> None:
    rows, lists = StoredRows((300, 50), np.dtype(np.int32)), StoredList(300, np.dtype(np.int16), 10_000)

    def write(place: int) -> None:
        rows[place] = np.full(50, place)
        lists[place] = np.full(place % 7, place)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(300)))
        sums = list(pool.map(lambda place: int(rows[np.array([place])].sum()), range(300)))
    assert sums == [50 * place for place in range(300)]
    assert lists.lengths.tolist() == [place % 7 for place in range(300)]
    assert all(lists[place].tolist() == [place] * (place % 7) for place in range(300))


def test_bytes_in_memory_and_on_disk() -> None:
    spill = Spill(10)
    data = [bytes([place]) * size for place, size in enumerate((4, 0, 5, 7, 1, 0, 3))]
    places = [spill.add(one) for one in data]
    assert [spill.read(place) for place in places] == data
    assert len(spill._kept) == 3, "from the first that is too much on, all are on disk"


def test_a_pass_in_pieces_sees_every_row_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "PIECE_BYTES", 24)
    assert [len(ARRAY[piece]) for piece in pieces(ARRAY)] == [2] * 11 + [1]
    assert np.concatenate([ARRAY[piece] for piece in pieces(ARRAY)]).tolist() == ARRAY.tolist()


def test_the_file_has_no_name_and_is_closed_with_the_rows(cache: Path) -> None:
    rows = stored(ARRAY)
    assert list((cache / "examples").iterdir()) == []
    assert (cache / "examples").stat().st_mode & 0o077 == 0
    file, view = rows._scratch._file, rows.select(np.array([5]))
    del rows
    assert view[:].tolist() == ARRAY[5:6].tolist(), "a part keeps the file"
    del view
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(file)


def test_nothing_is_left_by_a_process_that_is_killed(cache: Path) -> None:
    program = (
        "import numpy as np, os, signal; from lamina.data.store import StoredRows\n"
        "rows = StoredRows((9, 9), np.dtype('u1')); rows[0] = np.ones(9); os.kill(os.getpid(), signal.SIGKILL)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == -9
    assert list((cache / "examples").iterdir()) == []


def test_too_little_disk_is_told_before_anything_is_written(monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(store.shutil, "disk_usage", lambda folder: usage(0, 0, 1_500_000_000))
    with pytest.raises(SaveError) as caught:
        StoredRows((2_000_000, 1000), np.dtype(np.uint8))
    assert str(caught.value) == (
        f"the examples need 2.00 GB on disk, since they are larger than the memory they may take; {cache}/examples has "
        f"1.50 GB free. Make room, name a folder on another disk in LAMINA_CACHE, or give more --memory"
    )


def test_a_folder_that_cannot_be_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("LAMINA_CACHE", str(tmp_path / "file"))
    with pytest.raises(SaveError, match=r"file/examples: cannot be made \(Not a directory\), .* LAMINA_CACHE"):
        StoredRows((1, 1), np.dtype(np.uint8))


def test_a_disk_that_is_full_while_writing(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = StoredRows((2, 2), np.dtype(np.uint8))

    def full(*_: Any) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "pwrite", full)
    with pytest.raises(SaveError, match=r"examples cannot be kept there \(No space left on device\)"):
        rows[0] = np.ones(2)


def test_a_system_that_keeps_no_nameless_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "preadv")
    with pytest.raises(SaveError, match="this system cannot stream them from disk: give more --memory"):
        StoredRows((1, 1), np.dtype(np.uint8))
