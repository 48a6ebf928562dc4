"""A fold's arrays: the preparation fitted on its own examples, as the network and as flat algorithms see it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import numpy as np

from lamina.arrays import Numpy, Rows
from lamina.comparing.features import HOG, MFCC, TF_IDF, hog, mfcc, standardized, tf_idf, word_counts
from lamina.comparing.folds import Fold
from lamina.comparing.plan import RAW
from lamina.data.dataset import Dataset
from lamina.data.encoders import Encoder
from lamina.data.fitting import decode_inputs
from lamina.data.table_encoder import TableEncoder
from lamina.data.text_encoder import TextEncoder
from lamina.tasks.base import Task
from lamina.tasks.classification import Classification
from lamina.tasks.reconstruction import Reconstruction
from lamina.tasks.regression import Regression

MOST_BYTES = 10**9
"""The arrays of folds that are kept in memory for the next cell."""
PARTS = ("fit", "validation", "test")


class PreparedFold:
    """A fold with everything that was fitted on its examples.

    Args:
        fold: the places of its examples.
        encoder: fitted on those that are learnt from.
        task: with the classes, or mean and scale of the numbers that are learnt from.
        encoded: the examples in the order fit, validation, test.
        targets: as the task encodes them, in the same order.
        classical: the HOG of the examples, where somebody wants it.
    """

    def __init__(
        self, fold: Fold, encoder: Encoder, task: Task, encoded: Numpy, targets: Numpy, classical: Callable[[], Numpy]
    ) -> None:
        self.fold, self.encoder, self.task, self.targets = fold, encoder, task, targets
        self._encoded, self._classical = encoded, classical
        self._views: dict[str, Any] = {}
        self._inputs: Numpy | None = None

    @property
    def inputs(self) -> Numpy:
        """What the network sees of the examples."""
        if self._inputs is None:
            self._inputs = seen(self.encoder, self._encoded)
        return self._inputs

    @property
    def bytes(self) -> int:
        """How much memory the arrays take."""
        arrays = [self._encoded, self._inputs, *self._views.values()]
        return sum(int(getattr(one, "nbytes", getattr(getattr(one, "data", None), "nbytes", 0))) for one in arrays)

    def part(self, name: str) -> slice:
        """Where the rows of a part are: fit, validation, test, or share for the first two."""
        fit, validation = len(self.fold.fit), len(self.fold.validation)
        starts = {"fit": (0, fit), "validation": (fit, fit + validation), "share": (0, fit + validation)}
        return slice(*starts.get(name, (fit + validation, len(self.targets))))

    def view(self, name: str) -> Any:
        """The examples as flat algorithms see them: (examples, features), dense or sparse."""
        if name not in self._views:
            self._views[name] = self._seen_as(name)
        return self._views[name]

    def _seen_as(self, name: str) -> Any:
        if name == HOG:
            return standardized(self._classical(), self.part("fit"))
        if name == MFCC:
            return standardized(mfcc(self.inputs[..., 0]), self.part("fit"))
        if isinstance(self.encoder, TextEncoder):
            counts = word_counts(self.inputs, self.encoder.tokenizer.entries)
            return tf_idf(counts, self.part("fit")) if name == TF_IDF else counts
        if isinstance(self.encoder, TableEncoder) and self.encoder.texts:
            return self._with_words(self.encoder, name)
        return self.inputs.reshape(len(self.inputs), -1)

    def _with_words(self, encoder: TableEncoder, name: str) -> Any:
        """The columns but texts beside the words of each text."""
        from scipy.sparse import csr_matrix, hstack

        tokens = np.zeros(self.inputs.shape[1], bool)
        for start, stop, _ in encoder.texts:
            tokens[start:stop] = True
        words = [word_counts(self.inputs[:, start:stop], entries) for start, stop, entries in encoder.texts]
        if name != RAW:
            words = [tf_idf(one, self.part("fit")) for one in words]
        return hstack([csr_matrix(self.inputs[:, ~tokens]), *words], format="csr")


class Source:
    """Examples that were read once, and the prepared folds that were used last.

    Raises:
        DataError: too many examples that cannot be read.
    """

    def __init__(self, dataset: Dataset) -> None:
        self._decoded = decode_inputs(dataset.inputs)
        dataset.require_few_skipped(self._decoded.skipped)
        self.dataset = dataset.without(self._decoded.skipped)
        self.notes = (*dataset.notes, *self._decoded.notes)
        self._prepared: OrderedDict[Fold, PreparedFold] = OrderedDict()
        self._pictures: Rows | None = None
        self._hog: Numpy | None = None

    def prepared(self, fold: Fold) -> PreparedFold:
        """The fold's arrays."""
        if fold not in self._prepared:
            self._prepared[fold] = self._prepare(fold)
        self._prepared.move_to_end(fold)
        while len(self._prepared) > 1 and sum(one.bytes for one in self._prepared.values()) > MOST_BYTES:
            self._prepared.popitem(last=False)
        return self._prepared[fold]

    def _prepare(self, fold: Fold) -> PreparedFold:
        encoder, encoded = self._decoded.fit(fold.fit)
        places, targets = fold.places, self.dataset.targets
        task = _task(self.dataset, targets[fold.fit], encoder)
        answers = np.zeros(len(places)) if self.dataset.task else task.encode(targets[places])
        return PreparedFold(
            fold, encoder, task, np.asarray(encoded[places]), answers, lambda: self._all_hog(encoded)[places]
        )

    def _all_hog(self, pictures: Rows) -> Numpy:
        """The HOG of all pictures, which no fold changes."""
        if self._hog is None or self._pictures is not pictures:
            self._pictures, self._hog = pictures, hog(pictures)
        return self._hog


def _task(dataset: Dataset, learnt_from: Numpy, encoder: Encoder) -> Task:
    """What is learnt; a clustering learns to give its input again."""
    if dataset.task:
        return Reconstruction(encoder.input_shape)
    if dataset.targets.dtype.kind in "US":
        return Classification.fit(dataset.target, dataset.targets)
    return Regression.fit(dataset.target, learnt_from)


def seen(encoder: Encoder, encoded: Numpy) -> Numpy:
    """What the network sees of encoded examples, computed once instead of in every step."""
    from lamina.training.outputs import Outputs

    if isinstance(encoder, TextEncoder):
        return encoded
    return np.asarray(Outputs(lambda params, state, x: encoder.on_device(x))({}, {}, encoded))
