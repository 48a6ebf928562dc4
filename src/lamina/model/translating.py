"""Translating: the texts that a model writes for sources, and how near they come to a person's."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lamina.data.pair_encoder import PairEncoder
from lamina.data.pairs import Pairs, questions
from lamina.errors import DataError
from lamina.model.model import Model
from lamina.training.bleu import corpus_bleu
from lamina.training.records import Measure

BLEU = "BLEU"


def answer_text(model: Model, text: str) -> str:
    """What a model of pairs answers.

    Raises:
        DataError: a model of another kind, or a text without a character that is seen.
    """
    encoder = require_pairs(model)
    encoded, _, skipped = encoder.encode(questions([text]))
    if skipped:
        skipped[0].complain()
    return str(model.answers(encoded)[0].value)


def require_pairs(model: Model) -> PairEncoder:
    """The encoder of a model of pairs."""
    if not isinstance(model.encoder, PairEncoder):
        raise DataError(f"only a model of pairs of texts answers with a text; this one predicts {model.task.target}")
    return model.encoder


def bleu_of(model: Model, pairs: Pairs) -> dict[str, float]:
    """BLEU over the sources, each asked once and compared with all of its targets; nothing where there are none."""
    encoder = require_pairs(model)
    encoded, kept, _ = encoder.encode(pairs)
    references = pairs.subset(kept).references()
    first = {source: row for row, source in reversed(list(enumerate(pairs.subset(kept).sources)))}
    if not references:
        return {}
    rows = np.array([first[source] for source in references])
    answers = model.answers(encoded[rows])
    return {BLEU: corpus_bleu([str(answer.value) for answer in answers], list(references.values()))}


def scored(model: Model, test: Pairs) -> Model:
    """The model with BLEU on the test part among its results."""
    found = tuple(Measure(name, value) for name, value in bleu_of(model, test).items())
    return replace(model, record=replace(model.record, results=(*model.record.results, *found)))
