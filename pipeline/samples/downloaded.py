"""Picture sets to download: where from, with which checksums, and how their files are read.

A file from the usual address must have its known SHA-256. A mirror may hold the same bytes packed
otherwise, so its files are judged by their form. No file is unpacked to disk and none is a pickle.
"""

from __future__ import annotations

import gzip
import hashlib
import tarfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline.results import Problem

MOST_PICTURES = 1_000_000  # what a file may announce and still be believed
RECORD = 3_073  # one picture of CIFAR's binary version: its class, then 32 × 32 bytes of red, of green, of blue

DIGITS = tuple(f"Digit {digit}" for digit in range(10))
CLOTHES = ("T-Shirt", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")
THINGS = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")

Labelled = tuple[np.ndarray, np.ndarray]  # pictures (n, pixels) uint8 and their classes (n,) uint8


@dataclass(frozen=True)
class Pictures:
    """A set to download: its address, the SHA-256 of each file, the names of its classes, its reader."""

    address: str
    files: dict[str, str]
    names: tuple[str, ...]
    read: Callable[[list[Path]], Labelled]


def load(pictures: Pictures, mirror: str | None, cache: Path, say: Callable[[str], None]) -> Labelled:
    """Pictures and classes of the training part; raises Problem when they cannot be had or trusted."""
    files = [_fetch(pictures, name, mirror, cache, say) for name in pictures.files]
    try:
        return pictures.read(files)
    except (Problem, OSError, EOFError, tarfile.TarError, zlib.error) as error:
        for file in files:
            file.unlink(missing_ok=True)  # or the next try would meet the same file again
        reason = str(error) if isinstance(error, Problem) else f"It is damaged ({error})."
        raise Problem(f"What {mirror or pictures.address} served is not this data set. {reason}") from error


def _fetch(pictures: Pictures, name: str, mirror: str | None, cache: Path, say: Callable[[str], None]) -> Path:
    import pooch
    import requests

    pooch.get_logger().setLevel("ERROR")  # its words about hashes are for developers
    address = f"{(mirror or pictures.address).rstrip('/')}/{name}"
    known = f"sha256:{pictures.files[name]}"
    get = pooch.HTTPDownloader(progressbar=True, timeout=30)
    try:
        file = Path(pooch.retrieve(address, None if mirror else known, path=cache, downloader=get))
    except requests.HTTPError as error:
        status = error.response.status_code if error.response is not None else "nothing"
        raise Problem(f"{address} could not be downloaded: the server answered {status}.") from error
    except (requests.RequestException, OSError) as error:
        raise Problem(f"{address} could not be downloaded. Is there a network? --base-url names another server.") from error
    except ValueError as error:
        raise Problem(f"{address} is not the file that was expected: its checksum is wrong.") from error
    if mirror and hashlib.sha256(file.read_bytes()).hexdigest() != pictures.files[name]:
        say(f"{address}: checksum not known, so its content is checked instead.")
    return file


def idx(files: list[Path]) -> Labelled:
    """MNIST's form: the picture file, then the label file."""
    pictures = _idx_array(files[0], axes=3).reshape(-1, 28 * 28)
    codes = _idx_array(files[1], axes=1)
    if len(pictures) != len(codes):
        raise Problem(f"It has {len(pictures):,} pictures and {len(codes):,} labels.")
    return pictures, _classes(codes)


def _idx_array(file: Path, axes: int) -> np.ndarray:
    """Bytes behind an IDX header: two zeros, 8 for bytes, the number of axes, the length of each."""
    with gzip.open(file) as packed:
        head = packed.read(4 + 4 * axes)
        if len(head) < 4 + 4 * axes or head[:4] != bytes((0, 0, 8, axes)):
            raise Problem(f"{file.name} does not begin like an IDX file.")
        lengths = [int(length) for length in np.frombuffer(head[4:], ">u4")]
        if lengths[0] > MOST_PICTURES or lengths[1:] not in ([28, 28], []):
            raise Problem(f"{file.name} announces {' × '.join(map(str, lengths))} values.")
        expected = int(np.prod(lengths))
        content = packed.read(expected + 1)  # one more, to see whether there is more
    if len(content) != expected:
        held = "more" if len(content) > expected else f"{len(content):,}"
        raise Problem(f"{file.name} announces {expected:,} values and holds {held}.")
    return np.frombuffer(content, np.uint8).reshape(lengths)


def _cifar(files: list[Path]) -> Labelled:
    """CIFAR-10's binary version: five training batches in one archive; rows are 32 × 32 × 3."""
    with tarfile.open(files[0], "r:gz") as archive:
        batches = {Path(member.name).name: member for member in archive if member.isfile()}
        content = b"".join(_batch(archive, batches.get(f"data_batch_{part}.bin"), part) for part in range(1, 6))
    records = np.frombuffer(content, np.uint8).reshape(-1, RECORD)
    planes = records[:, 1:].reshape(-1, 3, 32, 32)  # (n, colour, row, column)
    return planes.transpose(0, 2, 3, 1).reshape(-1, 32 * 32 * 3), _classes(records[:, 0])


def _batch(archive: tarfile.TarFile, member: tarfile.TarInfo | None, part: int) -> bytes:
    stream = archive.extractfile(member) if member else None
    if not member or not stream:
        raise Problem(f"The archive holds no data_batch_{part}.bin.")
    if member.size == 0 or member.size % RECORD or member.size > MOST_PICTURES * RECORD:
        raise Problem(f"{member.name} has {member.size:,} bytes, which is no multiple of {RECORD:,}.")
    return stream.read()


def _gray(files: list[Path]) -> Labelled:
    """CIFAR-10 in gray, 32 × 32, by the usual weights of red, green and blue (ITU-R BT.601)."""
    pictures, codes = _cifar(files)
    gray = pictures.reshape(-1, 3).astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)
    return gray.round().astype(np.uint8).reshape(-1, 32 * 32), codes


def _classes(codes: np.ndarray) -> np.ndarray:
    if codes.size == 0 or codes.max() > 9:
        raise Problem("Its labels are not classes from 0 to 9.")
    return codes


CIFAR_ADDRESS = "https://www.cs.toronto.edu/~kriz"
CIFAR_FILES = {"cifar-10-binary.tar.gz": "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd"}

DOWNLOADED = {
    "mnist": Pictures(
        "https://ossci-datasets.s3.amazonaws.com/mnist",
        {
            "train-images-idx3-ubyte.gz": "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
            "train-labels-idx1-ubyte.gz": "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
        },
        DIGITS,
        idx,
    ),
    "fashion_mnist": Pictures(
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com",
        {
            "train-images-idx3-ubyte.gz": "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
            "train-labels-idx1-ubyte.gz": "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
        },
        CLOTHES,
        idx,
    ),
    "cifar10": Pictures(CIFAR_ADDRESS, CIFAR_FILES, THINGS, _cifar),
    "cifar_gray": Pictures(CIFAR_ADDRESS, CIFAR_FILES, THINGS, _gray),
}
