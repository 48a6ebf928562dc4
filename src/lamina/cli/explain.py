"""`lamina explain`: one example's arithmetic, forwards and backwards, and what in it mattered."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lamina.cli.console import remark, say
from lamina.cli.fetching import fetch_named
from lamina.cli.progress import reading_bar
from lamina.errors import SettingError

if TYPE_CHECKING:
    from lamina.model.model import Model

PERMUTATION = "permutation"


def explain(
    model: Annotated[Path, typer.Argument(help="A model file.")],
    source: Annotated[str, typer.Argument(metavar="INPUT", help="A file with the example; of a table its first row.")],
    target: Annotated[
        str | None,
        typer.Option(
            help="The right answer (of a text that goes on the next character): with it the loss and the way back are "
            "shown."
        ),
    ] = None,
    example: Annotated[int, typer.Option(min=0, help="Which example, from 0, where there are several.")] = 0,
    neuron: Annotated[
        list[str] | None, typer.Option(help="layer:place, such as 2:5 or 1:3,4,0; may come several times.")
    ] = None,
    top: Annotated[int, typer.Option(min=1, help="How many terms of each sum are told one by one.")] = 5,
    mattered: Annotated[
        str | None,
        typer.Option(
            help="Instead: what in the input mattered; gradient, integrated or occlusion. permutation: which "
            "columns of a table do, from rows with their answers."
        ),
    ] = None,
    until: Annotated[str | None, typer.Option(help="Instead: the smallest change that leads to this class.")] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Draw what --mattered or --until finds: .png, .svg, .pdf.")
    ] = None,
    allow_unproven: Annotated[bool, typer.Option(help="Go on where the model's proof does not hold.")] = False,
) -> None:
    """Show how a model comes to its answer, as arithmetic that can be done again by hand.

    \b
    lamina explain digits.safetensors photo.png
    lamina explain digits.safetensors photo.png --target 7
    lamina explain iris.safetensors flowers.csv --example 3 --target setosa --top 4
    lamina explain digits.safetensors photo.png --target 7 --neuron 1:3,4,0 --neuron 5:7
    lamina explain digits.safetensors photo.png --mattered integrated -o mattered.png
    lamina explain digits.safetensors photo.png --until 3 -o change.png
    lamina explain titanic.safetensors titanic.csv --mattered permutation -o columns.png
    lamina explain reviews.safetensors review.txt --mattered integrated -o words.png
    """
    from lamina.data.remote import local_path
    from lamina.explaining.answering import WAYS
    from lamina.explaining.explanation import explain
    from lamina.explaining.text import lines
    from lamina.model.model import Model
    from lamina.plots.style import require_place

    ways = (*WAYS, PERMUTATION)
    if mattered is not None and mattered not in ways:
        raise SettingError(f"--mattered needs one of {', '.join(ways)}; got {mattered!r}")
    if output is not None and mattered is None and until is None:
        raise SettingError("-o draws what --mattered or --until finds: name one of them")
    if mattered is not None and until is not None:
        raise SettingError("--mattered and --until ask different things: name one of them")
    if output is not None:
        require_place(output)
    loaded = Model.load(model, allow_unproven=allow_unproven)
    if until is not None:
        _until(loaded, source, until, example, output)
    elif mattered == PERMUTATION:
        _permutation(loaded, source, top, output)
    elif mattered is not None:
        _mattered(loaded, source, mattered, example, top, output)
    else:
        say(*lines(explain(loaded, local_path(source), target, example=example, neurons=neuron or (), top=top)))


def _until(model: Model, source: str, to: str, example: int, output: Path | None) -> None:
    from lamina.data.remote import local_path
    from lamina.explaining.smallest_change import CAUTION, smallest_change

    change = smallest_change(model, local_path(source), to, example)
    say(f"{change.was}  becomes  {change.now}")
    for line in change.told:
        say(f"  {line}")
    say(f"note: {CAUTION}")
    if output is not None:
        from lamina.plots.changes import change_picture
        from lamina.plots.style import save

        say(f"saved  {save(change_picture(change), output)}")


def _mattered(model: Model, source: str, way: str, example: int, top: int, output: Path | None) -> None:
    from lamina.data.remote import local_path
    from lamina.explaining.answering import added_up, largest, what_mattered

    found = what_mattered(model, local_path(source), way, example)
    say(f"{found.title}: {way} of the output {found.of}")
    for line in (*largest(found, top), *added_up(found, top)):
        say(f"  {line}")
    say(f"note: {found.mattered.caution}")
    if output is not None:
        from lamina.plots.mattered import found_picture
        from lamina.plots.style import save

        say(f"saved  {save(found_picture(found), output)}")


def _permutation(model: Model, source: str, top: int, output: Path | None) -> None:
    from lamina.explaining.permutation import permutation_importance

    fetch_named(source)
    with reading_bar():
        found = permutation_importance(model, source)
    for note in found.notes:
        remark(note)
    say(*found.lines(top), f"note: {found.caution}")
    if output is not None:
        from lamina.plots.mattered import importance_picture
        from lamina.plots.style import save

        say(f"saved  {save(importance_picture(found), output)}")
