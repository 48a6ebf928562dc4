"""Groups without classes: k-means on an autoencoder's code, deep clustering, and a map; the classes only judge."""

from __future__ import annotations

from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score

import lamina

digits = lamina.read("digits")
pixels = digits.inputs.pixels.reshape(len(digits), -1)
found = {"k-means on pixels": KMeans(10, n_init=10, random_state=0).fit_predict(pixels)}
for network in ("autoencoder", "deep_clustering"):
    model = lamina.fit("digits", network, task="clustering", groups=10, seed=1)
    found[network] = [answer.value for answer in model.predict(digits)]
for name, groups in found.items():
    print(f"{name}: adjusted Rand index {adjusted_rand_score(digits.targets, groups):.2f}")

map_of_digits = lamina.fit("digits", "som", seed=1)
lamina.save_samples(map_of_digits, "map.png", 100)
print("map.png shows what each of the 100 neurons stands for:", map_of_digits.evaluate("digits"))
