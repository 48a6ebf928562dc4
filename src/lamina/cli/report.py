"""`lamina report`: one page about a model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lamina.cli import options
from lamina.cli.console import say
from lamina.cli.fetching import fetch_named
from lamina.cli.progress import reading_bar


def report(
    model: Annotated[Path, typer.Argument(help="A model file.")],
    source: Annotated[
        str | None, typer.Argument(help="Examples with their answers, best the data of the training.")
    ] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="The page, .html.")] = None,
    followed: Annotated[
        Path | None, typer.Option(help="What `lamina train --follow` kept; the file beside the model without it.")
    ] = None,
    names: Annotated[str | None, typer.Option(help="What file names tell, as for `lamina train`.")] = None,
    test_where: Annotated[str | None, typer.Option(help="The test part by a field of the names: take<5.")] = None,
    delimiter: options.Delimiter = None,
    encoding: options.Encoding = None,
    header: options.Header = None,
    allow_unproven: Annotated[bool, typer.Option(help="Go on where the model's proof does not hold.")] = False,
) -> None:
    """Write one page about a model: how good it is, where it errs, what it looks at, how it was trained.

    The page holds all its pictures and needs no network. Without SOURCE it tells what the model file knows.

    \b
    lamina report digits.safetensors digits -o report.html
    lamina report titanic.safetensors titanic.csv
    lamina report digits.safetensors
    """
    from lamina.model.model import Model
    from lamina.plots.report import report

    loaded = Model.load(model, allow_unproven=allow_unproven)
    reading = {"delimiter": delimiter, "encoding": encoding, "header": header, "names": names, "test_where": test_where}
    if source is not None:
        fetch_named(source)
    path = output or Path(f"{model.stem}-report.html")
    with reading_bar():
        written = report(loaded, source, path, followed=followed, **reading)
    say(f"saved  {written}   ({written.stat().st_size / 1024:,.0f} KiB)")
