"""Deep networks with and without ways around their layers, and LeNet-5 in both of its forms, on the digits."""

from __future__ import annotations

import lamina
from lamina import Layer

networks: dict[str, Layer] = {
    "14 layers with skips": lamina.resnet((8, 8, 1), 10, depth=14),
    "14 layers without": lamina.resnet((8, 8, 1), 10, depth=14, skips=False),
}
for name, network in networks.items():
    run = lamina.train("digits", network, epochs=4, seed=1)
    losses = [epoch["loss"] for epoch in run]
    error = run.model.evaluate("digits")["error"]
    print(f"{name}: training loss {losses[0]:.2f} to {losses[-1]:.2f}, test error {error:.3f}")

for original in (False, True):
    layers = lamina.lenet5(original=original).layers
    print(f"LeNet-5, original={original}: {' '.join(type(layer).__name__ for layer in layers)}")
