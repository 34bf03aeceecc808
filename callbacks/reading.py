"""From what a page asks to be opened to a stored dataset: a file, labels for it, other choices, other roles."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from callbacks import uploads
from callbacks.house import EVERYONE, House
from callbacks.job_file import size
from pipeline import loading
from pipeline.loading import url
from pipeline.loading.reach import Rules
from pipeline.results import Dataset, Notice, Problem
from pipeline.store import digest

Request = dict[str, Any]

LARGE = 64 * 2**20  # bytes that are not hashed while a page waits
CLOSED = "Addresses are not fetched by this server. Save the file on your computer and choose it."


def dataset(house: House, owner: str, request: Request, report: Any) -> str:
    """Key of the dataset that a request asks for, read, or made from the one that it names, unless it is stored.

    A request names a file (``path`` of everyone's, or the ``token`` of an upload) or a stored
    ``dataset`` to change; ``choices``, ``roles`` and ``labels`` say how. The stored chain keeps the
    request in full, so that any later change can start from the file.
    """
    key, holder, asked, files = _named(house, owner, request)
    if not house.store.has(key):
        limits = limits_of(house)
        made = _changed(house, request.get("dataset"), asked, files, limits, report)
        if made is None:
            made = _read(house, holder, asked, files, limits, report)
        step = {"stage": "loading", "algorithm": "file", "version": 1, "settings": _settings(asked), "key": key, "request": asked}
        house.store.put(key, made, owner=holder, recipe=[step])
    house.store.touch(key)
    return key


def fetched(house: House, owner: str, request: Request, report: Any) -> Request:
    """The request with the file behind its address kept as an upload, if it has one; raises Problem."""
    if not request.get("address"):
        return request
    if not house.settings.fetches:
        raise Problem(CLOSED)
    permitted = tuple(ip_network(word) for word in house.settings.reach)
    rules = Rules(bytes=house.settings.max_upload, permitted=permitted)
    return uploads.fetch(request, house.uploads(owner), rules, report)


def slow(house: House, request: Request) -> bool:
    """Whether only a worker should look for what is asked: at an address, or in what takes long to hash."""
    asked = _whole(house, request) if request.get("dataset") else request
    paths = [Path(source["path"]) for source in (asked, asked.get("labels") or {}) if source.get("path")]
    return bool(asked.get("address")) or any(path.is_dir() or size(path) > LARGE for path in paths)


def stored(house: House, owner: str, request: Request) -> str | None:
    """Key of the dataset that a request asks for if it has been read before, else None; raises Problem."""
    key = _named(house, owner, request)[0]
    return key if house.store.has(key) else None


def _named(house: House, owner: str, request: Request) -> tuple[str, str, Request, dict[str, Path]]:
    """Key and owner of the dataset, the request in full, and its files."""
    asked = _whole(house, request) if request.get("dataset") else request
    files = {part: _file(house, owner, source) for part, source in (("data", asked), ("labels", asked.get("labels"))) if source}
    public = all(source.get("path") for source in (asked, asked.get("labels") or asked))
    holder = EVERYONE if public else owner
    sources = {"data": asked, "labels": asked.get("labels") or {}}
    hashes = {part: sources[part].get("token") or _place(file) for part, file in files.items()}
    labels = (asked.get("labels") or {}).get("name")
    return digest("dataset", house.settings.secret, holder, hashes, _settings(asked), labels), holder, asked, files


def _settings(asked: Request) -> dict[str, Any]:
    return {"name": asked["name"], "choices": asked.get("choices", {}), "roles": asked.get("roles", {})}


def limits_of(house: House) -> loading.Limits:
    """What a file may ask of this machine."""
    return loading.Limits(bytes=house.settings.max_upload)


def _whole(house: House, request: Request) -> Request:
    """The request in full: that of the stored dataset, with what is to be different."""
    before = house.store.meta(request["dataset"])["recipe"][0]["request"]
    together = {part: {**before.get(part, {}), **request.get(part, {})} for part in ("choices", "roles")}
    labels = request.get("labels") or before.get("labels")
    return {**before, **together} | ({"labels": labels} if labels else {})


def _read(house: House, holder: str, asked: Request, files: dict[str, Path], limits: loading.Limits, report: Any) -> Dataset:
    root = digest("root", house.settings.secret, holder if asked.get("token") else EVERYONE)
    made = loading.load(files["data"], asked["name"], choices=asked.get("choices", {}), root=root, limits=limits, report=report)
    made = replace(made, details={**made.details, "rows_owner": holder if asked.get("token") else EVERYONE})
    made = url.stamped(made, asked["source"]) if asked.get("source") else made
    if "labels" in files:
        made = _labelled(made, asked, files["labels"], limits, report)
    return loading.with_roles(made, asked["roles"]) if asked.get("roles") else made


def _labelled(made: Dataset, asked: Request, file: Path, limits: loading.Limits, report: Any) -> Dataset:
    """The dataset with its labels; labels that had waited for some data file and do not fit this one are told of."""
    labels = asked["labels"]
    try:
        return loading.with_labels(made, file, labels["name"], choices=asked.get("choices", {}), limits=limits, report=report)
    except Problem as problem:
        if not labels.get("waited"):
            raise
        return replace(made, notices=(*made.notices, Notice("labels", f"{labels['name']} is left out: {problem}")))


def _changed(
    house: House, former: str | None, asked: Request, files: dict[str, Path], limits: loading.Limits, report: Any
) -> Dataset | None:
    """The former dataset with labels added or roles changed, when that is all that is different."""
    if not former:
        return None
    before, made = house.store.meta(former)["recipe"][0]["request"], house.store.get(former)
    if not isinstance(made, Dataset) or before.get("choices", {}) != asked.get("choices", {}):
        return None
    if asked.get("labels") != before.get("labels"):
        if before.get("labels"):
            return None
        made = _labelled(made, asked, files["labels"], limits, report)
    roles = asked.get("roles", {})
    return loading.with_roles(made, roles) if roles != before.get("roles", {}) else made


def _file(house: House, owner: str, source: Request) -> Path:
    """The file (or everyone's folder) of a source; an upload is in its owner's folder alone, under a name that we gave."""
    token = str(source.get("token", ""))
    file = Path(source["path"]) if source.get("path") else house.uploads(owner) / token
    if not (file.is_file() or (source.get("path") and file.is_dir())) or (token and not token.isalnum()):
        raise Problem(f"{source['name']} is no longer there. Choose the file again.")
    return file


def _place(file: Path) -> list[str]:
    """What stands for one of everyone's files: its content, and where it lies, for the stored chain goes back to it there."""
    return [str(file), _sha(file, loading.touched(file))]


@lru_cache(maxsize=64)
def _sha(file: Path, changed: str) -> str:
    """Hash of a file's or folder's content, computed once for each time it was ``changed``; an upload's token is its hash."""
    return loading.fingerprint(file)
