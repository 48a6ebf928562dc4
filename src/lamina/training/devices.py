"""The devices of a run: each holds the weights, and the examples of a batch are shared out among them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import jax
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from lamina.arrays import Array, Numpy
from lamina.errors import SettingError
from lamina.processes.together import ALONE, Together
from lamina.training.settings import Settings

BATCH = "batch"


@dataclass(frozen=True)
class Devices:
    """The first `count` devices of the machine, and of the machines of the other processes, where there are any.

    Every program then runs on all of them: what works on an example runs where the example is, and sums over a batch
    (the loss, a gradient, the statistics of batch normalization) are added up between the devices. The numbers are
    those of one device but for the order of these sums.

    Args:
        count: how many devices of each process.
        together: the processes.

    Example:
        >>> Devices(1).share(np.ones((4, 2))).shape
        (4, 2)
    """

    count: int
    together: Together = ALONE

    @property
    def total(self) -> int:
        """How many devices there are in all processes."""
        return self.count * self.together.count

    def everywhere(self, tree: Any) -> Any:
        """Arrays as copies on every device."""
        if self.total == 1:
            return tree
        if self.together.count == 1:
            return jax.device_put(tree, self.whole)
        return jax.tree.map(self._copied, tree)

    def here(self, tree: Any) -> Any:
        """Copies on all devices as copies on those of this process, for what it computes by itself."""
        return tree if self.together.count == 1 else jax.tree.map(self._own, tree)

    @cached_property
    def local(self) -> Devices:
        """The devices of this process alone."""
        return self if self.together.count == 1 else Devices(self.count)

    def share(self, tree: Any) -> Any:
        """Inside a program: arrays with the rows of a batch shared out; those whose rows do not divide stay whole."""
        return tree if self.total == 1 else jax.tree.map(self._shared, tree)

    def rows(self, batch_size: int) -> slice:
        """The rows of each batch that this process holds."""
        size = batch_size // self.together.count
        return slice(self.together.own * size, (self.together.own + 1) * size)

    def gathered(self, own: Numpy) -> Array:
        """Batches of which each process brings its own rows: (batches, rows, ...) of the host, of one shape in all."""
        sharding = NamedSharding(self._mesh, PartitionSpec(None, BATCH))
        array: Array = jax.make_array_from_process_local_data(sharding, own)
        return array

    @cached_property
    def whole(self) -> NamedSharding:
        """A copy on each device."""
        return NamedSharding(self._mesh, PartitionSpec())

    def _shared(self, rows: Array) -> Array:
        if rows.shape[0] % self.total:
            return rows
        shared: Array = jax.lax.with_sharding_constraint(rows, NamedSharding(self._mesh, PartitionSpec(BATCH)))
        return shared

    def _copied(self, leaf: Any) -> Array:
        if isinstance(leaf, jax.Array) and not leaf.is_fully_addressable:
            return leaf
        copies = [jax.device_put(leaf, device) for device in jax.local_devices()[: self.count]]
        return jax.make_array_from_single_device_arrays(np.shape(leaf), self.whole, copies)

    def _own(self, leaf: Any) -> Any:
        if not isinstance(leaf, jax.Array) or leaf.is_fully_addressable:
            return leaf
        copies = [shard.data for shard in leaf.addressable_shards]
        if self.count == 1:
            return copies[0]
        return jax.make_array_from_single_device_arrays(leaf.shape, self.local.whole, copies)

    @cached_property
    def _mesh(self) -> Mesh:
        if self.together.count == 1:
            return Mesh(np.array(jax.local_devices()[: self.count]), (BATCH,))
        each = [jax.local_devices(process_index=number)[: self.count] for number in range(self.together.count)]
        return Mesh(np.array(each).ravel(), (BATCH,))


def devices_for(settings: Settings, together: Together = ALONE) -> Devices:
    """The devices that a run asks for.

    Raises:
        SettingError: more than there are, or a batch that cannot be shared out evenly.
    """
    count, found = settings.devices, jax.local_devices()
    if count > len(found):
        kinds = f"{len(found)} ({found[0].device_kind})"
        raise SettingError(f"devices={count}, but this machine has {kinds}: take at most {len(found)}")
    devices = Devices(count, together)
    if settings.batch_size % devices.total:
        among = f"{count} devices" if together.count == 1 else f"{devices.total} devices of {together.count} processes"
        raise SettingError(
            f"a batch of {settings.batch_size} examples cannot be shared out evenly among {among}: "
            f"take a batch_size that {devices.total} divides"
        )
    return devices
