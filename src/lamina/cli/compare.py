"""lamina compare: is depth worth it on this data, and would more data help?"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lamina.cli import options
from lamina.cli.clock import seconds_since_start
from lamina.cli.console import remark, say
from lamina.cli.fetching import fetch_named
from lamina.cli.interruption import Interruption
from lamina.cli.progress import reading_bar
from lamina.cli.train import parse_seconds
from lamina.errors import SaveError

if TYPE_CHECKING:
    from lamina.comparing.results import Found, Result
    from lamina.comparing.running import Contest

FIGURE_SECONDS = 2.0
"""What drawing the figure takes."""


def compare(
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
    sizes: Annotated[str, typer.Option(help="Percents of the training examples to learn from.")] = "5,10,25,50,100",
    seeds: Annotated[int, typer.Option(min=1, max=100, help="So many splits, each with chance of its own.")] = 5,
    limit: Annotated[str, typer.Option("--time", help="Be done after so long: 90s, 10m, 1h. What it does not allow is "
                                                      "named.")] = "10m",
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a comparison that was stopped.")] = False,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="The results as JSON, kept while it runs; "
                                                "NAME.comparison.json where not given.")] = None,
    figure: Annotated[Path | None, typer.Option(help="Draw the curves of error: .png, .svg, .pdf.")] = None,
    dark: Annotated[bool, typer.Option("--dark", help="Draw the figure on a dark ground.")] = False,
) -> None:  # fmt: skip
    """Compare the default network with flat algorithms and with guessing, on growing amounts of data.

    \b
    lamina compare penguins.csv --target species
    lamina compare titanic.csv --target Survived --figure curve.svg
    lamina compare mnist/ --time 15m
    lamina compare mnist/ --time 15m --resume
    """
    from lamina.comparing.compare import start
    from lamina.comparing.plan import sizes_from
    from lamina.data.read import read

    wanted, seconds = sizes_from(sizes), parse_seconds(limit) or 0.0
    if figure is not None:
        from lamina.plots.style import require_place

        require_place(figure, "--figure")
    fetch_named(source)
    with reading_bar():
        dataset = read(
            source, target=target, task=task, kinds=options.parse_kinds(kinds), delimiter=delimiter, encoding=encoding,
            header=header, skip_bad_rows=skip_bad_rows, names=names, group=group, test_where=test_where,
        )  # fmt: skip
        path = results_path(output, dataset.name, resume)
        left = seconds - seconds_since_start() - (FIGURE_SECONDS if figure is not None else 0.0)
        contest = start(dataset, sizes=wanted, seeds=seeds, seconds=left, path=path, resume=resume)
    for note in contest.found.notes:
        remark(note)
    _run(contest)
    _finish(contest, path, figure, dark)


def results_path(output: Path | None, name: str, resume: bool) -> Path:
    """The file of the results; its folder must be there before minutes of work, not after.

    Raises:
        SaveError: a folder, one that does not exist, or a default file that exists.
    """
    path = output or Path(f"{name}.comparison.json")
    if path.is_dir() or not path.parent.is_dir():
        raise SaveError(f"-o names the file of the results; {path} is a folder, or in one that does not exist")
    if output is None and path.exists() and not resume:
        raise SaveError(f"{path} exists already: --resume goes on with it, and -o names another file")
    return path


def _run(contest: Contest) -> None:
    """Run the cells with a bar, and a line for each contestant and size whose seeds are done."""
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    plan, size_of_source = contest.runner.plan, len(contest.runner.source.dataset)
    say(f"{contest.header.source}: {size_of_source:,} examples; {len(plan.contestants)} contestants x "
        f"{len(plan.sizes)} sizes x {plan.seeds} seeds = {len(plan.cells):,} cells")  # fmt: skip
    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed:,} of {task.total:,} cells"),
        TimeElapsedColumn(), disable=not sys.stdout.isatty(), transient=True,
    )  # fmt: skip
    running = bar.add_task("comparing", total=len(plan.cells), completed=len(contest.results))
    with Interruption(contest.stop), bar:
        for result in contest:
            bar.update(running, completed=len(contest.results), description=str(result.cell))
            line = finished_line(contest, result)
            if line and bar.disable:
                say(line)
            elif line:
                bar.console.print(line, markup=False, highlight=False)


def finished_line(contest: Contest, result: Result) -> str:
    """What is said when the last seed of a contestant and size is done; "" before."""
    from lamina.training.records import format_number

    same = [one for one in contest.results if (one.contestant, one.size) == (result.contestant, result.size)]
    if len(same) < contest.header.seeds or same[-1] != result:
        return ""
    mean = format_number(contest.header.measure, sum(one.error for one in same) / len(same))
    return f"{result.size:3g} %  {result.contestant!s:32}  {contest.header.measure} {mean}"


def _finish(contest: Contest, path: Path, figure: Path | None, dark: bool) -> None:
    """The table, the curves, what was not run, the verdict; the figure; the exit status of a signal."""
    from lamina.comparing.text import lines_of

    found = contest.found
    say("", *lines_of(found))
    if figure is not None:
        _draw(found, figure, dark)
    say(f"saved  {path}")
    if contest.clock.stopped:
        say(f"stopped by {contest.clock.stopped}; --resume goes on")
        raise typer.Exit(Interruption.status(contest.clock.stopped))


def _draw(found: Found, figure: Path, dark: bool) -> None:
    from lamina.plots.compared import comparison_curves
    from lamina.plots.style import save

    say(f"drawn  {save(comparison_curves(found, dark=dark), figure)}")
