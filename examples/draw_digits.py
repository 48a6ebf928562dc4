"""Three kinds of networks learn what digits look like and draw new ones: a VAE, a Boltzmann machine and a GAN."""

from __future__ import annotations

import numpy as np

import lamina

for name, epochs in (("vae", 30), ("boltzmann", 30), ("gan", 30)):
    model = lamina.fit("digits", name, epochs=epochs, seed=1)
    drawn = lamina.sample(model, 64)
    lamina.save_samples(model, f"{name}.png")
    spread = drawn.std(axis=0).mean() / np.asarray(lamina.read("digits").inputs.pixels).std(axis=0).mean()
    print(f"{name}: {len(drawn)} new digits, as varied as {spread:.2f} of the real ones; {model.evaluate('digits')}")
