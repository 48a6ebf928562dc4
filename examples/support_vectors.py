"""The perceptron and support-vector machines: one layer of neurons, each learnt by a rule of its own."""

from __future__ import annotations

import lamina

for name in ("perceptron", "linear_svm", "svm"):
    model = lamina.fit("digits", name, seed=1)
    found, settings = model.evaluate("digits"), model.record.settings
    parameters = sum(array.size for layer in model.params.values() for array in layer.values())
    print(f"{name:10} {parameters:6,} parameters, {settings.optimizer}, error {found['error']:.3f}")

# Going step by step with the rule alone: a neuron that is wrong adds its example, one that is right stays as it is.
rows = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]] * 10
both = ["yes" if a and b else "no" for a, b in rows]
model = lamina.fit((rows, both), "perceptron", epochs=20, seed=1)
print("a and b:", [str(answer.value) for answer in model.predict([[0.0, 1.0], [1.0, 1.0]])])
