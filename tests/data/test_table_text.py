"""The bytes of a table: encodings, delimiters, quotes, and every record where it lies."""

from __future__ import annotations

import csv
import gzip
import io
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lamina.data.table_text import (
    MAX_UNPACKED,
    find_delimiter,
    find_structure,
    line_of,
    settle_quotes,
    split_record,
    to_utf8,
)
from lamina.errors import DataError, SettingError

PLAIN = b"a,b\n1,2\n"


@pytest.mark.parametrize(
    ("data", "text", "note"),
    [
        (PLAIN, "a,b\n1,2\n", ""),
        (b"a,b\r\n1,2\r\n", "a,b\n1,2\n", ""),
        (b"a,b\r1,2\r", "a,b\n1,2\n", ""),
        (b"a,b\n1,2", "a,b\n1,2\n", ""),
        (b"a,b\n1,2\n\n\n", "a,b\n1,2\n", ""),
        (b"\xef\xbb\xbf" + PLAIN, "a,b\n1,2\n", ""),
        ("a,b\nä,2\n".encode("utf-16"), "a,b\nä,2\n", "the table is UTF-16"),
        ("a,b\nä,2\n".encode("utf-16-be").join((b"\xfe\xff", b"")), "a,b\nä,2\n", "the table is UTF-16"),
        ("a,b\ncafé,2 €\n".encode("cp1252"), "a,b\ncafé,2 €\n", "line 2 is not UTF-8; the table is read as cp1252"),
        (gzip.compress(PLAIN, mtime=0), "a,b\n1,2\n", ""),
        (gzip.compress(b"a,b\n", mtime=0) + gzip.compress(b"1,2\n", mtime=0), "a,b\n1,2\n", ""),
    ],
)
def test_encodings(data: bytes, text: str, note: str) -> None:
    found, notes = to_utf8(data, "t.csv")
    assert found.decode() == text
    assert note in "".join(notes)
    assert bool(note) == bool(notes)


@pytest.mark.parametrize(
    ("data", "encoding", "complaint"),
    [
        (b"a,b\n1,\x002\n", None, "t.csv: byte 6 is NUL: this is no text"),
        ("a,b\n1,2\n".encode("utf-16-le"), None, "byte 1 is NUL"),
        ("a,b\n1,2\n".encode("utf-32"), None, "is NUL"),
        (b"a,b\n1,\xff\xfe\x81\n", None, "t.csv, line 2: byte 6 is not UTF-8: save the table as UTF-8"),
        ("a,b\nжук,2\n".encode("koi8-r"), None, "line 2: byte 4 is not UTF-8: .* --encoding cp1252"),
        (b"a,\xff\n", "utf-8", "t.csv: byte 2 is not utf-8; --encoding names another"),
        (PLAIN, "latin-5000", "--encoding needs a known one such as utf-8, cp1252 or utf-16; got 'latin-5000'"),
        (PLAIN, "base64", "--encoding needs a known one"),
        (PLAIN, "undefined", "t.csv: its text is not undefined"),
        (gzip.compress(PLAIN, mtime=0)[:-9], None, "the gzip file is damaged or cut short"),
        (gzip.compress(PLAIN, mtime=0)[:12] + b"x" * 9, None, "the gzip file is damaged or cut short"),
    ],
)
def test_bytes_that_are_no_text(data: bytes, encoding: str | None, complaint: str) -> None:
    with pytest.raises(DataError, match=complaint):
        to_utf8(data, "t.csv", encoding)


def test_an_encoding_that_a_person_names() -> None:
    assert to_utf8("a\nжук\n".encode("koi8-r"), "t.csv", "koi8-r")[0].decode() == "a\nжук\n"


def test_a_gzip_bomb_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert MAX_UNPACKED == 4 * 2**30
    monkeypatch.setattr("lamina.data.table_text.MAX_UNPACKED", 1000)
    twice = gzip.compress(b"1\n" * 400, mtime=0) + gzip.compress(b"1\n" * 400, mtime=0)
    with pytest.raises(DataError, match="the gzip file unpacks to more than 1,000 bytes"):
        to_utf8(twice, "t.csv")


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("a,b\n1,2\n", b","),
        ("a;b;c\n1,5;2;3\n2,5;3;4\n", b";"),
        ("a\tb\n1,2\t3\n", b"\t"),
        ("a|b\n1|2\n", b"|"),
        ('a,b\n"x;y;z",2\n"p;q;r",3\n', b","),
        ("one\n1\n2\n", b","),
        ("note\nyes, I do\nno\n", b","),
    ],
)
def test_the_delimiter_is_found(text: str, delimiter: bytes) -> None:
    assert find_delimiter(text.encode()) == delimiter


def test_the_delimiter_by_its_name() -> None:
    assert [find_delimiter(PLAIN, named) for named in (";", "tab", "\\t", "Semicolon", ":")] == [
        b";", b"\t", b"\t", b";", b":",
    ]  # fmt: skip
    for wrong in ("", ";;", '"', "\n", "ß"):
        with pytest.raises(SettingError, match='--delimiter needs one character such as ";" or the word tab; got'):
            find_delimiter(PLAIN, wrong)


def test_every_record_has_its_line() -> None:
    data = b'a,b\n"1\n2",3\n\n4,"5,6"\n7\n'
    found = find_structure(data, b",", quotes=True)
    assert found.lines.tolist() == [1, 2, 5, 6]
    assert found.fields.tolist() == [2, 2, 2, 1]
    assert [data[a:b] for a, b in zip(found.starts, found.ends, strict=True)] == [
        b"a,b", b'"1\n2",3', b'4,"5,6"', b"7",
    ]  # fmt: skip
    assert (found.even, found.stray) == (False, -1)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('a,b\n"x ""y""",2\n', -1),
        ('a,b\n"",2\n', -1),
        ('a,b\n5" pipe,2\n', 5),
        ('a,b\n"x"y,2\n', 6),
        ('a,b\n1,"open\n2,3\n', 6),
    ],
)
def test_a_stray_quote_is_found(text: str, place: int) -> None:
    assert find_structure(text.encode(), b",", quotes=True).stray == place
    assert line_of(text.encode(), max(place, 0)) == (1 if place < 0 else 2)


@pytest.mark.parametrize(
    ("text", "enclose", "note"),
    [
        ("a,b\n1,2\n", False, ""),
        ('a,b\n"1",2\n', True, ""),
        ('a,b\n"x,y",2\n', True, ""),
        ('a,b\n"x\ny",2\n', True, "1 line breaks stand inside quotes"),
        ('a\n"x\ny"\n', True, "1 line breaks stand inside quotes"),
        ('a\tb\n1\the said "no"\n', False, "are part of the text, since every line is whole without"),
        ('a\tb\n1\t"one\n2\ttwo\n', False, 'the quotes (") in it are part of the text'),
    ],
)
def test_what_quotes_are(text: str, enclose: bool, note: str) -> None:
    data = text.encode()
    _, quotes, notes = settle_quotes(data, find_delimiter(data))
    assert quotes == enclose
    assert note in "".join(notes)
    assert bool(note) == bool(notes)


CELLS = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00\r"), max_size=8)


@given(st.lists(CELLS, min_size=1, max_size=5), st.sampled_from(",;\t|"))
def test_a_record_is_split_as_it_was_written(cells: list[str], delimiter: str) -> None:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="").writerow(cells)
    assert split_record(text.getvalue().encode(), delimiter.encode(), quotes=True) == cells


@given(st.lists(st.lists(CELLS, min_size=2, max_size=2), min_size=1, max_size=6))
def test_records_cover_the_file(rows: list[list[str]]) -> None:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    found = find_structure(text.getvalue().encode(), b",", quotes=True)
    assert len(found.lines) == len(rows)
    assert set(found.fields.tolist()) == {2}
    assert all(before < after for before, after in pairwise(found.starts.tolist()))
