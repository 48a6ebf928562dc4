"""lamina check: what is in a source, what is wrong with it, and what would be learnt, without training."""

from __future__ import annotations

from typing import Annotated

import typer

from lamina.cli import options
from lamina.cli.console import json_lines, say
from lamina.cli.fetching import fetch_named
from lamina.cli.progress import reading_bar


def check(
    source: options.Source,
    target: options.Target = None,
    task: options.Task = None,
    names: options.Names = None,
    group: options.Group = None,
    test_where: options.TestWhere = None,
    user: options.User = None,
    item: options.Item = None,
    kinds: options.Kinds = None,
    delimiter: options.Delimiter = None,
    encoding: options.Encoding = None,
    header: options.Header = None,
    skip_bad_rows: options.SkipBadRows = False,
    horizon: options.Horizon = None,
    test_steps: options.TestSteps = None,
    window: options.Window = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Look at a source without training: its columns, its faults, what would be learnt.

    \b
    lamina check titanic.csv --target Survived
    lamina check pictures.zip
    """
    from lamina.data.read import read
    from lamina.model.checking import check as look

    fetch_named(source)
    with reading_bar():
        dataset = read(
            source, target=target, task=task, kinds=options.parse_kinds(kinds), delimiter=delimiter, encoding=encoding,
            header=header, skip_bad_rows=skip_bad_rows, names=names, group=group, test_where=test_where,
            user=user, item=item, horizon=horizon, test_steps=test_steps, window=window,
        )  # fmt: skip
        found = look(dataset)
    say(*(json_lines(found.to_json()) if as_json else found.lines()))
