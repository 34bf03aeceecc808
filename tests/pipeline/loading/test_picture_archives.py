"""Zips and folders that hide, lie or overflow: bounded before they are unpacked, and answered in a sentence."""

from __future__ import annotations

import os
import stat
import struct
import time
import tracemalloc
import zipfile

import numpy as np
import pytest

from pipeline import loading
from pipeline.loading import members
from pipeline.results import Problem
from tests.pipeline.loading.drawn import load, pixels, saved, some, told, unpacked, zipped

HEAD = struct.pack("<4s4B4HL2L5H2L", b"PK\x01\x02", 20, 0, 20, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0)


@pytest.fixture
def refused(tmp_path):
    """The sentence by which a zip of these files is refused."""

    def words(files, **choices):
        file = files if isinstance(files, os.PathLike) else zipped(tmp_path / "pets.zip", files)
        with pytest.raises(Problem) as caught:
            load(file, **choices)
        return str(caught.value)

    return words


def test_paths_that_lead_elsewhere_are_plain_paths_here(tmp_path):
    names = ["../../etc/x.png", "/abs/y.png", "C:\\win\\z.png", "cats\\..\\w.png", "bell\x07.png", "a/./b.png"]
    file = zipped(tmp_path / "pets.zip", {name: saved(pixels(seed=i)) for i, name in enumerate(names)})
    before = {path for path in tmp_path.rglob("*")}
    dataset = load(file)
    assert sorted(dataset.table["file"]) == ["a/b.png", "abs/y.png", "bell.png", "cats/w.png", "etc/x.png", "win/z.png"]
    assert told(dataset)["odd paths"].count == 5 and {path for path in tmp_path.rglob("*")} == before


def test_names_in_utf8_that_do_not_say_so(tmp_path):
    file = tmp_path / "a.zip"
    with zipfile.ZipFile(file, "w") as archive:
        for i, name in enumerate(("Käse", "Öl")):
            for j in range(2):
                entry = zipfile.ZipInfo(f"{name}/{j}.png".encode().decode("cp437"))
                archive.writestr(entry, saved(pixels(seed=3 * i + j)))
    content = bytearray(file.read_bytes())
    for entry in zipfile.ZipFile(file).infolist():  # as programs write that know no flag for UTF-8
        right = f"{entry.filename}".encode("cp437")
        wrong = entry.filename.encode()
        assert wrong in content
        content = content.replace(wrong, right + b"_" * (len(wrong) - len(right)))
    flagged = [at for at in range(len(content)) if content[at : at + 4] in (b"PK\x01\x02", b"PK\x03\x04")]
    for at in flagged:
        place = at + (8 if content[at : at + 4] == b"PK\x01\x02" else 6)
        content[place + 1] &= 0xF7
    file.write_bytes(content)
    assert load(file).target.names == ("Käse", "Öl")


def test_what_systems_put_there_is_left_out_and_said(tmp_path):
    picture = saved(pixels(seed=9))
    extra = {"__MACOSX/cats/._0.png": b"\0\5\x16\7", "cats/.DS_Store": b"x", "dogs/Thumbs.db": b"x", ".git/a.png": picture}
    for held in (zipped(tmp_path / "a.zip", {**some(4), **extra}), unpacked(tmp_path / "a", {**some(4), **extra})):
        dataset = load(held)
        notice = told(dataset)["left out files"]
        assert len(dataset.rows) == 4 and notice.count == 4
        assert "4 hidden or system files (such as __MACOSX, .DS_Store, Thumbs.db)" in notice.text


def test_other_files_are_left_out_by_name(tmp_path):
    inner = zipped(tmp_path / "inner.zip", some(2)).read_bytes()
    others = {"logo.svg": b"<svg/>", "notes.txt": b"hello", "more.zip": inner, "a.gif": saved(pixels(), "GIF"), "cats/": b""}
    text = told(load(zipped(tmp_path / "a.zip", {**some(4), **others})))["left out files"].text
    for part in ("1 SVG drawing (“logo.svg”)", "1 other file (“notes.txt”)", "1 archive inside (“more.zip”)", "1 GIF picture"):
        assert part in text


def test_links_are_not_followed(tmp_path):
    secret = unpacked(tmp_path / "secret", some(3, folders=("hidden",)))
    folder = unpacked(tmp_path / "pets", some(4))
    (folder / "cats" / "link.png").symlink_to(secret / "hidden" / "0.png")
    (folder / "loop").symlink_to(folder)
    (folder / "away").symlink_to(secret)
    os.mkfifo(folder / "cats" / "pipe.png")
    dataset = load(folder)
    assert len(dataset.rows) == 4 and "3 links, which are not followed" in told(dataset)["left out files"].text
    file = zipped(tmp_path / "pets.zip", some(4))
    with zipfile.ZipFile(file, "a") as archive:
        entry = zipfile.ZipInfo("cats/link.png")
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(entry, "/etc/passwd")
    assert "1 link, which are not followed" in told(load(file))["left out files"].text


def test_a_zip_without_pictures_says_what_to_do(refused, tmp_path):
    table, drawing = b"a,b\n1,2\n3,4\n", b"<svg/>"
    assert refused({"data/t.csv": table}) == (
        "pets.zip holds no picture but a table, “data/t.csv”. Unpack it and open that file."
    )  # fmt: skip
    assert refused({"a.csv": table, "b.csv": table}).endswith("2 tables, “a.csv”, “b.csv”. Unpack it and open one file.")
    inner = zipped(tmp_path / "inner.zip", some(2)).read_bytes()
    assert refused({"in.zip": inner}).startswith("pets.zip holds no picture but another archive, “in.zip”. Unpack that one")
    assert "“logo.svg” is an SVG drawing. PNG, JPEG and WebP are read" in refused({"logo.svg": drawing})
    assert "“a.gif” is a GIF" in refused({"a.gif": saved(pixels(), "GIF")})
    assert "it has “x.bin”" in refused({"x.bin": b"\1\2\3"})
    assert "holds no files to read" in refused({})
    assert "holds no files to read" in refused({"__MACOSX/._a.png": b"x"})
    assert "is a document" in refused({"[Content_Types].xml": b"x", "word/media/a.png": saved(pixels())})
    assert refused(unpacked(tmp_path / "folder", {"t.csv": table})).endswith("Open that file.")


def test_an_encrypted_zip_is_refused_by_the_file(refused, tmp_path):
    file = zipped(tmp_path / "pets.zip", some(2))
    content = bytearray(file.read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1
    file.write_bytes(content)
    assert refused(file).startswith("“cats/0.png” in pets.zip is encrypted. Unpack it with its password")


def test_unusual_packing_is_refused(refused, tmp_path):
    assert "“cats/0.png” in pets.zip is packed by “bzip2”" in refused(zipped(tmp_path / "pets.zip", some(2), zipfile.ZIP_BZIP2))


def test_a_zip_bomb_is_refused_before_it_is_unpacked(refused, tmp_path):
    bomb = saved(pixels()) + bytes(100 * 2**20)
    file = zipped(tmp_path / "pets.zip", {**some(2), "cats/bomb.png": bomb}, zipfile.ZIP_DEFLATED)
    assert file.stat().st_size < 2**20
    started = time.perf_counter()
    words = refused(file)
    assert "“cats/bomb.png” in pets.zip would unpack to" in words and "up to 200 times is allowed" in words
    assert time.perf_counter() - started < 5


def test_all_pictures_together_are_bounded(refused, tmp_path):
    file = zipped(tmp_path / "pets.zip", some(60, width=100, height=100))
    small = loading.Limits(bytes=file.stat().st_size)
    assert len(load(file, limits=small).rows) == 60
    with zipfile.ZipFile(file) as archive:
        held = sum(entry.file_size for entry in archive.infolist())
    folder = unpacked(tmp_path / "pets", some(60, width=100, height=100))
    with pytest.raises(Problem, match="The pictures in pets have .* MB are read"):
        load(folder, limits=loading.Limits(bytes=held // 4 - 1))


def test_a_picture_that_lies_about_its_size_is_damaged(tmp_path):
    file = zipped(
        tmp_path / "a.zip", {**some(4), "z.png": saved(np.random.default_rng(0).integers(0, 256, (50, 50, 3), np.uint8))}
    )
    content = bytearray(file.read_bytes())
    at = content.rindex(b"PK\x01\x02")
    content[at + 24 : at + 28] = struct.pack("<L", 200)  # unpacked bytes that the list tells
    file.write_bytes(content)
    dataset = load(file)
    assert len(dataset.rows) == 4 and "“z.png” (damaged or cut off)" in told(dataset)["unreadable pictures"].text


def test_no_more_is_unpacked_than_was_announced(tmp_path):
    lying = saved(np.random.default_rng(0).integers(0, 256, (50, 50, 3), np.uint8)) + bytes(50 * 2**20)
    file = zipped(tmp_path / "a.zip", {**some(4), "z.png": lying}, zipfile.ZIP_DEFLATED)
    content = bytearray(file.read_bytes())
    at = content.rindex(b"PK\x01\x02")
    content[at + 24 : at + 28] = struct.pack("<L", 9000)  # unpacked bytes that the list tells
    file.write_bytes(content)
    tracemalloc.start()
    dataset = load(file)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(dataset.rows) == 4 and "“z.png” (damaged or cut off)" in told(dataset)["unreadable pictures"].text
    assert most < 20 * 2**20


@pytest.mark.parametrize("claimed", [1_000_000, 3])
def test_a_million_entries_are_counted_and_refused(refused, tmp_path, claimed):
    count = 1_000_000
    listing = (HEAD + b"a") * count
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, min(claimed, 65535), min(claimed, 65535), len(listing), 4, 0)
    (tmp_path / "many.zip").write_bytes(b"PK\x03\x04" + listing + end)
    started = time.perf_counter()
    assert (
        refused(tmp_path / "many.zip") == "many.zip holds more than 100,000 files, the most that are read. Take a part of them."
    )
    assert time.perf_counter() - started < 5


def test_a_folder_with_too_many_files_is_refused(refused, tmp_path, monkeypatch):
    monkeypatch.setattr("pipeline.loading.folders._files.__defaults__", (5,))
    assert "pets holds more than 5 files" in refused(unpacked(tmp_path / "pets", some(6)))


def test_damaged_zips_are_a_sentence(tmp_path):
    whole = zipped(tmp_path / "a.zip", some(4), zipfile.ZIP_DEFLATED).read_bytes()
    chance = np.random.default_rng(0)
    (tmp_path / "cut.zip").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(Problem, match="cut.zip is a damaged zip archive"):
        load(tmp_path / "cut.zip")
    for _ in range(150):
        torn = bytearray(whole)
        for place in chance.integers(0, len(torn), 4):
            torn[place] = chance.integers(0, 256)
        (tmp_path / "torn.zip").write_bytes(torn)
        try:
            assert len(load(tmp_path / "torn.zip").rows) >= 2
        except Problem as problem:
            assert str(problem).endswith(".")


def test_a_comment_at_the_end_does_not_hide_the_list(tmp_path):
    file = zipped(tmp_path / "a.zip", some(4))
    with zipfile.ZipFile(file, "a") as archive:
        archive.comment = b"x" * 60_000
    assert len(load(file).rows) == 4


def test_a_large_zip_with_64_bit_lists(tmp_path):
    file = tmp_path / "a.zip"
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in some(4).items():
            with archive.open(name, "w", force_zip64=True) as entry:
                entry.write(content)
        archive._allowZip64 = True
    limit, zipfile.ZIP_FILECOUNT_LIMIT = zipfile.ZIP_FILECOUNT_LIMIT, 2  # so that the list itself is written so
    try:
        with zipfile.ZipFile(file, "a") as archive:
            archive.writestr("cats/last.png", saved(pixels(seed=99)))
    finally:
        zipfile.ZIP_FILECOUNT_LIMIT = limit
    assert b"PK\x06\x06" in file.read_bytes() and len(load(file).rows) == 5


def test_a_zip_is_no_labels_file(tmp_path):
    dataset = load(zipped(tmp_path / "a.zip", some(4)))
    with pytest.raises(Problem, match="a table is needed here"):
        loading.with_labels(dataset, tmp_path / "a.zip", "a.zip", choices={}, limits=loading.Limits())


def test_the_hash_of_a_folder_is_that_of_names_and_bytes(tmp_path):
    one, same = unpacked(tmp_path / "one", some(4)), unpacked(tmp_path / "same", some(4))
    assert loading.fingerprint(one) == loading.fingerprint(same)
    before, touched = loading.fingerprint(one), loading.touched(one)
    (one / "cats" / "0.png").rename(one / "cats" / "7.png")
    assert loading.fingerprint(one) != before and loading.touched(one) != touched
    assert loading.has_pictures(one) and not loading.has_pictures(unpacked(tmp_path / "none", {"a.csv": b"a"}))


def test_names_are_compared_as_people_do():
    assert sorted(["a10", "a9", "b1", "a", "10", "9"], key=members.natural) == ["9", "10", "a", "a9", "a10", "b1"]


def test_the_pixels_of_all_pictures_are_bounded_by_their_headers(tmp_path, monkeypatch):
    file = zipped(tmp_path / "pets.zip", some(6))
    monkeypatch.setattr("pipeline.loading.sorting.PATIENCE", 24 * 20 * 6 / 50_000_000)
    assert len(load(file).rows) == 6
    monkeypatch.setattr("pipeline.loading.sorting.PATIENCE", 24 * 20 * 5 / 50_000_000)
    with pytest.raises(Problem, match="The pictures in pets.zip have .* megapixels; at most .* are read"):
        load(file)


@pytest.mark.parametrize(("kind", "words"), [("PNG", "PNG"), ("JPEG", "JPEG"), ("WEBP", "WebP"), ("GIF", "GIF")])
def test_a_lone_picture_is_told_to_be_one_of_many(tmp_path, kind, words):
    (tmp_path / "cat.x").write_bytes(saved(pixels(), kind))
    with pytest.raises(Problem, match=f"^cat.x is .*{words}.*put them into a zip"):
        load(tmp_path / "cat.x")


@pytest.mark.parametrize("head", [b"", b"<?xml version='1.0'?>\n", b"<!-- drawn -->"])
def test_a_lone_drawing_is_refused(tmp_path, head):
    (tmp_path / "logo.svg").write_bytes(head + b'<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>')
    with pytest.raises(Problem, match="logo.svg is an SVG drawing, which is not read"):
        load(tmp_path / "logo.svg")


def test_classes_called_like_parts_of_a_workbook_are_pictures(tmp_path):
    dataset = load(zipped(tmp_path / "sizes.zip", some(folders=("s", "xl"))))
    assert dataset.target.names == ("s", "xl")
