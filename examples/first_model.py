"""Take this data, train a network on it, save it, load it, predict: the whole of Lamina in a few lines."""

from __future__ import annotations

import lamina

model = lamina.fit("digits", epochs=10, seed=1)
path = model.save("digits.safetensors")

loaded = lamina.Model.load(path)  # refuses a file that is damaged or gives other answers than when it was saved
digits = lamina.read("digits")
answers = loaded.predict(digits)
print(f"the first picture is a {digits.targets[0]}; the model says {answers[0]}")
print(loaded.evaluate(digits))
print(loaded.summary())
