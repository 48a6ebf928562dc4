"""lamina predict: answers for new raw data."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lamina.cli import options
from lamina.cli.console import complain, json_lines, remark, say
from lamina.cli.progress import reading_bar
from lamina.errors import SettingError
from lamina.visible import printable

if TYPE_CHECKING:
    from lamina.model.answers import Answers
    from lamina.tasks.base import Prediction


def predict(
    model: Annotated[Path, typer.Argument(help="A model file.")],
    inputs: Annotated[
        list[str] | None, typer.Argument(help="Files of what the model takes, folders, archives, tables.")
    ] = None,
    text: Annotated[list[str] | None, typer.Option(help="A text to answer for; may come several times.")] = None,
    prompt: Annotated[str | None, typer.Option(help="Write on from this text, with a model of language.")] = None,
    length: Annotated[int, typer.Option(min=1, help="Characters to write on.")] = 300,
    temperature: Annotated[float, typer.Option(help="0 takes the likeliest character, more dares more.")] = 0.8,
    seed: Annotated[int, typer.Option(min=0, help="Of what is drawn while writing on.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON: every class's probability.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV with a column a class.")] = False,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Write there instead of printing.")] = None,
    top: Annotated[int, typer.Option(min=1, help="How many classes to print for each example.")] = 3,
    save_prepared: Annotated[
        Path | None, typer.Option(help="Write what the network sees of the first picture or sound as PNG.")
    ] = None,
    delimiter: options.Delimiter = None,
    encoding: options.Encoding = None,
    header: options.Header = None,
    allow_unproven: Annotated[bool, typer.Option(help="Go on where the model's proof does not hold.")] = False,
) -> None:
    """Answer for new raw data with a trained model.

    \b
    lamina predict digits.safetensors photo.png
    lamina predict digits.safetensors scans/ --csv -o answers.csv
    lamina predict iris.safetensors flowers.csv --json
    lamina predict shakespeare.safetensors --prompt "ROMEO:" --length 500
    lamina predict titanic.safetensors new.csv -o predictions.csv
    lamina predict reviews.safetensors review.txt
    lamina predict reviews.safetensors --text "a film to remember"
    lamina predict sales.safetensors sales.csv
    lamina predict french.safetensors --text "I am cold."
    """
    from lamina.model.answers import answers, joined, save_prepared_picture, text_answers
    from lamina.model.model import Model
    from lamina.model.writing import write

    form = _form(as_json, as_csv, output)
    loaded = Model.load(model, allow_unproven=allow_unproven)
    if prompt is not None:
        say(*(prompt + write(loaded, prompt, length, temperature, seed)).split("\n"))
        return
    if not inputs and not text:
        raise SettingError("predict needs examples: it needs files or folders, or --text for a model of texts or pairs")
    if save_prepared is not None:
        save_prepared_picture(loaded, inputs or [], save_prepared)
    with reading_bar():
        found = joined(
            answers(loaded, inputs, options.table_form(delimiter, encoding, header)) if inputs else None,
            text_answers(loaded, text) if text else None,
        )
    for note in found.notes:
        remark(note)
    _deliver(form(found, loaded.task.target, top), output)
    failed = [answer for answer in found.rows if answer.error]
    for answer in failed:
        complain(f"{found.called(answer)}: {answer.error}")
    if failed:
        raise typer.Exit(1)


def _form(as_json: bool, as_csv: bool, output: Path | None) -> Callable[[Answers, str, int], list[str]]:
    """How the answers are written: as asked for, or as the name of the file says."""
    if as_json and as_csv:
        raise SettingError("--json and --csv are two forms of the answer; give one of them")
    suffix = output.suffix.lower() if output is not None else ""
    if as_json or (suffix == ".json" and not as_csv):
        return _as_json
    return _as_csv if as_csv or suffix == ".csv" else _as_lines


def _deliver(lines: list[str], output: Path | None) -> None:
    if output is None:
        say(*lines)
        return
    from lamina.model.saving import save_atomically

    text = "".join(f"{line}\n" for line in lines)
    save_atomically(output, text.encode(errors="backslashreplace"), lambda written: None)
    say(f"saved  {output}")


def _as_lines(found: Answers, target: str, top: int) -> list[str]:
    names = [printable(answer.name) for answer in found.rows]
    width = max(map(len, names), default=0)
    pairs = zip(names, found.rows, strict=True)
    return [f"{name:{width}}  {_words(a.prediction, top)}" for name, a in pairs if a.prediction is not None]


def _words(prediction: Prediction, top: int) -> str:
    if prediction.by_target:
        parts = [f"{name} {_words(one, top)}" for name, one in prediction.by_target.items()]
        return "; ".join(parts)
    others = list(prediction.probabilities.items())[1:top]
    rest = ", ".join(f"{name} {100 * share:.1f} %" for name, share in others)
    remark = f"   ({prediction.remark})" if prediction.remark else ""
    return f"{prediction}   {rest}".rstrip() + remark


def _as_json(found: Answers, target: str, top: int) -> list[str]:
    return json_lines(found.as_json(target))


def _as_csv(found: Answers, target: str, top: int) -> list[str]:
    title = found.title or "name"
    given = [answer.prediction for answer in found.rows if answer.prediction]
    targets = list(given[0].by_target) if given else []
    columns = [_csv_columns(given, target)] if not targets else [
        _csv_columns([one.by_target[name] for one in given], name, f"{name} ") for name in targets
    ]  # fmt: skip
    heads = [head for part in columns for head in part[0]]
    values = iter(zip(*(part[1] for part in columns), strict=True))
    rows: list[list[Any]] = [[title, *heads, "error"]]
    for answer in found.rows:
        cells = [cell for part in next(values) for cell in part] if answer.prediction else [""] * len(heads)
        rows.append([answer.name, *cells, answer.error])
    return [_csv_line([_harmless(cell) for cell in row]) for row in rows]


def _csv_columns(given: Sequence[Prediction], target: str, of: str = "") -> tuple[list[str], list[list[Any]]]:
    """A target's columns: its name and its classes, and below them the cells of each answer."""
    classes = sorted({name for one in given for name in one.probabilities})
    cells = [
        ["; ".join(map(str, one.value)) if isinstance(one.value, tuple) else one.value,
         *(one.probabilities.get(name, "") for name in classes)]
        for one in given
    ]  # fmt: skip
    return [target, *(f"probability of {of}{name}" for name in classes)], cells


def _csv_line(row: list[Any]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(row)
    return text.getvalue()


def _harmless(cell: Any) -> Any:
    """A text on one line; one that a spreadsheet would run as a formula gets a quote in front."""
    if not isinstance(cell, str):
        return cell
    return f"'{printable(cell)}" if cell.lstrip()[:1] in ("=", "+", "-", "@") else printable(cell)
