"""Single neurons, support-vector machines, Boltzmann machines and deep belief networks, beside scikit-learn."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np

import lamina
from benchmarks.kinds.section import Section, finished, percent, pixels_of, seen_by_network
from lamina.layers.boltzmann import Boltzmann
from lamina.model.run import Run
from lamina.networks import RULES

SEEDS = range(5)
UNITS, EPOCHS, BATCH = 128, 20, 32
PEER_RATE = 0.3
"""The best of 0.02, 0.05, 0.1, 0.2, 0.3, 0.5 and 1 on the training part of another seed."""


DEEP = "128 relu, 64 relu, 32 relu"
SOURCES = ("digits", "iris")


def single() -> Section:
    """The perceptron, support-vector machines and feed-forward networks, all on the same parts."""
    from sklearn.linear_model import Perceptron
    from sklearn.neural_network import MLPClassifier
    from sklearn.svm import SVC, LinearSVC

    peers: dict[str, Callable[[int], Any]] = {
        "perceptron": lambda seed: Perceptron(random_state=seed),
        "linear_svm": lambda seed: LinearSVC(random_state=seed, loss="hinge", max_iter=100_000),
        "svm": lambda seed: SVC(),
        "mlp": lambda seed: MLPClassifier((128,), random_state=seed, max_iter=1_000),
        DEEP: lambda seed: MLPClassifier((128, 64, 32), random_state=seed, max_iter=1_000),
    }
    rows = [_beside(source, name, peer) for source in SOURCES for name, peer in peers.items()]
    what = (
        "Mean test error over the same random splits; scikit-learn's estimators with their own settings on the same "
        "numbers, standardized as ours; LinearSVC with the hinge loss, MLPClassifier with the same layers. Goals on "
        "the digits: linear within 0.5 points, random Fourier features within 1.0."
    )
    return Section("Single neurons, support-vector machines, feed-forward networks: digits, iris", what, (
        "command", "seeds", "error", "s", "scikit-learn", "s "), rows)  # fmt: skip


def _beside(source: str, name: str, peer: Callable[[int], Any]) -> tuple[object, ...]:
    """Lamina's network and scikit-learn's estimator on the same parts, as a line."""
    ours, theirs, ours_s, theirs_s = [], [], [], []
    for seed in SEEDS:
        began = time.perf_counter()
        run = finished(source, name, seed=seed)
        ours.append(error(run))
        ours_s.append(time.perf_counter() - began)
        train, test = parts(run)
        began = time.perf_counter()
        learnt = peer(seed).fit(*train)
        theirs_s.append(time.perf_counter() - began)
        theirs.append(float(np.mean(learnt.predict(test[0]) != test[1])))
    title = type(peer(0)).__name__
    means = (percent(statistics.mean(ours)), f"{statistics.mean(ours_s):.1f}")
    others = (f"{title}: {percent(statistics.mean(theirs))}", f"{statistics.mean(theirs_s):.2f}")
    said = f'"{name}"' if " " in name else name
    return (f"`lamina train {source} --network {said}`", len(SEEDS), *means, *others)


def boltzmann() -> Section:
    """The pseudo-likelihood of restricted Boltzmann machines on the digits."""
    from sklearn.neural_network import BernoulliRBM

    pixels = pixels_of(lamina.read("digits"))
    layer, rows, rule = Boltzmann((UNITS,)), [], RULES["boltzmann"](len(pixels), True)
    for seed in range(3):
        began = time.perf_counter()
        run = finished("digits", lamina.boltzmann((8, 8, 1), UNITS), epochs=EPOCHS, batch_size=BATCH, seed=seed, **rule)
        ours_s = time.perf_counter() - began
        parts = run.prepared.split
        began = time.perf_counter()
        peer = BernoulliRBM(UNITS, learning_rate=PEER_RATE, batch_size=BATCH, n_iter=EPOCHS, random_state=seed)
        peer.fit(pixels[parts.train])
        theirs_s = time.perf_counter() - began
        theirs = {"weight": peer.components_.T, "visible_bias": peer.intercept_visible_,
                  "hidden_bias": peer.intercept_hidden_}  # fmt: skip
        own = run.model.params["1"]["0"]
        test = pixels[parts.test]
        found = [exact_pseudo_likelihood(layer, params, test) for params in (own, theirs)]
        back = [f"{reconstruction_error(layer, params, test):.4f}" for params in (own, theirs)]
        rows.append((seed, f"{found[0]:.2f}", back[0], f"{ours_s:.1f}", f"{found[1]:.2f}", back[1], f"{theirs_s:.1f}"))
    what = (
        f"Mean of log p(v) over test pictures by its pseudo-likelihood, sum_i log p(v_i | all others), computed "
        f"for all 64 "
        f"neurons by the same program from both sets of weights (nats a picture; larger is better); reconstruction: "
        f"the mean of (v - v')² after one way up and down, by probabilities (smaller is better). {UNITS} "
        f"hidden neurons, "
        f"{EPOCHS} epochs, batches of {BATCH}; BernoulliRBM with learning rate {PEER_RATE}, the "
        "best of 0.02 to 1 on the training part of another split."
    )
    return Section("Restricted Boltzmann machine: digits", what, (
        "seed", "Lamina", "reconstruction", "s", "BernoulliRBM", "reconstruction ", "s "), rows)  # fmt: skip


def reconstruction_error(layer: Boltzmann, own: Any, v: Any) -> float:
    """The mean of (v - v')^2 over neurons and pictures, v' what the hidden probabilities give back."""
    own = {name: np.asarray(value, np.float32) for name, value in own.items()}
    return float(np.mean(np.square(v - np.asarray(layer.reconstruct({"0": own}, {}, v)))))


def exact_pseudo_likelihood(layer: Boltzmann, own: Any, v: Any) -> float:
    """The mean of sum_i log p(v_i | all others), every neuron turned over once."""
    own = {name: np.asarray(value, np.float32) for name, value in own.items()}
    energy, total = np.asarray(layer.free_energy(0, own, v)), np.zeros(len(v))
    for place in range(v.shape[1]):
        turned = v.copy()
        turned[:, place] = 1 - turned[:, place]
        total -= np.logaddexp(0, energy - np.asarray(layer.free_energy(0, own, turned)))
    return float(total.mean())


def belief() -> Section:
    """A classifier that begins with Boltzmann machines' weights, and one that begins at random."""
    rows = []
    for epochs in (3, 60):
        for name, network in (("`--network deep_belief`", "deep_belief"), ("the same from random weights", None)):
            runs = [finished("digits", network or lamina.deep_belief(10), epochs=epochs, seed=seed) for seed in SEEDS]
            errors = [error(run) for run in runs]
            rows.append((name, epochs, len(SEEDS), percent(statistics.mean(errors)), percent(max(errors))))
    what = (
        "Mean test error on the digits after so many epochs with classes. The machines' hidden neurons differ little "
        "from picture to picture, so that the layers above begin slowly: on these small pictures they are no better a "
        "beginning than random weights of the right size."
    )
    return Section("Deep belief network: digits", what, ("start", "epochs", "seeds", "error", "worst"), rows)


def error(run: Run) -> float:
    """The share of wrong answers on the test part."""
    return next(measure.value for measure in run.model.record.results if measure.name == "error")


def parts(run: Run) -> Any:
    """Standardized inputs in rows, and classes, of the training part with the validation part, and of the test part."""
    prepared, found = run.prepared, []
    seen = seen_by_network(run)
    for rows in (np.concatenate([prepared.split.train, prepared.split.validation]), prepared.split.test):
        found.append((seen[rows], prepared.dataset.targets[rows]))
    return found
