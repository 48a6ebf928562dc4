"""The options that several commands share: how a source is read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from lamina.errors import SettingError

if TYPE_CHECKING:
    from lamina.data.table_reading import TableForm

Source = Annotated[str, typer.Argument(help="A name (digits, iris ...), a table (.csv, .tsv, .jsonl ...), a folder of "
                                            "class folders, an archive, a folder of idx files, or an address "
                                            "(https://, s3://).")]  # fmt: skip
Target = Annotated[str | None, typer.Option(help="Of a table: the column to predict; several: fare,tip.")]
Task = Annotated[
    str | None,
    typer.Option(help="classification, regression (of several targets one for each), forecasting, translation ..."),
]
Names = Annotated[str | None, typer.Option(help="What file names tell, such as {class}_{speaker}_{take}.")]
Group = Annotated[str | None, typer.Option(help="Keep a field of the names, or a column, on one side: speaker.")]
TestWhere = Annotated[str | None, typer.Option(help="The test part by a field: take<5, speaker=theo.")]
User = Annotated[str | None, typer.Option(help="Of ratings: the column of users.")]
Item = Annotated[str | None, typer.Option(help="Of ratings: the column of what is rated.")]
Kinds = Annotated[str | None, typer.Option(help='What columns are: "zip=category,name=drop"; number, category, text, '
                                                "date, id, group, drop.")]  # fmt: skip
Delimiter = Annotated[str | None, typer.Option(help="Of a table: the character between fields.")]
Encoding = Annotated[str | None, typer.Option(help="Of a table: utf-8, cp1252, utf-16 ...")]
Header = Annotated[bool | None, typer.Option(help="Whether a table's first line names its columns.")]
Horizon = Annotated[int | None, typer.Option(help="Of a series: how many steps to predict at once.")]
TestSteps = Annotated[int | None, typer.Option(help="Of a series: how many of its last steps are the test part.")]
Window = Annotated[int | None, typer.Option(help="Of a series: how many steps a forecast sees.")]
SkipBadRows = Annotated[bool, typer.Option(help="Leave out lines with too few or many fields.")]


def table_form(delimiter: str | None, encoding: str | None, header: bool | None) -> TableForm | None:
    """How a table is written, where anything of it is said."""
    from lamina.data.table_reading import TableForm

    said = delimiter is not None or encoding is not None or header is not None
    return TableForm(delimiter, encoding, header) if said else None


def parse_kinds(text: str | None) -> dict[str, str] | None:
    """zip=category,name=drop."""
    if text is None:
        return None
    pairs = [pair.rpartition("=") for pair in text.split(",")]
    if any(not name.strip() or not kind.strip() for name, _, kind in pairs):
        raise SettingError(f'--kinds needs pairs such as "zip=category,name=drop"; got {text!r}')
    return {name.strip(): kind.strip() for name, _, kind in pairs}
