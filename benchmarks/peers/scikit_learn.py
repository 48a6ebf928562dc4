"""scikit-learn's MLPClassifier: `partial_fit` is one epoch; it adds up its loss, but no training error."""

from __future__ import annotations

import time

from benchmarks.peers.job import LEARNING_RATE, Job, Outcome, finish, start


def scikit_learn_epoch_times(job: Job) -> Outcome:
    """Train with scikit-learn."""
    import numpy as np
    from sklearn.neural_network import MLPClassifier

    from benchmarks import mnist

    data = mnist.load(job.examples)
    x = data.train_pictures.reshape(-1, 784).astype(np.float32) / 255
    network = MLPClassifier(
        (128,), alpha=0.0, batch_size=job.batch_size, learning_rate_init=LEARNING_RATE, random_state=job.seed
    )
    seconds = []
    for _ in range(job.epochs):
        began = time.perf_counter()
        network.partial_fit(x, data.train_classes, classes=np.arange(10))
        seconds.append(time.perf_counter() - began)
    test = data.test_pictures.reshape(-1, 784).astype(np.float32) / 255
    return Outcome(seconds, float(network.loss_), float(1 - network.score(test, data.test_classes)))


if __name__ == "__main__":
    finish(scikit_learn_epoch_times(start()))
