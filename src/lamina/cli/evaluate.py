"""lamina evaluate: how good a model is on examples whose answers are known."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lamina.cli import options
from lamina.cli.console import json_lines, remark, say
from lamina.cli.fetching import fetch_named
from lamina.cli.progress import reading_bar

if TYPE_CHECKING:
    from lamina.model.evaluation import Evaluation


def evaluate(
    model: Annotated[Path, typer.Argument(help="A model file.")],
    source: Annotated[str, typer.Argument(help="Examples with their answers: what `lamina train` takes.")],
    names: Annotated[str | None, typer.Option(help="What file names tell, as for `lamina train`.")] = None,
    test_where: Annotated[str | None, typer.Option(help="The test part by a field of the names: take<5.")] = None,
    delimiter: options.Delimiter = None,
    encoding: options.Encoding = None,
    header: options.Header = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    allow_unproven: Annotated[bool, typer.Option(help="Go on where the model's proof does not hold.")] = False,
) -> None:
    """Measure a model: error, loss, confusion matrix, precision and recall by class.

    A source with a test part of its own is measured on that part; the data that the model was trained on, on the
    part that was held out for its test.

    \b
    lamina evaluate mnist.safetensors mnist/
    lamina evaluate digits.safetensors digits --json
    """
    from lamina.model.model import Model

    loaded = Model.load(model, allow_unproven=allow_unproven)
    fetch_named(source)
    reading = {"delimiter": delimiter, "encoding": encoding, "header": header, "names": names, "test_where": test_where}
    with reading_bar():
        found = loaded.evaluate(source, **reading)
    for skipped in found.skipped:
        remark(f"left out {skipped.name}: {skipped.reason}")
    for note in found.notes:
        remark(note)
    say(*(json_lines(found.to_json()) if as_json else report(found)))


def report(found: Evaluation) -> list[str]:
    """The figures as a person reads them."""
    lines = [f"{found.source}: {found.examples:,} examples", f"loss      {found.loss:.4f}"]
    for target, metrics in found.metrics.get("targets", {}).items():
        lines += ["", f"{target}, {metrics['examples']:,} examples", *_figures(metrics, metrics["examples"])]
    return lines + _figures(found.metrics, found.examples)


def _figures(metrics: dict[str, Any], examples: int) -> list[str]:
    """The figures of one target."""
    from lamina.training.records import interval_line

    lines = []
    for name, value in metrics.items():
        if isinstance(value, float):
            shown = f"{100 * value:.2f} %" if name in ("error", "accuracy", "top_3_accuracy") else f"{value:.4f}"
            lines.append(f"{name.replace('_', ' '):9} {shown}")
    if "error_interval" in metrics:
        lines += [f"          {interval_line(metrics['error'], examples)}"]
    if "confusion_matrix" in metrics:
        lines += ["", *_confusion(metrics), "", *_by_class(metrics)]
    return lines


def _confusion(metrics: dict[str, Any]) -> list[str]:
    classes, matrix = metrics["classes"], metrics["confusion_matrix"]
    width = max(5, *(len(name) for name in classes), *(len(str(n)) for row in matrix for n in row)) + 2
    width = min(width, 16)
    head = "true \\ answered".ljust(width) + "".join(f"{name[: width - 2]:>{width}}" for name in classes)
    rows = [
        f"{name[: width - 2]:>{max(width, 15)}}" + "".join(f"{count or '.':>{width}}" for count in row)
        for name, row in zip(classes, matrix, strict=True)
    ]
    return [head.rjust(len(rows[0])), *rows]


def _by_class(metrics: dict[str, Any]) -> list[str]:
    width = max(5, *(min(len(name), 30) for name in metrics["classes"]))
    lines = [f"{'class':{width}}  precision    recall        F1  examples"]
    counts = [sum(row) for row in metrics["confusion_matrix"]]
    columns = zip(metrics["classes"], metrics["precision"], metrics["recall"], metrics["f1"], counts, strict=True)
    for name, precision, recall, f1, count in columns:
        lines.append(f"{name[:30]:{width}}  {precision:9.4f} {recall:9.4f} {f1:9.4f} {count:9,}")
    return lines
