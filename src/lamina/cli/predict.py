"""lamina predict: answers for new raw data."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lamina.cli.console import complain, json_lines, printable, say
from lamina.errors import SettingError

if TYPE_CHECKING:
    from lamina.model.answers import Answer
    from lamina.tasks.base import Prediction


def predict(
    model: Annotated[Path, typer.Argument(help="A model file.")],
    inputs: Annotated[
        list[str] | None,
        typer.Argument(help="Files of what the model takes, folders of them, archives, tables (.csv)."),
    ] = None,
    text: Annotated[list[str] | None, typer.Option(help="A text to answer for; may come several times.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON: every class's probability.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV with a column a class.")] = False,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Write there instead of printing.")] = None,
    top: Annotated[int, typer.Option(min=1, help="How many classes to print for each example.")] = 3,
    save_prepared: Annotated[
        Path | None, typer.Option(help="Write what the network sees of the first picture as PNG.")
    ] = None,
    allow_unproven: Annotated[bool, typer.Option(help="Go on where the model's proof does not hold.")] = False,
) -> None:
    """Answer for new raw data with a trained model.

    \b
    lamina predict digits.safetensors photo.png
    lamina predict digits.safetensors scans/ --csv -o answers.csv
    lamina predict iris.safetensors flowers.csv --json
    lamina predict reviews.safetensors review.txt
    lamina predict reviews.safetensors --text "a film to remember"
    """
    from lamina.model.answers import answers, save_prepared_picture, text_answers
    from lamina.model.model import Model

    if as_json and as_csv:
        raise SettingError("--json and --csv are two forms of the answer; give one of them")
    files = inputs or []
    if not files and not text:
        raise typer.BadParameter("it needs files or folders, or --text for a model of texts", param_hint="INPUTS")
    loaded = Model.load(model, allow_unproven=allow_unproven)
    if save_prepared is not None:
        save_prepared_picture(loaded, files, save_prepared)
    found = (answers(loaded, files) if files else []) + (text_answers(loaded, text) if text else [])
    form = _as_json if as_json else _as_csv if as_csv else _as_lines
    _deliver(form(found, loaded.task.target, top), output)
    failed = [answer for answer in found if answer.error]
    for answer in failed:
        complain(f"{answer.name}: {answer.error}")
    if failed:
        raise typer.Exit(1)


def _deliver(lines: list[str], output: Path | None) -> None:
    if output is None:
        say(*lines)
        return
    from lamina.model.saving import save_atomically

    text = "".join(f"{line}\n" for line in lines)
    save_atomically(output, text.encode(errors="backslashreplace"), lambda written: None)
    say(f"saved  {output}")


def _as_lines(found: list[Answer], target: str, top: int) -> list[str]:
    names = [printable(answer.name) for answer in found]
    width = max(map(len, names), default=0)
    pairs = zip(names, found, strict=True)
    return [f"{name:{width}}  {_words(a.prediction, top)}" for name, a in pairs if a.prediction is not None]


def _words(prediction: Prediction, top: int) -> str:
    others = list(prediction.probabilities.items())[1:top]
    rest = ", ".join(f"{name} {100 * share:.1f} %" for name, share in others)
    return f"{prediction}   {rest}".rstrip()


def _as_json(found: list[Answer], target: str, top: int) -> list[str]:
    return json_lines([_plain(answer, target) for answer in found])


def _plain(answer: Answer, target: str) -> dict[str, Any]:
    if answer.prediction is None:
        return {"name": answer.name, "error": answer.error}
    plain: dict[str, Any] = {"name": answer.name, target: answer.prediction.value}
    if answer.prediction.probabilities:
        plain["probabilities"] = dict(answer.prediction.probabilities)
    return plain


def _as_csv(found: list[Answer], target: str, top: int) -> list[str]:
    classes = sorted({name for a in found if a.prediction for name in a.prediction.probabilities})
    rows: list[list[Any]] = [["name", target, *(f"probability of {name}" for name in classes), "error"]]
    for answer in found:
        shares = answer.prediction.probabilities if answer.prediction else {}
        value = answer.prediction.value if answer.prediction else ""
        rows.append([answer.name, value, *(shares.get(name, "") for name in classes), answer.error])
    return [_csv_line([_harmless(cell) for cell in row]) for row in rows]


def _csv_line(row: list[Any]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(row)
    return text.getvalue()


def _harmless(cell: Any) -> Any:
    """A text on one line; one that a spreadsheet would run as a formula gets a quote in front."""
    if not isinstance(cell, str):
        return cell
    return f"'{printable(cell)}" if cell.lstrip()[:1] in ("=", "+", "-", "@") else printable(cell)
