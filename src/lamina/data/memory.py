"""How much memory examples may take: what a person allows, or half of what is free."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from lamina.arrays import Rows, Shape
from lamina.data.store import StoredList, StoredRows, bytes_of
from lamina.errors import SettingError

UNITS = {
    "": 1, "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30,
    "TIB": 2**40,
}  # fmt: skip
COPIES = 3
"""Of examples in memory there are three at most: as they were read, one part of them, and that part on the device."""
LEAST_BYTES = 1_000_000
WINDOW_SHARE = 8
"""A window is at most this part of the memory: one is trained on, one is ready, one is being read."""
UNLIMITED_LINES = ("max", "9223372036854771712")


@dataclass(eq=False)
class Memory:
    """The memory that examples may take; what needs more goes to disk.

    Args:
        allowed: bytes; None for half of what is free, which is looked up where it matters.
        said: what must be said of examples that do not fit.

    Example:
        >>> memory = Memory(3_000_000)
        >>> memory.holds(1_000_000), memory.holds(1_000_001)
        (True, False)
    """

    allowed: int | None
    said: list[str] = field(default_factory=list)

    @cached_property
    def limit(self) -> int:
        """How many bytes examples may take."""
        return max(LEAST_BYTES, free_memory() // 2) if self.allowed is None else self.allowed

    def holds(self, size: int) -> bool:
        """Whether examples of so many bytes fit, with the copies that training makes."""
        at_least = LEAST_BYTES if self.allowed is None else self.allowed
        return COPIES * size <= at_least or COPIES * size <= self.limit

    def holds_all(self, rows: Rows) -> bool:
        """Whether these examples fit, with the copies that training makes; what is on disk does not."""
        size = bytes_of(rows.shape, rows.dtype)
        if not self.holds(size):
            self._say(size, "they are brought to the device in parts")
        return self.holds(size)

    def rows(self, shape: Shape, dtype: Any) -> Any:
        """Room for examples of one shape, all zero: an array, or rows on disk."""
        size = bytes_of(shape, np.dtype(dtype))
        if self.holds(size):
            return np.zeros(shape, dtype)
        self._say(size, "they are kept on disk and streamed")
        return StoredRows(shape, np.dtype(dtype))

    def arrays(self, count: int, dtype: Any, expected: int) -> Any:
        """Room for arrays of different lengths that take about so many bytes."""
        if self.holds(expected):
            return [np.zeros(0, dtype) for _ in range(count)]
        self._say(expected, "they are kept on disk and streamed")
        return StoredList(count, np.dtype(dtype), expected)

    def _say(self, size: int, cure: str) -> None:
        if not self.said:
            self.said.append(
                f"in memory the examples would take {in_words(COPIES * size)}, more than the {in_words(self.limit)} "
                f"that they may (--memory): {cure}, with the same results"
            )

    def window(self, rows: Rows, batch_size: int) -> int:
        """How many batches of rows are on the device at a time."""
        batch_bytes = batch_size * bytes_of((1, *rows.shape[1:]), rows.dtype)
        return max(1, self.limit // WINDOW_SHARE // max(1, batch_bytes))


UNLIMITED = Memory(2**62)
"""Memory for everything."""


def in_words(size: int) -> str:
    """Bytes as a person says them.

    Example:
        >>> in_words(2_500_000_000), in_words(30_000_000), in_words(1_500)
        ('2.5 GB', '30 MB', '1.5 KB')
    """
    unit, name = next((pair for pair in ((1e9, "GB"), (1e6, "MB")) if size >= pair[0]), (1e3, "KB"))
    return f"{size / unit:,.3g} {name}"


def memory_from(wanted: str | int | None) -> Memory:
    """The memory that a person allows, "2GB" or bytes; half of what is free where nothing is said.

    Raises:
        SettingError: no size, or one below a megabyte.

    Example:
        >>> memory_from("1.5 GB").limit
        1500000000
    """
    if wanted is None:
        return Memory(None)
    match = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?) ?([KMGT]?I?B?)", str(wanted).strip().upper())
    unit = UNITS.get(match[2]) or UNITS.get(f"{match[2]}B") if match else None
    if match is None or unit is None:
        raise SettingError(f"--memory needs a size such as 2GB, 500MB or 1.5GiB; got {wanted!r}")
    size = int(float(match[1]) * unit)
    if size < LEAST_BYTES:
        raise SettingError(f"--memory needs 1 MB or more; got {wanted!r}")
    return Memory(size)


def free_memory(root: Path = Path("/")) -> int:
    """Bytes that are free on this machine and within the limits that are set for this process."""
    found = [size for look in (_of_machine, _of_group, _of_old_group) if (size := look(root)) is not None]
    return max(0, min(found)) if found else _of_hardware()


def _of_machine(root: Path) -> int | None:
    """What the kernel says is available."""
    match = re.search(r"^MemAvailable:\s+(\d+) kB", _read(root / "proc/meminfo"), re.MULTILINE)
    return int(match[1]) * 1024 if match else None


def _of_group(root: Path) -> int | None:
    """What is left to the control group, version 2, and to those above it."""
    match = re.search(r"^0::/(.*)$", _read(root / "proc/self/cgroup"), re.MULTILINE)
    top = root / "sys/fs/cgroup"
    place = top / match[1] if match else top
    left = []
    for folder in (place, *place.parents):
        left.append(_left(folder, "memory.max", "memory.current", "inactive_file"))
        if folder == top:
            break
    return min((one for one in left if one is not None), default=None)


def _of_old_group(root: Path) -> int | None:
    """What is left to the control group, version 1."""
    folder = root / "sys/fs/cgroup/memory"
    return _left(folder, "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")


def _left(folder: Path, limit: str, usage: str, reclaimable: str) -> int | None:
    """A group's limit less what it uses; pages of files that can be given up at once are free."""
    most, used = _read(folder / limit).strip(), _read(folder / usage).strip()
    if not most.isdigit() or not used.isdigit() or most in UNLIMITED_LINES:
        return None
    match = re.search(rf"^{reclaimable} (\d+)$", _read(folder / "memory.stat"), re.MULTILINE)
    return int(most) - int(used) + (int(match[1]) if match else 0)


def _of_hardware() -> int:
    """Half of the machine's memory, where nothing tells how much is free."""
    if not hasattr(os, "sysconf") or "SC_PHYS_PAGES" not in os.sysconf_names:
        return 2 * 10**9
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except (OSError, UnicodeDecodeError):
        return ""
