"""A file of any make is read as the person means it, or refused with a sentence."""

import zipfile
from datetime import date, datetime
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.imports.reading import Layout, PathSource, Refused, Table, inspect
from accounts.imports.reading.layout import Limits
from tests.accounts.import_files import csv_bytes, xlsx_bytes

LIMITS = Limits(size=20_000_000, unpacked=100_000_000)


def read(path: Path, content: bytes, **given) -> tuple[Layout, list[tuple[int, list[str], str]]]:
    path.write_bytes(content)
    source = PathSource(path)
    layout = inspect(source, limits=LIMITS, **given)
    with Table(source, layout, max_rows=100_000) as table:
        return layout, [(row.number, row.cells, row.problem) for row in table.rows()]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "export.csv"


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("utf-8", "Zoë Łódź 東京"),
        ("utf-8-sig", "Zoë Łódź 東京"),
        ("utf-16", "Zoë Łódź 東京"),
        ("utf-16-le", "Zoe and Sons of Lodz"),
        ("utf-16-be", "Zoe and Sons of Lodz"),
        ("cp1252", "Müller & Söhne “Köln” – Straße €"),
        ("latin-1", "Société Générale à Besançon"),
        ("cp1251", "Общество с ограниченной ответственностью Ромашка"),
    ],
)
def test_a_text_is_read_in_its_encoding(path: Path, encoding: str, text: str) -> None:
    rows = [["id", "name"], *([number, f"{text} {number}"] for number in range(50))]
    _, found = read(path, csv_bytes(rows, encoding=encoding))
    assert [cells[1] for _, cells, _ in found] == [f"{text} {number}" for number in range(50)]


def test_a_broken_character_costs_its_own_row_and_no_other_accent(path: Path) -> None:
    good = "".join(f"{number},Müller\n" for number in range(40))
    _, found = read(path, f"id,name\n{good}".encode() + b"99,M\xfcller\n")
    assert {cells[1] for number, cells, _ in found if number < 42} == {"Müller"}
    assert found[-1][1] == ["99", "M\ufffdller"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_a_delimiter_is_found_among_the_others(path: Path, delimiter: str) -> None:
    rows = [["id", "name", "note"], [1, "Smith, Jones; Partners | Co", "a\tb"], [2, "Plain", "c;d;e,f"]]
    layout, found = read(path, csv_bytes(rows, delimiter=delimiter))
    assert layout.delimiter == delimiter
    assert found[0][1] == ["1", "Smith, Jones; Partners | Co", "a\tb"]


def test_a_stated_delimiter_is_believed(path: Path) -> None:
    layout, found = read(path, b"sep=;\r\nid;name\r\n1;a,b\r\n")
    assert (layout.delimiter, layout.header, found) == (";", ("id", "name"), [(3, ["1", "a,b"], "")])


def test_cells_may_hold_lines_and_quotation_marks(path: Path) -> None:
    _, found = read(path, b'id,note\n1,"two\nlines"\n2,"she said ""yes"""\n3,5" pipe\n')
    assert [cells[1] for _, cells, _ in found] == ["two\nlines", 'she said "yes"', '5" pipe']
    assert [number for number, _, _ in found] == [2, 3, 4]


def test_a_mark_that_never_closes_costs_its_own_line_only(path: Path) -> None:
    lines = [b"id,name,country", b'1,"Acme,US', b'2,"Beta",UK', b'3,"Gamma, Delta",DE', b'4,"never,NL', b"5,Omega,FR"]
    _, found = read(path, b"\n".join(lines))
    assert [cells[0] for _, cells, problem in found if not problem] == ["2", "3", "5"]
    assert [number for number, _, problem in found if problem] == [2, 5]


def test_ragged_rows_are_filled_or_refused(path: Path) -> None:
    _, found = read(path, b"id,name,country\n1,Acme\n2,Beta,DE,\n3,Gamma,FR,oops\n\n4,Delta,NL\n")
    assert [(number, cells) for number, cells, problem in found if not problem] == [
        (2, ["1", "Acme", ""]),
        (3, ["2", "Beta", "DE"]),
        (6, ["4", "Delta", "NL"]),
    ]
    assert [(number, problem) for number, _, problem in found if problem] == [
        (4, "This row has 4 cells, but the header has 3.")
    ]


def test_every_column_gets_a_name_of_its_own(path: Path) -> None:
    layout, _ = read(path, b"id,name,name,,\xc3\xa9tat\n1,2,3,4,5\n")
    assert layout.header == ("id", "name", "name (2)", "Column 4", "état")


def test_titles_above_the_header_are_passed_over(path: Path) -> None:
    layout, found = read(path, b"Customers of 2026\n\nid,name,country\n1,Acme,US\n2,Beta,DE\n")
    assert (layout.header_row, layout.header) == (3, ("id", "name", "country"))
    assert found[0][0] == 4


def test_a_header_alone_is_a_table_without_rows(path: Path) -> None:
    layout, found = read(path, b"id,name\n")
    assert (layout.header, found) == (("id", "name"), [])


def test_a_huge_cell_costs_its_own_row_only(path: Path) -> None:
    _, found = read(path, b"id,name\n1," + b"x" * 3_000_000 + b"\n2,Beta\n")
    assert [problem[:21] for _, _, problem in found] == ["This row is longer th", ""]
    assert max(len(cell) for _, cells, _ in found for cell in cells) < 1_000


def packed(name: str, content: bytes) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "This file is empty."),
        (b"\xef\xbb\xbf\r\n\r\n", "This file is empty."),
        (b"%PDF-1.7 ...", "This is a PDF document."),
        (b"\x89PNG\r\n\x1a\n....", "This is an image."),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1....", "This is a file of an old Office version, such as .xls"),
        (b'[{"id": 1}]', "This is a JSON file."),
        (b"<!DOCTYPE html><html>", "This is a web page"),
        (b"\x1f\x8b\x08....", "This is a packed file (gzip)"),
        (packed("word/document.xml", b"<w/>"), "This is a Word document."),
        (packed("a.csv", b"id,name"), "This is a packed file (zip)."),
        (b"PK\x03\x04 cut off", "This file starts like an Excel workbook but is damaged"),
        (b"\x00\x01\x02\x03" * 2000, "This is not a text file."),
        (b",,,\n,,,\n", "This file has no header"),
    ],
)
def test_what_is_no_table_is_refused_with_a_sentence(path: Path, content: bytes, said: str) -> None:
    with pytest.raises(Refused) as refusal:
        read(path, content)
    assert refusal.value.message.startswith(said)


def test_what_is_too_large_is_refused_before_it_is_read(path: Path) -> None:
    path.write_bytes(b"id,name\n" * 10)
    with pytest.raises(Refused, match="at most 0 MB are accepted"):
        inspect(PathSource(path), limits=Limits(size=10, unpacked=10))


def test_a_bomb_is_refused_before_it_is_unpacked(path: Path) -> None:
    bomb = packed("xl/workbook.xml", b"0" * 30_000_000)
    path.write_bytes(bomb)
    assert len(bomb) < 100_000
    for limits in (Limits(size=10**9, unpacked=10_000_000), Limits(size=10**9, unpacked=10**9)):
        with pytest.raises(Refused) as refusal:
            inspect(PathSource(path), limits=limits)
        assert refusal.value.code == "too_large"


def test_a_workbook_of_too_much_text_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from accounts.imports.reading import kinds

    monkeypatch.setattr(kinds, "MAX_STRINGS", 10)
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("xl/workbook.xml", b"<workbook/>")
        archive.writestr("xl/sharedStrings.xml", b"<sst>...........</sst>")
    with pytest.raises(Refused, match="more text than can be read at once"):
        read(path, buffer.getvalue())


def test_more_rows_than_are_accepted_are_refused(path: Path) -> None:
    path.write_bytes(b"id,name\n" + b"1,a\n" * 11)
    source = PathSource(path)
    with Table(source, inspect(source, limits=LIMITS), max_rows=10) as table, pytest.raises(Refused, match="10 rows"):
        list(table.rows())


def test_a_workbook_gives_its_numbers_and_dates_as_they_are(path: Path) -> None:
    rows = [
        ["id", "name", "mrr", "since", "trial", "seats"],
        [1, "Acme", 0.1 + 0.2, date(2024, 10, 16), True, 12.0],
        ["A-2", "  Beta", 1234567.5, datetime(2024, 1, 2, 3, 4, 5), False, None],  # noqa: DTZ001 - a cell has no zone
        [None] * 6,
        ["A-3", "Gamma", None, None, None, 5],
    ]
    layout, found = read(path, xlsx_bytes({"Notes": [], "Customers": rows}))
    assert (layout.sheet, layout.sheets) == ("Customers", ("Notes", "Customers"))
    assert [(number, cells) for number, cells, _ in found] == [
        (2, ["1", "Acme", "0.3", "2024-10-16", "TRUE", "12"]),
        (3, ["A-2", "  Beta", "1234567.5", "2024-01-02 03:04:05", "FALSE", ""]),
        (5, ["A-3", "Gamma", "", "", "", "5"]),
    ]


def test_another_sheet_may_be_chosen(path: Path) -> None:
    book = xlsx_bytes({"One": [["id"], [1]], "Two": [["id", "name"], [2, "Beta"]]})
    _, found = read(path, book, sheet="Two")
    assert found == [(2, ["2", "Beta"], "")]
    with pytest.raises(Refused, match="has no sheet “Three”"):
        read(path, book, sheet="Three")


def test_a_table_is_read_twice_alike(path: Path) -> None:
    path.write_bytes(xlsx_bytes({"S": [["id", "amount"], *([number, number / 7] for number in range(200))]}))
    source = PathSource(path)
    with Table(source, inspect(source, limits=LIMITS), max_rows=1_000) as table:
        first, second = list(table.rows()), list(table.rows())
        assert first == second
        assert [type(cell) for row in first for cell in row.cells] == [type(c) for row in second for c in row.cells]
        assert [row.number for row in table.rows(150)] == list(range(150, 202))


@given(
    st.lists(
        st.lists(
            st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=8),
            min_size=2,
            max_size=2,
        ),
        max_size=20,
    )
)
def test_no_cell_is_lost_or_bent(tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]) -> None:
    import csv

    path = tmp_path_factory.getbasetemp() / "any.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["first column", "second column"], *rows])
    source = PathSource(path)
    layout = inspect(source, limits=LIMITS, encoding="utf-8", delimiter=",", header_row=1)
    with Table(source, layout, max_rows=1_000) as table:
        assert [row.cells for row in table.rows()] == [row for row in rows if any(row)]
