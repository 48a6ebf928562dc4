"""The part of a report about a model that names classes: where it errs, how sure it is, and what to look at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from lamina.arrays import Numpy
from lamina.plots.mistakes import (
    confused_pairs,
    confused_pictures,
    confusion_picture,
    mistakes_picture,
    surest_mistakes,
)
from lamina.plots.page import Section, embed, heading, paragraph, table
from lamina.plots.seen import Seen, in_words
from lamina.plots.trust import reliability_picture
from lamina.tasks.base import Prediction, Task
from lamina.tasks.several import Several, known_rows

MISTAKES = 12
FEWEST = 20
"""Of fewer answers nothing can be said about their probabilities."""


class Classes:
    """The answers for one target of classes, as places among its classes.

    Args:
        seen: the model and its examples.
        task: of this target: it has classes.
        answers: for each example.
        targets: raw ones.
    """

    def __init__(self, seen: Seen, task: Task, answers: Sequence[Prediction], targets: Numpy) -> None:
        self.seen, self.task = seen, task
        self.names: tuple[str, ...] = getattr(task, "classes", ())
        self.rows = np.flatnonzero(known_rows(targets))
        self.truth = task.encode(targets[self.rows])
        ranked = [answers[row].probabilities for row in self.rows.tolist()]
        self.probabilities = np.array([[one[name] for name in self.names] for one in ranked])
        self.guesses = self.probabilities.argmax(axis=1) if len(ranked) else self.truth

    @property
    def mistakes(self) -> Numpy:
        """The places of the surest mistakes."""
        return surest_mistakes(self.probabilities, self.truth, MISTAKES)

    def example(self, place: int) -> int:
        """The row of the example at a place."""
        return int(self.rows[place])


def classes_of(seen: Seen) -> list[Classes]:
    """The targets of a model that are classes."""
    if isinstance(seen.task, Several):
        tasks = [task for task in seen.task.tasks if hasattr(task, "classes")]
        return [
            Classes(
                seen, task, [one.by_target[task.target] for one in seen.answers], seen.examples.targets[task.target]
            )
            for task in tasks
        ]
    if not hasattr(seen.model.task, "classes"):
        return []
    return [Classes(seen, seen.model.task, seen.answers, seen.examples.targets)]


def class_sections(seen: Seen) -> Iterator[Section]:
    """For each target of classes what it gets wrong, and whether its probabilities hold."""
    found = [one for one in classes_of(seen) if len(one.truth)]
    for classes in found:
        beside = f": {classes.task.target}" if len(found) > 1 else ""
        yield Section(f"Right and wrong{beside}", (_confusion(classes), *_by_class(classes)))
        if len(classes.mistakes):
            yield Section(f"The surest mistakes{beside}", tuple(_mistakes(classes)))
        if len(classes.truth) >= FEWEST:
            yield Section(f"How sure it is{beside}", (_reliability(classes),))


def _confusion(classes: Classes) -> str:
    wrong = int((classes.guesses != classes.truth).sum())
    worst = confused_pairs(classes.truth, classes.guesses, 1)
    told = f"A row for each true class, a column for each answer: {wrong:,} of {len(classes.truth):,} are wrong."
    if worst:
        true, said, places = worst[0]
        told += f" Most often {classes.names[true]} is taken for {classes.names[said]} ({len(places):,})."
    return embed(lambda dark: confusion_picture(classes.truth, classes.guesses, classes.names, dark=dark), told)


def _by_class(classes: Classes) -> Iterator[str]:
    metrics = classes.seen.evaluation.metrics
    own = metrics.get("targets", {}).get(classes.task.target, metrics)
    counts = [sum(row) for row in own["confusion_matrix"]]
    rows = [
        (name, f"{precision:.3f}", f"{recall:.3f}", f"{f1:.3f}", f"{count:,}")
        for name, precision, recall, f1, count in zip(
            own["classes"], own["precision"], own["recall"], own["f1"], counts, strict=True
        )
    ]
    yield table(("class", "precision", "recall", "F1", "examples"), rows, (1, 2, 3, 4))
    pictures = classes.seen.pictures
    if pictures is not None and confused_pairs(classes.truth, classes.guesses):
        yield heading("What is taken for what")
        yield embed(
            lambda dark: confused_pictures(
                classes.truth, classes.guesses, classes.names, lambda places: pictures(classes.rows[places]), dark=dark
            ),
            "The cells of the matrix with the most mistakes, and the examples behind them.",
        )


def _mistakes(classes: Classes) -> Iterator[str]:
    """As pictures where they are, else as a table."""
    pictures, names = classes.seen.pictures, classes.seen.names
    told = "Where the model is wrong and surest of itself. Look at the labels too: some of them may be wrong instead."
    if pictures is not None:
        own = [names[row] for row in classes.rows.tolist()]
        yield embed(
            lambda dark: mistakes_picture(
                classes.probabilities, classes.truth, classes.names, lambda places: pictures(classes.rows[places]), own,
                MISTAKES, dark=dark,
            ),
            told,
        )  # fmt: skip
        return
    yield paragraph(told)
    inputs = classes.seen.examples.dataset.inputs
    rows = []
    for place in classes.mistakes.tolist():
        said, row = int(classes.guesses[place]), classes.example(place)
        sure = f"{classes.names[said]} ({100 * classes.probabilities[place, said]:.1f} %)"
        rows.append((names[row], sure, classes.names[int(classes.truth[place])], in_words(inputs, row)))
    yield table(("example", "answered", "true", "what it is"), rows)


def _reliability(classes: Classes) -> str:
    told = (
        "Of the answers that were given with a probability of 80 %, about 80 % should be right: on the line they are. "
        "Below it the model is surer than it may be, above it it is too modest."
    )
    return embed(lambda dark: reliability_picture(classes.probabilities, classes.truth, dark=dark), told)
