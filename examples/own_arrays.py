"""Arrays of one's own: rows of numbers and pictures as NumPy arrays, classes and numbers as answers."""

from __future__ import annotations

import numpy as np

import lamina
from lamina import Dense, Flatten, Sequential

chance = np.random.default_rng(0)

# Rows of numbers with class names: inside or outside of a ring.
rows = chance.normal(size=(600, 2))
names = np.where(np.hypot(*rows.T) < 1.2, "inside", "outside")
model = lamina.fit((rows, names), "mlp", epochs=40, learning_rate=0.01, class_weights="balanced")
print(model.predict(np.array([[0.1, 0.2], [2.0, -2.0]])))

# Rows of numbers with a number as the answer, some examples counting more than others.
heights = rows[:, 0] ** 2 + rows[:, 1]
trust = np.where(np.abs(rows[:, 0]) < 2, 1.0, 0.2)
surface = lamina.fit(
    (rows, heights), Sequential(Dense(32, "tanh"), Dense(1)), epochs=60, learning_rate=0.01, sample_weights=trust
)
print(f"at (1, 1) the surface is 2 high; the model says {surface.predict([[1.0, 1.0]])[0]}")

# Pictures as bytes (examples, height, width): lines that run down or across.
pictures = chance.integers(0, 60, size=(400, 12, 12), dtype=np.uint8)
across = np.arange(400) % 2 == 0
for picture, is_across, place in zip(pictures, across, chance.integers(1, 11, 400), strict=True):
    picture[(place, slice(None)) if is_across else (slice(None), place)] = 255
lines = lamina.fit((pictures, np.where(across, "across", "down")), Sequential(Flatten(), Dense(16, "relu"), Dense(2)))
print(lines.evaluate((pictures, np.where(across, "across", "down"))))
