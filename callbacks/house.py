"""What every callback needs: where things are kept, and who is asking."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from callbacks.access import owner
from callbacks.records import Records
from callbacks.settings import Settings
from callbacks.workspace import State, Workspaces
from pipeline import loading
from pipeline.results import Dataset, Problem
from pipeline.store import EVERYONE, Store

OPENED = {".csv", ".tsv", ".txt", ".data", ".xlsx", ".xls", ".parquet", ".npy", ".npz", ".zip"}


@dataclass(frozen=True)
class House:
    """The rooms of one running app, made once from its settings."""

    settings: Settings

    @cached_property
    def store(self) -> Store:
        """Results by key."""
        return Store(self.settings.cache_dir / "results", held=self.workspaces.held)

    @cached_property
    def records(self) -> Records:
        """Records of jobs."""
        return Records(self.settings.cache_dir / "jobs", self.settings.slots)

    @cached_property
    def workspaces(self) -> Workspaces:
        """What each page is looking at."""
        return Workspaces(self.settings.cache_dir / "workspaces")

    def uploads(self, owner: str) -> Path:
        """Folder of the files that this owner sent."""
        return self.settings.cache_dir / "uploads" / owner

    @property
    def threads(self) -> int:
        """Threads of one run."""
        return self.settings.threads

    def owner(self) -> str:
        """Who sends the present request."""
        return owner()

    def state(self, workspace: str) -> State:
        """The present owner's workspace of this id; raises Problem when there is none."""
        found = self.workspaces.read(self.owner(), workspace)
        if found is None:
            raise Problem("This page is not known here any more. Reload it to begin anew.")
        return found

    def mine(self, key: str) -> dict[str, Any]:
        """Meta of a result that the present owner may see; what is another's is as if it were not there."""
        meta = self.store.meta(str(key))
        if meta["owner"] not in (self.owner(), EVERYONE):
            raise Problem("This result is no longer stored. Run it again to make it anew.")
        return meta

    def has(self, key: str) -> bool:
        """Whether a result is stored that the present owner may see."""
        try:
            return bool(self.mine(key))
        except Problem:
            return False

    def dataset(self, key: str) -> Dataset:
        """The dataset of this key, if the present owner may see it; raises Problem."""
        self.mine(key)
        found = self.store.get(key)
        if not isinstance(found, Dataset):
            raise Problem("This address does not name a dataset.")
        return found

    def samples(self) -> dict[str, Path]:
        """What everyone may open: shipped samples, files in the data folder, and the folders of pictures there."""
        folders = dict.fromkeys((Path(__file__).parent.parent / "data", self.settings.data_dir))
        found = {}
        for folder in folders:
            for file in sorted(folder.glob("*")) if folder.is_dir() else ():
                known = file.suffix.lower() in OPENED and not file.stem.endswith("_labels")
                if known or (file.is_dir() and loading.has_pictures(file)):
                    found[file.name] = file
        return found
