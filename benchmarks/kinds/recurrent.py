"""Recurrent networks: what they remember, by each kind of feedback, and how fast they learn."""

from __future__ import annotations

import statistics
import time
from typing import Any

import numpy as np

import lamina
from benchmarks.commands import data_set
from benchmarks.kinds.section import Section, finished, percent
from lamina import Dense, Feedback, Layer, Reshape, Sequential

STEPS, SEQUENCES = 50, 10_000
LONGEST = 10
KINDS = (("direct",), ("lateral",), ("indirect",), ("direct", "lateral"), ("direct", "lateral", "indirect"))


def adding() -> Section:
    """Sequences of numbers, two of them marked: their sum is asked for."""
    chance = np.random.default_rng(0)
    numbers = chance.uniform(0, 1, (SEQUENCES, STEPS))
    marks = np.zeros_like(numbers)
    rows = np.arange(SEQUENCES)
    marks[rows, chance.integers(0, STEPS // 2, SEQUENCES)] = 1
    marks[rows, chance.integers(STEPS // 2, STEPS, SEQUENCES)] = 1
    x = np.stack([numbers, marks], axis=-1).reshape(SEQUENCES, -1).astype(np.float32)
    y = (numbers * marks).sum(axis=1)
    designs = {"lstm": lamina.lstm, "gru": lamina.gru, "rnn": lamina.rnn}
    found = []
    for name, design in designs.items():
        errors = []
        for seed in range(3):
            network = Sequential(Reshape((STEPS, 2)), *design((STEPS, 2), 1, units=64).layers)
            run = finished((x, y), network, epochs=40, batch_size=64, learning_rate=0.003, clip_norm=1.0, seed=seed)
            test = run.prepared.split.test
            answers = np.array([one.value for one in run.model.predict(x[test])])
            errors.append(float(np.square(answers - y[test]).mean()))
            print(name, seed, errors[-1], flush=True)
        found.append((name, 3, f"{statistics.mean(errors):.5f}", f"{max(errors):.5f}"))
    what = (
        f"{SEQUENCES:,} sequences of {STEPS} numbers from 0 to 1, one marked in each half; mean squared error of "
        f"the two "
        f"marked ones' sum on the test part (always 1: {np.square(y - 1).mean():.3f}). Goal: under 0.01 by LSTM "
        f"or GRU. "
        "64 units, 40 epochs."
    )
    return Section("The adding problem", what, ("network", "seeds", "mean squared error", "worst"), found)


def by_kind(kinds: tuple[str, ...], steps: int, outputs: int, return_sequence: bool = False) -> Sequential:
    """Two layers of 16 neurons with feedback of these kinds."""
    layer: Layer = Feedback((16, 16), kinds, return_sequence=return_sequence)
    return Sequential(Reshape((steps, 1)), layer, Dense(outputs))


def parity() -> Section:
    """Whether the number of ones is even, by each kind of feedback."""
    chance = np.random.default_rng(0)
    x = chance.choice([-1.0, 1.0], (8_000, LONGEST)).astype(np.float32)
    x[np.arange(LONGEST) < (LONGEST - chance.integers(1, LONGEST + 1, 8_000))[:, None]] = (
        0  # short ones stand at the end
    )
    y = np.where((x > 0).sum(axis=1) % 2 > 0, "odd", "even")
    asked = (x != 0).all(axis=1) & ((x > 0) @ 2.0 ** np.arange(LONGEST) % 5 == 0)  # these are never trained on
    rows = []
    for kinds in KINDS:
        errors = []
        for seed in range(3):
            network = by_kind(kinds, LONGEST, 2)
            model = finished((x[~asked], y[~asked]), network, epochs=40, learning_rate=0.005, seed=seed).model
            errors.append(float(np.mean([one.value for one in model.predict(x[asked])] != y[asked])))
        rows.append((" + ".join(kinds), int(Feedback((16, 16), kinds).connections().sum()), 3,
                     percent(statistics.median(errors)), percent(min(errors)), percent(max(errors))))  # fmt: skip
        print(rows[-1], flush=True)
    what = (
        f"Sequences of 1 to {LONGEST} signs, with an odd or an even number of pluses; every fifth of the longest ones "
        "is kept out of training and asked for. Two layers of 16 neurons; 40 epochs."
    )
    return Section("Parity by kind of feedback", what, (
        "feedback", "connections back", "seeds", "median error", "best", "worst"), rows)  # fmt: skip


def forecast() -> Section:
    """The next day's lowest temperature, by each kind of feedback."""
    source = data_set("daily_min_temperatures/daily-min-temperatures.csv")
    naive, rows = 0.0, []
    for kinds in KINDS:
        errors = []
        for seed in range(3):
            run = lamina.train(source, "rnn", target="temp", horizon=1, epochs=0)
            shape = run.prepared.encoder.input_shape
            network = Sequential(Feedback((16, 16), kinds), Dense(run.prepared.task.outputs))
            run = finished(source, network, target="temp", horizon=1, epochs=20, learning_rate=0.003, seed=seed)
            results = {measure.name: measure.value for measure in run.model.record.results}
            errors.append(results["mean absolute error"])
            naive = run.model.record.guess or naive
        rows.append((" + ".join(kinds), 3, f"{statistics.mean(errors):.3f}", f"{max(errors):.3f}"))
        print(rows[-1], shape, flush=True)
    what = (
        f"Daily lowest temperatures of ten years, one day ahead, the last fifth for testing: mean absolute error "
        f"in degrees "
        f"(the better of the naive ones: {naive:.3f}). Two layers of 16 neurons, 20 epochs."
    )
    return Section("A forecast by kind of feedback", what, (
        "feedback", "seeds", "mean absolute error", "worst"), rows)  # fmt: skip


ON_DATA: dict[str, dict[str, Any]] = {
    "sms_spam/sms.tsv": {"target": "label"},
    "fsdd/fsdd.zip": {},
    "daily_min_temperatures/daily-min-temperatures.csv": {"target": "temp", "horizon": 1},
}
"""A text, a sound and a series."""


def on_data() -> Section:
    """LSTM and GRU on texts, sounds and a series, beside the default networks."""
    rows = []
    for name, said in ON_DATA.items():
        options = "".join(f" --{option} {value}" for option, value in said.items())
        for network in (None, "lstm", "gru"):
            found, began = [], time.perf_counter()
            for seed in range(3):
                run = finished(data_set(name), network, seed=seed, **said)
                results = {measure.name: measure.value for measure in run.model.record.results}
                found.append(results[run.model.task.measure])
            shown = percent if run.model.task.measure == "error" else "{:.3f}".format
            rows.append((f"`lamina train $LAMINA_DATA/{name}{options}{f' --network {network}' if network else ''}`",
                         run.model.task.measure, shown(statistics.mean(found)), shown(max(found)),
                         f"{(time.perf_counter() - began) / 3:.0f}"))  # fmt: skip
            print(rows[-1], flush=True)
    what = "Three seeds each on the test part; without a network's name it is the default one for such data."
    return Section(
        "LSTM and GRU on texts, sounds and a series", what, ("command", "measure", "mean", "worst", "s"), rows
    )
