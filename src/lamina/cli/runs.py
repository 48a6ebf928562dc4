"""lamina runs: past runs side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from lamina.cli.console import json_lines, remark, say
from lamina.errors import SettingError

NAME_WIDTH = 32
Entry = dict[str, Any]


def runs(
    place: Annotated[Path, typer.Argument(help="A folder with model files, or its lamina-runs.jsonl.")] = Path(),
    best: Annotated[str | None, typer.Option(help='Order by a figure, the lowest first: error, "validation loss" ...'
                                             )] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:  # fmt: skip
    """Show past runs side by side: figures, and the settings in which they differ; the newest last.

    \b
    lamina runs
    lamina runs models/ --best error
    """
    from lamina.model.run_log import LOG_NAME, read_log

    path = place / LOG_NAME if place.is_dir() else place
    log = read_log(path)
    if log.broken:
        remark(f"{path}: left out what is no run: line {', '.join(map(str, log.broken[:10]))}")
    for note in notes(log.runs):
        remark(note)
    shown = sorted_by(log.runs, best) if best else list(log.runs)
    say(*(json_lines(shown) if as_json else table(shown)))


def sorted_by(found: tuple[Entry, ...], measure: str) -> list[Entry]:
    """The lowest figure first; runs without it at the end."""
    known = sorted({name for run in found for name in run["results"]})
    if measure not in known:
        raise SettingError(
            f"--best needs a figure of these runs: {', '.join(known) or 'there is none'}; got {measure!r}"
        )
    return sorted(found, key=lambda run: run["results"].get(measure, float("inf")))


def notes(found: tuple[Entry, ...]) -> list[str]:
    """Figures on different data under one name are not to be compared, and nobody sees that in a table."""
    prints: dict[str, set[str]] = {}
    for run in found:
        prints.setdefault(run["source"], set()).add(run["fingerprint"])
    return [
        f"runs on {source} had {len(one)} different states of the data: compare their figures with care"
        for source, one in prints.items()
        if len(one) > 1
    ]


def table(found: list[Entry]) -> list[str]:
    """A line a run."""
    if not found:
        return ["no runs"]
    measures = list(dict.fromkeys(name for run in found for name in run["results"]))
    head = ["when", "model", "source", "parameters", "epochs", "seconds", *measures, "settings that differ"]
    names = differing(found)
    rows = [head, *(_row(run, measures, names) for run in found)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(head) - 1)]
    return ["  ".join([*map(_padded, row, widths, range(len(widths))), row[-1]]).rstrip() for row in rows]


def differing(found: list[Entry]) -> list[str]:
    """The settings that are not the same in all runs."""
    names = dict.fromkeys(name for run in found for name in run["settings"])
    return [name for name in names if name != "epochs" and len({str(run["settings"].get(name)) for run in found}) > 1]


def _row(run: Entry, measures: list[str], names: list[str]) -> list[str]:
    from lamina.training.records import format_number

    results = run["results"]
    figures = [format_number(name, results[name]) if name in results else "" for name in measures]
    settings = ", ".join(f"{name}={run['settings'].get(name)}" for name in names)
    when = run["when"].replace("T", " ")[:16]
    return [
        when, run["model"][:NAME_WIDTH], run["source"][:NAME_WIDTH], f"{run['parameters']:,}", str(run["epochs"]),
        f"{run['seconds']:.1f}", *figures, settings,
    ]  # fmt: skip


def _padded(text: str, width: int, place: int) -> str:
    """Words to the left, numbers to the right."""
    return text.ljust(width) if place < 3 else text.rjust(width)
