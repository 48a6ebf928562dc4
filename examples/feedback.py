"""Direct, lateral and indirect feedback: which kind remembers the first number of a sequence to its end?"""

from __future__ import annotations

import numpy as np

import lamina
from lamina import Dense, Feedback, Sequential

chance = np.random.default_rng(0)
sequences = chance.choice([-1.0, 1.0], size=(1200, 8, 1)).astype(np.float32)
first = np.where(sequences[:, 0, 0] > 0, "plus", "minus")
rows = sequences.reshape(1200, 8)

for kinds in (("direct",), ("lateral",), ("indirect",), ("direct", "lateral", "indirect")):
    layer = Feedback((8, 8), kinds)
    network = Sequential(lamina.Reshape((8, 1)), layer, Dense(2))
    model = lamina.fit((rows, first), network, epochs=30, learning_rate=0.01, seed=1)
    if len(kinds) > 1:
        print(layer.drawing())
    free = int(layer.connections().sum())
    print(f"{' + '.join(kinds):27} {free:3} connections back, error {model.evaluate((rows, first))['error']:.3f}")
