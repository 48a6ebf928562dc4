"""Convolutions: LeNet-5 as it was and as it is, and what the filters of a small network make of a digit."""

from __future__ import annotations

import jax
import numpy as np

import lamina

for name, network in (("as it is", lamina.lenet5()), ("as it was in 1998", lamina.lenet5(original=True))):
    params, _ = network.init(jax.random.key(0), np.zeros((1, 28, 28, 1), np.float32))
    print(f"LeNet-5 {name}: {sum(leaf.size for leaf in jax.tree.leaves(params)):,} parameters")

model = lamina.fit("digits", lamina.cnn((8, 8, 1), 10, filters=(8, 16)), epochs=20, learning_rate=0.003, seed=1)
print(model.evaluate("digits"))

digits = lamina.read("digits")
first = digits.subset(np.array([0]))
maps = lamina.features(model, first, 1).values.reshape(8, 8, 8)  # rows, columns, filters
print(f"a {digits.targets[0]}, and how strongly each of 8 filters answers to it: {maps.mean(axis=(0, 1)).round(2)}")
for row in maps[:, :, maps.mean(axis=(0, 1)).argmax()]:
    print("".join(" .:-=+*#@"[min(8, int(8 * value / maps.max()))] for value in row))

shown = lamina.nearest(model, first, digits, 5)
print("most alike by what was learnt:", shown[0])
