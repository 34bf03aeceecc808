"""The 71 kinds of bad input with the answer that each must get: accept, notice, question or refusal.

``A`` is accepted without a repair. ``N`` is accepted with a notice that counts; its first answer undoes it. ``Q`` is a
question with a proposed answer; every other answer works. ``E`` is refused in a sentence that names file, row, column, an
example and what to do. Files lie in ``tests/inputs``; those in ``made`` are too large to be kept.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

SHOWN = ("shown",)  # the notice that a column of words is only shown


@dataclass(frozen=True)
class Case:
    """One kind of bad input.

    ``says`` must all stand in the notice with this ``code``, or in the sentence of the problem; ``others`` are the codes of
    all other notices of the file. ``holds`` is what the dataset must hold, by column, or *features, *target; ``undone`` what
    it holds after the first answer, or, in words, why there is nothing to undo. ``instead`` says why the answer is another
    than the catalogue's, ``tested`` where a case is answered that loading cannot answer.
    """

    number: int
    file: str
    answer: str
    code: str = ""
    says: tuple[str, ...] = ()
    count: int = 0
    holds: dict[str, Any] = field(default_factory=dict)
    undone: dict[str, Any] | str = ""
    others: tuple[str, ...] = ()
    labels: str = ""
    choices: dict[str, Any] = field(default_factory=dict)
    instead: str = ""
    tested: str = ""


NUMBERS = {"a": [1.5, 2.5, 4.0, 3.5], "b": [20, 31, 17, 26]}
TOWNS = {"town": ["café", "übel", "x", "y"], "*features": ["a", "b"]}
NO_DOUBT = "the bytes leave no doubt"
NOTHING_LOST = "nothing is changed"

CASES = (
    Case(1, "01_empty.csv", "E", says=("is empty (0 bytes)", "Choose a file")),
    Case(2, "02_blank.csv", "E", says=("has no data: only blank lines", "Choose a file")),
    Case(3, "03_header_only.csv", "E", says=("a header with 3 columns and no rows", "Choose a file")),
    Case(
        4, "04_no_header.csv", "Q", "header", ("first row is made of numbers", "read as data"),
        holds={"column 1": [1.5, 2.5, 4.0, 3.5]}, undone={"1.5": [2.5, 4.0, 3.5]},
    ),
    Case(
        5, "05_short_row.csv", "N", "short rows", ("Row 3 has fewer than 3 cells", "missing values"), 1,
        {"c": [3, None, 5, 2]}, {"c": [3, 5, 2]}, ("missing",),
    ),
    Case(6, "06_long_row.csv", "E", says=("row 3 has 4 cells and the others have 3", "“2.5,31,4,99”", "leave such rows out"),
         undone={"c": [3, 5, 2]}),
    Case(
        7, "07_every_row_longer.csv", "Q", "short header", ("rows have 4 cells and the header 3", "names of the rows"),
        holds={"a": [1.5, 2.5, 4.0, 3.5], "*features": ["a", "b", "c"]}, undone={"a": [10, 12, 19, 11]},
    ),
    Case(
        8, "08_trailing_commas.csv", "N", "blank columns", ("1 column with neither name nor values left out",), 1,
        {"c": [3, 4, 5, 2], "*features": ["a", "b", "c"]}, "the column holds nothing",
    ),
    Case(
        9, "09_semicolon_comma.csv", "N", "decimal", ("comma is read as the decimal mark", "“1,5”"),
        holds={"Größe": [1.5, 2.5, 4.0, -3.5]}, undone={"Größe": ["1,5", "2,5", "4", "-3,5"]}, others=("delimiter",),
    ),
    Case(10, "10_tabs.csv", "N", "delimiter", ("separated by tabs",), holds=NUMBERS, undone="no other mark separates it"),
    Case(10, "10_bars.csv", "N", "delimiter", ("separated by bars",), holds=NUMBERS, undone="no other mark separates it"),
    Case(10, "10_blanks.csv", "N", "delimiter", ("separated by spaces",), holds=NUMBERS, undone="no other mark separates it"),
    Case(11, "11_mixed_separators.csv", "E", says=("row 4 is separated by “;”", "“4;17”", "Use one separator for all"),
         undone={"a": [1.5, 2.5, 6, 7, 8]}),
    Case(12, "12_sep_line.csv", "A", holds=NUMBERS),
    Case(
        13, "13_titles.csv", "Q", "lines above", ("2 lines above the table", "“Measurements of May”", "begins in row 4"), 2,
        {"*features": ["a", "b", "c"]}, {"*features": ["Measurements of May", "column 2", "column 3"]},
    ),
    Case(14, "14_bom.csv", "A", holds=NUMBERS),
    Case(15, "15_utf16.csv", "N", "encoding", ("Read as UTF-16",), holds=TOWNS, undone=NO_DOUBT, others=SHOWN),
    Case(15, "15_utf16_be.csv", "N", "encoding", ("Read as UTF-16",), holds=TOWNS, undone=NO_DOUBT, others=SHOWN),
    Case(16, "16_utf16_no_mark.csv", "N", "encoding", ("Read as UTF-16",), holds=TOWNS, undone=NO_DOUBT, others=SHOWN),
    Case(16, "16_utf32_no_mark.csv", "N", "encoding", ("Read as UTF-32",), holds=TOWNS, undone=NO_DOUBT, others=SHOWN),
    Case(
        17, "17_windows_1252.csv", "N", "encoding", ("Windows-1252: 3 characters outside ASCII", "“café”"), 3,
        {"town": ["café", "übel", "€uro", "y"]}, {"town": ["café", "übel", "\x80uro", "y"]}, SHOWN,
    ),
    Case(
        18, "18_broken_utf8.csv", "Q", "broken bytes", ("1 broken byte in UTF-8", "line 4, byte 38"), 1,
        {"town": ["café", "übel", "na\ufffdve", "é"]}, {"town": ["cafÃ©", "Ã¼bel", "naïve", "Ã©"]}, SHOWN,
    ),
    Case(19, "19_nul_in_cell.csv", "E", says=("NUL character in row 3, column “town”", r"“v\x00w”", "leave such characters out"),
         undone={"town": ["u", "vw", "x", "y"]}),
    Case(
        20, "20_nul_in_header.csv", "N", "trimmed names", ("1 name of a column with blanks or other marks", r"“to\x00wn”"), 1,
        {"town": ["u", "v", "x", "y"]}, "no name has such a mark", SHOWN,
    ),
    Case(21, "21_open_quote.csv", "E", says=("in row 3, column “town”, a quote opens that never closes", "“v,2.5,31”", "Mend"),
         undone={"town": ["u", '"v', "x", "y"]}),
    Case(22, "22_quote_inside.csv", "A", holds={"town": ['5" pipe', '6" pipe', '7" pipe', '8" pipe']}, others=SHOWN),
    Case(23, "23_lines_in_cell.csv", "A", holds={"note": ["one\ntwo", "u\nv\nw", "x", 'y "z"']}, others=SHOWN),
    Case(24, "24_cr_only.csv", "A", holds=NUMBERS),
    Case(25, "25_mixed_line_ends.csv", "A", holds=NUMBERS),
    Case(
        26, "26_equal_names.csv", "N", "repeated names", ("1 column with a name that was there before", "“a (2)”"), 1,
        {"*features": ["a", "b", "a (2)"]}, {"*features": ["column 1", "column 2", "column 3"]},
    ),
    Case(26, "26_equal_headers", "E", says=("50,000 columns in row 1", "at most 10,000", "Leave columns out")),
    Case(
        27, "27_no_name.csv", "N", "unnamed columns", ("1 column without a name: called “column 2”",), 1,
        {"*features": ["a", "column 2", "c"]}, {"*features": ["column 1", "column 2", "column 3"]},
    ),
    Case(
        28, "28_row_numbers.csv", "N", "row number", ("“column 1” only counts the rows and is left out",), 1,
        {"*features": ["a", "b"]}, {"*features": ["column 1", "a", "b"]},
        instead="a first column without a name that counts 0, 1, 2 leaves no doubt: it is told, not asked",
    ),
    Case(29, "29_one_column.csv", "N", "one column", ("“a” is the only feature, so a map would be a line",), 1,
         {"*features": ["a"]}, NOTHING_LOST),
    Case(30, "30_only_words.csv", "E", says=("no column of numbers", "“name” (text), “town” (text)", "Choose a table")),
    Case(
        30, "30_only_categories.csv", "Q", "categories", ("no numbers; 2 columns", "“cap”, “odour”", "used as features"), 2,
        {"*features": ["cap = bell", "cap = cone", "cap = flat", "odour = foul", "odour = none"], "*target": ("e", "p")},
        {"*features": ["odour = foul", "odour = none"]}, ("label", "label kind", "duplicate rows"),
    ),
    Case(31, "31_wide", "E", says=("100,000 columns in row 1", "at most 10,000", "by PCA")),
    Case(32, "32_one_line", "E", says=("at least 524,289 columns in row 1", "at most 10,000")),
    Case(
        33, "33_constant.csv", "N", "constant", ("2 columns left out, with the same value", "“same”, “zero”"), 2,
        {"*features": ["a", "b"]}, {"*features": ["a", "same", "b", "zero"]},
    ),
    Case(34, "34_all_rows_equal.csv", "E", says=("All rows of 34_all_rows_equal.csv have the same", "Choose other columns")),
    Case(35, "35_repeated_rows.csv", "N", "duplicate rows", ("2 rows with the same numbers as an earlier row; all are kept",), 2,
         {"a": [1.5, 2.5, 1.5, 4.0, 1.5]}, NOTHING_LOST),
    Case(
        36, "36_empty_cells.csv", "Q", "missing", ("3 missing values in 2 columns (“a” 2, “b” 1)", "median"), 3,
        {"a": [1.5, None, 4.0, 3.5, None, 7.0]}, {"*features": ["c"]},
    ),
    Case(
        37, "37_missing_marks.csv", "N", "missing marks", ("“NA” (1), “null” (1), “?” (1), “-” (1)", "2 columns (“a”, “b”)"), 4,
        {"a": [1.5, None, 4.0, 3.5, None, 7.0], "*target": ("NA", "None", "x")},
        {"a": ["1.5", "NA", "4", "3.5", "null", "7"], "b": ["20", "31", "?", "-", "12", "35"]},
        ("label", "missing", "label kind"),
    ),
    Case(
        37, "37_minus_999.csv", "Q", "missing numbers", ("column “a” with -999, far from all others", "2 other columns"), 6,
        {"a": [1.5, -999, 4.0, 3.5, -999, 7.0, 5.0]},
        {"a": [1.5, None, 4.0, 3.5, None, 7.0, 5.0], "c": [3, 4, None, 2, 6, None, 1]},
    ),
    Case(38, "38_nearly_empty.csv", "N", "empty columns", ("1 column left out, with hardly any values: “rare”",), 1,
         {"*features": ["a", "b"]}, {"*features": ["a", "b", "rare"]}),
    Case(
        39, "39_infinite.csv", "N", "infinite", ("3 infinite values in column “v”, rows 3, 5 and 6: read as missing",), 3,
        {"v": [1.5, None, 2.0, None, None, 7.0]}, {"v": ["1.5", "inf", "2", "-Infinity", "1e309", "7"]}, ("missing",),
    ),
    Case(40, "40_huge.csv", "N", "precision", ("beyond 1e+18", "“v”", "divided by a power of ten"), 1,
         {"v": [1e308, -1e308, 1.5e308, 2e307, 9e307, 1.0], "*features": ["v", "a", "b"]}, {"*features": ["a", "b"]}),
    Case(41, "41_denormal.csv", "N", "precision", ("below 1e-18", "“v”", "times 1e320"), 1,
         {"v": [1e-320, 2e-320, 5e-320, 3e-320, 7e-320, 9e-320]}, {"*features": ["a", "b"]},
         instead="their squares would vanish without a word"),
    Case(42, "42_beyond_2_53.csv", "N", "long numbers", ("too long to calculate with", "every digit"), 6,
         {"v": [str(2**53 + 1 + i * i * 2) for i in range(6)], "*features": ["a", "b"]},
         {"v": [float(2**53 + 1 + i * i * 2) for i in range(6)]}, ("identifier",)),
    Case(43, "43_beyond_2_64.csv", "N", "long numbers", ("too long to calculate with", "every digit"), 6,
         {"v": [str((-1) ** i * (2**64 + 1 + i * i * 2)) for i in range(6)], "*features": ["a", "b"]},
         {"*features": ["v", "a", "b"]}, ("identifier",)),
    Case(
        44, "44_dates.csv", "Q", "dates", ("1 column of dates (“when”): only shown",), 1,
        {"when": ["2024-02-28", "2024-03-01", "2024-03-15", "2023-12-31", "2024-01-01", "2024-07-04"]},
        {"when (days)": [59, 61, 75, 0, 1, 186], "*features": ["when (days)", "a", "b"]},
    ),
    Case(44, "44_dates_day_or_month.csv", "Q", "dates", ("1 column of dates (“when”)",), 1, {"*features": ["a", "b"]},
         {"when (days)": [178, 240, 303, 0, 148, 463]}),
    Case(44, "44_dates_zoned.csv", "Q", "dates", ("1 column of dates (“when”)",), 1, {"*features": ["a", "b"]},
         {"when (days)": [10.5 / 24, 1 + 12.5 / 24, 2.75, 3.0, 3.25, 4.75]}),
    Case(45, "45_times.csv", "N", "shown", ("only shown: “clock”, “zoned”, “span”",), 3,
         {"clock": ["12:30", "13:45", "00:10", "23:59"], "*features": ["a", "b"]}, NOTHING_LOST),
    Case(46, "46_two_answers.csv", "N", "flags", ("two answers", "“True” counts 1"), 4,
         {"flag": ["True", "false", "TRUE", "False"], "*features": ["flag", "ok", "a", "b"]},
         {"*features": ["ok", "a", "b"]}, ("flags",)),
    Case(
        47, "47_a_word_among_numbers.csv", "Q", "not numbers", ("1 of 12 cells of column “v”", "row 13 has “oops”"), 1,
        {"v": [10.0, 11, 14, 19, 13, 22, 20, 20, 22, 13, 19, None]},
        {"v": ["10", "11", "14", "19", "13", "22", "20", "20", "22", "13", "19", "oops"]}, ("missing",),
    ),
    Case(48, "48_thousands.csv", "Q", "thousands", ("4 numbers of column “doubtful” with thousands set apart (“1,234”)",), 4,
         {"sure": [1234567, 2345678, 3456789, 4567890], "doubtful": [1234, 2345, 9876, 5432], "blank": [1234, 12345, 2500, 7001]},
         {"doubtful": [1.234, 2.345, 9.876, 5.432]}, ("thousands",) * 3),
    Case(
        49, "49_units.csv", "Q", "units", ("“kg” is taken off", "column “weight” (“12 kg”)", "3 other columns"), 15,
        {"weight": [12, 13.5, 9, None], "share": [5, 7.5, 11, 2], "cost": [3.5, 4, 1200, 2.25], "length": [1.5, 2.5, 4.25, 3.5]},
        {"weight": ["12 kg", "13.5 kg", "9 kg", "NA"], "length": ["1,5 cm", "2,5 cm", "4,25 cm", "3,5 cm"]},
        ("missing marks", "thousands", "missing"),
    ),
    Case(
        50, "50_codes.csv", "Q", "leading zeros", ("“zip” stays text, for 2 numbers in it begin with 0 (“00501”)",), 2,
        {"zip": ["00501", "02134", "10001", "10002"], "hex": ["0x1F", "0x2A", "0xFF", "0x10"], "*features": ["b", "c"]},
        {"zip": [501, 2134, 10001, 10002]}, SHOWN,
    ),
    Case(
        51, "51_other_digits.csv", "N", "foreign digits", ("4 numbers of column “wide”", "“１２”", "3 other columns"), 14,
        {"wide": [12, 3, 45, 7], "arabic": [3, 4, 56, 7], "minus": [-1.5, 2.5, -4, 3], "point": [1.5, 2.5, 3.25, 4]},
        {"wide": ["１２", "３", "４５", "７"], "point": ["١٫٥", "٢٫٥", "٣٫٢٥", "٤"]},
    ),
    Case(
        52, "52_categories.csv", "Q", "categories", ("2 columns of few different words (“colour”, “size”): only shown",), 2,
        {"*features": ["a", "b"]},
        {"*features": ["a", "colour = blue", "colour = green", "colour = red", "b", "size = L", "size = S"],
         "colour = red": [1, 0, 0] * 4, "colour": ["red", "green", "blue"] * 4},
    ),
    Case(53, "53_one_row.csv", "E", says=("1 row of data; a map needs at least 2", "more rows")),
    Case(54, "54_two_rows.csv", "A", holds={"a": [1.5, 2.5]}, instead="the table is fine; t-SNE says that PCA is its map",
         tested="tests/pipeline/projection/test_tsne.py::test_fewer_than_seven_rows_are_offered_pca"),
    Case(55, "", "N", tested="tests/pipeline/projection/test_tsne.py::test_perplexity_stays_below_a_third_of_the_rows"),
    Case(56, "", "N", tested="tests/pipeline/test_algorithms.py::test_few_rows_work_or_are_refused_in_words"),
    Case(57, "57_more_columns_than_rows.csv", "A", holds={"*features": [f"f{j}" for j in range(8)]}),
    Case(
        58, "58_data.csv", "E", labels="58_labels_shorter.csv",
        says=("58_labels_shorter.csv has 10 lines", "“u”, “v”, “w”", "58_data.csv has 12 rows", "nothing is cut off"),
    ),
    Case(59, "58_data.csv", "N", "labels header", ("first line “species” is read as the header",), 1,
         {"*target": ("u", "v", "w")}, "no label is called so", ("labels", "label kind"), "59_labels_with_header.csv"),
    Case(59, "58_data.csv", "Q", "labels header", ("one line more than there are rows", "“u”"), 1,
         {"*target": ("u", "v", "w")}, {"*target": ("u", "v", "w")}, ("labels", "label kind"), "59_labels_maybe_header.csv"),
    Case(60, "58_data.csv", "N", "label kind", ("“label” has 3 classes",), 3, {"*target": ("u", "v", "w")},
         "words are classes", ("labels",), "60_labels_words.csv"),
    Case(60, "58_data.csv", "N", "label kind", ("3 different numbers, read as classes",), 3, {"*target": ("0", "1", "2")},
         {"*target": ()}, ("labels",), "60_labels_numbers.csv"),
    Case(60, "58_data.csv", "N", "label kind", ("12 different numbers and is read as a number",), 12, {"*target": ()},
         {"*classes": 12}, ("labels",), "60_labels_fractions.csv"),
    Case(61, "61_one_class.csv", "N", "one label", ("Every label of “class” is “x”", "scores say nothing"), 1,
         {"*target": ("x",)}, NOTHING_LOST, ("label", "label kind")),
    Case(62, "62_labels_all_different.csv", "N", "many labels", ("“class” has 60 different labels", "colour nothing"), 1,
         {"*target": None, "*features": ["a", "b"]}, {"*classes": 60}),
    Case(
        63, "63_labels_alike.csv", "Q", "labels alike", ("4 labels of “class”", "“Setosa” and “setosa”", r"“virgin\u200bica”"), 4,
        {"*classes": 7}, {"*target": ("café", "setosa", "virginica")}, ("label", "label kind"),
    ),
    Case(64, "64_workbook_named.csv", "A", holds={"a": [1.5, 2.5, 4.0, 3.5, 7.25, 6.0]}),
    Case(65, "65_packed.csv.gz", "E", says=("is a gzip archive", "Unpack it")),
    Case(65, "65_packed.csv.bz2", "E", says=("is a bzip2 archive", "Unpack it")),
    Case(65, "65_packed.csv.xz", "E", says=("is an xz archive", "Unpack it")),
    Case(65, "65_packed.csv.zst", "E", says=("is a zstandard archive", "Unpack it")),
    Case(65, "65_packed.zip", "E", says=("holds no picture but a table, “table.csv”", "Unpack it")),
    Case(65, "65_bomb", "E", says=("is a gzip archive", "Unpack it")),
    Case(65, "65_zip_bomb", "E", says=("unpack",)),
    Case(66, "66_picture.csv", "E", says=("a single PNG picture", "put them into a zip")),
    Case(66, "66_document.csv", "E", says=("a PDF document", "Save its table")),
    Case(66, "66_random.csv", "E", says=("is not a table: its bytes are not text",)),
    Case(66, "66_zeros.csv", "E", says=("is not a table: its bytes are not text",)),
    Case(67, "67_json.csv", "E", says=("is a JSON file", "Save it as CSV")),
    Case(67, "67_json_lines.csv", "E", says=("is a JSON file", "Save it as CSV")),
    Case(67, "67_json_list.csv", "E", says=("is a JSON file", "Save it as CSV")),
    Case(67, "67_login_page.csv", "E", says=("is a web page (HTML)", "met a login page")),
    Case(67, "67_error_fragment.csv", "E", says=("is a web page or XML", "error page")),
    Case(67, "67_xml.csv", "E", says=("is an XML file", "Save its table")),
    Case(67, "67_xml_bare.csv", "E", says=("is a web page or XML", "Save its table")),
    Case(
        68, "68_formulas.csv", "A", others=SHOWN, tested="tests/pipeline/test_exporting.py::test_formulas_become_text",
        holds={"text": ["=cmd|'/C calc'!A0", "+1+1", "@SUM(A1:A9)", "-2+3", "\tled by a tab", "＝1+1"]},
    ),
    Case(
        69, "69_markup.csv", "A", others=SHOWN,
        holds={"<b>x</b>": ["<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "{{7*7}}", "%{customdata}",
                            "[x](javascript:alert(1))", "</script>"]},
    ),
    Case(70, "70_marks.csv", "A", others=SHOWN,
         holds={"text": ["😀", "\u202egnp.exe", "a\u200bb", "e" + "\u0301" * 50, "ﷺ", "plain"]}),
    Case(70, "70_huge_cell", "A", others=SHOWN, holds={"text": ["x" * 20_000_000, "u", "v", "w"]}),
    Case(71, "71_names.csv", "A", tested="tests/layouts/test_table.py::test_only_what_is_seen_is_sent_and_nothing_is_run",
         holds={"*features": ["../../etc/passwd", "CON", "a.b", "__proto__", "x" * 5000, "\\\\host\\share", "constructor"]}),
)  # fmt: skip
