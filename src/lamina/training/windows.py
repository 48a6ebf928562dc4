"""What an epoch is trained on: all examples on the device, or one window of them after the other.

A window holds the rows of some batches in the order of the epoch. The same compiled program runs on each; while it
computes, a thread reads the next window. The order of an epoch is drawn as for examples that lie on the device, so that
the numbers are the same.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np

from lamina.arrays import Array, Numpy, Rows
from lamina.training.devices import Devices
from lamina.training.outputs import narrowed, to_device
from lamina.training.settings import Settings
from lamina.training.step import Data

SMALLEST_ROOM, LARGEST_ROOM = 64, 2**24
"""Examples on the device have room for a power of two of them, from 64 rows; beyond 16 MiB as much as they need."""


@dataclass(frozen=True, eq=False)
class HostData:
    """Examples that are not on the device: in the host's memory or on disk.

    Args:
        inputs: encoded, read by their places.
        targets, weights: arrays of the host.
        window: how many batches are brought to the device at a time.
    """

    inputs: Rows
    targets: Numpy
    weights: Numpy
    window: int

    @property
    def examples(self) -> int:
        """How many examples."""
        return len(self.inputs)

    def take(self, places: Numpy) -> Data:
        """The examples at these places, on the device."""
        return Data(*map(to_device, self.rows(places)))

    def rows(self, places: Numpy) -> tuple[Numpy, ...]:
        """The inputs, the targets and the weights at these places."""
        return tuple(column[places] for column in (self.inputs, self.targets, self.weights))


class Window(NamedTuple):
    """Some batches of an epoch on the device.

    Args:
        data: the rows.
        order: which rows the batches take, filled up to whole batches.
        real: how many of those are real.
        first, last: the first batch, and the one behind the last.
    """

    data: Data
    order: Array
    real: Array
    first: int
    last: int


def room_for(data: Data) -> int:
    """So many rows are kept on the device for these examples: few sizes, so that few programs are compiled.

    Example:
        >>> room_for(Data(np.zeros((65, 4)), np.zeros(65), np.ones(65)))
        128
    """
    count = data.examples
    room = max(SMALLEST_ROOM, 1 << (count - 1).bit_length())
    return room if room * data.inputs.nbytes <= LARGEST_ROOM * count else count


def filled_up(data: Data, rows: int) -> Data:
    """Examples with rows of zeros behind them, whose weight is 0."""
    missing = rows - data.examples

    def fill(column: Array) -> Array:  # on the host, since on the device each number of rows is a program of its own
        return jnp.asarray(np.concatenate([column, np.zeros((missing, *column.shape[1:]), column.dtype)]))

    return data if missing == 0 else Data(*map(fill, data))


class Resident:
    """All examples on the device: an epoch is one window."""

    def __init__(self, data: Data, settings: Settings, devices: Devices) -> None:
        self._count, self._settings, self._devices = data.examples, settings, devices
        self._data = devices.everywhere(filled_up(data, room_for(data)))
        self._epoch = -1
        self._window: Window | None = None

    def at(self, epoch: int, batch: int) -> Window:
        """The window of a batch."""
        if self._window is None or self._epoch != epoch:
            size = self._settings.batch_size
            own = epoch_order(self._settings.seed, epoch, self._count, size)
            order = np.zeros(-(-self._data.examples // size) * size, np.int32)
            order[: len(own)] = own
            places, real = self._devices.everywhere((jnp.asarray(order), jnp.int32(self._count)))
            self._window = Window(self._data, places, real, 0, len(own) // size)
            self._epoch = epoch
        return self._window


class Streamed:
    """Examples that are brought to the device a window at a time; the next one is read ahead, by a thread."""

    def __init__(self, data: HostData, settings: Settings, devices: Devices) -> None:
        self._data, self._settings, self._devices = data, settings, devices
        self._batches = -(-data.examples // settings.batch_size)
        self._size = min(data.window, self._batches)
        # Of a window of one batch XLA does not come to an end with the program of several processes.
        room = self._size if devices.together.count == 1 else max(2, self._size)
        self._rows = jnp.arange(room * settings.batch_size, dtype=jnp.int32)
        self._reader = ThreadPoolExecutor(1, "windows")
        self._now: tuple[tuple[int, int], Window] | None = None
        self._ahead: tuple[tuple[int, int], Future[Window]] | None = None
        self._order: tuple[int, Numpy] = (-1, np.zeros(0, np.int32))

    def at(self, epoch: int, batch: int) -> Window:
        """The window of a batch; the one after it is begun."""
        place = (epoch, batch // self._size)
        if self._now is None or self._now[0] != place:
            self._now = None  # its memory is free for the next
            ahead = self._ahead
            reading = ahead[1] if ahead is not None and ahead[0] == place else self._reader.submit(self._read, *place)
            self._ahead = None
            self._now = (place, reading.result())
            following = self._after(*place)
            self._ahead = (following, self._reader.submit(self._read, *following))
        return self._now[1]

    def _after(self, epoch: int, number: int) -> tuple[int, int]:
        last = (number + 1) * self._size >= self._batches
        return (epoch + 1, 0) if last else (epoch, number + 1)

    def _read(self, epoch: int, number: int) -> Window:
        """The rows of a window, as many as of any other: what the last one lacks is filled up with the first row."""
        if self._order[0] != epoch:
            settings = self._settings
            self._order = (epoch, epoch_order(settings.seed, epoch, self._data.examples, settings.batch_size))
        first = number * self._size
        last = min(first + self._size, self._batches)
        start = first * self._settings.batch_size
        real = min(self._data.examples - start, self._size * self._settings.batch_size)
        places = np.zeros(len(self._rows), np.int32)
        places[:real] = self._order[1][start : start + real]
        order, count = self._devices.everywhere((self._rows, jnp.int32(real)))
        return Window(self._brought(places), order, count, first, last)

    def _brought(self, places: Numpy) -> Data:
        """The examples of a window: here all of them; of several processes each brings its own rows of each batch."""
        if self._devices.together.count == 1:
            data: Data = self._devices.everywhere(self._data.take(places))
            return data
        size = self._settings.batch_size
        own = places.reshape(-1, size)[:, self._devices.rows(size)]
        columns = self._data.rows(own.ravel())
        return Data(
            *(self._devices.gathered(narrowed(column.reshape(*own.shape, *column.shape[1:]))) for column in columns)
        )

    def batch(self, epoch: int, number: int) -> tuple[Data, Array]:
        """A batch and its mask on the devices of this process, whichever process holds its rows."""
        size, count = self._settings.batch_size, self._data.examples
        places = epoch_order(self._settings.seed, epoch, count, size)[number * size : (number + 1) * size]
        mask = np.arange(number * size, (number + 1) * size) < count
        return self._data.take(places), jnp.asarray(mask, jnp.float32)


def windows_of(data: Data | HostData, settings: Settings, devices: Devices) -> Resident | Streamed:
    """The windows of examples that are on the device, or of others."""
    return Streamed(data, settings, devices) if isinstance(data, HostData) else Resident(data, settings, devices)


def epoch_order(seed: int, epoch: int, count: int, batch_size: int) -> Numpy:
    """The order of the examples in an epoch, a function of (seed, epoch) alone, filled up to whole batches."""
    chance = np.random.Generator(np.random.Philox(key=[seed, epoch]))
    order = np.zeros(-(-count // batch_size) * batch_size, np.int32)
    order[:count] = chance.permutation(count)
    return order
