"""What recurrent networks remember: two marked numbers of a long sequence are to be added up."""

from __future__ import annotations

import numpy as np

import lamina
from lamina import Reshape, Sequential

STEPS, COUNT = 20, 3_000
chance = np.random.default_rng(0)
numbers, marks, rows = chance.uniform(0, 1, (COUNT, STEPS)), np.zeros((COUNT, STEPS)), np.arange(COUNT)
marks[rows, chance.integers(0, STEPS // 2, COUNT)] = 1
marks[rows, chance.integers(STEPS // 2, STEPS, COUNT)] = 1
sequences = np.stack([numbers, marks], axis=-1).reshape(COUNT, -1)
sums = (numbers * marks).sum(axis=1)

print(f"always 1: mean squared error {np.square(sums - 1).mean():.4f}")
for name, design in (("rnn", lamina.rnn), ("lstm", lamina.lstm), ("gru", lamina.gru)):
    network = Sequential(Reshape((STEPS, 2)), *design((STEPS, 2), 1, units=32).layers)
    model = lamina.fit((sequences, sums), network, epochs=15, learning_rate=0.01, clip_norm=1.0, seed=1)
    print(f"{name}: mean squared error {model.evaluate((sequences, sums))['mean_squared_error']:.4f}")
