"""Transformers: the next character, and translation."""

from __future__ import annotations

import time

import lamina
from benchmarks.commands import data_set
from benchmarks.kinds.section import Section, finished


def language() -> Section:
    """tiny_shakespeare by a Transformer, and how fast it writes."""
    rows = []
    for name in ("transformer",):
        began = time.perf_counter()
        model = finished(data_set("tiny_shakespeare/input.txt"), name, seed=0).model
        seconds = time.perf_counter() - began
        nats = next(measure.value for measure in model.record.results if measure.name == "loss")
        lamina.write(model, "ROMEO:", 10)  # compiles
        began = time.perf_counter()
        lamina.write(model, "ROMEO:", 500)
        rows.append(
            (f"`--network {name}`", f"{nats:.3f}", f"{seconds:.0f}", f"{500 / (time.perf_counter() - began):.0f}")
        )
        print(rows[-1], flush=True)
    what = (
        "`lamina train $LAMINA_DATA/tiny_shakespeare/input.txt --network transformer`: nats a character on the last "
        "tenth. Writing goes character by character from the keys and values of the earlier ones."
    )
    return Section("What character comes next, by a Transformer: tiny_shakespeare", what, (
        "network", "nats a character", "s", "characters written a second"), rows)  # fmt: skip


def translation() -> Section:
    """English to French by attention alone."""
    rows = []
    for name in ("transformer",):
        began = time.perf_counter()
        model = finished(data_set("translation_en_fr/fra.txt"), name, task="translation", seed=3).model
        results = {measure.name: measure.value for measure in model.record.results}
        rows.append((f"`--network {name}`", f"{results['BLEU']:.1f}", f"{results['loss']:.3f}",
                     f"{time.perf_counter() - began:.0f}"))  # fmt: skip
        print(rows[-1], flush=True)
    what = (
        "`lamina train $LAMINA_DATA/translation_en_fr/fra.txt --task translation --seed 3`: BLEU of the test sentences "
        "and nats a token."
    )
    return Section(
        "BLEU of a translation, by a Transformer: English to French",
        what,
        ("network", "BLEU", "nats a token", "s"),
        rows,
    )
