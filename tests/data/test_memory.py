"""How much memory examples may take: sizes in words, what is free, what goes to disk."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lamina.data import memory
from lamina.data.memory import Memory, free_memory, memory_from
from lamina.data.store import StoredList, StoredRows
from lamina.errors import SettingError
from tests.data.makers import write

MACHINE = {"proc/meminfo": b"MemTotal:       32000 kB\nMemAvailable:   20000 kB\n"}


@pytest.mark.parametrize(
    ("text", "size"),
    [("2GB", 2 * 10**9), ("500 mb", 5 * 10**8), ("1.5GiB", 3 * 2**29), ("3000000", 3_000_000), ("2g", 2 * 10**9)],
)
def test_sizes(text: str, size: int) -> None:
    assert memory_from(text).limit == size
    assert memory_from(size).limit == size


@pytest.mark.parametrize("text", ["", "much", "-2GB", "2 XB", "GB", "1e9"])
def test_what_is_no_size(text: str) -> None:
    with pytest.raises(SettingError) as caught:
        memory_from(text)
    assert str(caught.value) == f"--memory needs a size such as 2GB, 500MB or 1.5GiB; got {text!r}"


def test_too_little_to_work_with() -> None:
    with pytest.raises(SettingError, match="--memory needs 1 MB or more; got '10KB'"):
        memory_from("10KB")


def test_half_of_what_is_free_where_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "free_memory", lambda: 8_000_000)
    assert memory_from(None).limit == 4_000_000


def test_the_machine_s_free_memory(tmp_path: Path) -> None:
    assert free_memory(write(tmp_path, MACHINE)) == 20_000 * 1024


def test_the_limit_of_the_control_group_and_of_those_above_it(tmp_path: Path) -> None:
    own, top = "sys/fs/cgroup/a/b", "sys/fs/cgroup/a"
    files = {
        **MACHINE, "proc/self/cgroup": b"0::/a/b\n",
        f"{own}/memory.max": b"max\n", f"{own}/memory.current": b"1000000\n",
        f"{top}/memory.max": b"9000000\n", f"{top}/memory.current": b"6000000\n",
        f"{top}/memory.stat": b"anon 1\ninactive_file 500000\n",
    }  # fmt: skip
    assert free_memory(write(tmp_path, files)) == 3_500_000


def test_the_older_control_group(tmp_path: Path) -> None:
    group = "sys/fs/cgroup/memory/memory"
    files = {**MACHINE, f"{group}.limit_in_bytes": b"5000000\n", f"{group}.usage_in_bytes": b"4000000\n"}
    assert free_memory(write(tmp_path, files)) == 1_000_000
    files[f"{group}.limit_in_bytes"] = b"9223372036854771712\n"
    assert free_memory(write(tmp_path, files)) == 20_000 * 1024


def test_a_system_that_tells_nothing_has_half_of_its_memory(tmp_path: Path) -> None:
    assert 10**8 < free_memory(tmp_path) < 10**14


def test_what_does_not_fit_goes_to_disk_and_that_is_said_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAMINA_CACHE", str(tmp_path))
    room = Memory(3_000_000)
    assert isinstance(room.rows((1000, 1000), np.uint8), np.ndarray)
    assert isinstance(room.arrays(3, np.int16, 1_000_000), list)
    assert room.said == []
    assert isinstance(room.rows((1000, 2000), np.uint8), StoredRows)
    assert isinstance(room.arrays(3, np.int16, 2_000_000), StoredList)
    assert room.said == [
        "in memory the examples would take 6 MB, more than the 3 MB that they may (--memory): they are kept on disk "
        "and streamed, with the same results"
    ]


def test_a_window_takes_an_eighth_of_the_memory_or_one_batch() -> None:
    rows = np.zeros((5000, 100), np.float32)
    assert Memory(10**6).window(rows, 10) == 31
    assert Memory(10**6).window(rows, 1000) == 1
