"""One picture: what it is by its first bytes, what its header says, and its pixels, as Pillow reads them.

Only PNG, JPEG and WebP are ever handed to Pillow, and only when the header promises few enough pixels. What comes out is
a new picture made of pixels alone: no metadata, no colour profile, nothing hidden behind its end.
"""

from __future__ import annotations

import importlib
import io
import warnings
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from PIL import Image as Pillow

PIXELS = 50_000_000  # of one picture
FIRST = 64  # bytes that tell what a file is
DEEP = ("I", "I;16", "I;16L", "I;16B", "I;16N")  # modes of 16 bits a pixel
GREY = ("1", "L", "LA", "La", *DEEP)
LITTLE = 128  # pixels up to which a picture is kept without loss
QUALITY = 90
ORIENTATION = 0x0112
TURNS = {2: 0, 3: 3, 4: 1, 5: 5, 6: 4, 7: 6, 8: 2}  # EXIF's orientation → Pillow's Transpose
LYING = 5  # orientations from here on exchange width and height

KINDS = (
    (b"\x89PNG\r\n\x1a\n", 0, "PNG"), (b"\xff\xd8\xff", 0, "JPEG"), (b"WEBP", 8, "WEBP"), (b"GIF8", 0, "GIF"),
    (b"BM", 0, "BMP"), (b"II*\0", 0, "TIFF"), (b"MM\0*", 0, "TIFF"), (b"ftypavi", 4, "AVIF"), (b"ftyphei", 4, "HEIC"),
    (b"ftypmif1", 4, "HEIC"), (b"PK\x03\x04", 0, "archive"), (b"PK\x05\x06", 0, "archive"), (b"Rar!", 0, "archive"),
    (b"7z\xbc\xaf", 0, "archive"), (b"\x1f\x8b", 0, "archive"), (b"BZh", 0, "archive"), (b"\xfd7zXZ", 0, "archive"),
    (b"\x28\xb5\x2f\xfd", 0, "archive"),
)  # fmt: skip
READ = ("PNG", "JPEG", "WEBP")


class Unreadable(Exception):
    """A picture that cannot be read, with the reason in a few words."""


@dataclass(frozen=True)
class Header:
    """What a picture says of itself: width and height as it is to be looked at, and whether it is grey."""

    width: int
    height: int
    grey: bool


@dataclass(frozen=True)
class Picture:
    """A picture in L or RGB, no larger than asked; ``width`` and ``height`` are the original's, ``traits`` what was changed."""

    image: Pillow.Image
    width: int
    height: int
    traits: frozenset[str]
    lossless: bool


def kind_of(first: bytes, name: str) -> str:
    """PNG, JPEG or WEBP; another word for what is not read; nothing when the bytes are not known."""
    for magic, at, kind in KINDS:
        if first.startswith(magic, at) and (kind != "WEBP" or first.startswith(b"RIFF")):
            return kind
    return "SVG" if b"<svg" in first.lower() or name.lower().endswith((".svg", ".svgz")) else ""


def header(handle: IO[bytes], kind: str) -> Header:
    """What a picture says of itself, without decoding it; raises Unreadable."""
    with _opened(handle, kind) as image:
        width, height = image.size
        if (kind != "PNG" or "exif" in image.info) and _orientation(image) >= LYING:  # else Pillow would decode a PNG first
            width, height = height, width
        return Header(width, height, _is_grey(image))


def decoded(data: bytes, kind: str, side: int) -> Picture:
    """The picture turned as its camera noted, on white, and at most ``side`` pixels wide and high; raises Unreadable."""
    try:
        with _opened(io.BytesIO(data), kind) as image:
            return _decoded(image, data, kind, side)
    except Unreadable:
        raise
    except MemoryError:
        raise
    except Exception:  # a damaged picture makes its decoder raise nearly anything
        raise Unreadable("damaged or cut off") from None


def encoded(picture: Picture) -> tuple[bytes, str]:
    """The bytes of a picture as it is shown, and their media type."""
    made, plain = io.BytesIO(), picture.image.copy()
    plain.info = {}  # Pillow would write a comment or a profile that it finds here
    if picture.lossless:
        plain.save(made, "PNG")
        return made.getvalue(), "image/png"
    plain.save(made, "JPEG", quality=QUALITY)
    return made.getvalue(), "image/jpeg"


def fitted(image: Pillow.Image, size: tuple[int, int], colour: bool) -> tuple[np.ndarray, bool]:
    """Pixels (height, width[, 3]) uint8 of this size, undistorted; whether a border in its mean colour was needed."""
    from PIL import Image

    image = image.convert("RGB" if colour else "L")
    scale = min(size[0] / image.width, size[1] / image.height)
    inner = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    if abs(size[0] - inner[0]) <= 1 and abs(size[1] - inner[1]) <= 1:
        inner = size
    small = image if image.size == inner else image.resize(inner, Image.Resampling.LANCZOS, reducing_gap=3.0)
    if inner == size:
        return np.asarray(small), False
    mean = small.resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))
    canvas = Image.new(image.mode, size, mean)
    canvas.paste(small, ((size[0] - inner[0]) // 2, (size[1] - inner[1]) // 2))
    return np.asarray(canvas), True


def _opened(handle: IO[bytes], kind: str) -> Pillow.Image:
    """The picture before it is decoded; raises Unreadable when it is no picture or promises too many pixels."""
    from PIL import Image

    for reader in ("Jpeg", "Png", "WebP"):  # no other is ever asked
        importlib.import_module(f"PIL.{reader}ImagePlugin")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image = Image.open(handle, formats=(kind,))
    except Image.DecompressionBombError:
        raise Unreadable("more than 50 megapixels") from None
    except MemoryError:
        raise
    except Exception:
        raise Unreadable("damaged or cut off") from None
    if image.width * image.height > PIXELS:
        raise Unreadable(f"{image.width:,} × {image.height:,} pixels, more than 50 megapixels")
    return image


def _decoded(image: Pillow.Image, data: bytes, kind: str, side: int) -> Picture:
    from PIL import Image

    width, height = image.size
    traits = {"animated"} if kind != "JPEG" and getattr(image, "is_animated", False) else set()
    if image.mode in DEEP or (kind == "PNG" and data[24:25] == b"\x10"):
        traits.add("deep")
    if image.mode in ("CMYK", "LAB"):
        traits.add("ink")
    palette = image.mode in ("1", "P", "PA")
    share = min(1.0, side / max(width, height))
    image.draft(image.mode, (max(1, int(width * share)), max(1, int(height * share))))  # JPEG: eight times quicker
    image.load()
    held = _orientation(image)
    plain = _plain(image)
    plain.thumbnail((side, side), Image.Resampling.LANCZOS, reducing_gap=3.0)
    if held in TURNS:
        plain, traits = plain.transpose(Image.Transpose(TURNS[held])), traits | {"turned"}
        width, height = (height, width) if held >= LYING else (width, height)
    plain, clear = _on_white(plain)
    lossless = kind != "JPEG" and (palette or clear or plain.mode == "L" or max(width, height) <= LITTLE)
    return Picture(plain, width, height, frozenset(traits | ({"clear"} if clear else set())), lossless)


def _plain(image: Pillow.Image) -> Pillow.Image:
    """The first frame in L, RGB or RGBA, 8 bits a channel."""
    from PIL import Image

    if image.mode in DEEP:
        values = np.clip(np.asarray(image).astype(np.int64), 0, 65535)
        return Image.fromarray((values >> 8).astype(np.uint8))
    if image.has_transparency_data:
        return image.convert("RGBA")
    return image.convert("L" if image.mode in GREY else "RGB")


def _on_white(image: Pillow.Image) -> tuple[Pillow.Image, bool]:
    """The picture without transparency, and whether it had any."""
    from PIL import Image

    if image.mode != "RGBA":
        return image, False
    if image.getchannel("A").getextrema()[0] == 255:
        return image.convert("RGB"), False
    return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB"), True


def _orientation(image: Pillow.Image) -> int:
    """How the camera was held, 1 to 8; 1 when nothing is said or it cannot be read."""
    try:
        return int(image.getexif().get(ORIENTATION, 1))
    except Exception:
        return 1


def _is_grey(image: Pillow.Image) -> bool:
    if image.mode == "P" and image.palette:
        colours = np.frombuffer(bytes(image.palette.palette), np.uint8)
        three = colours[: len(colours) // 3 * 3].reshape(-1, 3)
        return image.palette.mode == "RGB" and bool((three == three[:, :1]).all())
    return image.mode in GREY
