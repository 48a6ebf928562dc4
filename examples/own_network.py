"""A network of one's own, written as layers; its training watched epoch by epoch and stopped when it is good enough."""

from __future__ import annotations

import lamina
from lamina import BatchNorm, Conv2D, Dense, Dropout, Flatten, MaxPool2D, Residual, Sequential

network = Sequential(
    Conv2D(16, 3, "relu", padding="same"),
    Residual(Sequential(Conv2D(16, 3, padding="same"), BatchNorm()), activation="relu"),
    MaxPool2D(2),
    Flatten(),
    Dropout(0.2),
    Dense(10),  # one number a class, without an activation: the task makes probabilities of them
)
print("shapes:", *network.shapes((8, 8, 1)), sep="\n  ")

run = lamina.train("digits", network, epochs=20, batch_size=64, optimizer="adamw", weight_decay=0.01, seed=2)
for epoch in run:
    print(epoch)
    if epoch["validation error"] < 0.03:
        break

model = run.model  # the best weights so far, measured on the test part
print({measure.name: round(measure.value, 4) for measure in model.record.results})
model.save("own-network.safetensors")
