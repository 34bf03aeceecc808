"""Picture files: one size, labels from folders, every odd picture converted with a word or left out with its name."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from pipeline import loading
from pipeline.results import Problem
from tests.pipeline.loading.drawn import load, pixels, saved, shown, some, told, unpacked, zipped


@pytest.fixture
def among(tmp_path):
    """A dataset of four usual pictures and these."""

    def made(files, **choices):
        return load(zipped(tmp_path / "mixed.zip", {**some(4), **files}), **choices)

    return made


def row_of(dataset, name):
    return dataset.table["file"].to_list().index(name)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_pictures_become_rows_of_pixels_with_labels(tmp_path, kind):
    dataset = load(zipped(tmp_path / "pets.zip", some(6, kind=kind)))
    assert dataset.kind == "image" and dataset.picture == (20, 24, 3) and dataset.rows.dtype == np.uint8
    assert dataset.rows.shape == (6, 20 * 24 * 3) and dataset.named("feature") == []
    assert dataset.table.columns == ["file", "folder", "width", "height"]
    assert dataset.target.names == ("cats", "dogs") and dataset.target.codes.tolist() == [0, 0, 0, 1, 1, 1]
    assert dataset.table["width"].to_list() == [24] * 6 and dataset.table["height"].to_list() == [20] * 6
    row = row_of(dataset, f"dogs/3.{kind.lower()}")
    away = np.abs(dataset.rows[row].reshape(20, 24, 3).astype(int) - pixels(seed=4)).mean()
    assert away == 0 if kind == "PNG" else away < 12
    assert told(dataset)["pictures"].text == "6 pictures, all read as 24 × 20 pixels in colour."


def test_a_folder_gives_the_same_as_a_zip(tmp_path):
    files = some(6)
    from_zip, from_folder = load(zipped(tmp_path / "a.zip", files)), load(unpacked(tmp_path / "a", files))
    assert np.array_equal(from_zip.rows, from_folder.rows) and from_zip.table.equals(from_folder.table)
    assert from_zip.rows_key == from_folder.rows_key and from_zip.originals.equals(from_folder.originals)


def test_a_child_brings_pictures_back_and_tells_how_far_it_is(tmp_path):
    file, heard = zipped(tmp_path / "a.zip", some(30)), []
    there = loading.load_bounded(file, "a.zip", choices={}, root="test", limits=loading.Limits(),
                                 report=lambda fraction, note="": heard.append((fraction, note)))  # fmt: skip
    here = load(file)
    assert np.array_equal(here.rows, there.rows) and here.originals.equals(there.originals) and here.notices == there.notices
    assert [fraction for fraction, _ in heard] == sorted(fraction for fraction, _ in heard)
    assert ("Reading picture 25 of 30") in [note for _, note in heard]


def test_pictures_are_in_the_order_of_their_numbers(tmp_path):
    files = {f"p{i}.png": saved(pixels(seed=i)) for i in (10, 2, 1)}
    assert load(zipped(tmp_path / "a.zip", files)).table["file"].to_list() == ["p1.png", "p2.png", "p10.png"]


def test_large_pictures_are_64_pixels_and_other_sizes_can_be_chosen(tmp_path):
    file = zipped(tmp_path / "a.zip", some(4, width=200, height=100))
    dataset = load(file)
    assert dataset.picture == (32, 64, 3)
    notice = told(dataset)["pictures"]
    choices = [option.choices for option in notice.options]
    assert choices == [{"picture_size": 32}, {"picture_size": 16}, {"picture_colour": "grey"}]
    assert load(file, **choices[0]).picture == (16, 32, 3) and load(file, **choices[2]).picture == (32, 64)
    grey = told(load(file, picture_colour="grey"))["pictures"]
    assert {"picture_colour": "colour"} in [option.choices for option in grey.options]
    assert load(file, picture_size=32).rows_key != dataset.rows_key
    with pytest.raises(Problem, match="64, 32, 16"):
        load(file, picture_size=500)


def test_mixed_sizes_keep_their_shape(tmp_path):
    plain = np.full((10, 40, 3), 200, np.uint8)
    plain[:, 20:] = 100
    dataset = load(
        zipped(tmp_path / "a.zip", {**some(4), "cats/wide.png": saved(plain), "cats/twice.png": saved(pixels(48, 40))})
    )
    assert dataset.picture == (20, 24, 3)
    wide = dataset.rows[row_of(dataset, "cats/wide.png")].reshape(20, 24, 3)
    assert (np.abs(wide[:6].astype(int) - 150) <= 1).all() and (wide[8:12, 1:10] > 190).all()  # border, then the picture
    assert told(dataset)["picture sizes"].count == 2 and "1 of them fitted with a border" in told(dataset)["picture sizes"].text


def test_pictures_that_are_all_different_become_squares(tmp_path):
    files = {f"{i}.png": saved(pixels(20 + i, 40 - i, seed=i)) for i in range(12)}
    assert load(zipped(tmp_path / "a.zip", files)).picture == (35, 35, 3)


def test_grey_pictures_have_one_channel(tmp_path):
    grey = {f"{i}.png": saved(pixels(seed=i, colour=False)) for i in range(4)}
    alike = {f"{i}.png": saved(Image.fromarray(pixels(seed=i, colour=False)).convert("RGB")) for i in range(4)}
    one, other = load(zipped(tmp_path / "a.zip", grey)), load(zipped(tmp_path / "b.zip", alike))
    assert one.picture == other.picture == (20, 24) and np.array_equal(one.rows, other.rows)
    assert "in grey" in told(one)["pictures"].text
    assert load(zipped(tmp_path / "c.zip", {**grey, "c.png": saved(pixels(seed=9))})).picture == (20, 24, 3)


def test_a_wrong_ending_does_not_matter(among):
    dataset = among({"cats/x.png": saved(pixels(seed=50), "JPEG"), "dogs/y.txt": saved(pixels(seed=51))})
    assert len(dataset.rows) == 6 and told(dataset)["picture names"].count == 2


def test_what_cannot_be_read_is_left_out_by_name(among):
    noise = np.random.default_rng(0).integers(0, 256, (60, 60, 3), dtype=np.uint8)
    whole = {kind: saved(noise, kind) for kind in ("PNG", "JPEG", "WEBP")}
    cut = {f"cats/cut{kind}.{kind.lower()}": content[: len(content) // 2] for kind, content in whole.items()}
    dataset = among({**cut, "cats/none.png": b"", "dogs/words.jpg": b"these are words", "dogs/head.png": whole["PNG"][:20]})
    notice = told(dataset)["unreadable pictures"]
    assert len(dataset.rows) == 4 and notice.count == 6
    assert "“cats/none.png” (empty, 0 bytes)" in notice.text and "“dogs/words.jpg” (not a picture)" in notice.text
    assert "“cats/cutJPEG.jpeg” (damaged or cut off)" in notice.text
    assert len(dataset.originals) == len(dataset.table) == len(dataset.target.codes) == 4


def test_labels_of_a_separate_file_count_the_unreadable_too(tmp_path):
    noise = saved(np.random.default_rng(0).integers(0, 256, (60, 60, 3), dtype=np.uint8))
    files = {f"{i}.png": saved(pixels(seed=i)) for i in range(6)} | {"0.png": b"", "3.png": noise[:2000]}
    dataset = load(zipped(tmp_path / "a.zip", files))
    (tmp_path / "labels.csv").write_text("\n".join("abcdef"))
    labelled = loading.with_labels(dataset, tmp_path / "labels.csv", "labels.csv", choices={}, limits=loading.Limits())
    assert dataset.table["file"].to_list() == ["1.png", "2.png", "4.png", "5.png"]
    assert [labelled.target.names[code] for code in labelled.target.codes] == ["b", "c", "e", "f"]
    assert labelled.originals is dataset.originals and labelled.rows_key == dataset.rows_key


def test_a_picture_that_would_unfold_without_end_is_never_decoded(among):
    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    for side in (8_000, 50_000):  # more than we allow, more than Pillow allows
        head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
        bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(10**6))) + chunk(b"IEND", b"")
        dataset = among({"cats/bomb.png": bomb})
        notice = told(dataset)["unreadable pictures"]
        assert len(dataset.rows) == 4 and "“cats/bomb.png” (" in notice.text and "more than 50 megapixels" in notice.text


def turned(picture, orientation, **more):
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "SecretCamera"
    exif.get_ifd(0x8825).update({1: "N", 2: (52.0, 31.0, 7.0), 29: "2024:05:05"})  # GPS
    return saved(picture, exif=exif.tobytes(), **more)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_pictures_are_turned_as_the_camera_noted(tmp_path, kind, orientation):
    upright = pixels(24, 24, seed=3)[:, :16]
    back = {1: None, 2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}[orientation]  # how the camera saw it
    seen = Image.fromarray(upright) if back is None else Image.fromarray(upright).transpose(Image.Transpose(back))
    how = {"kind": kind} | ({"quality": 95} if kind == "JPEG" else {"lossless": True} if kind == "WEBP" else {})
    dataset = load(zipped(tmp_path / "a.zip", {f"{i}.x": turned(seen, orientation, **how) for i in range(3)}))
    assert dataset.picture == (24, 16, 3) and dataset.table.row(0)[1:] == (16, 24)
    assert np.abs(dataset.rows[0].reshape(24, 16, 3).astype(int) - upright).mean() < 8
    assert np.asarray(shown(dataset, 0).convert("RGB")).shape == (24, 16, 3)
    words = told(dataset)["pictures converted"].text if "pictures converted" in told(dataset) else ""
    assert ("3 turned upright" in words) == (orientation > 1)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_nothing_but_pixels_is_passed_on(tmp_path, kind):
    more = {"comment": b"SecretWords"} if kind == "JPEG" else {}
    file = turned(
        Image.fromarray(pixels(40, 30)), 6, kind=kind, icc_profile=b"SecretProfile" * 20, xmp=b"<x>SecretXmp</x>", **more
    )
    assert b"Secret" in file
    dataset = load(zipped(tmp_path / "a.zip", {"a.x": file + b"SecretTail", "b.x": saved(pixels(seed=2))}))
    content = dataset.originals["bytes"][0]
    assert b"Secret" not in content and b"Exif" not in content and b"exif" not in content.lower()
    made = Image.open(io.BytesIO(content))
    assert (
        made.size == (30, 40) and not made.getexif() and set(made.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    )


def test_sixteen_bits_ink_transparency_frames_and_palettes(among):
    deep = Image.fromarray((np.arange(480).reshape(20, 24) * 100).astype(np.uint16))
    clear = np.dstack([pixels(seed=60), np.full((20, 24), 255, np.uint8)])
    clear[:, :12, 3] = 0
    palette = Image.fromarray(pixels(seed=61)).quantize(16)
    frames = [Image.fromarray(pixels(seed=62 + i)) for i in range(3)]
    dataset = among({
        "odd/deep.png": saved(deep),
        "odd/ink.jpg": saved(Image.fromarray(pixels(seed=63)).convert("CMYK"), "JPEG", quality=95),
        "odd/clear.png": saved(clear),
        "odd/palette.png": saved(palette),
        "odd/glass.png": saved(palette, transparency=0),
        "odd/moving.png": saved(frames[0], save_all=True, append_images=frames[1:]),
        "odd/moving.webp": saved(frames[0], "WEBP", save_all=True, append_images=frames[1:], lossless=True),
        "odd/bits.png": saved(Image.fromarray(pixels(seed=64)).convert("1")),
    })  # fmt: skip
    files = enumerate(dataset.table["file"])
    rows = {name.removeprefix("odd/"): dataset.rows[row].reshape(20, 24, 3).astype(int) for row, name in files}
    assert np.array_equal(rows["deep.png"][..., 0], np.arange(480).reshape(20, 24) * 100 >> 8)
    assert np.abs(rows["ink.jpg"] - pixels(seed=63)).mean() < 12
    assert (rows["clear.png"][:, :12] == 255).all() and np.array_equal(rows["clear.png"][:, 12:], pixels(seed=60)[:, 12:])
    assert np.array_equal(rows["palette.png"], np.asarray(palette.convert("RGB")))
    first = np.asarray(palette) == 0
    assert first.any() and (rows["glass.png"][first] == 255).all()
    assert np.array_equal(rows["moving.png"], frames[0]) and np.array_equal(rows["moving.webp"], frames[0])
    assert set(np.unique(rows["bits.png"])) == {0, 255}
    words = told(dataset)["pictures converted"].text
    for part in ("1 with 16 bits", "1 in printing colours", "2 with transparent parts", "2 with several frames"):
        assert part in words, words


def test_a_deep_colour_picture_is_told_of(among):
    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    values = np.random.default_rng(0).integers(0, 2**16, (20, 24, 3)).astype(">u2")
    lines = b"".join(b"\0" + line.tobytes() for line in values)
    head = struct.pack(">IIBBBBB", 24, 20, 16, 2, 0, 0, 0)
    file = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")
    dataset = among({"cats/deep.png": file})
    assert np.array_equal(dataset.rows[row_of(dataset, "cats/deep.png")].reshape(20, 24, 3), values >> 8)
    assert "1 with 16 bits" in told(dataset)["pictures converted"].text


def test_the_shown_picture_is_the_original_up_to_512_pixels(tmp_path):
    photo, small = pixels(1600, 800, seed=1), pixels(100, 50, seed=2)
    dataset = load(zipped(tmp_path / "a.zip", {"a.jpg": saved(photo, "JPEG"), "b.png": saved(small), "c.png": saved(photo)}))
    assert [shown(dataset, row).size for row in range(3)] == [(512, 256), (100, 50), (512, 256)]
    assert dataset.originals["kind"].to_list() == ["image/jpeg", "image/png", "image/jpeg"]
    assert np.array_equal(shown(dataset, 1), small) and dataset.table.row(0)[1:] == (1600, 800)
    assert told(dataset)["pictures shown"].count == 2 and "512 pixels" in told(dataset)["pictures shown"].text


def test_folders_inside_folders_are_asked_about(tmp_path):
    files = {f"set/{part}/{kind}/{i}.png": saved(pixels(seed=i)) for part in ("train", "test") for kind in "ab" for i in range(3)}
    file = zipped(tmp_path / "a.zip", files)
    dataset = load(file)
    assert dataset.target.names == ("a", "b") and told(dataset)["picture labels"].asks
    (other,) = told(dataset)["picture labels"].options
    assert load(file, **other.choices).target.names == ("test", "train")


def test_pictures_without_a_subfolder_have_no_label(tmp_path):
    dataset = load(zipped(tmp_path / "a.zip", {**some(4), "alone.png": saved(pixels(seed=70))}))
    assert dataset.target.codes[row_of(dataset, "alone.png")] == -1
    assert "1 picture in no subfolder: without a label" in told(dataset)["picture labels"].text
    assert load(zipped(tmp_path / "b.zip", some(4, folders=("one",)))).target is None


def test_a_folder_for_each_picture_labels_nothing(tmp_path):
    dataset = load(zipped(tmp_path / "a.zip", {f"d{i}/x.png": saved(pixels(12, 10, seed=i)) for i in range(60)}))
    assert dataset.target is None and dataset.named("hover") == ["folder", "width", "height"]


def test_same_pictures_are_counted(among):
    assert told(among({"cats/again.png": saved(pixels(seed=1))}))["duplicate rows"].count == 1


def test_roles_can_change_but_pixels_stay_the_features(tmp_path):
    dataset = load(zipped(tmp_path / "a.zip", some(6)))
    other = loading.with_roles(dataset, {"folder": "hover", "width": "target"})
    assert other.target.name == "width" and other.rows_key == dataset.rows_key and other.originals is dataset.originals
    with pytest.raises(Problem, match="are their pixels"):
        loading.with_roles(dataset, {"width": "feature"})


def test_too_many_values_get_a_smaller_size_or_a_way_out(tmp_path):
    file = zipped(tmp_path / "a.zip", some(4, width=64, height=64))
    assert load(file, limits=loading.Limits(cells=4 * 64 * 64 * 3)).picture == (64, 64, 3)
    assert load(file, limits=loading.Limits(cells=4 * 64 * 64 * 3 - 1)).picture == (32, 32, 3)
    with pytest.raises(Problem, match="49,152 values; at most 12,288") as caught:
        load(file, limits=loading.Limits(cells=4 * 32 * 32 * 3), picture_size=64)
    assert [option.choices for option in caught.value.options] == [{"picture_size": 32}, {"picture_size": 16}]
    with pytest.raises(Problem, match="a.zip has 4 pictures") as caught:
        load(file, limits=loading.Limits(cells=4 * 16 * 16))
    assert [option.choices for option in caught.value.options] == [{"picture_size": 16, "picture_colour": "grey"}]


def test_one_picture_is_no_map(tmp_path):
    with pytest.raises(Problem, match="1 picture that can be read .“b.png” .empty, 0 bytes..; a map needs at least 2"):
        load(zipped(tmp_path / "a.zip", {"a.png": saved(pixels()), "b.png": b""}))
    with pytest.raises(Problem, match="No picture in b.zip can be read: “b.png” .empty"):
        load(zipped(tmp_path / "b.zip", {"b.png": b""}))
