"""An embedding learnt from seven digits finds what is alike among three digits that it has never seen."""

from __future__ import annotations

import numpy as np

import lamina
from lamina.tasks.similarity import nearest_others

digits = lamina.read("digits")
unseen = np.isin(digits.targets, ["3", "5", "8"])
model = lamina.fit(digits.subset(np.flatnonzero(~unseen)), "siamese", epochs=20, seed=1)

asked = digits.subset(np.flatnonzero(unseen))
last = len(model.network.layers)
places = lamina.features(model, asked, layer=last).values
right = (asked.targets[nearest_others(places.astype(np.float64))] == asked.targets).mean()
print(f"the nearest other picture shows the same digit: {100 * right:.0f} %")

for found in lamina.nearest(model, asked.subset(np.arange(3)), among=asked, count=3):
    print(found)
