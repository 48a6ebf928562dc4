"""lamina tune: better settings, and a better network, than the defaults, within a time."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lamina.cli import options
from lamina.cli.clock import seconds_since_start
from lamina.cli.console import remark, say
from lamina.cli.fetching import fetch_named
from lamina.cli.interruption import Interruption
from lamina.cli.progress import reading_bar
from lamina.cli.train import choose_design, default_path, output_path, parse_seconds

if TYPE_CHECKING:
    from lamina.tuning.search import Search


def tune(
    source: options.Source,
    target: options.Target = None,
    task: options.Task = None,
    names: options.Names = None,
    group: options.Group = None,
    test_where: options.TestWhere = None,
    kinds: options.Kinds = None,
    delimiter: options.Delimiter = None,
    encoding: options.Encoding = None,
    header: options.Header = None,
    skip_bad_rows: options.SkipBadRows = False,
    limit: Annotated[str, typer.Option("--time", help="Be done after so long: 90s, 30m, 2h.")] = "10m",
    trials: Annotated[int | None, typer.Option(min=1, help="So many trials are enough.")] = None,
    study: Annotated[str | None, typer.Option(help="Where trials are kept: a file, or a URL as Optuna takes them, "
                                              "which several machines share; NAME.study.db where not given.")] = None,
    study_name: Annotated[str | None, typer.Option(help="Of the study; the source's name where not given.")] = None,
    network: Annotated[str | None, typer.Option(help="Search the settings of this design alone.")] = None,
    layers: Annotated[str | None, typer.Option(help='Search the settings of these layers alone: "64 relu".')] = None,
    epochs: Annotated[int | None, typer.Option(min=1, help="Of each trial.")] = None,
    seed: Annotated[int, typer.Option(help="Of the split, of the weights and of what is tried.")] = 0,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="The model file; NAME.safetensors where not "
                                                "given.")] = None,
    figure: Annotated[Path | None, typer.Option(help="Draw the trials and what mattered: .png, .svg, .pdf.")] = None,
    dark: Annotated[bool, typer.Option("--dark", help="Draw the figure on a dark ground.")] = False,
    report: Annotated[Path | None, typer.Option(help="Write a page about the search: .html.")] = None,
) -> None:  # fmt: skip
    """Search for better settings and a better network; what is best on the validation part becomes the model.

    \b
    lamina tune titanic.csv --target Survived --time 30m
    lamina tune titanic.csv --target Survived --time 30m     # again: the study goes on
    lamina tune birds.zip --study postgresql://user@host/studies     # on several machines at once
    """
    from lamina.data.read import read
    from lamina.plots.page import require_page
    from lamina.plots.style import require_place
    from lamina.tuning.study import require_optuna
    from lamina.tuning.tune import start

    require_optuna()
    if figure is not None:
        require_place(figure, "--figure")
    if report is not None:
        require_page(report)
    seconds, path = parse_seconds(limit) or 0.0, output_path(output)
    fetch_named(source)
    with reading_bar():
        dataset = read(
            source, target=target, task=task, kinds=options.parse_kinds(kinds), delimiter=delimiter, encoding=encoding,
            header=header, skip_bad_rows=skip_bad_rows, names=names, group=group, test_where=test_where,
        )  # fmt: skip
        chosen: dict[str, Any] = {"seed": seed} | ({} if epochs is None else {"epochs": epochs})
        search = start(
            dataset, choose_design(network, layers), seconds=seconds - seconds_since_start(), trials=trials,
            study=study or f"{dataset.name}.study.db", study_name=study_name, **chosen,
        )  # fmt: skip
    for note in search.prepared.notes:
        remark(note)
    _run(search)
    _finish(search, path or default_path(dataset.name, False))
    if figure is not None:
        _draw(search, figure, dark)
    if report is not None:
        _report(search, report)
    if search.stopped:
        say(f"stopped by {search.stopped}; the same command goes on with the study")
        raise typer.Exit(Interruption.status(search.stopped))


def _run(search: Search) -> None:
    """A line a trial, and what is tried."""
    from lamina.tuning.text import trial_line

    prepared = search.prepared
    say(f"{prepared.dataset.name}: {len(prepared.split.train):,} examples to learn from, "
        f"{len(prepared.split.validation):,} to choose by; predicting {prepared.task.describe()}")  # fmt: skip
    say(f"searching {', '.join(search.space.dimensions)}; {prepared.settings.epochs} epochs a trial")
    if search.known:
        say(f"going on after {search.known:,} trials")
    with Interruption(search.stop):
        for number, one in enumerate(search, search.known):
            say(trial_line(number, one))
            sys.stdout.flush()


def _draw(search: Search, figure: Path, dark: bool) -> None:
    from lamina.plots.style import save
    from lamina.plots.tuned import tuning_picture

    say(f"drawn  {save(tuning_picture(search.study, dark=dark), figure)}")


def _report(search: Search, report: Path) -> None:
    from lamina.plots.report_tuned import tuning_report

    say(f"saved  {tuning_report(search.study, search.model, report)}")


def _finish(search: Search, path: Path) -> None:
    """The best, what mattered, the model's test and its file."""
    from lamina.training.records import format_number
    from lamina.tuning.text import lines_of

    say("", *lines_of(search))
    if search.best_elsewhere is not None:
        say("again  the best was another process's, which keeps its weights: it is trained for the model")
        sys.stdout.flush()
    model = search.model
    results = "  ".join(
        f"{measure.name} {format_number(measure.name, measure.value)}" for measure in model.record.results
    )
    say(f"test   {results}   ({model.record.test:,} examples never trained on, looked at once)")
    say(f"saved  {model.save(path)}")
