"""The program `lamina`: its commands, and how errors reach a person."""

from __future__ import annotations

import sys
import warnings
from typing import Annotated

import typer

import lamina
from lamina.cli import (
    chat,
    check,
    compare,
    console,
    data,
    doctor,
    evaluate,
    explain,
    export,
    features,
    nearest,
    play,
    plot,
    predict,
    report,
    runs,
    sample,
    serve,
    show,
    train,
    tune,
)  # fmt: skip
from lamina.errors import LaminaError

app = typer.Typer(
    name="lamina",
    help="Deep learning that you can trust: raw data in, one model file out, every number open to inspection.",
    epilog="Start with: lamina train digits",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command()(check.check)
app.command()(train.train)
app.command()(predict.predict)
app.command()(chat.chat)
app.command()(play.play)
app.command()(serve.serve)
app.command()(sample.sample)
app.command()(evaluate.evaluate)
app.command()(compare.compare)
app.command()(tune.tune)
app.command()(explain.explain)
app.command()(plot.plot)
app.command()(report.report)
app.command()(export.export)
app.command()(features.features)
app.command()(nearest.nearest)
app.command()(show.show)
app.command()(data.data)
app.command()(runs.runs)
app.command()(doctor.doctor)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"lamina {lamina.__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and end."),
    ] = False,
) -> None:
    """Deep learning that you can trust: raw data in, one model file out, every number open to inspection."""


def main() -> None:
    """Run the program: an error of the user's is one text and exit status 2, never a traceback."""
    warnings.showwarning = console.show_warning
    console.take_every_character()
    try:
        app(prog_name="lamina")
    except LaminaError as error:
        console.complain(str(error))
        sys.exit(2)
    except BrokenPipeError:
        sys.exit(0)
