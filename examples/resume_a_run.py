"""A run that was cut short goes on where it was, and ends in the same weights as one that nobody disturbed."""

from __future__ import annotations

import jax
import numpy as np

import lamina


def run(checkpoint: str | None) -> lamina.Run:
    """The same run each time it is asked for: source, network, settings and seed decide all of its numbers."""
    return lamina.train("digits", "mlp", epochs=6, seed=4, checkpoint=checkpoint)


first = run("digits.checkpoint.safetensors")
for epoch in first:
    print(epoch)
    if epoch.number == 2:
        break  # here the machine is switched off; only the checkpoint is left
first.checkpoint.save(first.progress)  # by itself it is saved every few seconds

second = run("digits.checkpoint.safetensors")
print("going on after", second.resume())
for epoch in second:
    print(epoch)
second.checkpoint.discard()

undisturbed = run(None)
for _ in undisturbed:
    pass
weights = [jax.tree.leaves(one.model.params) for one in (second, undisturbed)]
same = all(np.array_equal(a, b) for a, b in zip(*weights, strict=True))
print("the same weights to the bit:", same)
