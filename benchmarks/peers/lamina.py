"""Lamina: the trainer that `lamina train` uses; pictures stay bytes and are scaled on the device."""

from __future__ import annotations

import time
from typing import Any

from benchmarks.peers.job import LEARNING_RATE, Job, Outcome, finish, start


def lamina_epoch_times(job: Job) -> Outcome:
    """Train with Lamina."""
    from benchmarks import mnist
    from lamina.tasks.classification import Classification
    from lamina.training.loop import Trainer
    from lamina.training.schedules import Constant
    from lamina.training.settings import Settings
    from lamina.training.step import Objective

    data = mnist.load(job.examples)
    schedule = Constant()
    settings = Settings(job.epochs, job.batch_size, "adam", LEARNING_RATE, schedule, seed=job.seed)
    loss, measures = Classification("digit", tuple("0123456789")).objective()
    objective = Objective(loss, measures, _scale)
    trainer = Trainer(_network(job.network), objective, settings, _data(data.train_pictures, data.train_classes))
    seconds = []
    progress = trainer.start()
    while not trainer.finished(progress):
        began, done = time.perf_counter(), progress.epochs_done
        while progress.epochs_done == done:
            progress = trainer.advance(progress)
        seconds.append(time.perf_counter() - began)
    test = _data(data.test_pictures, data.test_classes)
    measured = trainer.measure(progress.train.params, progress.train.state, test)
    return Outcome(seconds, progress.history[-1]["loss"], measured["error"])


def _network(name: str) -> Any:
    from lamina.networks import lenet5, mlp

    return lenet5(10) if name == "LeNet-5" else mlp(10, (128,))


def _scale(pictures: Any) -> Any:
    return pictures.astype("float32") / 255


def _data(pictures: Any, classes: Any) -> Any:
    import jax.numpy as jnp

    from lamina.training.step import Data

    return Data(jnp.asarray(pictures[..., None]), jnp.asarray(classes, jnp.int32), jnp.ones(len(classes)))


if __name__ == "__main__":
    finish(lamina_epoch_times(start()))
