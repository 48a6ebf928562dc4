"""A leaky integrate-and-fire neuron, step by step, beside the formula for its rate and the neuron of a network.

tau dV/dt = -(V - rest) + R I;  at the threshold it fires, and begins again at rest (Lapicque, 1907; Gerstner et al.,
Neuronal Dynamics, 2014, section 1.3). Between two spikes lie refractory + tau ln(R I / (R I - (threshold - rest)))
seconds.
"""

from __future__ import annotations

import math

import numpy as np

TAU, RESISTANCE = 0.02, 1e7  # seconds, ohms
REST, THRESHOLD, REFRACTORY = -0.070, -0.050, 0.002  # volts, volts, seconds
STEP, SECONDS = 1e-5, 2.0


def spikes(current: float) -> int:
    """How often the neuron fires while so many amperes flow in."""
    voltage, resting_until, count = REST, 0.0, 0
    for time in np.arange(0.0, SECONDS, STEP).tolist():
        if time < resting_until:
            continue
        voltage += STEP / TAU * (-(voltage - REST) + RESISTANCE * current)
        if voltage >= THRESHOLD:
            voltage, resting_until, count = REST, time + REFRACTORY, count + 1
    return count


def rate(current: float) -> float:
    """Spikes a second by the formula; none below the threshold."""
    driven, needed = RESISTANCE * current, THRESHOLD - REST
    return 0.0 if driven <= needed else 1 / (REFRACTORY + TAU * math.log(driven / (driven - needed)))


print("current      steps    formula   a neuron of a network, relu(20 z - 38)")
for nanoamperes in (1.0, 1.9, 2.1, 3.0, 5.0, 10.0):
    counted, expected = spikes(nanoamperes * 1e-9) / SECONDS, rate(nanoamperes * 1e-9)
    print(f"{nanoamperes:5.1f} nA   {counted:5.1f} Hz   {expected:5.1f} Hz   {max(0.0, 20 * nanoamperes - 38):6.1f}")
    assert abs(counted - expected) <= 1.0, "the steps are too long"
