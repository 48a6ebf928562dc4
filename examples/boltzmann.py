"""Boltzmann machines: restricted, general, and on top of each other as the beginning of a classifier."""

from __future__ import annotations

import lamina

for name in ("boltzmann", "general_boltzmann"):
    run = lamina.train("digits", name, epochs=15, seed=1)
    losses = [epoch["loss"] for epoch in run]
    drawn = lamina.sample(run.model, 64)
    print(f"{name}: minus pseudo-likelihood {losses[0]:.1f} to {losses[-1]:.1f}; draws {drawn.shape}")

for name, network in (("deep_belief", "deep_belief"), ("the same from random weights", lamina.deep_belief(10))):
    run = lamina.train("digits", network, epochs=20, seed=1)
    list(run)
    print(f"{name}: error {run.model.evaluate('digits')['error']:.3f}")
    print(*run.prepared.notes, sep="\n")
