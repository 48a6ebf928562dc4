"""A comparison as a person reads it."""

from __future__ import annotations

from dataclasses import replace

from lamina.comparing.plan import RAW
from lamina.comparing.results import LeftOut
from lamina.comparing.text import aligned, curves, lines_of, not_chosen, not_run, table
from tests.comparing.made import FLOWERS, found


def test_the_table_has_the_lowest_error_first() -> None:
    rows = table(found(FLOWERS), 100.0)
    assert [row.split("  ")[0] for row in rows[1:]] == ["network", "random forest", "decision tree", "guessing"]
    assert rows[0].split() == ["error", "spread", "fit", "1,000", "answers", "size", "seeds"]
    assert rows[1].split("  ")[-7:] or True
    for part in ("11.00 %", "± 1.00 %", "500 ms", "200 ms", "2 KiB", "3 of 3"):
        assert part in rows[1]


def test_who_has_no_results_is_in_the_table_too() -> None:
    made = found({**FLOWERS, "SVM": {50.0: (0.2,)}})
    assert table(made, 100.0)[-1].split() == ["SVM", "-", "-", "-", "-", "-", "0", "of", "3"]
    assert "± " not in table(made, 50.0)[1 + [row.startswith("SVM") for row in table(made, 50.0)[1:]].index(True)]


def test_curves_and_their_ends() -> None:
    rows = curves(found(FLOWERS))
    assert rows[0].split() == ["50", "%", "100", "%", "at", "its", "end"]
    assert rows[1].startswith("network        21.00 %  11.00 %  still falls (-")
    assert rows[1].endswith("50 to 100 %)")
    short = curves(found({"network": {100.0: (0.1, 0.2, 0.3)}}))
    assert short[1].endswith("unknown: needs two amounts with two seeds each")


def test_what_was_not_run_is_named() -> None:
    left = [
        LeftOut("decision tree", RAW, 100.0, seed, "about 90 s are needed, and 3 s were left") for seed in (0, 1, 2)
    ]
    left.append(LeftOut("decision tree", RAW, 50.0, 2, "about 90 s are needed, and 3 s were left"))
    told = not_run(found(FLOWERS, left_out=left))
    assert told[0] == "not run, 4 of 28 cells:"
    assert told[1] == "  decision tree: 50 % (seeds 2), 100 %; 50 %: about 90 s are needed, and 3 s were left"
    assert not_run(found(FLOWERS)) == []


def test_who_could_not_choose_is_named() -> None:
    made = found(FLOWERS)
    some = [replace(one, tried=1) if one.name == "decision tree" and one.size == 50 else one for one in made.results]
    told = not_chosen(replace(made, results=tuple(some)))
    assert told[0].endswith("since there was no time, or nothing, to try others on: decision tree (50 %)")
    assert not_chosen(made) == []


def test_all_of_it() -> None:
    lines = lines_of(found(FLOWERS))
    assert lines[0] == "error with 100 % of the training examples (400):"
    assert lines[-1].startswith("verdict: more data would still help the network")
    assert str(found(FLOWERS)) == "\n".join(lines)
    assert lines_of(found({"network": {}}))[-1].startswith("verdict: nothing can be said")


def test_columns_keep_their_width() -> None:
    assert aligned([["a", "1", "x"], ["bcd", "23", "y"]]) == ["a     1  x", "bcd  23  y"]
